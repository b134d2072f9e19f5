import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Sql } from './driver/sql.ts';
import { withAdvisoryLock } from './advisory-lock.ts';
import { readMigrations, type MigrationFile } from './migration-files.ts';
import { splitStatements } from './statements.ts';

export interface MigrationProgress {
  /** Migrations of this run that are applied. */
  done: number;
  /** Migrations of this run. */
  total: number;
  /** The one that is being applied; the last one when all are done. */
  name: string;
}

export interface MigrateOptions {
  directory: URL;
  /** The schema that holds the table `migration`; it is created when absent, so files need not do it. */
  schema: string;
  onProgress?: (progress: MigrationProgress) => void;
}

/** The database and the files of this program do not fit together, or a file failed. The message says which and why. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Applies the files `NNNN_name.sql` of a directory that the database does not have yet, in order and each once.
 *
 * Each runs in a separate transaction together with its record in `<schema>.migration`. A file whose first line says `-- no transaction`
 * runs statement by statement outside of one: it may be run again after a failure in between, so its statements must be repeatable (`drop
 * index concurrently if exists …` before `create index concurrently …`). Parallel runs are serialised by an advisory lock; a later one
 * finds the work done. Newer migrations that the database has and this program does not know are accepted if each of them is marked
 * additive, whatever its number: an earlier node continues, and starts, beside newer ones.
 *
 * @returns the names of the files applied by this call; empty if the database was up to date
 * @throws MigrationError if an applied file was changed or removed, if the database has a migration that is newer than this program and not
 * additive, if a new file is numbered below an applied one, or if a file fails (`cause` says how)
 */
export async function migrate(sql: Sql, options: MigrateOptions): Promise<string[]> {
  const { directory, schema } = options;
  if (!/^[a-z_][a-z0-9_]*$/.test(schema)) throw new TypeError(`"${schema}" is not a schema name`);
  const files = await readMigrations(directory);
  if (pending(files, await applied(sql, schema), schema).length === 0) return [];

  return withAdvisoryLock(sql, `dhp migrate ${schema}`, async (connection) => {
    await connection.unsafe(recordTable(schema));
    const todo = pending(files, await applied(connection, schema), schema);
    for (const [done, file] of todo.entries()) {
      options.onProgress?.({ done, total: todo.length, name: file.name });
      await apply(connection, schema, file);
    }
    const last = todo.at(-1);
    if (last !== undefined) options.onProgress?.({ done: todo.length, total: todo.length, name: last.name });
    return todo.map((file) => file.name);
  });
}

export interface AppliedMigration {
  number: number;
  name: string;
  checksum: string;
  /** As of `MigrationFile`. */
  additive: boolean;
}

/**
 * Applies only those files that another database records, for a copy of it; a later `migrate` applies the rest to both.
 * @param records of that database, from `applied`
 * @throws MigrationError if this program lacks one of them, or as `migrate` does
 */
export async function migrateAs(sql: Sql, records: AppliedMigration[], options: MigrateOptions): Promise<void> {
  const { directory, schema } = options;
  const files = await readMigrations(directory);
  pending(files, records, schema);
  const unknown = records.find((record) => !files.some(({ number }) => number === record.number));
  if (unknown !== undefined)
    throw new MigrationError(
      `This database has migration ${unknown.name} of schema ${schema}, which this program cannot make anew: it was migrated by a newer version. Start that version`,
    );
  const same = files.filter((file) => records.some(({ number }) => number === file.number));
  await withAdvisoryLock(sql, `dhp migrate ${schema}`, async (connection) => {
    await connection.unsafe(recordTable(schema));
    for (const file of pending(same, await applied(connection, schema), schema)) await apply(connection, schema, file);
  });
}

/** Returns the migrations that the database records as applied, in order. */
export async function applied(sql: Session, schema: string): Promise<AppliedMigration[]> {
  const [table] = await sql<
    { present: boolean }[]
  >`select to_regclass(${`${schema}.migration`}) is not null as present`;
  if (table?.present !== true) return [];
  // An earlier program has made the table without the column `additive`.
  return sql<AppliedMigration[]>`
    select m.number, m.name, m.checksum, coalesce((to_jsonb(m) ->> 'additive')::boolean, false) as additive
    from ${sql(schema)}.migration m order by m.number`;
}

/**
 * The files to be applied, in order.
 * @throws MigrationError as `migrate` does
 */
export function pending(files: MigrationFile[], records: AppliedMigration[], schema: string): MigrationFile[] {
  const byNumber = new Map(files.map((file) => [file.number, file]));
  const newest = files.at(-1)?.number ?? 0;
  for (const record of records) assertKnown(record, byNumber.get(record.number), newest, schema);
  const last = records.at(-1);
  const todo = files.filter((file) => !records.some((record) => record.number === file.number));
  const late = todo.find((file) => last !== undefined && file.number < last.number);
  if (late === undefined || last === undefined) return todo;
  throw new MigrationError(
    `Migration ${late.name} of schema ${schema} is numbered below ${last.name}, which is applied already: ` +
      'give it the next free number',
  );
}

function assertKnown(record: AppliedMigration, file: MigrationFile | undefined, newest: number, schema: string): void {
  if (file?.checksum === record.checksum) return;
  if (file !== undefined) {
    throw new MigrationError(
      `Migration ${file.name} of schema ${schema} differs from what was applied to this database: ` +
        'restore the file and put the change into a new migration',
    );
  }
  if (record.additive) return;
  throw new MigrationError(
    record.number > newest
      ? `This database has migration ${record.name} of schema ${schema}, which this version of the program does not ` +
          'know: it was migrated by a newer version. Start that version, or restore a backup'
      : `Migration ${record.name} of schema ${schema} is applied to this database but its file is missing`,
  );
}

function recordTable(schema: string): string {
  return `
    create schema if not exists ${schema};
    create table if not exists ${schema}.migration (
      number     int         not null primary key,
      name       text        not null,
      checksum   text        not null,
      applied_at timestamptz not null default now(),
      additive   boolean     not null default false
    );
    alter table ${schema}.migration add column if not exists additive boolean not null default false`;
}

async function apply(sql: Session, schema: string, file: MigrationFile): Promise<void> {
  try {
    if (file.transaction) {
      await applyInTransaction(sql, schema, file);
    } else {
      for (const statement of splitStatements(file.text)) await sql.unsafe(statement);
      await record(sql, schema, file);
    }
  } catch (error) {
    throw new MigrationError(`Migration ${file.name} of schema ${schema} failed: ${describe(error, file)}`, {
      cause: error,
    });
  }
}

const lockTimeoutSqlState = '55P03';
const lockAttempts = 30;

/**
 * A change of a table waits for its running statements, and every later statement waits behind it. So it waits at most two seconds, lets
 * the others through, and tries again.
 */
async function applyInTransaction(sql: Session, schema: string, file: MigrationFile): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await sql.unsafe('begin');
    try {
      await sql.unsafe(`set local lock_timeout = '2s'`);
      await sql.unsafe(file.text);
      await record(sql, schema, file);
      await sql.unsafe('commit');
      return;
    } catch (error) {
      await sql.unsafe('rollback').catch(() => undefined);
      const timedOut = error instanceof Error && 'code' in error && error.code === lockTimeoutSqlState;
      if (!timedOut || attempt === lockAttempts) throw error;
      await delay(500);
    }
  }
}

async function record(sql: Session, schema: string, file: MigrationFile): Promise<void> {
  const { number, name, checksum, additive } = file;
  await sql`
    insert into ${sql(schema)}.migration (number, name, checksum, additive)
    values (${number}, ${name}, ${checksum}, ${additive})`;
}

/** PostgreSQL gives the position of an error in characters from the start of the sent text, which is the file here. */
function describe(error: unknown, file: MigrationFile): string {
  if (!(error instanceof Error)) return String(error);
  if (!file.transaction || !('position' in error) || typeof error.position !== 'string') return error.message;
  return `${error.message} (line ${file.text.slice(0, Number(error.position)).split('\n').length})`;
}

/**
 * Fitness of a database's schema for a program. `current`: it has every migration of the program, and in addition only newer ones that are
 * marked additive. `behind`: the program waits for its migrations. `unfit`: the program must not serve from it. The sentence gives the
 * reason, and advice.
 */
export type SchemaState =
  { readonly kind: 'current' } | { readonly kind: 'behind' | 'unfit'; readonly sentence: string };

/** For readiness checks; queries the database each time. Rejects if it does not answer. */
export async function schemaState(sql: Sql, options: { directory: URL; schema: string }): Promise<SchemaState> {
  const { directory, schema } = options;
  const files = await readMigrations(directory);
  const records = await applied(sql, schema);
  try {
    const todo = pending(files, records, schema);
    if (todo.length === 0) return { kind: 'current' };
    const names = todo.map(({ name }) => name);
    const listed = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
    const sentence = `The database lacks migrations of schema ${schema}: ${listed}. dhp migrate, or the start of a server, applies them`;
    return { kind: 'behind', sentence };
  } catch (error) {
    if (error instanceof MigrationError) return { kind: 'unfit', sentence: error.message };
    throw error;
  }
}
