/** Servers that index together: each does a part, and the others replace one that is killed. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@dhp/postgres/testing';
import type { FhirStore } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';

const underTest = await storeUnderTest('index_shared');
const { url, sql } = underTest.database;
const amount = 1_500;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await store.bulkInsert(
    (async function* () {
      for (let n = 0; n < amount; n += 1) yield { ...patient({ name: [{ family: `F${n}` }] }), id: `p${n}` };
    })(),
  );
});
/** The state after a program without this index. */
beforeEach(() => sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`);

/** Names of running jobs and stretches. */
function jobs(): Promise<readonly object[]> {
  return sql`select kind from fhir.index_job union all select kind from fhir.index_stretch`;
}

const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

interface Node {
  readonly child: ChildProcess;
  readonly said: string[];
  readonly ended: Promise<unknown>;
}

/** Servers with these shares of the time, which begin together. */
async function start(...shares: readonly number[]): Promise<Node[]> {
  const nodes = shares.map(startOne);
  await until('all nodes are ready', () => Promise.resolve(nodes.every(({ said }) => said.includes('ready'))));
  for (const { child } of nodes) child.stdin!.write('begin\n');
  return nodes;
}

function startOne(share: number): Node {
  const program = fileURLToPath(new URL('indexing-node.ts', import.meta.url));
  const child = spawn(process.execPath, [program, url, String(share)], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  return { child, said, ended: once(child, 'close') };
}

const isProgress = (line: string): boolean => /^at \d+ of \d+$/.test(line);

function indexedBy({ said }: Node): number {
  const [, count] = /^indexed (\d+)$/.exec(said.at(-1) ?? '') ?? assert.fail(`it has not ended: ${said.at(-1)}`);
  return Number(count);
}

describe('two servers', () => {
  it('share the work, and both return when it is done', async () => {
    const nodes = await start(0.5, 0.5);
    await Promise.all(nodes.map(({ ended }) => ended));
    const counts = nodes.map(indexedBy);
    assert.ok(Math.min(...counts) >= 100, `both have worked: ${counts.join()}`);
    assert.ok(counts[0]! + counts[1]! >= amount, 'nothing is left out');
    assert.ok(counts[0]! + counts[1]! <= amount + 100, `hardly anything is done twice: ${counts.join()}`);
    assert.ok(nodes.every(({ said }) => said.filter(isProgress).length > 2));
    assert.equal((await store.indexState()).complete, true);
    assert.deepEqual([...(await jobs())], []);
    await assertIndexWhole(url);
  });

  it('of which one is killed: the other goes on with what that was at', async () => {
    const [killed, other] = (await start(0.05, 0.5)) as [Node, Node];
    // In the middle of a stretch: it is slow, and has noted a part of it.
    const isAtWork = async (): Promise<boolean> => {
      const held = await sql`select from fhir.index_stretch where next_rid > first and next_rid < behind`;
      return held.length > 0 && killed.said.some(isProgress) && other.said.some(isProgress);
    };
    await until('the build is at work', isAtWork);
    killed.child.kill('SIGKILL');
    await Promise.all([killed.ended, other.ended]);
    assert.equal(killed.child.signalCode, 'SIGKILL');
    assert.ok(indexedBy(other) > amount / 2);
    assert.equal((await store.indexState()).complete, true);
    assert.deepEqual([...(await jobs())], []);
    await assertIndexWhole(url);
  });

  it('both killed: whoever comes next goes on where they were', async () => {
    const nodes = await start(0.1, 0.1);
    await until('all nodes tell of it', () =>
      Promise.resolve(nodes.every(({ said }) => said.filter(isProgress).length > 2)),
    );
    for (const { child } of nodes) child.kill('SIGKILL');
    await Promise.all(nodes.map(({ ended }) => ended));
    const { complete, done } = await store.indexState();
    assert.ok(!complete && done > 0, 'what is done is kept');
    const rest = await store.reindex({ stretch: 100, lease: 1_000 });
    assert.ok(rest > 0 && rest < amount, `it went on: ${rest}`);
    await assertIndexWhole(url);
  });
});

it('an index that is emptied while it is made begins anew', async () => {
  const stop = new AbortController();
  await store.reindex({ stretch: 200, signal: stop.signal, onProgress: ({ done }) => done > 500 && stop.abort() });
  assert.ok((await jobs()).length > 0);
  await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
  assert.equal(await store.reindex({ stretch: 200 }), amount);
  await assertIndexWhole(url);
});

it('servers index by new search parameters together, and one that stops leaves the rest to the others', async () => {
  await store.reindex();
  const definition = {
    ...{
      resourceType: 'SearchParameter',
      url: 'urn:kin',
      name: 'Kin',
      status: 'active',
      description: 'A name',
      code: 'kin',
    },
    ...{ base: ['Patient'], type: 'string', expression: 'Patient.name.family' },
  };
  await store.update({ ...newVersion(definition), id: 'kin', ...unconditional });
  const stop = new AbortController();
  const others = [await underTest.open(), await underTest.open()];
  const first = await store.reindex({
    stretch: 100,
    signal: stop.signal,
    onProgress: ({ done }) => done > 300 && stop.abort(),
  });
  const counts = await Promise.all(others.map((other) => other.reindex({ stretch: 100, share: 0.5 })));
  assert.ok(first > 0 && Math.min(...counts) > 0, `all have worked: ${first}, ${counts.join()}`);
  assert.equal(first + counts[0]! + counts[1]!, amount);
  await store.registerSearchParameters();
  assert.equal((await store.searchParameters()).unready, 0);
  assert.deepEqual([...(await jobs())], []);
});
