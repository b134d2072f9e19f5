/**
 * The composition root: opens the ports, starts the database and migrates it to the newest schema, starts a process for each server and
 * keeps it running, and closes everything in the opposite order.
 */
import { urlThroughPooler } from '@dhp/postgres';
import { openAddresses, type Listening, type Urls } from './addresses.ts';
import { connectionBudget, embeddedConnections } from './connection-budget.ts';
import { openMigrated, type Context } from './context.ts';
import { openDatabases, refuseSecondPlatform, type DatabaseName, type Databases } from './databases.ts';
import type { DemoClient } from './demo-client.ts';
import type { Front } from './front.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import { portalKeys } from './portal-client.ts';
import { portalSocketPath } from './portal-socket.ts';
import { serveNodeMetrics } from './metrics/node-metrics.ts';
import { followLevel } from './log/follow.ts';
import { keepRetention } from './retention.ts';
import type { Assignment, Ready, ServerName } from './processes/messages.ts';
import { supervise, type SupervisedServer } from './processes/supervise.ts';
import { serverKeys } from './server-keys.ts';
import { settings as allSettings } from './settings.ts';
import type { Role } from './settings/roles.ts';
import { ConfigurationError } from './settings/setting.ts';

export interface Platform {
  readonly urls: Urls;
  /** Rejects when the platform cannot continue: its database, or one of its servers, ended and could not be started again. */
  readonly lost: Promise<never>;
  /** Whether the patient in the documents is in the playground of this node. */
  readonly hasDemoPatient: boolean;
  /** The client for trying things out, if there is one. */
  readonly demo?: DemoClient;
  /** Finishes requests in flight and closes everything. */
  close(): Promise<void>;
}

type Servers = { readonly [name in ServerName]?: SupervisedServer };

/**
 * Starts the platform according to the settings. If a step fails, everything opened before is closed again.
 *
 * @throws ConfigurationError for settings that cannot work on this machine
 */
export async function startPlatform(context: Context, roles: readonly Role[]): Promise<Platform> {
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  if (context.settings.DATABASE_URL === undefined) {
    if (context.settings.DHP_DATABASE_POOLER !== undefined)
      throw new ConfigurationError(operationMessages[spokenLanguage()].start.poolerAlone);
    await refuseSecondPlatform(context.data);
  }
  try {
    const listening = await openAddresses(context.settings, context.data, roles, (sentence) =>
      context.progress.say(sentence),
    );
    const fronts = Object.values<Front>(listening.fronts);
    closers.push(() => Promise.all(fronts.map((front) => front.close())));
    // While the database starts, they load their programs.
    const servers = startServers(context, listening, roles);
    const all = Object.values<SupervisedServer>(servers);
    const kill = (): void => all.forEach((server) => server.kill());
    process.once('exit', kill);
    closers.push(async () => {
      await Promise.all(all.map((server) => server.stop(0)));
      process.removeListener('exit', kill);
    });

    const databases = await openDatabases({
      url: context.settings.DATABASE_URL,
      data: context.data,
      progress: context.progress,
      attach: false,
      create: true,
      connections: embeddedConnections(withDatabase(servers), ...processesOf(context)),
      backups: context.settings.DHP_BACKUPS,
    });
    // Servers that are starting when something fails end before the database does.
    closers.splice(-1, 0, () => databases.close());
    // This process owns the data directory now: only then may its ports be recorded for the next start.
    context.data.recordPorts(listening.ports);

    const { demo, hasDemoPeople } = await serveAll(context, { listening, databases, servers });
    const environments = (['playground', 'production'] as const).filter((name) => servers[name] !== undefined);
    closers.push(keepRetention(context, databases, environments));
    closers.push(await keepLevel(servers, databases));
    closers.push(await serveNodeMetrics(context, { servers, databases, names: withDatabase(servers) }));
    // New connections are no longer accepted, and requests in flight are finished in all servers at once.
    const drain = (context.settings.DHP_DRAIN_SECONDS ?? 10) * 1000;
    closers.push(async () => {
      await Promise.all([...fronts.map((front) => front.close()), ...all.map((server) => server.stop(drain))]);
    });
    return {
      urls: listening.addresses.urls,
      hasDemoPatient: hasDemoPeople === true,
      lost: Promise.race([databases.lost, ...all.map((server) => server.lost)]),
      ...(demo && { demo }),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Starts the processes and leads the connections of each port to them. */
function startServers({ settings, progress }: Context, { fronts }: Listening, roles: readonly Role[]): Servers {
  const start = (server: ServerName, front: Front): SupervisedServer => {
    const workers = server === 'portal' ? 1 : (settings.DHP_WORKERS ?? 1);
    const isFhir = server === 'playground' || server === 'production';
    const hasJobProcess = isFhir && settings.DHP_JOBS === 'process';
    return supervise({ server, workers, hasJobProcess, progress, again: front.again });
  };
  const { sso, web, production } = fronts;
  const servers: Servers = {
    ...(sso && { sso: start('sso', sso) }),
    ...(web && roles.includes('fhir') && { playground: start('playground', web) }),
    ...(production && { production: start('production', production) }),
    ...(web && roles.includes('portal') && { portal: start('portal', web) }),
  };
  sso?.serveWith(() => servers.sso?.choose());
  production?.serveWith(() => servers.production?.choose());
  // The playground hands the portal its requests. While it is away, the portal's own need not wait for it.
  web?.serveWith(() => servers.playground?.choose() ?? servers.portal?.choose());
  return servers;
}

/** Each database of the installation has the same log level; without one, nothing is followed. */
async function keepLevel(servers: Servers, databases: Databases): Promise<() => Promise<void>> {
  const [name] = withDatabase(servers);
  if (name === undefined) return () => Promise.resolve();
  return followLevel({
    ...{ name, url: await databases.open(name), servers: Object.keys(servers) as ServerName[] },
    tell: (server, change) => servers[server]?.log(change),
  });
}

/** How many processes a server has, and whether a FHIR environment has one more for jobs. */
function processesOf({ settings }: Context): [workers: number, hasJobProcess: boolean] {
  return [settings.DHP_WORKERS ?? 1, settings.DHP_JOBS === 'process'];
}

function withDatabase(servers: Servers): DatabaseName[] {
  return (['sso', 'playground', 'production'] as const).filter((name) => servers[name] !== undefined);
}

interface Parts {
  readonly listening: Listening;
  readonly databases: Databases;
  readonly servers: Servers;
}

/** Gives each server its assignment, after its schema is migrated. @returns their reports when all are ready */
async function serveAll(context: Context, { listening, databases, servers }: Parts): Promise<Ready> {
  const { addresses, fronts } = listening;
  const common = { data: context.data.path, addresses };
  const portalSocket =
    servers.portal && servers.playground && fronts.web && portalSocketPath(context.data.path, fronts.web.port);
  const [workers, hasJobProcess] = processesOf(context);
  const budget = connectionBudget({
    names: withDatabase(servers),
    workers,
    hasJobProcess,
    warn: context.warn,
  });
  const openFor = async (name: DatabaseName): Promise<string> => {
    const own = await openMigrated(databases, name, context);
    const pooler = context.settings.DHP_DATABASE_POOLER;
    const url = pooler === undefined ? own : urlThroughPooler(own, pooler);
    await budget.check(name, url);
    return url;
  };
  const secret = context.settings.DHP_SECRET_KEY ?? context.data.secretKey();
  const sso =
    servers.sso &&
    servers.sso.serve({
      ...common,
      server: 'sso',
      settings: { ...settingsFor(context), ...given(context, 'DHP_SECRET_KEY') },
      databaseUrl: await openFor('sso'),
      mayHaveDemoClient: databases.embedded,
    });
  // The others wait for the SSO: if it fails, so does the start.
  const never = new Promise<never>(() => undefined);
  const failed = sso?.then(() => never) ?? never;
  failed.catch(() => undefined);
  const fhir = async (server: 'playground' | 'production'): Promise<Ready | undefined> => {
    if (servers[server] === undefined) return undefined;
    const keys = Object.fromEntries(
      Object.entries(serverKeys(secret, server)).map(([name, key]) => [name, (key as Buffer).toString('base64')]),
    ) as NonNullable<Assignment['keys']>;
    return servers[server].serve(
      {
        ...common,
        server,
        settings: settingsFor(context),
        databaseUrl: await openFor(server),
        keys,
        ...(server === 'playground' && portalSocket !== undefined && { portalSocket }),
      },
      sso,
    );
  };
  const playground = await Promise.race([fhir('playground'), failed]);
  const [production] = await Promise.all([
    fhir('production'),
    servers.portal?.serve({
      ...common,
      server: 'portal',
      settings: settingsFor(context),
      hasDemoPeople: playground?.hasDemoPeople === true,
      portalKeys: portalKeys(secret),
      ...(portalSocket !== undefined && { portalSocket }),
    }),
  ]);
  return { ...production, ...playground, ...(await sso) };
}

/** Without the URL and the passwords of databases, which would give one server access to another's data, and without the secret key. */
function settingsFor(context: Context): Record<string, string> {
  const names = Object.keys(allSettings).filter(
    (name) => name !== 'DATABASE_URL' && name !== 'DHP_SECRET_KEY' && !name.endsWith('_DATABASE_PASSWORD'),
  );
  return given(context, ...names);
}

function given(context: Context, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = context.given[name];
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
