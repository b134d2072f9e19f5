/** Rows of a part of a resource, which are cached and added to those of other resources. */
import type { KeyedString, Posting, Term } from './index-row.ts';

/** Rows that were made from a part of a resource. They are never changed. */
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
  /** The hash of its id, for references to any type. */
  readonly untyped: bigint;
}

/** A key of a parameter that includes the reference. */
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
