/**
 * The order of commits on several nodes: whether something may still appear below the oldest transaction that is under way. On one node nothing can
 * (decision 3). docs/decisions/0107-distributed.md says what follows.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '../../packages/postgres/src/index.ts';
import { wholeSnapshot } from '../../packages/fhir-store/src/commit-order/several-nodes.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

const writers = 4;
/** Milliseconds of writing, and those after which what has not come late will not. */
const length = 5_000;
const patience = 240_000;

describe('a position in the order of commits', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let sql: Sql;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    sql = connect(cluster.url, { max: writers + 1 });
    await sql`create table version (shard int, n bigint, txid xid8, primary key (shard, n))`;
    await sql`select create_distributed_table('version', 'shard', shard_count => 4)`;
  });
  after(async () => {
    await (sql as Sql | undefined)?.end();
    await cluster?.close();
  });

  /** Two rows on two nodes in one transaction, with its number on the coordinator. */
  async function write(n: number, [one, other]: readonly [number, number]): Promise<void> {
    await sql.begin(async (session) => {
      const [row] = await session<{ txid: string }[]>`select pg_current_xact_id()::text as txid`;
      for (const shard of [one, other])
        await session`insert into version values (${shard}::int, ${n}::bigint, ${row!.txid}::xid8)`;
    });
  }

  /** Two values of the shard that are on two nodes. */
  async function shardsApart(): Promise<readonly [number, number]> {
    const byNode = new Map<string, number>();
    for (let shard = 0; byNode.size < 2; shard += 1) {
      const [row] = await sql<{ node: string }[]>`
        select nodeport::text as node from citus_shards
        where shardid = get_shard_id_for_distribution_column('version', ${shard}::int)`;
      if (!byNode.has(row!.node)) byNode.set(row!.node, shard);
    }
    return [...byNode.values()] as [number, number];
  }

  type Look = () => Promise<{ passed: number; seen: readonly string[] }[]>;

  /**
   * Writes, while `look` passes positions.
   * @param isEnough when to end, by the rows that came behind a position that was passed; the time is over in the end
   * @returns how many rows came late
   */
  async function lateRows(look: Look, most: number, isEnough: (late: number) => boolean): Promise<number> {
    const apart = await shardsApart();
    const end = Date.now() + most;
    let next = Date.now() * 1_000;
    let [late, isOver] = [0, false];
    const writing = Array.from({ length: writers }, async () => {
      while (!isOver) await write((next += 1), apart);
    });
    const known: Set<string>[] = [];
    const passed: number[] = [];
    while (Date.now() < end && !isEnough(late)) {
      for (const [n, found] of (await look()).entries()) {
        const all = (known[n] ??= new Set());
        const before = passed[n] ?? 0;
        for (const row of found.seen) {
          if (all.has(row)) continue;
          all.add(row);
          // It was stored below a position that an earlier look had passed.
          if (Number(row.split('@')[1]) < before) late += 1;
        }
        passed[n] = found.passed;
      }
    }
    isOver = true;
    await Promise.all(writing);
    return late;
  }

  it('by numbers of the coordinator loses what is committed on a worker a moment later', async () => {
    let from = 0;
    const look: Look = async () => {
      const [now] = await sql<{ horizon: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`;
      const rows = await sql<{ row: string }[]>`
        select shard || '.' || n || '@' || txid::text as row from version
        where txid < ${now!.horizon}::xid8 and txid >= ${String(Math.max(3, from - 500))}::xid8`;
      from = Number(now!.horizon);
      return [{ passed: from, seen: rows.map(({ row }) => row) }];
    };
    const late = await lateRows(look, patience, (rows) => rows > 0);
    assert.ok(late > 0, 'nothing came late: the numbers of the coordinator would do');
  });

  it('by numbers of the coordinator, of what all nodes have committed, loses nothing', async () => {
    await sql.unsafe('create schema fhir');
    await sql.unsafe(wholeSnapshot);
    let [from, looks, heldBack] = [0, 0, 0];
    const look: Look = async () => {
      const [now] = await sql<{ horizon: string; own: string }[]>`
        select pg_snapshot_xmin(fhir.whole_snapshot())::text as horizon, pg_snapshot_xmin(pg_current_snapshot())::text as own`;
      const rows = await sql<{ row: string }[]>`
        select shard || '.' || n || '@' || txid::text as row from version
        where txid < ${now!.horizon}::xid8 and txid >= ${String(Math.max(3, from - 500))}::xid8`;
      from = Number(now!.horizon);
      looks += 1;
      if (now!.horizon !== now!.own) heldBack += 1;
      return [{ passed: from, seen: rows.map(({ row }) => row) }];
    };
    assert.equal(await lateRows(look, 2 * length, () => false), 0);
    // It was put to the test: what the coordinator had committed was not yet on all nodes.
    assert.ok(looks > 10 && heldBack > 0, `${String(looks)} looks, ${String(heldBack)} held back`);
  });

  it('does not pass what one node has prepared and not committed', async () => {
    const [place] = await sql<{ port: number; groupid: number }[]>`
      select nodeport as port, groupid from pg_dist_node where noderole = 'primary' and groupid > 0 limit 1`;
    const node = connect(cluster!.url.replace(/:\d+\//, `:${String(place!.port)}/`), { max: 1 });
    // As a coordinator leaves it whose connection breaks between its own commit and that of the node.
    const gid = `citus_0_${String(process.pid)}_1_1`;
    try {
      await node.unsafe(`begin; create table left_behind (n int); prepare transaction '${gid}'`);
      const [own] = await sql.begin(async (session) => {
        await session`insert into pg_dist_transaction (groupid, gid) values (${place!.groupid}::int, ${gid})`;
        return session<{ txid: string }[]>`select pg_current_xact_id()::text as txid`;
      });
      await sql`select pg_current_xact_id()`; // so that another number was given since
      const oldest = async () =>
        BigInt((await sql<{ xid: string }[]>`select pg_snapshot_xmin(fhir.whole_snapshot())::text as xid`)[0]!.xid);
      assert.ok((await oldest()) <= BigInt(own!.txid));
      await node.unsafe(`commit prepared '${gid}'`);
      while ((await oldest()) <= BigInt(own!.txid)) await sql`select pg_sleep(0.05)`; // the servers' own, too
    } finally {
      await node.end();
    }
  });

  it('by numbers of each node loses nothing', async () => {
    const places = await sql<{ port: number; parts: string[] }[]>`
      select nodeport as port, array_agg(shard_name) as parts from citus_shards
      where table_name = 'version'::regclass group by 1`;
    const nodes = places.map(({ port, parts }) => ({
      sql: connect(cluster!.url.replace(/:\d+\//, `:${String(port)}/`), { max: 1 }),
      parts,
    }));
    try {
      const froms = nodes.map(() => 0);
      let looks = 0;
      const look: Look = () => {
        looks += 1;
        return Promise.all(
          nodes.map(async (node, n) => {
            // In one statement of that node, so of one snapshot: what is prepared there counts as under way.
            const all = node.parts
              .map((part) => `select shard, n, xmin::text::bigint as xid from ${part}`)
              .join(' union all ');
            const rows = await node.sql.unsafe(
              `with h as (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon)
               select h.horizon::text as horizon, v.shard || '.' || v.n || '@' || v.xid as row
               from h left join (${all}) v on v.xid < h.horizon and v.xid >= ${String(froms[n]! - 500)}`,
            );
            const passed = Number(rows[0]!['horizon']);
            froms[n] = passed;
            return { passed, seen: rows.map((row) => row['row']).filter((row) => typeof row === 'string') };
          }),
        );
      };
      assert.equal(await lateRows(look, length, () => false), 0);
      assert.ok(looks > 10);
    } finally {
      await Promise.all(nodes.map((node) => node.sql.end()));
    }
  });
});
