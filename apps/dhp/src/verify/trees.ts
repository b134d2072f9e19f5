/** B-tree indexes and the rows of tables, by PostgreSQL's own amcheck if available. https://www.postgresql.org/docs/current/amcheck.html */
import type { Sql } from '@dhp/postgres';

/** An index that does not match its table, or is inconsistent. */
export interface BrokenTree {
  readonly index: string;
  /** As PostgreSQL says it. */
  readonly reason: string;
}

/** A table with a row that PostgreSQL itself could not have stored so. */
export interface BrokenTable {
  readonly table: string;
  /** As PostgreSQL says it, with the page. */
  readonly reason: string;
}

export interface TreeReport {
  /** `absent`: this PostgreSQL has no amcheck; `forbidden`: the user may not use it. */
  readonly state: 'checked' | 'absent' | 'forbidden';
  /** Indexes that were checked. */
  readonly count: number;
  readonly broken: readonly BrokenTree[];
  /** Tables that were checked, partitions one by one. */
  readonly tables: number;
  readonly brokenTables: readonly BrokenTable[];
}

const notChecked = { count: 0, broken: [], tables: 0, brokenTables: [] } as const;

/** The schemas of a database; parts of the trail are in a separate one. */
export type Schemas = readonly ('fhir' | 'fhir_audit' | 'sso')[];

/**
 * Checks each index of the schemas, with all rows of its table and, from PostgreSQL 17 on, its uniqueness, and each table. If the extension
 * is not installed, it is installed for the duration of the check, if the user may do so: it only contains functions.
 */
export async function checkTrees(
  sql: Sql,
  schemas: Schemas,
  onProgress: (done: number, total: number) => void,
): Promise<TreeReport> {
  const [there] = await sql<{ installed: boolean; available: boolean }[]>`
    select exists (select from pg_extension where extname = 'amcheck') as installed,
      exists (select from pg_available_extensions where name = 'amcheck') as available`;
  if (there!.installed) return checkAll(sql, schemas, onProgress);
  if (!there!.available) return { state: 'absent', ...notChecked };
  try {
    await sql`create extension amcheck`;
  } catch (error) {
    if (isForbidden(error)) return { state: 'forbidden', ...notChecked };
    throw error;
  }
  try {
    return await checkAll(sql, schemas, onProgress);
  } finally {
    await sql`drop extension amcheck`;
  }
}

type Piece = ReturnType<Sql>;

/** The schema of the functions, and whether they check uniqueness. */
interface Place {
  readonly schema: string;
  readonly unique: boolean;
}

async function checkAll(
  sql: Sql,
  schemas: Schemas,
  onProgress: (done: number, total: number) => void,
): Promise<TreeReport> {
  const [place] = await sql<Place[]>`
    select quote_ident(n.nspname) as schema,
      exists (select from pg_proc p where p.pronamespace = n.oid and p.proname = 'bt_index_check' and p.pronargs = 3) as unique
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'`;
  const list = `{${schemas.join(',')}}`;
  // Partitions may be in any schema.
  const isMeant = (table: Piece): Piece => sql`exists (
    select from pg_class m join pg_namespace n on n.oid = m.relnamespace
    where m.oid in (${table}, pg_partition_root(${table})) and n.nspname = any(${list}::text[]))`;
  const indexes = await sql<{ name: string }[]>`
    select i.indexrelid::regclass::text as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where a.amname = 'btree' and c.relkind = 'i' and i.indisvalid and ${isMeant(sql`i.indrelid`)} order by 1`;
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relpersistence <> 't' and ${isMeant(sql`c.oid`)} order by 1`;
  const broken: BrokenTree[] = [];
  const brokenTables: BrokenTable[] = [];
  const total = indexes.length + tables.length;
  try {
    for (const [n, { name }] of indexes.entries()) {
      onProgress(n, total);
      const reason = await faultOfIndex(sql, place!, name);
      if (reason !== undefined) broken.push({ index: name, reason });
    }
    for (const [n, { name }] of tables.entries()) {
      onProgress(indexes.length + n, total);
      const reason = await faultOfTable(sql, place!, name);
      if (reason !== undefined) brokenTables.push({ table: name, reason });
    }
  } catch (error) {
    if (isForbidden(error)) return { state: 'forbidden', ...notChecked };
    throw error;
  }
  return { state: 'checked', count: indexes.length, broken, tables: tables.length, brokenTables };
}

async function faultOfIndex(sql: Sql, { schema, unique }: Place, name: string): Promise<string | undefined> {
  try {
    if (unique) await sql`select ${sql.unsafe(schema)}.bt_index_check(${name}::text::regclass, true, true)`;
    else await sql`select ${sql.unsafe(schema)}.bt_index_check(${name}::text::regclass, true)`;
    return undefined;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return error.message;
  }
}

/** The first page with a fault, including values stored out of line. */
async function faultOfTable(sql: Sql, { schema }: Place, name: string): Promise<string | undefined> {
  try {
    const [fault] = await sql<{ page: string; msg: string }[]>`
      select blkno::text as page, msg from ${sql.unsafe(schema)}.verify_heapam(${name}::text::regclass, true, true) limit 1`;
    return fault && `${fault.msg} (page ${fault.page})`;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return error.message;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, class XX: of data and of indexes that are corrupt. */
function isCorrupt(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && ['XX001', 'XX002'].includes(String(error.code));
}
