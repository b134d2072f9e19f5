import type { Column } from './columns.ts';
import type { Fragment, Sql } from './fragment.ts';

/** Patients in whose compartments all lies that is requested, and the types that it has: only shards that have some of it need be asked. */
export interface Among {
  readonly types: readonly string[];
  /** Their ids. */
  readonly patients: readonly string[];
}

/**
 * Makes one answer of those of several shards, each of which was asked by the same statement for what it has. A statement that has such a way asks nothing
 * of a row that may be in another shard.
 */
export interface Merge {
  (answers: readonly Column[][][]): Column[][];
  /** Absent: any shard may have some. */
  readonly among?: Among;
}

/**
 * Runs a statement on the connections of the tag; `what` says what for, for `_explain`. Rows come as raw Buffers.
 * @param merge how answers of shards are put together (default: what it asks may be in several shards at once, or in none)
 * @throws SearchTimeout when it takes longer than the session allows
 */
export type Run = (sql: Sql, statement: Fragment, what: string, merge?: Merge) => Promise<Column[][]>;

/** The rows of all. */
export const together: Merge = (answers) => answers.flat();

/** Each answer is one row of numbers, of which those in the same place are added; what is no number is the same in all. */
export const addedUp: Merge = (answers) => {
  const [first, ...others] = answers.map(([row]) => row!);
  return [first!.map((column, n) => others.reduce((sum, row) => added(sum, row[n]), column))];
};

function added(one: Column, other: Column | undefined): Column {
  if (one === null || other === null || other === undefined) return one ?? other ?? null;
  const [a, b] = [one.toString('latin1'), other.toString('latin1')];
  if (whole.test(a) && whole.test(b)) return Buffer.from(String(BigInt(a) + BigInt(b)));
  return number.test(a) && number.test(b) ? Buffer.from(String(Number(a) + Number(b))) : one;
}

const whole = /^-?\d+$/;
/** As PostgreSQL writes one: sums of estimates have an exponent. */
const number = /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;
