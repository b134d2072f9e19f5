/** Platforms on the test server with a separate user in DATABASE_URL, for tests of the servers' roles. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { closeToPublic } from '@dhp/postgres/roles';
import { testServer } from '@dhp/postgres/testing';
import { openMigrated, type Context } from '../src/context.ts';
import { openDataDirectory } from '../src/data-directory.ts';
import { openDatabases, type DatabaseName } from '../src/databases.ts';
import { silent } from '../src/progress.ts';
import type { SettingValues } from '../src/settings.ts';

export const parts = ['sso', 'playground', 'production'] as const;

export let server: string;
export let superuser: Sql;
export const folder = mkdtempSync(join(tmpdir(), 'dhp-roles-'));
const made: string[] = [];

before(async () => {
  server = await testServer();
  superuser = connect(server, { max: 1 });
  await closeToPublic(server);
});

after(async () => {
  for (const name of made) {
    const databases = await superuser<{ name: string }[]>`
      select quote_ident(datname) as name from pg_database where datname like ${`${name}%`}`;
    for (const one of databases) await superuser.unsafe(`drop database ${one.name} with (force)`);
    await superuser.unsafe(`revoke connect on database postgres from ${name}_owner`);
    const roles = await superuser<{ name: string }[]>`
      select quote_ident(rolname) as name from pg_roles where rolname like ${`${name}%`} order by rolname like '%owner'`;
    for (const one of roles) await superuser.unsafe(`drop role ${one.name}`);
  }
  await superuser.end();
  rmSync(folder, { recursive: true, force: true });
});

export interface Installation {
  readonly name: string;
  /** As DATABASE_URL has it. */
  readonly url: string;
  /** DHP_SECRET_KEY of its nodes. */
  readonly key: Buffer;
  /** As a superuser. */
  ofSuperuser(part: DatabaseName): string;
  /** Prepares the databases as a start does. @returns the URLs that the servers use, in the order of the parts */
  start(
    settings?: SettingValues,
    how?: { create?: boolean; parts?: readonly DatabaseName[]; url?: string },
  ): Promise<string[]>;
  /** Warnings of all starts. */
  readonly warnings: string[];
}

/** A platform with a user in DATABASE_URL that has these attributes and is no superuser. @param ending of the database's name */
export async function installation(attributes: string, ending = ''): Promise<Installation> {
  const id = `roles_${randomBytes(8).toString('hex')}`;
  const name = id + ending;
  made.push(id);
  await superuser.unsafe(`create role ${id}_owner login password 'owner' ${attributes}`);
  await superuser.unsafe(`grant connect on database postgres to ${id}_owner`);
  const url = urlOf(name, `${id}_owner`, 'owner');
  const key = randomBytes(32);
  const warnings: string[] = [];
  return {
    name,
    url,
    key,
    warnings,
    ofSuperuser: (part) => databaseUrl(server, `${name}_${part}`),
    async start(settings = {}, { create = true, parts: some = parts, url: as = url } = {}) {
      const data = openDataDirectory(join(folder, id));
      const context = {
        settings: { DHP_SECRET_KEY: key, DATABASE_URL: as, ...settings },
        ...{ data, create, progress: silent, warn: (sentence: string) => void warnings.push(sentence) },
      } as unknown as Context;
      const databases = await openDatabases({ url: as, data, progress: silent, attach: false, create });
      return Promise.all(some.map((part) => openMigrated(databases, part, context)));
    },
  };
}

export function urlOf(database: string, user: string, password: string): string {
  const { host, port } = parseDatabaseUrl(server);
  const directory = host.startsWith('/') ? `?host=${encodeURIComponent(host)}` : '';
  return `postgres://${user}:${password}@${directory === '' ? host : 'localhost'}:${port}/${encodeURIComponent(database)}${directory}`;
}

/** Runs statements on a separate connection. */
export async function as<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
