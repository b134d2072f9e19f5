/** Several nodes without Citus: obstacles, accepted settings, and the messages for a plain server. tests/distributed has real nodes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrations } from '@dhp/fhir-store/migrations';
import type { CoordinatorFacts, NodeSettings, SpreadFacts } from '@dhp/fhir-store/placement';
import { isSpread, spreadFacts } from '@dhp/fhir-store/placement';
import { testDatabase } from '@dhp/postgres/testing';
import { runCommandLine, UsageError } from '../src/cli.ts';
import { commandsFor } from '../src/commands.ts';
import { planMove } from '../src/distributed/move.ts';
import { obstaclesOf, type Prepared } from '../src/distributed/obstacles.ts';
import { placeOf, placeText, urlAt } from '../src/distributed/places.ts';
import { judgeShards } from '../src/doctor/shard-checks.ts';

const settings: NodeSettings = {
  ...{ postgres: 170_005, citus: null, available: '13.2-1', isLoaded: true, walLevel: 'logical' },
  ...{ preparedTransactions: 200, connections: 200, leftBehind: 0 },
};
const coordinator: CoordinatorFacts = {
  ...settings,
  ...{ database: 'dhp_production', isSuperuser: true, buildsIndex: false, others: [] },
};
const [first, second] = [
  { host: 'db1', port: 5432 },
  { host: 'db2', port: 5432 },
];
const prepared: Prepared = {
  ...{ environment: 'production', coordinator, coordinatorPlace: { host: 'db0', port: 5432 }, schema: undefined },
  workers: [first, second].map((place) => ({ place, said: settings })),
};

describe('what stands in the way of several nodes', () => {
  test('is nothing where all is well', () => assert.deepEqual(obstaclesOf(prepared), []));

  const worker = (change: Partial<NodeSettings>): Partial<Prepared> => ({
    workers: [{ place: first, said: { ...settings, ...change } }],
  });
  const own = (change: Partial<CoordinatorFacts>): Partial<Prepared> => ({
    coordinator: { ...coordinator, ...change },
  });
  const cases: readonly (readonly [string, Partial<Prepared>, RegExp])[] = [
    ['an old schema', { coordinator: undefined, schema: 'it is behind' }, /it is behind.*dhp migrate first/],
    ['no superuser', own({ isSuperuser: false }), /is not a superuser/],
    ['no files of Citus', own({ available: null }), /^db0:5432 has no extension Citus\. Install/],
    ['Citus that is not loaded', worker({ isLoaded: false }), /^db1:5432 .*shared_preload_libraries = 'citus'/],
    [
      'a log without decoding',
      worker({ walLevel: 'replica' }),
      /^db1:5432 has wal_level = replica.*Set wal_level = logical/,
    ],
    ['no prepared transactions', worker({ preparedTransactions: 0 }), /max_prepared_transactions = 0.*200/],
    ['another PostgreSQL', worker({ postgres: 160_009 }), /^db1:5432 has PostgreSQL 16, but db0:5432 has 17/],
    ['another Citus', worker({ available: '13.1-1' }), /^db1:5432 has Citus 13\.1-1, but db0:5432 has 13\.2-1/],
    [
      'a worker that is away',
      { workers: [{ place: first, said: 'ECONNREFUSED' }] },
      /^db1:5432 cannot be asked.*ECONNREFUSED.*pg_hba/,
    ],
    ['no worker', { workers: [] }, /--nodes HOST:PORT/],
    [
      'a coordinator that only itself reaches',
      { coordinatorPlace: { host: '127.0.0.1', port: 5432 } },
      /--coordinator/,
    ],
    ['a definition that is being built', own({ buildsIndex: true }), /dhp reindex --give-up/],
    [
      'sessions of others',
      own({ others: [{ name: 'dhp fhir writes', count: 3 }] }),
      /^dhp fhir writes .*\(3\).*End the FHIR servers of production/,
    ],
  ];
  for (const [what, change, expected] of cases)
    test(what, () => {
      const found = obstaclesOf({ ...prepared, ...change });
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, expected);
    });

  test('a minor version is another one, and nothing in the way', () =>
    assert.deepEqual(obstaclesOf({ ...prepared, ...worker({ postgres: 170_002 }) }), []));
});

describe('addresses of nodes', () => {
  test('are hosts with ports', () => {
    assert.deepEqual(placeOf('db1'), { host: 'db1', port: 5432 });
    assert.deepEqual(placeOf('[::1]:5433'), { host: '::1', port: 5433 });
    assert.equal(placeText(placeOf('[::1]:5433')), '[::1]:5433');
    for (const wrong of ['', 'db1:x', 'db1:5432/dhp', 'a,b', 'me@db1', 'db1?x=1'])
      assert.throws(() => placeOf(wrong), UsageError, wrong);
  });

  test('lead to the same database with the same login', () => {
    assert.equal(
      urlAt('postgres://u:p%40@db0:5432/dhp_production?pooler=p:6432&sslmode=require&port=1', first),
      'postgres://u:p%40@db1:5432/dhp_production?sslmode=require',
    );
    assert.equal(urlAt('postgres://db0,db9/x?target_session_attrs=primary', second), 'postgres://db2:5432/x');
  });
});

describe('the command line', () => {
  const run = async (...words: string[]): Promise<number> =>
    runCommandLine(await commandsFor(words), words, () => undefined);
  test('refuses what goes with --distributed alone, and what is no number or address', async () => {
    await assert.rejects(run('migrate', '--plan'), /takes --plan only with --distributed/);
    await assert.rejects(run('migrate', '--nodes', 'db1'), /--nodes/);
    await assert.rejects(run('migrate', '--distributed', '--shards', '0'), UsageError);
    await assert.rejects(
      run('migrate', '--distributed', '--nodes', 'db1:5432,db2:x'),
      /"db2:x" is not the address of a node, HOST:PORT/,
    );
    await assert.rejects(run('migrate', '--distributed', '--environment', 'test'), UsageError);
    await assert.rejects(run('shards', 'drain'), /HOST:PORT/);
    await assert.rejects(run('shards', 'drain', 'db2/x'), /is not the address of a node, HOST:PORT/);
  });
});

test('a plain server is on one node, says what it lacks, and is not changed', async (t) => {
  const database = await testDatabase({ name: 'plain_nodes', migrations: [migrations] });
  t.after(() => database.drop());
  const before = await database.sql`select prosrc from pg_proc where proname = 'is_spread'`;
  const wanted = { workers: [{ host: '127.0.0.1', port: 1 }], coordinator: undefined, shards: 32 };
  const plan = await planMove(database.ownerUrl, 'playground', wanted);
  assert.equal(plan.isDone, false);
  // The embedded PostgreSQL has no files of Citus: its catalogue says so.
  assert.ok(
    plan.obstacles.some((one) => /has no extension Citus/.test(one)),
    plan.obstacles.join('\n'),
  );
  assert.ok(
    plan.obstacles.some((one) => /^127\.0\.0\.1:1 cannot be asked/.test(one)),
    plan.obstacles.join('\n'),
  );
  // The pool of the test is a session of another.
  assert.ok(
    plan.obstacles.some((one) => /is connected to the database/.test(one)),
    plan.obstacles.join('\n'),
  );
  assert.ok(plan.bytes > 0 && plan.seconds >= 1 && plan.tables.every(({ isMoved }) => !isMoved));
  assert.equal(await isSpread(database.sql), false);
  assert.equal(await spreadFacts(database.sql), undefined);
  assert.deepEqual(await database.sql`select prosrc from pg_proc where proname = 'is_spread'`, before);
  // As an earlier program has left it: the doctor says that of the schema alone.
  await database.sql`drop function fhir.is_spread()`;
  assert.equal(await isSpread(database.sql), false);
});

test('a database whose move was ended opens for nobody, and says what goes on with it', async (t) => {
  const database = await testDatabase({ name: 'ended_move', migrations: [migrations] });
  t.after(() => database.drop());
  // The state after the start of the move; tests/distributed kills a real one.
  await database.sql.unsafe(`create or replace function fhir.is_spread() returns boolean language plpgsql stable as $$
    begin raise exception 'under way' using errcode = '57P03'; end $$`);
  assert.equal(await isSpread(database.sql), undefined);
  const facts = await spreadFacts(database.sql);
  assert.equal(facts?.isDone, false);
  const [found] = judgeShards('playground', facts);
  assert.match(`${found!.level} ${found!.cure}`, /^fault dhp migrate --distributed --environment playground/);
});

/** Answers of a catalogue that a test on one machine cannot have: nodes of several versions, and gigabytes. */
describe('what dhp doctor says of nodes', () => {
  const node = { ...settings, citus: '13.2-1' };
  const healthy: SpreadFacts = {
    ...{ isDone: true, loose: [], apart: [] },
    nodes: [
      { host: 'db0', port: 5432, isCoordinator: true, takesShards: false, shards: 0, bytes: 0, said: node },
      { host: 'db1', port: 5432, isCoordinator: false, takesShards: true, shards: 16, bytes: 5e12, said: node },
      { host: 'db2', port: 5432, isCoordinator: false, takesShards: true, shards: 16, bytes: 4e12, said: node },
    ],
  };
  const bad = (facts: SpreadFacts): string[] =>
    judgeShards('production', facts).flatMap(({ level, found }) => (level === 'well' ? [] : [`${level}: ${found}`]));
  const withLast = (change: Partial<SpreadFacts['nodes'][number]>): SpreadFacts => ({
    ...healthy,
    nodes: [...healthy.nodes.slice(0, 2), { ...healthy.nodes[2]!, ...change }],
  });
  const cases: readonly (readonly [SpreadFacts, RegExp])[] = [
    [withLast({ said: 'connection refused' }), /^fault: .*db2:5432 does not answer: connection refused/],
    [withLast({ said: { ...node, postgres: 160_001 } }), /^fault: db2:5432 has PostgreSQL 160001/],
    [withLast({ said: { ...node, postgres: 170_002 } }), /^warning: db2:5432 has PostgreSQL 170002/],
    [withLast({ said: { ...node, citus: '13.1-1' } }), /^fault: .*13\.1-1/],
    [withLast({ said: { ...node, preparedTransactions: 0 } }), /^fault: .*max_prepared_transactions = 0/],
    [withLast({ said: { ...node, preparedTransactions: 100 } }), /^warning: .*max_prepared_transactions = 100/],
    [withLast({ said: { ...node, walLevel: 'replica' } }), /^warning: .*wal_level = replica/],
    [withLast({ said: { ...node, connections: 100 } }), /^warning: db2:5432 takes 100 connections/],
    [withLast({ said: { ...node, leftBehind: 2 } }), /^fault: On db2:5432 transactions have been prepared .*: 2/],
    [withLast({ bytes: 2e12 }), /^warning: db1:5432 has 4\.5 TiB, and db2:5432 has 1\.8 TiB/],
    [withLast({ shards: 0, bytes: 0 }), /^warning: db2:5432 takes shards, but has none/],
    [{ ...healthy, loose: ['text'] }, /^fault: The table text is not spread/],
    [{ ...healthy, apart: ['tok'] }, /^fault: The rows of tok are not on the same nodes as/],
  ];
  test('is nothing where all is well, or where a node is drained', () => {
    assert.deepEqual(bad(healthy), []);
    assert.deepEqual(bad(withLast({ takesShards: false, shards: 0, bytes: 0 })), []);
    assert.deepEqual(bad(withLast({ bytes: 4.6e12 })), []);
  });
  for (const [facts, expected] of cases)
    test(expected.source, () => {
      const found = bad(facts);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, expected);
    });
});
