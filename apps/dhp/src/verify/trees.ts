/** B-tree indexes against their tables, by PostgreSQL's own amcheck where it is there. https://www.postgresql.org/docs/current/amcheck.html */
import type { Sql } from '@dhp/postgres';

/** An index that does not agree with its table, or with itself. */
export interface BrokenTree {
  readonly index: string;
  /** As PostgreSQL says it. */
  readonly reason: string;
}

export interface TreeReport {
  /** `absent`: this PostgreSQL has no amcheck; `forbidden`: the user may not use it. */
  readonly state: 'checked' | 'absent' | 'forbidden';
  /** Indexes that were checked. */
  readonly count: number;
  readonly broken: readonly BrokenTree[];
}

const notChecked = { count: 0, broken: [] } as const;

/**
 * Checks each index of the schema `fhir`, with all rows of its table. Where the extension is not installed it is for the time that this takes, if the
 * user may: it has functions alone.
 */
export async function checkTrees(sql: Sql, onProgress: (done: number, total: number) => void): Promise<TreeReport> {
  const [there] = await sql<{ installed: boolean; available: boolean }[]>`
    select exists (select from pg_extension where extname = 'amcheck') as installed,
      exists (select from pg_available_extensions where name = 'amcheck') as available`;
  if (there!.installed) return checkAll(sql, onProgress);
  if (!there!.available) return { state: 'absent', ...notChecked };
  try {
    await sql`create extension amcheck`;
  } catch (error) {
    if (isForbidden(error)) return { state: 'forbidden', ...notChecked };
    throw error;
  }
  try {
    return await checkAll(sql, onProgress);
  } finally {
    await sql`drop extension amcheck`;
  }
}

async function checkAll(sql: Sql, onProgress: (done: number, total: number) => void): Promise<TreeReport> {
  const [place] = await sql<{ schema: string }[]>`
    select quote_ident(n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'`;
  const indexes = await sql<{ name: string }[]>`
    select i.indexrelid::regclass::text as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where c.relnamespace = 'fhir'::regnamespace and a.amname = 'btree' and c.relkind = 'i' and i.indisvalid order by 1`;
  const broken: BrokenTree[] = [];
  for (const [n, { name }] of indexes.entries()) {
    onProgress(n, indexes.length);
    try {
      await sql`select ${sql.unsafe(place!.schema)}.bt_index_check(${name}::text::regclass, true)`;
    } catch (error) {
      if (isForbidden(error)) return { state: 'forbidden', ...notChecked };
      if (!isCorrupt(error)) throw error;
      broken.push({ index: name, reason: error.message });
    }
  }
  return { state: 'checked', count: indexes.length, broken };
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, class XX: of data and of indexes that are corrupt. */
function isCorrupt(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && ['XX001', 'XX002'].includes(String(error.code));
}
