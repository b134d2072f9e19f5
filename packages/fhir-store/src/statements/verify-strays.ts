/** Rows without a resource, or with the wrong one: in some pages of a table. */
import { resourceTypes, typeName, typeNumber } from '@dhp/fhir-model';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Tables whose rows are derived from resources, in the order in which they are read. */
export const madeTables = ['search', 'tok', 'num', 'date', 'str', 'text', 'consent', 'care_link', 'label'] as const;
export type MadeTable = (typeof madeTables)[number];

/** Rows of one number without a resource, or with the wrong one. */
export interface StrayRows {
  readonly rid: number;
  readonly shard: number | undefined;
  readonly rows: number;
}

/** Pages of a table, or of its largest partition. */
export async function pagesOf(sql: Session, table: MadeTable): Promise<number> {
  const [row] = await pages(sql, table);
  return row!.pages;
}

export function pages(sql: Session, table: MadeTable) {
  const name = sql`${tableOf(sql, table)}`;
  return sql<{ pages: number }[]>`
    select (coalesce((select max(pg_relation_size(relid)) from pg_partition_tree(${name})), pg_relation_size(${name}))
      / current_setting('block_size')::int)::float8 as pages`;
}

/** The name goes through the session, which knows the set of tables of the index. */
function tableOf(sql: Session, table: MadeTable): Fragment {
  const names: Record<MadeTable, Fragment> = {
    search: sql`'fhir.search'::regclass`,
    tok: sql`'fhir.tok'::regclass`,
    num: sql`'fhir.num'::regclass`,
    date: sql`'fhir.date'::regclass`,
    str: sql`'fhir.str'::regclass`,
    text: sql`'fhir.text'::regclass`,
    consent: sql`'fhir.consent'::regclass`,
    care_link: sql`'fhir.care_link'::regclass`,
    label: sql`'fhir.label'::regclass`,
  };
  return names[table];
}

/** The most rows returned for some pages. */
const most = 1_000;

/**
 * The superfluous rows in pages of a table. Rows that writers move meanwhile are not missed: statements that were compared with the resource
 * make them.
 * @param sql names the tables of the active definition
 */
export async function straysIn(
  sql: Session,
  table: MadeTable,
  range: { readonly from: number; readonly to: number },
): Promise<StrayRows[]> {
  const rows = await stray(sql, table, range);
  return rows.map(({ rid, shard, rows: count }) => ({ rid: Number(rid), shard: shard ?? undefined, rows: count }));
}

export function stray(sql: Session, table: MadeTable, { from, to }: { readonly from: number; readonly to: number }) {
  const within = sql`t.ctid >= ${`(${String(from)},0)`}::text::tid and t.ctid < ${`(${String(to)},0)`}::text::tid`;
  return sql<{ rid: string; shard: number | null; rows: number }[]>`
    select rid, shard, count(*)::int as rows from (${strayRows(sql, table, within)}) s group by rid, shard order by rid, shard limit ${most}::int`;
}

/**
 * Removes the superfluous rows of some numbers.
 * @param sql names the tables of the active definition
 * @returns their number
 */
export async function deleteStrays(sql: Session, table: MadeTable, rids: readonly number[]): Promise<number> {
  const chosen = strayRows(sql, table, sql`t.rid = any(${`{${rids.join(',')}}`}::bigint[])`, sql`t.tableoid, t.ctid`);
  const name: Record<MadeTable, Fragment> = {
    search: sql`fhir.search`,
    tok: sql`fhir.tok`,
    num: sql`fhir.num`,
    date: sql`fhir.date`,
    str: sql`fhir.str`,
    text: sql`fhir.text`,
    consent: sql`fhir.consent`,
    care_link: sql`fhir.care_link`,
    label: sql`fhir.label`,
  };
  // Of a table in partitions, a place in one is one in each.
  const gone = await sql`delete from ${name[table]} d where (d.tableoid, d.ctid) in (${chosen}) returning 1`;
  return gone.length;
}

/** The search row of a posting `t`. */
function ofRow(sql: Session, also: Fragment): Fragment {
  return sql`not exists (select 1 from fhir.search s where s.rid = t.rid and s.shard = t.shard and ${also})`;
}

/** @param what columns of the rows `t` (default: the identity of the resource) */
function strayRows(sql: Session, table: MadeTable, within: Fragment, what?: Fragment): Fragment {
  const [placed, bare] = [what ?? sql`t.rid, t.shard`, what ?? sql`t.rid, null::int as shard`];
  switch (table) {
    case 'search':
      return sql`select ${placed} from fhir.search t where ${within} and not exists (
        select from fhir.resource r where r.rid = t.rid and r.shard = t.shard and r.ty = t.ty and not r.deleted)`;
    case 'tok':
      return sql`select ${placed} from fhir.tok t where ${within} and ${ofRow(
        sql,
        sql`s.dt = t.dt and s.long is not distinct from t.long and t.key = any(s.keys[1:coalesce(s.tn, cardinality(s.tsys))])`,
      )}`;
    case 'num':
      return sql`select ${placed} from fhir.num t where ${within} and ${ofRow(
        sql,
        sql`exists (select 1 from unnest(s.nk[1:s.np], s.nlo[1:s.np], s.nhi[1:s.np]) as n (key, lo, hi)
          where n.key = t.key and n.lo = t.lo and coalesce(n.hi, n.lo) = coalesce(t.hi, t.lo))`,
      )}`;
    case 'date':
      return sql`select ${placed} from fhir.date t where ${within} and ${ofRow(
        sql,
        sql`exists (select 1 from unnest(s.dk, s.dlo, s.dhi) as n (key, lo, hi)
          where n.key = t.key and n.lo = t.lo and n.hi = t.hi)`,
      )}`;
    case 'str':
      return sql`select ${placed} from fhir.str t where ${within} and ${ofRow(
        sql,
        sql`exists (select 1 from unnest(s.sk, s.sv) as n (key, v) where n.key = t.key and n.v = t.v)`,
      )}`;
    case 'text':
      // Those of the shard that a resource has left go with the next words that are made.
      return sql`select ${placed} from fhir.text t where ${within} and not exists (select from fhir.resource r where r.rid in (t.rid))`;
    case 'consent':
      return sql`select ${bare} from fhir.consent t where ${within} and ${ofNone(sql)}`;
    case 'care_link':
      return sql`select ${placed} from fhir.care_link t where ${within} and ${ofNone(sql)}`;
    case 'label':
      return sql`select ${bare} from fhir.label t where ${within} and ${ofNone(sql, sql`r.ver >= t.ver`)}`;
  }
}

/** Names of all types, each at the place of its number. */
export const typesByNumber = Array.from(
  { length: 1 + Math.max(...resourceTypes.map((type) => typeNumber(type) ?? 0)) },
  (_, ty) => typeName(ty) ?? '',
).join(',');

/**
 * No resource has the number and the name of a row `t`. Resources may share a number: `own` identifies the resource, whatever its shard.
 */
function ofNone(sql: Session, also: Fragment = sql`true`): Fragment {
  return sql`not exists (
    select from fhir.resource r
    where r.rid in (t.rid) and ${also} and t.own = ('x' || substr(encode(sha256(convert_to(
      (string_to_array(${typesByNumber}, ','))[r.ty + 1] || '/' || r.id, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint)`;
}

/** Names of resources by their rows; of a number that several have, by the shard alone. */
export async function namesOf(
  sql: Session,
  rids: readonly number[],
): Promise<{ rid: number; shard: number; ty: number; id: string }[]> {
  if (rids.length === 0) return [];
  const rows = await sql<{ rid: string; shard: number; ty: number; id: string }[]>`
    select rid, shard, ty, id from fhir.resource where rid = any(${`{${rids.join(',')}}`}::bigint[])`;
  return rows.map(({ rid, ...rest }) => ({ rid: Number(rid), ...rest }));
}
