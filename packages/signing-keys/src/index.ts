/** @dhp/signing-keys: the keys that sign tokens. */
export { type KeyRing, openKeyRing, type SigningKeys } from './key-ring.ts';
export type { SigningAlgorithm } from './key-rows.ts';
export { type KeyInfo, type Keys, openKeys, publishAheadSeconds, rotateWhenDue } from './keys.ts';
export type { SigningKey } from './signing-key.ts';
