import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { SigningKey } from '../keys/signing-key.ts';

/**
 * Lets the engine sign by node:crypto. The engine's own way (WebCrypto) needs the private key as a JWK in memory and
 * hands each signature to a thread: on tokens of this size the hand-over costs more than the signature itself.
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

  /** JWS wants an ECDSA signature as r || s (RFC 7518 section 3.4); OpenSSL's default is DER. */
  override sign(data: Buffer): Buffer {
    return sign('sha256', data, { key: this.#key.privateKey, dsaEncoding: 'ieee-p1363' });
  }
}
