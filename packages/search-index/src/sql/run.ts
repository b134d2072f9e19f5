import type { Column } from './columns.ts';
import type { Fragment, Sql } from './fragment.ts';

/** Patients in whose compartments all requested resources are, and their types: only shards with some of them need be queried. */
export interface Among {
  readonly types: readonly string[];
  /** Their ids. */
  readonly patients: readonly string[];
}

/**
 * Merges the answers of several shards, each of which ran the same statement on its own rows. A statement with it reads no row that may be in another
 * shard.
 */
export interface Merge {
  (answers: readonly Column[][][]): Column[][];
  /** Absent: any shard may have some. */
  readonly among?: Among;
}

/**
 * Runs a statement on the connections of the tag; `what` is its purpose, for `_explain`. Rows come as raw Buffers.
 * @param merge how answers of shards are merged (default: the statement reads rows of several shards at once, or of none)
 * @throws SearchTimeout if it takes longer than the session allows
 */
export type Run = (sql: Sql, statement: Fragment, what: string, merge?: Merge) => Promise<Column[][]>;

/** The rows of all. */
export const together: Merge = (answers) => answers.flat();

/** Each answer is one row of numbers, which are added by column; columns that are not numbers are the same in all. */
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
