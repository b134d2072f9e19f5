import { hash64 } from './hash.ts';

/** 32 bits of the hash of a system, for postings; an undefined one counts as no system. */
export function systemHash(system: string | undefined): number {
  return Number(BigInt.asIntN(32, hash64(system ?? '')));
}
