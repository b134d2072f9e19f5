/** Secrets of clients and of their registration: generated here, shown once, stored as SHA-256. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Registration } from '../store/clients.ts';

/** A prefix lets scanners of source code and logs recognise a leaked secret and its purpose. */
export type SecretPrefix = 'dhps_' | 'dhpi_' | 'dhpr_';

export function newClientSecret(): { secret: string; hash: Buffer } {
  return newSecret('dhps_');
}

/** 256 random bits behind the prefix. */
export function newSecret(prefix: SecretPrefix): { secret: string; hash: Buffer } {
  const secret = prefix + randomBytes(32).toString('base64url');
  return { secret, hash: hashClientSecret(secret) };
}

export function hashClientSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** The hashes of the secrets that are valid now, for `secretMatches`; an expired secret is treated as absent. */
export function liveSecrets(
  registration: Registration | undefined,
  now: Date,
): readonly [Buffer | null, Buffer | null] {
  if (registration === undefined) return [null, null];
  const {
    secret_hash: secret,
    secret_ends: ends,
    previous_secret_hash: previous,
    previous_secret_ends: was,
  } = registration;
  const isLive = (end: number | null): boolean => end === null || now.getTime() < end;
  return [isLive(ends) ? secret : null, isLive(was) ? previous : null];
}

const nothing = Buffer.alloc(32);

/**
 * Whether the secret is one of the live ones. Takes the same time for every input and registration: one hash and two comparisons, even if
 * there is no secret to compare with.
 */
export function secretMatches(secret: string, live: readonly [Buffer | null, Buffer | null]): boolean {
  const given = hashClientSecret(secret);
  const first = timingSafeEqual(given, live[0] ?? nothing);
  const second = timingSafeEqual(given, live[1] ?? nothing);
  return (first && live[0] !== null) || (second && live[1] !== null);
}
