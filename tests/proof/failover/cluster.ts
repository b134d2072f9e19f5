/** A pair of PostgreSQL servers under Patroni, with etcd on both and on a third machine: the configuration is that of deploy/patroni. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect } from '@dhp/postgres';
import { makeHost, type Host } from './hosts.ts';

const run = promisify(execFile);
const deploy = new URL('../../../deploy/patroni/', import.meta.url);
const configuration = fileURLToPath(new URL('patroni.yml', deploy));

/** The password of every role here. */
const password = 'proof';

/** Megabytes of the disk of each machine, which is a part of the memory: what a loss of power would do cannot be seen here. */
const diskSize = 1500;

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

export interface Cluster {
  readonly databases: readonly [Host, Host];
  readonly witness: Host;
  /** A URL with both hosts, of the role that owns the platform's databases. */
  readonly url: string;
  /** The URL of the superuser at one host. */
  superuser(host: Host, database?: string): string;
  /** The host whose Patroni says that it is the primary, and the other one. */
  roles(): Promise<{ primary: Host; standby: Host }>;
  startEtcd(host: Host): void;
  /** @param environment further settings of its Patroni and of the PostgreSQL that it starts */
  startPatroni(host: Host, environment?: Readonly<Record<string, string>>): void;
  /** Waits until one is the primary and the other one its synchronous standby. */
  settled(seconds: number): Promise<void>;
  /** Has Patroni change their parts. */
  switchOver(): Promise<void>;
  /** Seconds by which the clock of the PostgreSQL there is ahead of this machine's, negative where it is behind. */
  clockOff(host: Host): Promise<number>;
  /** The folder of a machine's disk. */
  disk(host: Host): string;
}

/** @param root a folder on the disk of the databases */
export async function startCluster(root: string): Promise<Cluster> {
  await chmod(root, 0o755);
  const logs = join(root, 'logs');
  await mkdir(logs);
  const { uid, gid } = await userPostgres();
  const hosts: Host[] = [];
  for (const [n, name] of ['db1', 'db2', 'witness'].entries()) {
    const sockets = join(root, name, 'sockets');
    await mkdir(join(root, name));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${String(diskSize)}m`, 'tmpfs', join(root, name)]);
    for (const folder of [join(root, name), sockets]) {
      await mkdir(folder, { mode: 0o700, recursive: true });
      await chmod(folder, 0o700);
      await chown(folder, uid, gid);
    }
    hosts.push(await makeHost(name, `10.83.0.${String(11 + n)}`, { logs, sockets }));
  }
  const [one, two, witness] = hosts as [Host, Host, Host];
  const settings: Record<string, string> = Object.fromEntries(
    (await readFile(new URL('node.env', deploy), 'utf8')).split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value!] as const];
    }),
  );
  const cluster = clusterOf({ root, databases: [one, two], witness, settings });
  for (const host of hosts) cluster.startEtcd(host);
  cluster.startPatroni(one);
  cluster.startPatroni(two);
  await cluster.settled(90);
  return cluster;
}

interface Parts {
  readonly root: string;
  readonly databases: readonly [Host, Host];
  readonly witness: Host;
  readonly settings: Readonly<Record<string, string>>;
}

function clusterOf({ root, databases, witness, settings }: Parts): Cluster {
  const all = [...databases, witness];
  const members = async (): Promise<readonly Member[]> => {
    const answers = await Promise.all(databases.map((host) => askPatroni(host, 'cluster')));
    const answer = answers.find((one) => one !== undefined);
    return (answer as { members?: readonly Member[] } | undefined)?.members ?? [];
  };
  return {
    databases,
    witness,
    url: `postgres://dhp:${password}@${databases.map(({ address }) => `${address}:5432`).join(',')}/dhp?sslmode=disable`,
    superuser: ({ address }, database = 'postgres') =>
      `postgres://postgres:${password}@${address}:5432/${database}?sslmode=disable`,
    async roles() {
      for (;;) {
        const answers = await Promise.all(databases.map((host) => askPatroni(host, 'primary')));
        const at = answers.findIndex((one) => one !== undefined);
        if (at >= 0) return { primary: databases[at]!, standby: databases[1 - at]! };
        await delay(200);
      }
    },
    startEtcd(host) {
      host.start('/usr/bin/etcd', etcdWords(host, all, join(root, host.name, 'etcd')));
    },
    startPatroni(host, environment) {
      const own: Record<string, string> = {};
      for (const [name, value] of Object.entries(settings))
        own[name] = value.replaceAll('10.83.0.11:', `${host.address}:`);
      host.start('/usr/bin/patroni', [configuration], {
        ...own,
        PATRONI_ETCD3_HOSTS: settings['PATRONI_ETCD3_HOSTS']!,
        PATRONI_NAME: host.name,
        PATRONI_POSTGRESQL_DATA_DIR: join(root, host.name, 'data'),
        PATRONI_POSTGRESQL_PGPASS: join(root, host.name, 'pgpass'),
        PATRONI_SUPERUSER_PASSWORD: password,
        PATRONI_REPLICATION_PASSWORD: password,
        ...environment,
      });
    },
    async settled(seconds) {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        const now = await members();
        const isWhole =
          now.some(({ role, state }) => role === 'leader' && state === 'running') &&
          now.some(({ role, state }) => role === 'sync_standby' && state === 'streaming');
        if (isWhole) return;
        if (performance.now() > deadline)
          throw new Error(`the pair was not whole again after ${String(seconds)} s: ${JSON.stringify(now)}`);
        await delay(250);
      }
    },
    async switchOver() {
      const { primary, standby } = await this.roles();
      const response = await fetch(`http://${primary.address}:8008/switchover`, {
        method: 'POST',
        body: JSON.stringify({ leader: primary.name, candidate: standby.name }),
      });
      if (!response.ok) throw new Error(`Patroni refused the switchover: ${await response.text()}`);
    },
    async clockOff(host) {
      const sql = connect(this.superuser(host), { max: 1 });
      const [row] = await sql<{ at: number }[]>`select extract(epoch from clock_timestamp())::float8 as at`;
      await sql.end();
      return Math.round(row!.at - Date.now() / 1000);
    },
    disk: ({ name }) => join(root, name),
  };
}

/** As an operator makes it: no superuser (docs/database-roles.md). */
export async function makeRole(cluster: Cluster): Promise<void> {
  const { primary } = await cluster.roles();
  const sql = connect(cluster.superuser(primary), { max: 1 });
  await sql.unsafe("create role dhp login createdb createrole password 'proof'");
  await sql.unsafe('create database dhp owner dhp');
  await sql.end();
}

/** An answer of Patroni with status 200; undefined otherwise, also when it is away. https://patroni.readthedocs.io/en/latest/rest_api.html */
async function askPatroni({ address }: Host, path: string): Promise<unknown> {
  try {
    const response = await fetch(`http://${address}:8008/${path}`, { signal: AbortSignal.timeout(1_500) });
    const text = await response.text();
    return response.ok ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function etcdWords({ name, address }: Host, all: readonly Host[], data: string): string[] {
  const own = (port: number): string => `http://${address}:${String(port)}`;
  return [
    ...['--name', name, '--data-dir', data, '--logger', 'zap', '--log-level', 'warn'],
    ...['--listen-peer-urls', own(2380), '--initial-advertise-peer-urls', own(2380)],
    ...['--listen-client-urls', own(2379), '--advertise-client-urls', own(2379)],
    ...['--initial-cluster', all.map((one) => `${one.name}=http://${one.address}:2380`).join(',')],
    // A busy machine must not look like one that has failed.
    ...['--heartbeat-interval', '200', '--election-timeout', '2000'],
  ];
}

async function userPostgres(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, 'postgres'])).stdout));
  return { uid: Number(uid), gid: Number(gid) };
}
