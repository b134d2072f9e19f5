import type { Interval } from '../condition/condition.ts';
import { and, timeText, type Fragment, type Sql } from '../sql/fragment.ts';
import type { RowCondition } from '../row-condition/row-condition.ts';
import { day } from './access-paths-by-value.ts';

/** A range of main dates, the latest first. `open`: rows that begin at no time may be in it. */
export interface Stretch {
  readonly where: readonly Fragment[];
  readonly rest: RowCondition;
  readonly open: boolean;
  /** A row that begins in this range and lasts a day at most is within the limits. */
  readonly surely?: Fragment;
}

export function anyDate(rest: RowCondition): Stretch {
  return { where: [], rest, open: true };
}

/**
 * The ranges that hold every row whose main date meets the limits. A row that begins at the requested end, or later, ends later still.
 * Before that only rows that last long enough matter: a day back for all, further for the long ones, which have a separate index.
 */
export function datesOf(
  sql: Sql,
  { low, high }: Interval,
  { rest, restBut }: { rest: RowCondition; restBut: RowCondition },
): Stretch[] {
  const time = (ms: number): Fragment => timeOf(sql, ms);
  const least = Math.min(...[low?.lt, low?.le, high?.lt, high?.le].filter((limit) => limit !== undefined));
  const most = (of: Interval['low']): number => Math.max(...[of?.gt, of?.ge].filter((limit) => limit !== undefined));
  const [begin, end] = [most(low), most(high)];
  const bounds = [
    ...(low?.gt === undefined ? [] : [sql`c.dt > ${time(low.gt)}`]),
    ...(low?.ge === undefined ? [] : [sql`c.dt >= ${time(low.ge)}`]),
    ...(low?.lt === undefined ? [] : [sql`c.dt < ${time(low.lt)}`]),
    ...(low?.le === undefined ? [] : [sql`c.dt <= ${time(low.le)}`]),
    ...(Number.isFinite(least) ? [sql`c.dt <= ${time(least)}`] : []),
  ];
  const noUpperEnd = high?.lt === undefined && high?.le === undefined;
  const from = Math.max(begin, end);
  const surely = noUpperEnd && Number.isFinite(from) ? restBut : rest;
  const first: Stretch = {
    where: Number.isFinite(from) ? [...bounds, sql`c.dt >= ${time(from)}`] : bounds,
    rest: surely,
    open: !Number.isFinite(from),
    ...(Number.isFinite(from) && !noUpperEnd && { surely: endsBefore(sql, high) }),
  };
  if (!Number.isFinite(end) || begin >= end) return [first];
  const before = sql`c.dt < ${time(end)}`;
  const daysBefore = sql`c.dt < ${time(end - day)}`;
  return [
    first,
    { where: [...bounds, before, sql`c.dt >= ${time(end - day)}`], rest, open: false },
    { where: [...bounds, daysBefore, sql`c.long`], rest, open: !Number.isFinite(begin) },
  ];
}

/** Condition on the begin of the main date that makes it end within the limits if it lasts a day at most. */
function endsBefore(sql: Sql, { lt, le }: NonNullable<Interval['high']>): Fragment {
  return and(sql, [
    ...(lt === undefined ? [] : [sql`c.dt < ${timeOf(sql, lt - day)}`]),
    ...(le === undefined ? [] : [sql`c.dt <= ${timeOf(sql, le - day)}`]),
  ]);
}

function timeOf(sql: Sql, ms: number): Fragment {
  return sql`${timeText(ms)}::timestamptz`;
}
