import { createHash, timingSafeEqual } from 'node:crypto';

/** Hashes of a tarball that a registry states. */
export interface StatedIntegrity {
  /** SHA-1 in hex. */
  readonly shasum?: string | undefined;
  /** Subresource integrity: `sha512-…` in base64, several apart by spaces. */
  readonly integrity?: string | undefined;
}

const strongest = ['sha512', 'sha384', 'sha256', 'sha1'] as const;

/**
 * Whether the bytes match the stated digest, by the strongest one. https://www.w3.org/TR/SRI/
 * @returns undefined if there is no digest that can be checked
 */
export function isIntact(bytes: Uint8Array, { shasum, integrity }: StatedIntegrity): boolean | undefined {
  const stated = (integrity ?? '').split(/\s+/).map((text) => /^(sha\d+)-([A-Za-z0-9+/]+=*)/.exec(text));
  for (const algorithm of strongest) {
    const digests = stated
      .filter((match) => match?.[1] === algorithm)
      .map((match) => Buffer.from(match![2]!, 'base64'));
    if (digests.length > 0) return digests.some((digest) => same(digest, hash(algorithm, bytes)));
  }
  if (shasum === undefined || !/^[0-9a-f]{40}$/i.test(shasum)) return undefined;
  return same(Buffer.from(shasum, 'hex'), hash('sha1', bytes));
}

function hash(algorithm: string, bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest();
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
