/** A primary and its asynchronous standby, both real, behind one address. The standby is a copy of the primary's files that then streams. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, databaseUrl, startEmbedded, type EmbeddedPostgres } from '@dhp/postgres';
import { startWire, until } from '@dhp/postgres/testing';

export interface ServerPair {
  /** The URL that leads to the current primary. */
  url(database: string): string;
  /** Waits until the standby has all that was committed. */
  caughtUp(): Promise<void>;
  /** From now on the standby receives no commits. */
  part(): Promise<void>;
  /** Kills the primary, promotes the standby, and moves the address. */
  failOver(): Promise<void>;
  close(): Promise<void>;
}

const settings = { fsync: 'off', shared_buffers: '64MB', max_wal_size: '256MB', io_method: 'sync', jit: 'off' };

export async function openPair(): Promise<ServerPair> {
  const root = await mkdtemp(join(tmpdir(), 'dhp-pair-'));
  const directories = { primary: join(root, 'primary'), standby: join(root, 'standby') };
  const primary = await startEmbedded({ directory: directories.primary, name: 'a test', settings });
  const replication = await startWire(onTcp(primary));
  await copyOf(primary, directories, replication.through(onTcp(primary)));
  // It is ready when it is promoted; until then it only replays.
  const promoted = startEmbedded({ directory: directories.standby, name: 'a test', settings });
  promoted.catch(() => undefined);
  const front = await startWire(onTcp(primary));
  let isPrimary = true;
  return {
    url: (database) => databaseUrl(front.through(onTcp(primary)), database),
    async caughtUp() {
      const sql = connect(onTcp(primary), { max: 1 });
      try {
        const [now] = await sql<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`;
        await until('the standby is behind nothing', async () => {
          const rows = await sql`select from pg_stat_replication where replay_lsn >= ${now!.lsn}::pg_lsn`;
          return rows.length === 1;
        });
      } finally {
        await sql.end();
      }
    },
    part: () => replication.cut(),
    async failOver() {
      isPrimary = false;
      process.kill(await postmasterOf(directories.primary), 'SIGKILL');
      await primary.exited;
      await front.cut();
      const server = await promotedBy(directories.standby, promoted);
      front.leadTo(onTcp(server));
      await front.restore();
    },
    async close() {
      await Promise.all([front.close(), replication.close()]);
      if (isPrimary) await primary.stop();
      const standby = await promotedBy(directories.standby, promoted);
      await standby.stop();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The server listens on a socket, too, which no wire leads to. */
function onTcp({ url }: EmbeddedPostgres): string {
  const address = new URL(url);
  address.searchParams.delete('host');
  return address.href;
}

/** As `pg_basebackup` does it, which the embedded PostgreSQL has not. https://www.postgresql.org/docs/current/continuous-archiving.html */
async function copyOf(
  server: EmbeddedPostgres,
  { primary, standby }: { primary: string; standby: string },
  upstream: string,
): Promise<void> {
  const sql = connect(onTcp(server), { max: 1 });
  try {
    await sql`select pg_backup_start('standby', fast => true)`;
    await cp(primary, standby, {
      recursive: true,
      filter: (path) => !/^.(?:owner\.json|data.(?:postmaster\.\w+|\.s\.PGSQL.*))$/.test(path.slice(primary.length)),
    });
    const [label] = await sql<{ labelfile: string }[]>`select labelfile from pg_backup_stop(wait_for_archive => false)`;
    const data = join(standby, 'data');
    await writeFile(join(data, 'backup_label'), label!.labelfile);
    await writeFile(join(data, 'standby.signal'), '');
    const { hostname, port, username, password } = new URL(upstream);
    const conninfo = `host=${hostname} port=${port} user=${username} password=${password}`;
    await writeFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  } finally {
    await sql.end();
  }
}

async function postmasterOf(directory: string): Promise<number> {
  return Number((await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Promotes the standby, as `pg_ctl promote` does, unless it is promoted. @returns the server, when it takes writes */
async function promotedBy(directory: string, promoted: Promise<EmbeddedPostgres>): Promise<EmbeddedPostgres> {
  const data = join(directory, 'data');
  await writeFile(join(data, 'promote'), '').catch(() => undefined);
  await postmasterOf(directory).then((pid) => process.kill(pid, 'SIGUSR1'));
  return promoted;
}
