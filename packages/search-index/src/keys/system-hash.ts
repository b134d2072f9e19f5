import { hash64 } from './hash.ts';

/** 32 bits of the hash of a system, as postings have it; of an unknown one as of none. */
export function systemHash(system: string | undefined): number {
  return Number(BigInt.asIntN(32, hash64(system ?? '')));
}
