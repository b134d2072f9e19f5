/** Rows that refer to others by a foreign key which are not there: PostgreSQL looks when they are written, and never again. */
import type { Sql } from '@dhp/postgres';
import type { Schemas } from './trees.ts';

export interface BrokenKey {
  readonly table: string;
  /** The name of the constraint. */
  readonly key: string;
  readonly refersTo: string;
  /** Rows, up to a thousand. */
  readonly rows: number;
}

export interface KeyReport {
  /** Foreign keys that were checked. */
  readonly count: number;
  readonly broken: readonly BrokenKey[];
}

const most = 1_000;

interface ForeignKey {
  readonly table: string;
  readonly key: string;
  readonly refersTo: string;
  /** Conditions in SQL, of names that PostgreSQL has quoted. */
  readonly isSet: string;
  readonly isSame: string;
}

/** Checks each foreign key of the schemas, each in a separate statement, so that concurrent writes are completely visible in it. */
export async function checkKeys(sql: Sql, schemas: Schemas): Promise<KeyReport> {
  const keys = await sql<ForeignKey[]>`
    select c.conrelid::regclass::text as table, c.conname as key, c.confrelid::regclass::text as "refersTo",
      string_agg(format('c.%I is not null', a.attname), ' and ' order by k.n) as "isSet",
      string_agg(format('p.%I = c.%I', b.attname, a.attname), ' and ' order by k.n) as "isSame"
    from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
    cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (own, other, n)
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
    join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
    where c.contype = 'f' and c.conparentid = 0 and n.nspname = any(${`{${schemas.join(',')}}`}::text[])
    group by c.oid, c.conrelid, c.conname, c.confrelid order by 1, 2`;
  const broken: BrokenKey[] = [];
  for (const { table, key, refersTo, isSet, isSame } of keys) {
    const [found] = await sql.unsafe<{ rows: number }[]>(
      `select count(*)::int as rows from (select from ${table} c where ${isSet} and not exists (
        select from ${refersTo} p where ${isSame}) limit ${String(most)}) s`,
    );
    if (found!.rows > 0) broken.push({ table, key, refersTo, rows: found!.rows });
  }
  return { count: keys.length, broken };
}
