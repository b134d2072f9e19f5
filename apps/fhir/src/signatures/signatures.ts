import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SignaturePolicy, Signatures } from '../contract/signatures.ts';
import { atMost } from '../http/at-most.ts';
import { readSignerKeys } from './signer-keys.ts';

/** Between a write and its answer. */
const mostKept = 10_000;

/** @throws TypeError for keys that cannot be used, with the place */
export function openSignatures({ keys, unchecked }: SignaturePolicy): Signatures {
  const known = new LRUCache<string, true>(atMost(mostKept));
  const nameOf = ({ signature, target }: Readonly<Record<string, unknown>>): string =>
    hash('sha256', JSON.stringify([signature, target]));
  return {
    keys: readSignerKeys(keys),
    unchecked,
    note(resource, isVerified) {
      // The same signatures may be verified for one writer, and not for another who may not read the signed resources.
      if (isVerified) known.set(nameOf(resource), true);
      else known.delete(nameOf(resource));
    },
    wasVerified: (resource) => known.has(nameOf(resource)),
  };
}
