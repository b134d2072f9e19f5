/** Keys of a FHIR server, derived from the secret key, which the server never gets and which cannot be computed from them. */
import { hkdfSync } from 'node:crypto';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';

export interface ServerKeys {
  /** Links between the pages of a search are good on all nodes of an environment, and in no other. */
  readonly links: Buffer;
  /** The nonces of proofs of possession are the same on every node of an environment. */
  readonly dpopNonces: Buffer;
  /** With it the revocations are requested from the SSO. */
  readonly revocationFeed: Buffer;
  /** From it follow the keys of the trail of requests. */
  readonly trail: Buffer;
  /** Values of channels of subscriptions are sealed by it. */
  readonly channels: Buffer;
  /** Keys of files of jobs are sealed by it. */
  readonly files: Buffer;
}

/** @param secret DHP_SECRET_KEY */
export function serverKeys(secret: Buffer, environment: 'playground' | 'production'): ServerKeys {
  return {
    links: Buffer.from(hkdfSync('sha256', secret, '', `dhp links of ${environment}`, 32)),
    dpopNonces: Buffer.from(hkdfSync('sha256', secret, '', `dhp dpop nonces of ${environment}`, 32)),
    revocationFeed: revocationFeedKey(secret),
    trail: trailSecret(secret, environment),
    channels: Buffer.from(hkdfSync('sha256', secret, '', `dhp channels of ${environment}`, 32)),
    files: Buffer.from(hkdfSync('sha256', secret, '', `dhp files of ${environment}`, 32)),
  };
}

/** @param secret DHP_SECRET_KEY */
export function trailSecret(secret: Buffer, environment: 'playground' | 'production'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `dhp trail of ${environment}`, 32));
}

/** Keys of files of purged versions are sealed by it. @param secret DHP_SECRET_KEY */
export function archiveKey(secret: Buffer, environment: 'playground' | 'production'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `dhp archives of ${environment}`, 32));
}
