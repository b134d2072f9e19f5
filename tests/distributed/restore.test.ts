/** A coordinator and two workers that are restored to one point, which was made while transactions over both were stored. docs/operations/distributed.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrations, openStore, type FhirStore } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { newVersion, unconditional } from '../../packages/fhir-store/test/database.ts';
import { connect, migrate, type Sql } from '../../packages/postgres/src/index.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

const nodes = [0, 1, 2];
const point = 'together';

describe('several nodes', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let store: FhirStore | undefined;
  before(async () => {
    cluster = await startCluster({ workers: 2, keepsLog: true });
    const owner = connect(cluster.url, { max: 1 });
    await migrate(owner, migrations);
    await distribute(owner, { shards: 8 }).finally(() => owner.end());
    store = await open();
  });
  after(async () => {
    await store?.close();
    await cluster?.close();
  });
  const open = (): Promise<FhirStore> =>
    openStore({ url: `${cluster!.url}?plan_cache_mode=force_custom_plan`, timeZone: 'UTC', ownBases: [] });
  const asOwner = async <R>(work: (sql: Sql) => PromiseLike<R>, n = 0): Promise<R> => {
    const url = `postgres://postgres@127.0.0.1:${String(cluster!.servers.ports[n])}/fhir`;
    const sql = connect(url, { max: 1 });
    return Promise.resolve(work(sql)).finally(() => sql.end());
  };

  const patients = ['a', 'b', 'c', 'd'];
  const idOf = (writer: number, patient: string): string => `w${String(writer)}-${patient}`;
  const write = (writer: number, n: number) =>
    store!.transaction(
      patients.map((patient) => ({
        ...{ kind: 'update' as const, id: idOf(writer, patient), ...unconditional },
        ...newVersion({
          ...{ resourceType: 'Observation', subject: { reference: `Patient/${patient}` } },
          note: [{ text: n }],
        }),
      })),
    );
  const texts = async (id: string): Promise<number[]> => {
    const { versions } = await store!.history('Observation', id, { count: 10_000 });
    return versions.map(({ content }) => (JSON.parse(content.toString()) as { note: [{ text: number }] }).note[0].text);
  };

  /** Until each has archived the log that it has by now. */
  async function archived(n: number): Promise<void> {
    const [row] = await asOwner((sql) => sql<{ file: string }[]>`select pg_walfile_name(pg_switch_wal()) as file`, n);
    for (const end = Date.now() + 60_000; ;) {
      const [at] = await asOwner(
        (sql) => sql<{ is: boolean | null }[]>`select last_archived_wal >= ${row!.file} as is from pg_stat_archiver`,
        n,
      );
      if (at!.is === true) return;
      assert.ok(Date.now() < end, 'the log is not archived');
      await delay(100);
    }
  }

  it(
    'are as they were at one point, with each transaction over them whole or not there',
    { timeout: 300_000 },
    async () => {
      const [acknowledged, begun] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      let isOver = false;
      const writing = acknowledged.map(async (_, writer) => {
        for (let n = 1; !isOver; n += 1) {
          begun[writer] = n;
          await write(writer, n);
          acknowledged[writer] = n;
        }
      });
      const further = async (): Promise<void> => {
        const wanted = acknowledged.map((n) => n + 3);
        while (acknowledged.some((n, writer) => n < wanted[writer]!)) await delay(20);
      };
      await further();
      for (const n of nodes) await cluster!.servers.backUp(n);
      await further();
      const before = [...acknowledged];
      await asOwner((sql) => sql`select citus_create_restore_point(${point})`);
      const after = [...begun];
      await further();
      isOver = true;
      await Promise.all(writing);
      await store!.close();
      for (const n of nodes) await archived(n);
      for (const n of nodes) await cluster!.servers.kill(n);

      for (const n of nodes) await cluster!.servers.restore(n, point);
      await asOwner((sql) => sql`select recover_prepared_transactions()`);
      store = await open();
      for (const [writer, n] of before.entries()) {
        const all = await Promise.all(patients.map((patient) => texts(idOf(writer, patient))));
        for (const each of all) assert.deepEqual(each, all[0], 'a transaction is there in part');
        const expected = Array.from({ length: all[0]!.length }, (_, at) => all[0]!.length - at);
        assert.deepEqual(all[0], expected, 'each version once, in order');
        assert.ok(all[0].length >= n, `${String(n)} was acknowledged before the point`);
        assert.ok(all[0].length <= after[writer]!, 'it was begun behind the point');
      }
      const told = async (): Promise<string[]> =>
        (await store!.changes({ limit: 10_000 })).map(({ id, versionId }) => `${id}/${String(versionId)}`);
      const [stored] = await asOwner(
        (sql) => sql<{ n: number }[]>`
        select ((select count(*) from fhir.resource) + (select count(*) from fhir.history))::int as n`,
      );
      const all = await told();
      assert.deepEqual([all.length, new Set(all).size], [stored!.n, stored!.n]);

      // The order of commits continues after them.
      assert.equal((await write(0, 1_000)).kind, 'committed');
      for (const end = Date.now() + 20_000; (await told()).length < stored!.n + patients.length;) {
        assert.ok(Date.now() < end, 'the feed does not go on');
        await delay(100);
      }
      assert.deepEqual((await told()).slice(0, stored!.n), all);
    },
  );
});
