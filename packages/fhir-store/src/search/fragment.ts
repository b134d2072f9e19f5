import type { Sql } from '@dhp/postgres';

const _empty = (sql: Sql) => sql``;

/** A piece of a statement with its values bound, which the tag puts into a larger one. */
export type Fragment = ReturnType<typeof _empty>;

export function and(sql: Sql, parts: readonly Fragment[]): Fragment {
  return joined(sql, parts, sql` and `) ?? sql`true`;
}

export function or(sql: Sql, parts: readonly Fragment[]): Fragment {
  const all = joined(sql, parts, sql` or `);
  return all === undefined ? sql`false` : sql`(${all})`;
}

export function list(sql: Sql, parts: readonly Fragment[]): Fragment {
  return joined(sql, parts, sql`, `) ?? sql``;
}

export function joined(sql: Sql, parts: readonly Fragment[], by: Fragment): Fragment | undefined {
  return parts.reduce<Fragment | undefined>(
    (all, part) => (all === undefined ? part : sql`${all}${by}${part}`),
    undefined,
  );
}

/** `bigint[]` as one text. */
export function bigints(values: readonly bigint[]): string {
  return `{${values.join(',')}}`;
}

/** A time in ms since 1970 as PostgreSQL reads it, to the millisecond in every year; the driver would lose infinity. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms)) return ms > 0 ? 'infinity' : '-infinity';
  const date = new Date(Math.round(ms));
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  return year > 0 ? `${String(year).padStart(4, '0')}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}
