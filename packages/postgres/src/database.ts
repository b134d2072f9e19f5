import { parseDatabaseUrl } from './address.ts';
import { connect } from './connect.ts';
import type { Session } from './driver/sql.ts';

/**
 * The URL of another database on the same server.
 * @param serverUrl URL of any database of the server
 * @throws TypeError when `name` cannot be the name of a database here (`assertDatabaseName`)
 */
export function databaseUrl(serverUrl: string, name: string): string {
  assertDatabaseName(name);
  const [, server = '', query = ''] = /^([^:]*:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/s.exec(serverUrl) ?? [];
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('dbname='));
  return `${server}/${encodeURIComponent(name)}${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}

/**
 * The URL with poolers that lead to the same database; see `parseDatabaseUrl`.
 * @param poolers `host:port[,host:port]`
 */
export function urlThroughPooler(url: string, poolers: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}pooler=${encodeURIComponent(poolers)}`;
}

/**
 * Creates the database if it does not exist, and returns its URL. Safe if several processes do it at once. It is created from the database
 * that the URL names, or from `postgres` if that one does not exist either or none is named.
 *
 * A new database has UTF-8 and the order of code points whatever the server's locale is, so that an upgrade of the operating system cannot
 * corrupt an index.
 * @param oid its number, for a copy of another cluster: by default PostgreSQL chooses one
 * @throws Error with the command to run if the role may not create databases
 */
export async function ensureDatabase(serverUrl: string, name: string, oid?: number): Promise<string> {
  const url = databaseUrl(serverUrl, name);
  if (await isDatabaseThere(url)) return url;
  const named = parseDatabaseUrl(serverUrl).database;
  const from =
    named !== undefined && (await isDatabaseThere(serverUrl)) ? serverUrl : databaseUrl(serverUrl, 'postgres');
  const sql = connect(from, { max: 1, applicationName: 'dhp setup' });
  try {
    if (!(await databaseExists(sql, name))) await createDatabase(sql, name, oid);
  } finally {
    await sql.end();
  }
  return url;
}

/** SQLSTATE invalid_catalog_name: there is no database of this name. */
const noSuchDatabase = '3D000';

/**
 * Whether a database of this name exists on the server.
 * @throws the server's error if it refuses for another reason, or the connection's error if it cannot be reached
 */
export async function isDatabaseThere(url: string): Promise<boolean> {
  const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
  try {
    await sql`select 1`;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === noSuchDatabase) return false;
    throw error;
  } finally {
    await sql.end();
  }
}

export async function databaseExists(sql: Session, name: string): Promise<boolean> {
  const rows = await sql`select 1 from pg_database where datname = ${name}`;
  return rows.length > 0;
}

async function createDatabase(sql: Session, name: string, oid: number | undefined): Promise<void> {
  const number = oid === undefined ? '' : ` oid ${String(oid)}`;
  try {
    await sql.unsafe(
      `create database ${quotedName(name)} template template0 encoding 'UTF8' ${await locale(sql)}${number}`,
    );
  } catch (error) {
    if (await databaseExists(sql, name)) return; // another process was faster
    throw explain(error, name);
  }
}

/** The built-in C.UTF-8 (PostgreSQL 17) knows upper and lower case beyond ASCII; older versions only have plain C. */
async function locale(sql: Session): Promise<string> {
  const [row] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int as version`;
  const builtin = row !== undefined && row.version >= 170000;
  return `lc_collate 'C' lc_ctype 'C'${builtin ? ` locale_provider builtin builtin_locale 'C.UTF-8'` : ''}`;
}

function explain(error: unknown, name: string): unknown {
  const forbidden = error instanceof Error && 'code' in error && error.code === '42501';
  if (!forbidden) return error;
  return new Error(
    `The database "${name}" does not exist and this role may not create it. ` +
      `Create it with the role's name as owner: createdb --template=template0 --encoding=UTF8 --owner=<role> ${name}`,
    { cause: error },
  );
}

/**
 * PostgreSQL truncates longer names, so that two of them could become one; quotes and control characters are not allowed.
 * @throws TypeError that states the reason
 */
export function assertDatabaseName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= longestName && !/[\p{Cc}"\\]/u.test(name)) return;
  throw new TypeError(
    `"${name}" cannot be used as the name of a database: it has 1 to ${String(longestName)} bytes, and no quote, backslash or control character`,
  );
}

/** In bytes. https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export const longestName = 63;

/** A name for a statement: quoted, except for one that certainly needs no quotes. */
export function quotedName(name: string): string {
  if (/^[a-z_][a-z0-9_]*_(?:sso|playground|production|server)$/.test(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}
