/** The knowledge of `dhp start` about the servers of its node and of their databases. */
import { Gauge, Registry } from 'prom-client';
import type { SupervisedProcess } from '../processes/supervise.ts';
import { databaseGauges, type LookAtDatabase } from './database-look.ts';
import { merged } from './merge.ts';
import { sent } from './process-metrics.ts';

export interface PlatformMetricsOptions {
  readonly version: string;
  /** The processes of each server, now. */
  readonly servers: ReadonlyMap<string, () => readonly SupervisedProcess[]>;
  /** A look at each database, by its name. */
  readonly databases: ReadonlyMap<string, LookAtDatabase>;
  /** Seconds since the newest base backup was complete; undefined if there is none, or no folder of backups. */
  readonly backupAge?: () => Promise<number | undefined>;
}

/** @returns a function that returns the text of all metrics of the node, without a process or a database that does not answer in time */
export function platformMetrics({
  version,
  servers,
  databases,
  backupAge = () => Promise.resolve(undefined),
}: PlatformMetricsOptions): () => Promise<string> {
  const registry = new Registry();
  const info = new Gauge({
    ...{ name: 'dhp_build_info', help: 'Always 1; its label is the version.', labelNames: ['version'] },
    registers: [registry],
  });
  info.set({ version }, 1);
  processGauges(registry, servers);
  new Gauge({
    name: 'dhp_backup_age_seconds',
    help: 'Seconds since the newest base backup was complete; absent where there is none, or no DHP_BACKUPS.',
    registers: [registry],
    async collect() {
      const age = await backupAge().catch(() => undefined);
      this.reset();
      if (age === undefined) this.remove();
      else this.set(age);
    },
  });
  const look = databaseGauges(registry, databases);
  return async () => {
    const all = [...servers.values()].flatMap((processes) => processes());
    const [own, ...others] = await Promise.all([
      look().then(() => sent(registry)),
      ...all.map((process) => process.metrics()),
    ]);
    return merged([own, ...others.flatMap((each) => (each === undefined ? [] : [each]))]);
  };
}

function processGauges(registry: Registry, servers: PlatformMetricsOptions['servers']): void {
  const gauge = (name: string, help: string, valueOf: (process: SupervisedProcess) => number): Gauge =>
    new Gauge({
      ...{ name, help, labelNames: ['server', 'process'], registers: [registry] },
      collect() {
        for (const [server, processes] of servers)
          processes().forEach((process, index) => this.set({ server, process: String(index) }, valueOf(process)));
      },
    });
  gauge('dhp_process_up', 'Whether a process of a server takes connections.', ({ isReady }) => Number(isReady));
  gauge(
    'dhp_process_starts',
    'Starts of it since the platform started; more than 1 is an accident.',
    (one) => one.starts,
  );
  gauge('dhp_process_waiting_connections', 'Connections that it has not taken yet.', ({ waiting }) => waiting);
}
