import type { Source } from './way.ts';

/** Where a condition can lead to candidates, and how many that is likely to be: the lower the rank, the fewer. */
export interface Lead {
  readonly rank: number;
  readonly sources: readonly Source[];
  /** For memory. */
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
