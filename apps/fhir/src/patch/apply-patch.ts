import { applyFhirPathPatch, applyJsonPatch, PatchFault, type PatchFaultKind } from '@dhp/fhir-patch';
import { receiveResource, type ReceivedResource } from '../http/body.ts';
import type { ErrorCode } from '../http/error-catalogue/index.ts';
import { Failure } from '../http/errors.ts';

/** A patch as JSON text: the array of a JSON Patch (RFC 6902), or Parameters (https://hl7.org/fhir/R5/fhirpatch.html). */
export interface Patch {
  readonly kind: 'json-patch' | 'fhirpath-patch';
  readonly text: string;
}

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
 * The resource as the patch makes it, checked as the body of an update is; undefined when the patch changes nothing.
 * Fails with the `patch-…` code of what is wrong, naming the operation.
 * @param current the content of the current version
 */
export function applyPatch(patch: Patch, current: Buffer, type: string): ReceivedResource | undefined {
  const text = current.toString('utf8');
  try {
    const result =
      patch.kind === 'json-patch' ? applyJsonPatch(text, patch.text) : applyFhirPathPatch(text, patch.text);
    // Written in the same way, without the layout and the escapes of the client who sent the resource.
    if (result === applyJsonPatch(text, '[]')) return undefined;
    return receiveResource(Buffer.from(result), type);
  } catch (error) {
    throw error instanceof PatchFault ? failureOf(error, patch) : error;
  }
}

function failureOf({ kind, message, operation }: PatchFault, patch: Patch): Failure {
  const isPlaced = patch.kind === 'fhirpath-patch' && operation !== undefined;
  const expression = isPlaced ? `Parameters.parameter[${operation}]` : undefined;
  return new Failure(failures[kind], {}, { diagnostics: message, expression });
}
