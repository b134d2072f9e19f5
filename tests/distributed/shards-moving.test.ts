/** Shards that move, and a worker that is killed and comes back, under clients that compare every answer with what they know. docs/decisions/0141-errors-of-several-nodes.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer, type TestServer } from '../../apps/fhir/test/environment.ts';
import { migrations } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { lockApart, type Current } from '../../packages/fhir-store/src/statements/look.ts';
import { connect, migrate, type Sql } from '../../packages/postgres/src/index.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';
import { openClient, type Run } from './load/client.ts';
import { keepKilling, keepMoving, moveShard } from './load/nodes.ts';

describe('shards that move', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let server: TestServer | undefined;
  let owner: Sql;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    owner = connect(cluster.url, { max: 3 });
    await migrate(owner, migrations);
    await distribute(connectOne(), { shards: 8 });
    const url = `${cluster.url}?plan_cache_mode=force_custom_plan`;
    server = await startServer({ logger: { level: 'error', stream: { write: noteIncident } } }, () => url);
  });
  after(async () => {
    await server?.close();
    await Promise.all([(owner as Sql | undefined)?.end(), ...ones.map((one) => one.end())]);
    await cluster?.close();
  });
  const ones: Sql[] = [];
  function connectOne(): Sql {
    const one = connect(cluster!.url, { max: 1 });
    ones.push(one);
    return one;
  }

  /** Lines in which the server says of itself beside the answers, for those who look for the cause of one that is wrong. */
  const incidents: string[] = [];
  function noteIncident(line: string): void {
    if (!line.includes('STORE_UNAVAILABLE')) incidents.push(line.slice(0, 2_000));
  }

  /** Clients that send requests of all kinds one after the other, until a time. */
  async function load(name: number, milliseconds: number): Promise<Run & { readonly statuses: Map<number, number> }> {
    const statuses = new Map<number, number>();
    const run: Run = {
      ...{ seed: name, faults: [] },
      send: (method, path, body, headers = {}) =>
        server!.request(method, path, {
          headers: { ...(body !== undefined && { 'content-type': 'application/fhir+json' }), ...headers },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      onAnswer: (_, __, status) => statuses.set(status, (statuses.get(status) ?? 0) + 1),
    };
    const clients = await Promise.all(Array.from({ length: 6 }, (_, n) => openClient(run, 10 * name + n)));
    const end = Date.now() + milliseconds;
    const working = clients.map(async (client) => {
      while (Date.now() < end) await client.step();
    });
    await Promise.all(working);
    ends.push(() => Promise.all(clients.map((client) => client.verify())));
    return { ...run, statuses };
  }
  const ends: (() => Promise<unknown>)[] = [];

  /** Each resource lies once, where the directory says; so does its row of the index. */
  async function assertWhole(): Promise<void> {
    const [found] = await owner<{ apart: string; rows: string }[]>`
      with r as materialized (select ty, id, rid, shard from fhir.resource offset 0),
        s as materialized (select rid, shard, count(*) as n from fhir.search group by 1, 2 offset 0)
      select (select count(*) from r full join fhir.identity d using (ty, id, rid, shard) where r.rid is null or d.rid is null) as apart,
        (select count(*) from s left join r using (rid, shard) where r.rid is null or s.n > 1) as rows`;
    assert.deepEqual({ ...found! }, { apart: '0', rows: '0' });
  }

  it('wait for those who have locked rows of them', async () => {
    const made = await server!.write('PUT', '/Patient/held', { resourceType: 'Patient', id: 'held' });
    assert.equal(made.status, 201, made.text);
    const [current] = await owner<Current[]>`
      select rid::float8 as rid, shard, 1 as ver, 0 as upd, false as deleted from fhir.identity where id = 'held'`;
    const [own] = await owner<{ nth: number }[]>`
      select count(*)::int as nth from citus_shards where table_name = 'fhir.resource'::regclass
        and shardid < get_shard_id_for_distribution_column('fhir.resource', ${current!.shard}::int)`;
    let hasMoved = false;
    const moved = await connectOne().begin(async (session) => {
      await lockApart(session, [current!]);
      const moving = moveShard(connectOne(), own!.nth, 'block_writes').then(() => (hasMoved = true));
      for (const end = Date.now() + 20_000; !(await waitsForLock()) && !hasMoved;) {
        assert.ok(Date.now() < end, 'it neither ends nor waits');
        await delay(50);
      }
      assert.ok(!hasMoved, 'what is locked was left behind');
      return { moving };
    });
    await moved.moving;
  });

  async function waitsForLock(): Promise<boolean> {
    const [row] = await owner<{ is: boolean }[]>`
      select exists (select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and not granted) as is`;
    return row!.is;
  }

  it('are answered for as ever meanwhile', async () => {
    const moves = keepMoving(cluster!.url, { modes: ['block_writes', 'force_logical'] });
    const { faults, statuses } = await load(1, 15_000);
    await moves.stop();
    await ends.pop()!();
    assert.deepEqual(faults, [], incidents.join('\n'));
    assert.ok(moves.took.length > 1, `${String(moves.took.length)} moves, ${moves.failures.join()}`);
    // A machine that is busy with others lets a move take longer than a write waits for it.
    assert.ok(
      (statuses.get(503) ?? 0) < statuses.get(200)! / 10,
      `${String(statuses.get(503))} times 503, though no node was away`,
    );
    await assertWhole();
  });

  it('are answered for, or 503, while one of their nodes is killed and comes back', async () => {
    const moves = keepMoving(cluster!.url, { modes: ['block_writes'], pause: 500 });
    const kills = keepKilling(cluster!, 4_000);
    const { faults, statuses } = await load(2, 15_000);
    await moves.stop();
    await kills.stop();
    await ends.pop()!();
    assert.deepEqual(faults, [], incidents.join('\n'));
    assert.ok(kills.count() > 0 && statuses.get(503)! > 0, 'somebody met a node that was away');
    await assertWhole();
  });
});
