import type { Budget } from '@dhp/budget';
import { PatchFault, type PatchFaultKind } from '@dhp/fhir-patch';
import { receiveResource } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import type { ErrorCode } from '../http/error-catalogue/index.ts';
import { Failure } from '../http/errors.ts';
import { bufferOf, limitOf, payFor } from '../presentation/conversion.ts';
import type { Converter, Patch, PatchProblem } from '../contract/conversion.ts';
import { patchedText } from '../presentation/patched-text.ts';

const failures = {
  'malformed-patch': 'patch-malformed',
  'path-not-found': 'patch-path-not-found',
  ambiguous: 'patch-path-ambiguous',
  'already-exists': 'patch-target-exists',
  'index-out-of-range': 'patch-index-out-of-range',
  'test-failed': 'patch-test-failed',
  'invalid-target': 'patch-target-invalid',
  'invalid-value': 'patch-value-invalid',
  'too-costly': 'patch-too-costly',
} as const satisfies Record<PatchFaultKind, ErrorCode>;

/**
 * The patched resource, checked like the body of an update; undefined if the patch changes nothing. Fails with the matching `patch-…` code,
 * naming the operation.
 * @param current the content of the current version
 * @throws BudgetSpent if the patch costs more than the request may
 */
export function applyPatch(
  patch: Patch,
  current: Buffer,
  { type, budget }: { readonly type: string; readonly budget: Budget },
): ReceivedResource | undefined {
  try {
    const result = patchedText(patch, current.toString('utf8'), budget);
    return result === undefined ? undefined : receiveResource(Buffer.from(result), type);
  } catch (error) {
    throw error instanceof PatchFault ? failureOf(error, patch) : error;
  }
}

/** Patches a large resource in another thread and returns the bytes of the result, or undefined. Fails as `applyPatch` does. */
export async function patchedApart(
  patch: Patch,
  current: Buffer,
  { convertApart, budget }: { readonly convertApart: Converter['convert']; readonly budget: Budget },
): Promise<Buffer | undefined> {
  const made = await convertApart(current, { to: 'patched', patch, ...limitOf(budget) });
  payFor(made, budget, 'a patch');
  if ('patchFault' in made) throw failureOf(made.patchFault, patch);
  return 'bytes' in made ? bufferOf(made.bytes) : undefined;
}

function failureOf({ kind, message, operation }: PatchProblem, patch: Patch): Failure {
  const isPlaced = patch.kind === 'fhirpath-patch' && operation !== undefined;
  const expression = isPlaced ? `Parameters.parameter[${operation}]` : undefined;
  return new Failure(failures[kind], {}, { diagnostics: message, expression });
}
