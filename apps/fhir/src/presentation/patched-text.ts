import type { Patch } from '../contract/conversion.ts';
/** A patch and its effect on a text. Plain data, so that it can be passed to another thread. */
import type { Budget } from '@dhp/budget';
import { applyFhirPathPatch, applyJsonPatch } from '@dhp/fhir-patch';

/** The text after the patch; undefined when the patch changes nothing. @throws PatchFault, BudgetSpent */
export function patchedText(patch: Patch, text: string, budget: Budget): string | undefined {
  const apply = patch.kind === 'json-patch' ? applyJsonPatch : applyFhirPathPatch;
  const result = apply(text, patch.text, { budget });
  // Written in the same way, without the layout and the escapes of the client who sent the resource.
  return result === applyJsonPatch(text, '[]', { budget }) ? undefined : result;
}
