/**
 * The proof itself, in namespaces of its own: `inside.ts RATE PART[,PART]`. What it found is one line of JSON on standard output, an
 * `Inside`; how far it is goes to standard error.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from '@dhp/postgres';
import { getToken } from '../../platform.ts';
import { checkEverything } from './checks.ts';
import { makeRole, startCluster, type Cluster } from './cluster.ts';
import { makeNetwork } from './hosts.ts';
import { longestGap, startLoad } from './load.ts';
import { startNodes, type Nodes } from './nodes.ts';
import { parts, type Part } from './parts.ts';
import { follow, watchReads } from './watchers.ts';

export interface Measured {
  readonly name: string;
  readonly holds: boolean;
  /** In words; the time without writes is judged by `gap`. */
  readonly faults: readonly string[];
  /** Acknowledged writes, those before the fault, and requests that failed. */
  readonly acknowledged: number;
  readonly before: number;
  readonly failed: number;
  /** Those that failed and are there, as a whole. */
  readonly unacknowledged: number;
  /** Seconds: the longest time without an acknowledged write, and the longest request. */
  readonly gap: number;
  readonly longest: number;
  /** Reads at each node, those that told something old, and how many seconds these continued. */
  readonly reads: number;
  readonly old: number;
  readonly oldFor: number;
  readonly anew: number;
  readonly records: number;
}

export interface Inside {
  readonly measured: readonly Measured[];
  /** Share of the processors that was idle under the load, without a fault. */
  readonly idle: number;
  readonly versions: string;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(rate: number, names: readonly string[]): Promise<Inside> {
  const root = await mkdtemp(join(tmpdir(), 'dhp-failover-'));
  await makeNetwork();
  let nodes: Nodes | undefined;
  try {
    say('    starting etcd, Patroni and a pair of PostgreSQL');
    const cluster = await startCluster(root);
    await makeRole(cluster);
    say('    starting two nodes of the platform');
    nodes = await startNodes(cluster.url);
    const measured: Measured[] = [];
    let idle = 0;
    for (const part of parts.filter(({ name }) => names.includes(name))) {
      const one = await measure(part, { root, cluster, nodes, rate, onIdle: (share) => (idle ||= share) });
      say(
        `    ${part.name}: ${one.holds ? 'holds' : `does not hold: ${one.faults.join('; ')}`} ${JSON.stringify(one)}`,
      );
      measured.push(one);
    }
    return { measured, idle, versions: await versionsOf(cluster) };
  } catch (error) {
    await sayLogs(root);
    throw error;
  } finally {
    await nodes?.close();
    await rm(root, { recursive: true, force: true }).catch(() => undefined); // the disks are mounted, and end with the namespace
  }
}

/** Tells the last words of every machine. */
async function sayLogs(root: string): Promise<void> {
  for (const file of await readdir(join(root, 'logs')).catch(() => []))
    say(`${file}:\n${(await readFile(join(root, 'logs', file), 'utf8')).split('\n').slice(-40).join('\n')}`);
}

interface Bench {
  /** The folder with the logs of the machines. */
  readonly root: string;
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  readonly rate: number;
  readonly onIdle: (share: number) => void;
}

async function measure(part: Part, { root, cluster, nodes, rate, onIdle }: Bench): Promise<Measured> {
  await cluster.settled(150);
  const roles = await cluster.roles();
  const token = await getToken(nodes.sso, nodes.client);
  const name = `${part.name}-${Date.now().toString(36)}`;
  const [front, ...direct] = [nodes.fhir, ...nodes.all.map(({ fhir }) => fhir)];
  const isBalanced = part.isBalanced === true;
  const load = startLoad(name, rate, {
    fhir: isBalanced ? [front] : direct,
    sso: nodes.sso,
    client: nodes.client,
    token,
  });
  const reading = watchReads(`${name}-read`, { front: front, nodes: isBalanced ? [front] : direct, token });
  const followers = nodes.all.map((node) => follow(node.fhir, token));
  const faults: string[] = [];
  const atStart = await busy();
  await delay(4_000);
  onIdle(idleSince(atStart, await busy()));
  const before = load.ledger.acknowledged.length;
  const began = performance.now();
  try {
    await part.make({ cluster, nodes, ...roles });
    if (!(await load.more(4 * rate, 60))) faults.push('it did not write again within a minute');
    await part.mend?.({ cluster, nodes, ...roles });
    await cluster.settled(150);
    if (!(await load.more(2 * rate, 60))) faults.push('it did not write when the pair was whole again');
  } catch (error) {
    faults.push((error as Error).message);
    await sayLogs(root);
  }
  const ledger = await load.stop();
  const read = await reading();
  let isOver = false;
  setTimeout(() => (isOver = true), 3_000);
  const followed = await Promise.all(followers.map((end) => end(() => isOver)));
  const gap = longestGap(ledger.acknowledged, began) / 1000;
  const { primary } = await cluster.roles();
  const checked = await checkEverything({ name, ledger, nodes, token, database: cluster.superuser(primary), followed });
  faults.push(...checked.faults);
  if (read.old > 0) faults.push(`${String(read.old)} reads told what was older than what had been acknowledged`);
  return {
    ...{ name: part.name, holds: faults.length === 0 && gap <= part.bar, faults, before, gap },
    ...{ acknowledged: ledger.acknowledged.length, failed: ledger.failed.length, records: checked.records },
    ...{ unacknowledged: checked.unacknowledged, reads: read.reads, old: read.old, oldFor: read.lasting / 1000 },
    longest: Math.max(0, ...ledger.failed.map(({ took }) => took)) / 1000,
    anew: followed.reduce((sum, one) => sum + one.anew, 0),
  };
}

/** Ticks of all processors, those that were idle among them. proc_stat(5) */
async function busy(): Promise<{ all: number; idle: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'latin1')).split('\n');
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: ticks[3]! + ticks[4]! };
}

const idleSince = (one: { all: number; idle: number }, two: { all: number; idle: number }): number =>
  (two.idle - one.idle) / (two.all - one.all);

async function versionsOf(cluster: Cluster): Promise<string> {
  const { primary } = await cluster.roles();
  const sql = connect(cluster.superuser(primary), { max: 1 });
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  const run = promisify(execFile);
  const patroni = (await run('/usr/bin/patroni', ['--version'])).stdout.trim();
  const etcd = (await run('/usr/bin/etcd', ['--version'])).stdout.split('\n')[0]!.replace(' Version:', '');
  return `PostgreSQL ${row!.server_version.split(' ')[0]!}, ${patroni}, ${etcd}, ${String(cpus().length)} processors`;
}

try {
  const [rate = '40', names = ''] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await main(Number(rate), names.split(',')))}\n`);
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
process.exit();
