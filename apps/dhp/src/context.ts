/** Opens the context of a command: settings, data directory and progress. */
import { join, resolve } from 'node:path';
import { connect, hasCluster, migrate, type Sql } from '@dhp/postgres';
import type { ServerSchema } from '@dhp/postgres/roles';
import { migrations as fhirMigrations, migrationsOnNodes } from '@dhp/fhir-store/migrations';
import { migrations as ssoMigrations } from '@dhp/sso/migrations';
import { checkSecretKey } from '@dhp/signing-keys/server-keys';
import { openDataDirectory, type DataDirectory } from './data-directory.ts';
import { DatabaseError } from './database-error.ts';
import { openDatabases, type DatabaseName, type Databases } from './databases.ts';
import { givenSettings, parseSettings } from './configuration.ts';
import { secretKeyOf } from './secret-key.ts';
import { serverUrl } from './server-login.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { Progress } from './progress.ts';
import { ConfigurationError } from './settings/setting.ts';
import type { SettingValues } from './settings.ts';

export interface Context {
  /** The settings as text, and the rest of the environment. */
  readonly given: Readonly<Record<string, string | undefined>>;
  readonly settings: SettingValues;
  readonly data: DataDirectory;
  readonly progress: Progress;
  /** Whether absent databases are created: by `start` and `migrate`, but not by commands, whose user may mean others. */
  readonly create: boolean;
  /** Reports a message for the operator, each only once. */
  readonly warn: (sentence: string) => void;
}

/**
 * Reads the settings and opens the data directory. Nothing listens and no database runs yet.
 *
 * @throws ConfigurationError for invalid settings and, unless `create` is set, for a data directory without a database
 */
export function openContext(progress: Progress, { create = false } = {}): Context {
  const said = new Set<string>();
  const warn = (sentence: string): void => {
    if (!said.has(sentence)) progress.say(operationMessages[spokenLanguage()].warning({ sentence }));
    said.add(sentence);
  };
  const given = givenSettings(process.env, process.cwd());
  const settings = parseSettings(given, warn);
  const path = resolve(settings.DHP_DATA ?? './.dhp');
  const embedded = settings.DATABASE_URL === undefined;
  if (!create && embedded && !hasCluster(join(path, 'postgres'))) {
    throw new ConfigurationError(operationMessages[spokenLanguage()].database.notInDirectory({ path }));
  }
  // Commands use the key of the platform; with an external database they create none, because a new one would not match it.
  return { given, settings, progress, create, warn, data: openDataDirectory(path, { create: create || embedded }) };
}

/**
 * Only the settings, for code that needs them before a data directory is created.
 * @throws ConfigurationError
 */
export function readSettings(): SettingValues {
  return parseSettings(givenSettings(process.env, process.cwd()), () => undefined);
}

/** The databases for a command: those of the running platform, otherwise an embedded server for the time that the command runs. */
export function openCommandDatabases(context: Context): Promise<Databases> {
  return openDatabases({
    url: context.settings.DATABASE_URL,
    data: context.data,
    progress: context.progress,
    attach: true,
    create: context.create,
    backups: context.settings.DHP_BACKUPS,
  });
}

/** The schema of a part. */
export function schemaOf(name: DatabaseName): ServerSchema {
  return name === 'sso' ? ssoMigrations : fhirMigrations;
}

/**
 * The schema of a part as its database has it: on several nodes, its server has more privileges.
 * @param sql as the owner
 * @throws DatabaseError if the move to several nodes was not completed
 */
export async function schemaIn(sql: Sql, name: DatabaseName): Promise<ServerSchema> {
  if (name === 'sso') return ssoMigrations;
  const { isSpread } = await import('@dhp/fhir-store/placement');
  const spread = await isSpread(sql);
  if (spread !== undefined) return spread ? migrationsOnNodes : fhirMigrations;
  const { distributedMessages } = await import('./texts/distributed.ts');
  throw new DatabaseError(distributedMessages[spokenLanguage()].underWay({ environment: name }));
}

/** A generic plan does not show which nodes are asked, and Citus makes none: docs/decisions/0107-distributed.md. */
function withValuesInPlans(url: string): string {
  if (/[?&]plan_cache_mode=/.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}plan_cache_mode=force_custom_plan`;
}

/**
 * Migrates one part's database to the newest schema, as its owner. All other work uses the returned URL, which has the login of the part's
 * own role: see `serverUrl`.
 *
 * @throws SecretKeyError if DHP_SECRET_KEY is not the key that sealed the SSO's signing keys
 */
export async function openMigrated(databases: Databases, name: DatabaseName, context: Context): Promise<string> {
  const url = await databases.open(name);
  const sql = connect(url, { max: 1, applicationName: 'dhp migrate' });
  const { start, database: said } = operationMessages[spokenLanguage()];
  try {
    const step = context.progress.step(start.schema({ name }));
    const applied = await migrate(sql, {
      ...schemaOf(name),
      onProgress: ({ done, total, name: file }) => step.update(done, total, file),
    }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
      const sentence = said.mayNotMigrate({ name, reason: error.message, advice: said.rolesAdvice });
      throw new DatabaseError(sentence, { cause: error });
    });
    if (applied.length > 0) step.done(start.migrated({ count: applied.length }));
    // The key is read before anything is sealed with it or derived from it.
    const key = name === 'sso' ? secretKeyOf(context) : undefined;
    if (key !== undefined) await checkSecretKey(sql, key);
    const schema = await schemaIn(sql, name);
    if (schema !== migrationsOnNodes) return await serverUrl({ name, sql, url, schema }, context);
    // Tables that a migration has added are distributed like the others.
    if (applied.length > 0) await (await import('@dhp/fhir-store/placement')).distribute(sql);
    return await serverUrl({ name, sql, url: withValuesInPlans(url), schema }, context);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Opens the SSO's database, migrated, for the length of one piece of work. */
export function withSsoDatabase<T>(context: Context, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withDatabase(context, 'sso', work);
}

/** Opens the database of a part, migrated, as the owner of its tables: for work that servers may not do. */
export function withOwnedDatabase<T>(
  context: Context,
  name: DatabaseName,
  work: (sql: Sql, url: string) => Promise<T>,
): Promise<T> {
  return withConnection(context, work, async (databases) => {
    await openMigrated(databases, name, context);
    return databases.open(name);
  });
}

/** Opens the database of a part, migrated, for the length of one piece of work. */
export function withDatabase<T>(context: Context, name: DatabaseName, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withConnection(context, work, (databases) => openMigrated(databases, name, context));
}

async function withConnection<T>(
  context: Context,
  work: (sql: Sql, url: string) => Promise<T>,
  urlIn: (databases: Databases) => Promise<string>,
): Promise<T> {
  const databases = await openCommandDatabases(context);
  try {
    const url = await urlIn(databases);
    const sql = connect(url, { max: 1, applicationName: 'dhp' });
    try {
      return await work(sql, url);
    } finally {
      await sql.end({ timeout: 5 });
    }
  } finally {
    await databases.close();
  }
}
