import type { Interval, Limits } from '../condition/condition.ts';
import { and, timeText, type Fragment, type Sql } from '../sql/fragment.ts';

export function inNumbers(sql: Sql, interval: Interval, low: Fragment, high: Fragment): Fragment {
  const value = (limit: number): Fragment => sql`${limit}::float8`;
  return and(sql, [...limits(sql, low, interval.low, value), ...limits(sql, high, interval.high, value)]);
}

export function inTimes(sql: Sql, interval: Interval, low: Fragment, high: Fragment): Fragment {
  const value = (limit: number): Fragment => sql`${timeText(limit)}::timestamptz`;
  return and(sql, [...limits(sql, low, interval.low, value), ...limits(sql, high, interval.high, value)]);
}

function limits(sql: Sql, column: Fragment, asked: Limits | undefined, value: (limit: number) => Fragment): Fragment[] {
  const parts: Fragment[] = [];
  if (asked?.gt !== undefined) parts.push(sql`${column} > ${value(asked.gt)}`);
  if (asked?.ge !== undefined) parts.push(sql`${column} >= ${value(asked.ge)}`);
  if (asked?.lt !== undefined) parts.push(sql`${column} < ${value(asked.lt)}`);
  if (asked?.le !== undefined) parts.push(sql`${column} <= ${value(asked.le)}`);
  return parts;
}
