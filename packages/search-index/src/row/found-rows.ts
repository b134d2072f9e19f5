/** Rows of a part of a resource, which are kept and added to those of others. */
import type { KeyedString, Posting, Term } from './index-row.ts';

/** Rows that were gathered of a part of a resource. Nobody changes them. */
export interface FoundRows {
  readonly keys: readonly bigint[];
  readonly exact: readonly bigint[];
  readonly presentLow: number;
  readonly presentHigh: number;
  readonly postings: readonly Posting[];
  readonly strings: readonly KeyedString[];
  readonly words: readonly Term[];
}

/** A resource that is referred to. */
export interface Target {
  readonly type: string;
  /** Of its name. */
  readonly hash: bigint;
  /** Of its id, where it may be of any type. */
  readonly untyped: bigint;
}

/** A key of a parameter that looks at the reference. */
export interface ReferringKey {
  readonly seed: bigint;
  readonly by: 'itself' | 'hash' | 'untyped';
}

/** Rows that a parameter has of any reference to a type. */
export interface ReferringRows {
  readonly keys: readonly ReferringKey[];
  readonly presentLow: number;
  readonly presentHigh: number;
  readonly work: number;
}

export function keyTo({ seed, by }: ReferringKey, { hash, untyped }: Target): bigint {
  return by === 'itself' ? seed : seed ^ (by === 'hash' ? hash : untyped);
}
