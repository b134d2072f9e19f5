/** A primary and a streaming standby, for tests of failovers. Both are real servers with durable disks. */
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../connect.ts';
import { dataOf, readPostmaster } from '../embedded/cluster.ts';
import { serverProcesses, signal } from '../embedded/process.ts';
import type { Settings } from '../embedded/settings.ts';
import { startEmbedded, type EmbeddedPostgres } from '../embedded/start.ts';
import { lastingPort } from './lasting-port.ts';
import { startWire, type Wire } from './wire.ts';
import { until } from './until.ts';

export interface PostgresPair {
  /** URL of the database `postgres` of each, over TCP. */
  readonly primary: string;
  readonly standby: string;
  /** With `on`, a commit of the primary waits until the standby has it on its disk. */
  synchronous(on: boolean): Promise<void>;
  /** Resolves when the standby has replayed all that the primary has written so far. */
  caughtUp(): Promise<void>;
  /** Stops the standby's replay, so that later commits on the primary are not visible there; `off` lets it continue. */
  pauseStandby(on: boolean): Promise<void>;
  /** All data between the primary and the standby arrives this many milliseconds later, in both directions; 0: at once. */
  slowStandby(milliseconds: number): void;
  /** Ends the standby as a host that loses power: kill -9 of every process. */
  killStandby(): Promise<void>;
  /** Starts the standby again after `killStandby`. */
  startStandby(): Promise<void>;
  /** The same for the primary. */
  killPrimary(): Promise<void>;
  /** Makes the standby the primary of a new timeline. Data that it has not received is lost. */
  promote(): Promise<void>;
  close(): Promise<void>;
}

const settings: Settings = {
  wal_level: 'replica',
  max_wal_senders: '4',
  wal_keep_size: '512MB',
  hot_standby: 'on',
  shared_buffers: '64MB',
  max_connections: '100',
};

/** @param more settings of both servers */
export async function startPair(more: Settings = {}): Promise<PostgresPair> {
  const root = await mkdtemp(join(tmpdir(), 'dhp-pair-'));
  const directories = { primary: join(root, 'primary'), standby: join(root, 'standby') };
  let primary: EmbeddedPostgres | undefined;
  let standby: EmbeddedPostgres | undefined;
  let wire: Wire | undefined;
  const close = async (): Promise<void> => {
    for (const directory of Object.values(directories)) await kill(directory);
    await Promise.all([primary?.exited, standby?.exited]);
    await wire?.close();
    await rm(root, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    primary = await startEmbedded({ directory: directories.primary, settings: { ...settings, ...more } });
    const urls = { primary: overTcp(primary.url), standby: '' };
    const replication = (wire = await startWire(urls.primary));
    await copyCluster(urls.primary, directories);
    const { username, password } = new URL(urls.primary);
    const conninfo = `host=127.0.0.1 port=${String(wire.port)} user=${username} password=${password} application_name=standby`;
    const standbyPort = await lastingPort();
    const startStandby = async (): Promise<void> => {
      standby = await startEmbedded({
        directory: directories.standby,
        settings: { ...settings, ...more, primary_conninfo: conninfo },
        port: standbyPort,
      });
      urls.standby = overTcp(standby.url);
    };
    await startStandby();
    await until(
      'the standby follows',
      async () => (await ask(urls.primary, 'select 1 from pg_stat_replication')).length > 0,
    );
    return {
      get primary() {
        return urls.primary;
      },
      get standby() {
        return urls.standby;
      },
      async synchronous(on) {
        await ask(urls.primary, `alter system set synchronous_standby_names = '${on ? '*' : ''}'`);
        await ask(urls.primary, 'select pg_reload_conf()');
        const state = on ? 'sync' : 'async';
        await until(
          'the standby is in its state',
          async () =>
            (await ask(urls.primary, `select 1 from pg_stat_replication where sync_state = '${state}'`)).length > 0,
        );
        // The checkpointer decides whether commits wait; it reads the settings before it answers.
        await ask(urls.primary, 'checkpoint');
      },
      async caughtUp() {
        const [row] = await ask(urls.primary, 'select pg_current_wal_insert_lsn()::text as lsn');
        await until('the standby has replayed all', async () => {
          const [{ done } = {}] = await ask(
            urls.standby,
            `select pg_last_wal_replay_lsn() >= '${String(row?.['lsn'])}' as done`,
          );
          return done === true;
        });
      },
      async pauseStandby(on) {
        await ask(urls.standby, on ? 'select pg_wal_replay_pause()' : 'select pg_wal_replay_resume()');
      },
      slowStandby(milliseconds) {
        replication.slow(milliseconds);
      },
      async killStandby() {
        await kill(directories.standby);
        await standby?.exited;
      },
      startStandby,
      async killPrimary() {
        await kill(directories.primary);
        await primary?.exited;
      },
      async promote() {
        await ask(urls.standby, 'select pg_promote()');
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A copy of the running primary's files, as pg_basebackup makes it: the binaries from npm do not include that program. */
async function copyCluster(url: string, { primary, standby }: { primary: string; standby: string }): Promise<void> {
  const sql = connect(url, { max: 1 });
  try {
    await sql`select pg_backup_start('pair', true)`;
    const left = ['postmaster.pid', 'postmaster.opts', '.s.PGSQL.'].map((name) => join(dataOf(primary), name));
    await cp(dataOf(primary), dataOf(standby), {
      recursive: true,
      preserveTimestamps: true,
      mode: 0,
      filter: (path) => !left.some((begin) => path.startsWith(begin)),
    });
    await cp(join(primary, 'password'), join(standby, 'password'));
    const [stopped] = await sql<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
    await writeFile(join(dataOf(standby), 'backup_label'), stopped!.labelfile, { mode: 0o600 });
    await writeFile(join(dataOf(standby), 'standby.signal'), '', { mode: 0o600 });
  } finally {
    await sql.end();
  }
}

async function kill(directory: string): Promise<void> {
  const data = await realpath(dataOf(directory)).catch(() => undefined);
  if (data === undefined) return;
  const postmaster = await readPostmaster(data);
  for (;;) {
    const pids = await serverProcesses(data, postmaster?.pid);
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid, 'SIGKILL');
    await delay(10);
  }
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const sql = connect(url, { max: 1 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** Without the directory of the Unix socket. */
function overTcp(url: string): string {
  const address = new URL(url);
  address.search = '';
  return address.href;
}
