import type { Source } from './plan-node.ts';

/** An index from which a condition has its candidates, and how many these are likely to be: the lower the rank, the fewer. */
export interface AccessPath {
  readonly rank: number;
  readonly sources: readonly Source[];
  /** Name under which a failure of the plan is remembered. */
  readonly name: string;
}

export const rank = {
  own: 0,
  one: 1,
  patient: 2,
  some: 3,
  text: 4,
  value: 5,
  time: 6,
  many: 7,
  scan: 8,
  most: 9,
} as const;
