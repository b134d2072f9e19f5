/** Opens the databases: in the embedded PostgreSQL, or in the one that DATABASE_URL names, with one database for each part. */
import {
  databaseUrl,
  embeddedOwner,
  ensureDatabase,
  isDatabaseThere,
  startEmbedded,
  type EmbeddedPostgres,
} from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { archiveSettings, assertOwnPlace, openPlace } from '@dhp/postgres/backup';
import { closeToPublic, urlOfLogin } from '@dhp/postgres/roles';
import { tlsAdvice } from '@dhp/postgres/tls';
import type { DataDirectory } from './data-directory.ts';
import { DatabaseError } from './database-error.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { Progress, ProgressStep } from './progress.ts';

/** A part of the platform that has its own database. */
export const databaseNames = ['sso', 'playground', 'production'] as const;
export type DatabaseName = (typeof databaseNames)[number];

/** The URL of a part's database, whether or not it exists. */
export type AddressOf = (name: DatabaseName) => string;

export interface Databases {
  /** Whether it is the embedded server, which means a laptop. */
  readonly embedded: boolean;
  /** URL of the embedded server, with the superuser's login; absent for another one. */
  readonly server?: string;
  /** The URL of a part's database, created if absent, with the login of its owner. */
  open(name: DatabaseName): Promise<string>;
  /** The same URL, of a database that may not be there. */
  readonly address: AddressOf;
  /** Rejects when the embedded server has ended by accident and could not be started again. */
  readonly lost: Promise<never>;
  /** Stops the embedded server when this process started it. */
  close(): Promise<void>;
}

export interface DatabasesOptions {
  readonly url: string | undefined;
  readonly data: DataDirectory;
  readonly progress: Progress;
  /**
   * Whether to use an embedded server that another process of this data directory runs. Commands do; the server does not, since a command's
   * database ends with the command: it waits for that instead.
   */
  readonly attach: boolean;
  /** Whether databases that DATABASE_URL does not have yet are created. A command may have the wrong URL, and must find nothing there. */
  readonly create: boolean;
  /** `max_connections` of an embedded server that this process starts. */
  readonly connections?: number;
  /** Folder of backups: an embedded server that this process starts archives its log there. */
  readonly backups?: string | undefined;
}

/** How long a starting server waits for a command that runs the embedded database, in milliseconds. */
const waitForCommand = 30_000;

/** Connects to the database server; starts the embedded one if no DATABASE_URL is given. */
export async function openDatabases(options: DatabasesOptions): Promise<Databases> {
  if (options.url !== undefined) {
    const url = withPassword(options.url);
    const prefix = namePrefix(url);
    return {
      embedded: false,
      address: databaseOf(url),
      open: async (name) => {
        if (!options.create) await refuseNewDatabases(url, prefix, name).catch(unreachable(name));
        return ensureDatabase(url, `${prefix}_${name}`).catch(unreachable(name));
      },
      lost: new Promise<never>(() => undefined),
      close: () => Promise.resolve(),
    };
  }
  const said = operationMessages[spokenLanguage()].database;
  const step = options.progress.step(said.embedded);
  const server = await startCluster(options, step);
  if (server.owned) await closeToPublic(server.url);
  step.done(server.owned ? said.onPort({ port: server.port }) : said.ofPlatform);
  return {
    embedded: true,
    server: server.url,
    address: embeddedDatabaseOf(server.url),
    open: (name) => ensureDatabase(databaseUrl(server.url, 'postgres'), `dhp_${name}`).catch(unreachable(name)),
    ...keepRunning(server, options),
  };
}

/** @param url in the form of DATABASE_URL */
export function databaseOf(url: string): AddressOf {
  const own = withPassword(url);
  return (name) => databaseUrl(own, `${namePrefix(own)}_${name}`);
}

/** @param server URL of an embedded server */
export function embeddedDatabaseOf(server: string): AddressOf {
  return (name) => databaseUrl(server, `dhp_${name}`);
}

/** Adds the password of PGPASSWORD if it has none: the processes of servers get only the URL, not this environment. */
function withPassword(url: string): string {
  const { user, password } = parseDatabaseUrl(url);
  const given = process.env['PGPASSWORD'];
  return user === undefined || password !== undefined || !given ? url : urlOfLogin(url, user, given);
}

/** Refuses a database server on which no platform has ever been started: neither this database nor that of the SSO exists. */
async function refuseNewDatabases(url: string, prefix: string, name: DatabaseName): Promise<void> {
  for (const part of new Set([name, 'sso'])) {
    if (await isDatabaseThere(databaseUrl(url, `${prefix}_${part}`))) return;
  }
  throw new Error(operationMessages[spokenLanguage()].database.notThere({ database: `${prefix}_${name}` }));
}

/** Name under which a running platform is recorded; commands record another one. */
const platformName = 'dhp start';

/** A command's database is waited for, a running platform's is not: it would never end. */
export async function refuseSecondPlatform(data: DataDirectory): Promise<void> {
  const owner = await embeddedOwner(data.database);
  if (owner?.name !== platformName) return;
  const { isRunning } = operationMessages[spokenLanguage()].database;
  throw new DatabaseError(isRunning({ path: data.path, process: owner.pid }));
}

/** Starts the server again if it ends unexpectedly, on the same port, so that the pools reconnect. */
function keepRunning(first: EmbeddedPostgres, options: DatabasesOptions): Pick<Databases, 'lost' | 'close'> {
  let server = first;
  let closing = false;
  const watch = async (): Promise<never> => {
    for (;;) {
      await server.exited;
      if (closing) return new Promise<never>(() => undefined);
      const step = options.progress.step(operationMessages[spokenLanguage()].database.again);
      server = await startCluster(options, step, server.port);
      step.done();
    }
  };
  const lost = watch();
  // Code that awaits it gets the error; a command that does not wait must not end because of it.
  lost.catch(() => undefined);
  return {
    lost,
    close: () => {
      closing = true;
      return server.stop();
    },
  };
}

async function startCluster(options: DatabasesOptions, step: ProgressStep, port?: number): Promise<EmbeddedPostgres> {
  try {
    const archive = options.backups === undefined ? undefined : await openPlace(options.backups, options.data.database);
    if (archive !== undefined) await assertOwnPlace(archive, options.data.database);
    return await startEmbedded({
      directory: options.data.database,
      attach: options.attach,
      waitForOwner: waitForCommand,
      name: options.attach ? 'a dhp command' : platformName,
      ...(port !== undefined && { port }),
      settings: {
        ...(options.connections !== undefined && { max_connections: String(options.connections) }),
        ...(archive && archiveSettings(archive)),
      },
      ...(archive && { writes: [archive.wal] }),
      onProgress: (note) => step.update(0, 0, note),
    });
  } catch (error) {
    const { startsNot } = operationMessages[spokenLanguage()].database;
    throw new DatabaseError(startsNot({ reason: (error as Error).message }), { cause: error });
  }
}

/** Says which database is missing; the URL may hold a password and is not repeated. */
function unreachable(name: DatabaseName): (error: unknown) => never {
  return (error) => {
    const { openNot } = operationMessages[spokenLanguage()].database;
    const sentence = openNot({ name, reason: (error as Error).message });
    const advice = tlsAdvice(error);
    throw new DatabaseError(advice === undefined ? sentence : `${sentence} ${advice}`, { cause: error });
  };
}

/** `postgres://…/clinic` leads to clinic_sso, clinic_playground, …; without a database name, to dhp_sso, … */
function namePrefix(url: string): string {
  const name = parseDatabaseUrl(url).database;
  return name === undefined || name === 'postgres' ? 'dhp' : name;
}
