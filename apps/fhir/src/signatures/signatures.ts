import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SignaturePolicy, Signatures } from '../contract/signatures.ts';
import { readSignerKeys } from './signer-keys.ts';

/** Between a write and its answer. */
const mostKept = 10_000;

/** @throws TypeError for keys that cannot be used, with the place */
export function openSignatures({ keys, unchecked }: SignaturePolicy): Signatures {
  const known = new LRUCache<string, true>({ max: mostKept });
  const nameOf = ({ signature, target }: Readonly<Record<string, unknown>>): string =>
    hash('sha256', JSON.stringify([signature, target]));
  return {
    keys: readSignerKeys(keys),
    unchecked,
    noteVerified: (resource) => void known.set(nameOf(resource), true),
    wasVerified: (resource) => known.has(nameOf(resource)),
  };
}
