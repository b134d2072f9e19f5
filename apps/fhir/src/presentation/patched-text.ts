import type { Patch } from '../contract/conversion.ts';
/** A patch and what it makes of a text; data, the same in this thread and in another one. */
import type { Budget } from '@dhp/budget';
import { applyFhirPathPatch, applyJsonPatch } from '@dhp/fhir-patch';

/** The text as the patch makes it; undefined when the patch changes nothing. @throws PatchFault, BudgetSpent */
export function patchedText(patch: Patch, text: string, budget: Budget): string | undefined {
  const apply = patch.kind === 'json-patch' ? applyJsonPatch : applyFhirPathPatch;
  const result = apply(text, patch.text, { budget });
  // Written in the same way, without the layout and the escapes of the client who sent the resource.
  return result === applyJsonPatch(text, '[]', { budget }) ? undefined : result;
}
