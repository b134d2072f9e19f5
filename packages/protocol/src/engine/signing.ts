import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningKey } from '@dhp/signing-keys';

/**
 * Lets the engine sign by node:crypto. The engine's own method (WebCrypto) needs the private key as a JWK in memory and passes each
 * signature to a thread: for tokens of this size, that costs more than the signature itself.
 */
export class EngineSigningKey extends ExternalSigningKey {
  readonly #key: SigningKey;
  readonly #public: KeyObject;

  constructor(key: SigningKey) {
    super();
    this.#key = key;
    this.#public = createPublicKey(key.privateKey);
  }

  override get kid(): string {
    return this.#key.kid;
  }

  override get alg(): string {
    return this.#key.alg;
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override sign(data: Buffer): Buffer {
    return signatureOf(this.#key, data);
  }
}

/** A signature as JWS wants it. */
export function signatureOf({ alg, privateKey }: SigningKey, data: Buffer): Buffer {
  // If options are passed with the key, Node spends as much time on reading them as on the ECDSA signature itself.
  const signature = sign('sha256', data, privateKey);
  return alg === 'ES256' ? joined(signature) : signature;
}

/** An ECDSA signature on P-256 as JWS wants it, r || s of 32 bytes each (RFC 7518 section 3.4), from OpenSSL's DER. */
function joined(der: Buffer): Buffer {
  const out = Buffer.alloc(64);
  let at = 2; // after the head of the SEQUENCE, which is short
  for (const end of [32, 64]) {
    const length = der[at + 1]!;
    const begin = at + 2;
    // An INTEGER has a leading zero if its high bit is set, and is not padded if shorter than 32 bytes.
    const digits = der.subarray(begin + Math.max(0, length - 32), begin + length);
    digits.copy(out, end - digits.length);
    at = begin + length;
  }
  return out;
}
