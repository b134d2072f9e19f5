/** The metrics of all servers of a node at a separate port, if DHP_METRICS_PORT is set. */
import type { Context } from '../context.ts';
import type { DatabaseName, Databases } from '../databases.ts';
import { spokenLanguage } from '../locale.ts';
import type { SupervisedServer } from '../processes/supervise.ts';
import { ConfigurationError } from '../settings/setting.ts';
import { operationMessages } from '../texts/operation.ts';
import packageJson from '../../package.json' with { type: 'json' };

export interface Node {
  readonly servers: Readonly<Record<string, SupervisedServer | undefined>>;
  readonly databases: Pick<Databases, 'open'>;
  /** The databases that the servers of this node use. */
  readonly names: readonly DatabaseName[];
}

/**
 * @returns a function that stops it
 * @throws ConfigurationError if the port is taken
 */
export async function serveNodeMetrics({ settings }: Context, node: Node): Promise<() => Promise<void>> {
  const { DHP_METRICS_PORT: port, DHP_METRICS_HOST: host = '127.0.0.1' } = settings;
  if (port === undefined) return () => Promise.resolve();
  const [{ platformMetrics }, { lookAt }, { serveMetrics }] = await Promise.all([
    import('./platform-metrics.ts'),
    import('./database-look.ts'),
    import('./serve.ts'),
  ]);
  const servers = Object.entries(node.servers).flatMap(([name, server]) =>
    server === undefined ? [] : [[name, () => server.processes()] as const],
  );
  const databases = node.names.map((name) => {
    let url: Promise<string> | undefined;
    return [name, lookAt(() => (url ??= node.databases.open(name)))] as const;
  });
  const read = platformMetrics({
    version: packageJson.version,
    servers: new Map(servers),
    databases: new Map(databases),
    ...(settings.DHP_BACKUPS !== undefined && { backupAge: () => ageOfNewest(settings.DHP_BACKUPS!) }),
  });
  try {
    const served = await serveMetrics({ host, port }, read);
    return () => served.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const said = operationMessages[spokenLanguage()].listener;
    throw new ConfigurationError(said.taken({ setting: 'DHP_METRICS_PORT', port }));
  }
}

async function ageOfNewest(folder: string): Promise<number | undefined> {
  const { listBackups, placeOf } = await import('@dhp/postgres/backup');
  const newest = (await listBackups(placeOf(folder))).at(-1);
  return newest === undefined ? undefined : (Date.now() - Date.parse(newest.ended)) / 1000;
}
