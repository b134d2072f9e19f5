/**
 * The proof over a pair of PostgreSQL servers under Patroni, in namespaces of its own: `pair.ts SETTINGS`. What it found is one line of JSON on standard output,
 * a `Proven`; how far it is goes to standard error.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { progressOn } from '../../../apps/dhp/src/progress.ts';
import { connect } from '@dhp/postgres';
import { makeRole, startCluster, type Cluster } from '../failover/cluster.ts';
import { makeNetwork } from '../failover/hosts.ts';
import { prove, type Settings } from '../notifications.ts';
import { openGround, type Database } from './ground.ts';

/** Seconds in which Patroni has a pair whole again, on a machine that has other work. */
const patience = 180;

async function openPair(folder: string): Promise<Database> {
  await makeNetwork();
  await mkdir(folder, { recursive: true });
  // PostgreSQL runs as another user.
  await chmod(dirname(folder), 0o755);
  const cluster = await startCluster(folder);
  await makeRole(cluster);
  const superuser = async (end: string): Promise<string> =>
    cluster.superuser((await cluster.roles()).primary, `dhp${end}`);
  const sql = connect(await superuser(''), { max: 1 });
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  return {
    ...{ url: cluster.url, superuser, version: `${row!.server_version.split(' ')[0]!} under Patroni` },
    async kill() {
      await (await cluster.roles()).primary.kill('postgres');
      await cluster.settled(patience);
    },
    failOver: () => loseMachine(cluster),
    close: () => Promise.resolve(), // all ends with the namespaces
  };
}

/** No packet leaves it any more, and nothing runs there, until the other one has taken over. */
async function loseMachine(cluster: Cluster): Promise<void> {
  // Behind a kill Patroni names the synchronous standby again, and one that it has not named does not take over.
  await delay(15_000);
  await cluster.settled(patience);
  const { primary, standby } = await cluster.roles();
  await primary.unplug();
  await primary.kill();
  const end = performance.now() + 1_000 * patience;
  while ((await cluster.roles()).primary !== standby) {
    if (performance.now() > end) throw new Error('the standby did not take over');
    await delay(200);
  }
  await primary.plugIn();
  cluster.startEtcd(primary);
  cluster.startPatroni(primary);
  await cluster.settled(patience);
}

try {
  const settings = JSON.parse(process.argv[2] ?? '') as Settings;
  const proven = await prove(progressOn(process.stderr), settings, () => openGround(openPair));
  process.stdout.write(`${JSON.stringify(proven)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
