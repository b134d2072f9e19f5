/**
 * Copies rows from one server to the other by files that both can reach: COPY in ranges of pages. Each range is one transaction of the new
 * server, with a note of it, so a killed copy resumes after the last one.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../driver/sql.ts';
import { ours } from './catalogue.ts';
import { UpgradeError, type Sides } from './failure.ts';

/** 32 MiB of a table, plus its out-of-line values. */
const pagesOfAStretch = 4096;

interface TableOfRows {
  readonly name: string;
  readonly columns: string;
  readonly bytes: number;
  readonly pages: number;
}

export interface Copying extends Sides {
  /** A folder that only both servers can read and write. */
  readonly passing: string;
  readonly onBytes: (bytes: number) => void;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Tables that have rows, in the order of their names. */
async function tablesOf(sql: Session): Promise<TableOfRows[]> {
  return sql.unsafe<TableOfRows[]>(`
    select c.oid::regclass::text as name, pg_table_size(c.oid)::float8 as bytes,
      (pg_relation_size(c.oid) / current_setting('block_size')::int)::int as pages,
      (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind = 'r' order by 1`);
}

/** Bytes of all tables: the final value of `onBytes`. */
export async function bytesOfRows(sql: Session): Promise<number> {
  return (await tablesOf(sql)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Removes rows that migrations have inserted, and creates the list of copied ranges. */
export async function beginRows(sql: Session): Promise<void> {
  const names = (await tablesOf(sql)).map(({ name }) => name);
  if (names.length > 0) await sql.unsafe(`truncate ${names.join(', ')} cascade`);
  await sql.unsafe(
    'create schema dhp_upgrade; create table dhp_upgrade.stretch (name text, n int, primary key (name, n))',
  );
}

export async function isBegun(sql: Session): Promise<boolean> {
  const [row] = await sql<{ isThere: boolean }[]>`select to_regclass('dhp_upgrade.stretch') is not null as "isThere"`;
  return row!.isThere;
}

export async function copyRows({ from, to, passing, onBytes }: Copying): Promise<void> {
  const noted = await to.unsafe<{ key: string }[]>(`select name || ' ' || n as key from dhp_upgrade.stretch`);
  const done = new Set(noted.map(({ key }) => key));
  const file = join(passing, 'rows');
  for (const { name, columns, bytes, pages } of await tablesOf(from)) {
    const stretches = Math.ceil(pages / pagesOfAStretch);
    for (let n = 0; n < stretches; n += 1) {
      const ends = [n * pagesOfAStretch, (n + 1) * pagesOfAStretch].map((page) => `'(${String(page)},0)'::tid`);
      if (!done.has(`${name} ${String(n)}`)) {
        await from.unsafe(
          `copy (select ${columns} from only ${name} where ctid >= ${ends[0]!} and ctid < ${ends[1]!}) to ${literal(file)}`,
        );
        await storeStretch(to, {
          copy: `copy ${name} (${columns}) from ${literal(file)}`,
          note: `insert into dhp_upgrade.stretch values (${literal(name)}, ${String(n)})`,
        });
        await rm(file, { force: true });
      }
      onBytes(bytes / stretches);
    }
    if (stretches === 0) onBytes(bytes);
  }
}

async function storeStretch(to: Session, { copy, note }: { copy: string; note: string }): Promise<void> {
  await to.unsafe('begin');
  try {
    await to.unsafe(copy);
    await to.unsafe(note);
    await to.unsafe('commit');
  } catch (error) {
    await to.unsafe('rollback').catch(() => undefined);
    throw error;
  }
}

export async function copySequences({ from, to }: Sides): Promise<void> {
  const names = await from.unsafe<{ name: string }[]>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind = 'S'`,
  );
  for (const { name } of names) {
    const [row] = await from.unsafe<{ last: string; called: boolean }[]>(
      `select last_value::text as last, is_called as called from ${name}`,
    );
    await to.unsafe(`select setval(${literal(name)}::regclass, ${row!.last}, ${String(row!.called)})`);
  }
}

/**
 * Compares each table: how many rows, and the sum of a hash of each. MD5 is the same in every version of PostgreSQL, and here a check of a copy, not of a forger.
 * @throws UpgradeError that names the table
 */
export async function compareRows({ from, to, onBytes }: Omit<Copying, 'passing'>): Promise<void> {
  for (const { name, bytes } of await tablesOf(from)) {
    const text = `select count(*)::text as rows, coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text as sum from only ${name} t`;
    const [here, there] = await Promise.all(
      [from, to].map(async (sql) => (await sql.unsafe<{ rows: string; sum: string }[]>(text))[0]!),
    );
    if (here!.rows !== there!.rows || here!.sum !== there!.sum)
      throw new UpgradeError(
        'upgrade-differs',
        `Table ${name} has ${here!.rows} rows, and ${there!.rows} in the new database, or others`,
      );
    onBytes(bytes);
  }
}

/** Without the list, another call would copy all again. */
export async function endRows(sql: Session): Promise<void> {
  await sql.unsafe('analyze');
  await sql.unsafe('drop schema if exists dhp_upgrade cascade');
}
