/** Pages of one search that shards have answered each for itself, as one page. */
import { booleanOf, numberOf, type Column } from '../sql/columns.ts';
import { addedUp, type Among, type Merge } from '../sql/run.ts';
import { asksOthers, conjuncts, type RowCondition } from '../row-condition/row-condition.ts';
import type { Branch } from './branches.ts';
import { isBackward, ridDescends, type Order } from '../sort/order.ts';
import type { ColumnType } from '../types/sorting.ts';

/** Columns of each row before those of the page: the snapshot, whether it was cancelled, the further value, and the number of candidates read. */
const headOf = 4;

/**
 * The first rows of all shards in the order of the page. It is cancelled if one of them has cancelled it; candidates are added.
 * @param ridAt the index of the rid in a row of the page, with the values of the order after it; absent: in any order
 */
export function pagesOfShards({ order, rows }: { order: Order; rows: number }, ridAt: number | undefined): Merge {
  return (answers) => {
    const heads = answers.map(([first]) => first!.slice(0, headOf));
    const [first, ...others] = heads;
    const isGivenUp = heads.find(([, givenUp]) => booleanOf(givenUp))?.[1] ?? first![1]!;
    const candidates = heads.every(([, , , count]) => count === null)
      ? null
      : Buffer.from(String(heads.reduce((sum, [, , , count]) => sum + numberOf(count ?? undefined), 0)));
    // Each node has the other tables whole.
    const also = others.reduce((value, [, , other]) => value ?? other ?? null, first![2] as Column);
    const head = [first![0]!, isGivenUp, also, candidates];
    const found = answers.flat().filter((row) => row[headOf] !== null && row.length > headOf);
    if (booleanOf(isGivenUp) || found.length === 0) return [[...head, null]];
    if (ridAt !== undefined) found.sort(comparison(order, headOf + ridAt));
    return found.slice(0, rows).map((row) => [...head, ...row.slice(headOf)]);
  };
}

/** How the numbers of resources that meet conditions are put together: each is in one shard. As of `Run`. */
export function countsOfShards(of: readonly { readonly where: RowCondition }[]): Merge | undefined {
  return of.some(({ where }) => asksOthers(where)) ? undefined : addedUp;
}

/** The same, only for shards that may have rows of the branches. */
export function ofBranches(merge: Merge, branches: readonly Branch[]): Merge {
  const among = amongOf(branches);
  return among === undefined ? merge : Object.assign((answers: Parameters<Merge>[0]) => merge(answers), { among });
}

/** Patients in whose compartments each branch searches; undefined if one is not limited to patients. */
function amongOf(branches: readonly Branch[]): Among | undefined {
  const patients = new Set<string>();
  for (const { where } of branches) {
    const ids = conjuncts(where).find((each) => each.op === 'patient' && each.ids !== undefined);
    if (ids?.op !== 'patient') return undefined;
    for (const id of ids.ids!) patients.add(id);
  }
  return { types: [...new Set(branches.map(({ type }) => type))], patients: [...patients] };
}

/** As `order by` of the statement of a page. */
function comparison(order: Order, at: number): (a: readonly Column[], b: readonly Column[]) => number {
  const back = isBackward(order);
  return (a, b) => {
    for (const [n, { type, descending, canMiss }] of order.columns.entries()) {
      const [one, other] = [a[at + 1 + n] as Column, b[at + 1 + n] as Column];
      if (one === null || other === null) {
        // Rows without a value come last, and so first if the page is read backwards.
        if (one === other) continue;
        if (canMiss) return (one === null) === back ? -1 : 1;
        return (one === null) === (descending !== back) ? -1 : 1;
      }
      const compared = compare[type](one, other);
      if (compared !== 0) return descending !== back ? -compared : compared;
    }
    const [one, other] = [numberOf(a[at]), numberOf(b[at])];
    return ridDescends(order) ? other - one : one - other;
  };
}

/** The order that PostgreSQL has for texts of a type. */
const compare: Readonly<Record<ColumnType, (a: Buffer, b: Buffer) => number>> = {
  text: (a, b) => a.compare(b),
  float8(a, b) {
    const [one, other] = [Number(a.toString('latin1')), Number(b.toString('latin1'))];
    if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
    return one < other ? -1 : Number(one > other);
  },
  timestamptz(a, b) {
    const [one, other] = [timeOf(a.toString('latin1')), timeOf(b.toString('latin1'))];
    if (one.year !== other.year) return one.year < other.year ? -1 : 1;
    return one.within < other.within ? -1 : Number(one.within > other.within);
  },
};

/** A time in UTC by its year and the rest, which sorts by time as a text. */
function timeOf(text: string): { year: number; within: string } {
  if (text.endsWith('infinity')) return { year: text.startsWith('-') ? -Infinity : Infinity, within: '' };
  const [, year, within, isBefore] = /^(\d+)-(.*?)\+00( BC)?$/.exec(text)!;
  return { year: isBefore === undefined ? Number(year) : 1 - Number(year), within: within! };
}
