/** What every command begins with: the settings, the data directory, and somebody to tell about progress. */
import { resolve } from 'node:path';
import { connect, migrate, type Sql } from '@dhp/postgres';
import { migrations as fhirMigrations } from '@dhp/fhir-store/migrations';
import { migrations as ssoMigrations } from '@dhp/sso/administration';
import { openDataDirectory, type DataDirectory } from './data-directory.ts';
import { openDatabases, type DatabaseName, type Databases } from './databases.ts';
import { readSettings } from './configuration.ts';
import type { Progress } from './progress.ts';
import type { SettingValues } from './settings.ts';

export interface Context {
  readonly settings: SettingValues;
  readonly data: DataDirectory;
  readonly progress: Progress;
}

/** Reads the settings and opens the data directory. Nothing listens and no database runs yet. */
export function openContext(progress: Progress, environment: NodeJS.ProcessEnv = process.env): Context {
  const settings = readSettings(environment, process.cwd());
  return { settings, progress, data: openDataDirectory(resolve(settings.DHP_DATA ?? './.dhp')) };
}

/** The databases as a command uses them: those of the running platform, else an embedded server for as long as it runs. */
export function openCommandDatabases(context: Context): Promise<Databases> {
  return openDatabases({
    url: context.settings.DATABASE_URL,
    data: context.data,
    progress: context.progress,
    attach: true,
  });
}

/** Brings one part's database to the newest schema; returns its URL. */
export async function openMigrated(databases: Databases, name: DatabaseName, progress: Progress): Promise<string> {
  const url = await databases.open(name);
  const sql = connect(url, { max: 1, applicationName: 'dhp migrate' });
  try {
    const step = progress.step(`the ${name} schema`);
    const applied = await migrate(sql, {
      ...(name === 'sso' ? ssoMigrations : fhirMigrations),
      onProgress: ({ done, total, name: file }) => step.update(done, total, file),
    });
    if (applied.length > 0) step.done(`${applied.length} migrations applied`);
  } finally {
    await sql.end({ timeout: 5 });
  }
  return url;
}

/** Opens the SSO's database, migrated, for the length of one piece of work. */
export async function withSsoDatabase<T>(context: Context, work: (sql: Sql) => Promise<T>): Promise<T> {
  const databases = await openCommandDatabases(context);
  try {
    const sql = connect(await openMigrated(databases, 'sso', context.progress), { max: 1, applicationName: 'dhp' });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 5 });
    }
  } finally {
    await databases.close();
  }
}
