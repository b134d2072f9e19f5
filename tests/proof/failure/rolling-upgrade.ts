/** Two nodes of an earlier commit become nodes of this one, one after the other, while clients write, read and follow through the balancer. */
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { getToken, openHome } from '../../platform.ts';
import { atRevision, run } from '../../record/at-revision.ts';
import { checkEverything } from '../failover/checks.ts';
import { longestGap, startLoad } from '../failover/load.ts';
import { startNodes, type Nodes } from '../failover/nodes.ts';
import { follow, watchReads } from '../failover/watchers.ts';
import { inSeconds, type Outcome, type Scenario } from './scenario.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export const rollingUpgrade: Scenario = {
  name: 'rolling-upgrade',
  fault:
    'two nodes of the commit before the last migration are replaced by nodes of this one, one after the other, behind a balancer',
  claim:
    'Nodes of both serve at once for 20 s. No acknowledged write is lost or done twice, the feed has no gap for those who follow it at either node, and nothing is without a write for more than 15 s.',
  missing: () =>
    earlier().then(
      () => undefined,
      () => 'the history of the repository is not there',
    ),
  longest: 600_000,
  run: async () => {
    const from = await earlier();
    return atRevision(root, from, async (tree) => {
      const outcome = await upgrade(tree, 20);
      return { ...outcome, said: `From ${from.slice(0, 8)}. ${outcome.said}` };
    });
  },
};

/**
 * The commit that nodes are upgraded from: the one that is named, or the latest that lacks migrations which are all numbered behind its own. Commits between
 * two releases may have numbers out of turn.
 */
async function earlier(): Promise<string> {
  const named = process.env['DHP_PROOF_FROM'];
  if (named !== undefined) return run(root, 'git', ['rev-parse', '--verify', `${named}^{commit}`]);
  const folder = 'packages/fhir-store/migrations';
  const migrations = async (commit: string): Promise<string[]> =>
    (await run(root, 'git', ['ls-tree', '--name-only', `${commit}:${folder}`])).match(/^\d.*\.sql$/gm) ?? [];
  const now = await migrations('HEAD');
  const added = await run(root, 'git', ['log', '--diff-filter=A', '--format=%H', '--', folder]);
  for (const commit of added.split('\n')) {
    const before = await migrations(`${commit}~1`);
    if (before.length < now.length && before.every((file, n) => file === now[n]))
      return run(root, 'git', ['rev-parse', `${commit}~1`]);
  }
  throw new Error('no commit has migrations that are the beginning of these');
}

/**
 * @param tree what the nodes run first; undefined: this tree, too
 * @param together seconds for which nodes of both serve
 */
export async function upgrade(tree: string | undefined, together: number): Promise<Outcome> {
  const server = await testServer();
  const name = `upgrade${Date.now().toString(36)}`;
  const admin = connect(server, { max: 1 });
  let nodes: Nodes | undefined;
  try {
    await admin.unsafe(`create database ${name}`);
    nodes = await startNodes(databaseUrl(server, name), {}, tree);
    return await underLoad({ name, nodes, together, database: server });
  } finally {
    await nodes?.close();
    for (const one of ['', '_sso', '_playground', '_production'])
      await admin.unsafe(`drop database if exists ${name}${one} with (force)`);
    await admin.end();
  }
}

interface Bed {
  readonly name: string;
  readonly nodes: Nodes;
  readonly together: number;
  readonly database: string;
}

async function underLoad({ name, nodes, together, database }: Bed): Promise<Outcome> {
  const token = await getToken(nodes.sso, nodes.client);
  const load = startLoad(name, 40, { fhir: [nodes.fhir], sso: nodes.sso, client: nodes.client, token });
  const reading = watchReads(`${name}-read`, { front: nodes.fhir, nodes: [nodes.fhir], token });
  const followers = nodes.all.map((node) => follow(node.fhir, token));
  await load.more(120, 60);
  const began = performance.now();
  const counts: number[] = [];
  for (const node of nodes.all) {
    const { data, environment } = node.home;
    await node.platform.end('SIGTERM');
    node.home = await openHome({ environment: { ...environment }, kept: data });
    node.platform = await node.home.start();
    const before = load.ledger.acknowledged.length;
    await delay(together * 1000);
    counts.push(load.ledger.acknowledged.length - before);
  }
  const goesOn = await load.more(120, 60);
  const ledger = await load.stop();
  const read = await reading();
  let isOver = false;
  setTimeout(() => (isOver = true), 3_000);
  const followed = await Promise.all(followers.map((end) => end(() => isOver)));
  const gap = longestGap(ledger.acknowledged, began);
  const checked = await checkEverything({
    ...{ name, ledger, nodes, token, database },
    ...{ playground: `${name}_playground`, followed },
  });
  const faults = [
    ...checked.faults,
    ...(goesOn ? [] : ['it did not write again within a minute']),
    ...(read.old > 0 ? [`${String(read.old)} reads told what was older than what had been acknowledged`] : []),
    ...(counts[0]! > 0 ? [] : ['nothing was written while nodes of both served']),
  ];
  return {
    holds: faults.length === 0 && gap < 15_000,
    said:
      `${String(ledger.acknowledged.length)} writes and tokens were acknowledged, ${String(counts[0])} of them while nodes of both served; ${String(ledger.failed.length)} failed, of which ${String(checked.unacknowledged)} are there; ` +
      `without a write for ${inSeconds(gap)} at most; ${String(read.old)} of ${String(read.reads)} reads were old; ${String(followed.reduce((sum, { seen }) => sum + seen.size, 0))} versions were told to ${String(followed.length)} followers, ` +
      `whose cursors began anew ${String(followed.reduce((sum, { anew }) => sum + anew, 0))} times; ${String(checked.records)} records.${faults.length === 0 ? '' : ` ${faults.join('; ')}.`}`,
  };
}
