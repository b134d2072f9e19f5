/** The keys of a trail, all derived from one key outside of the database. */
import { createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { DigestKey } from './digest.ts';

/** Secrets are keys and no bytes: a digest or a cipher takes five times as long to begin with bytes. */
export interface TrailKeys {
  /** Of the digests: with it, records can be made. */
  readonly digests: DigestKey;
  /** Of the pseudonyms of patients. */
  readonly pseudonyms: KeyObject;
  /** Seals the keys that seal records. */
  readonly wrapping: KeyObject;
  /** Ed25519: signs the heads of the chain. */
  readonly signing: KeyObject;
  readonly verifying: KeyObject;
}

/** RFC 8410, section 7: an Ed25519 key in PKCS #8 is this and its 32 bytes. */
const ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param secret 32 bytes, of one environment; from them all that is returned follows */
export function trailKeys(secret: Buffer): TrailKeys {
  const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `dhp trail ${use}`, 32));
  const key = Buffer.concat([ed25519, derived('heads')]);
  const signing = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return {
    digests: new DigestKey(derived('digests')),
    pseudonyms: createSecretKey(derived('pseudonyms')),
    wrapping: createSecretKey(derived('keys')),
    signing,
    verifying: createPublicKey(signing),
  };
}
