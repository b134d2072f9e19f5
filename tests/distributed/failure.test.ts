/** A worker that is killed while transactions over both workers are stored, and comes back. docs/decisions/0131-order-on-several-nodes.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrations, openStore, StoreUnavailable, type FhirStore } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { newVersion, unconditional } from '../../packages/fhir-store/test/database.ts';
import { connect, migrate, type Sql } from '../../packages/postgres/src/index.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

describe('transactions over two workers, of which one is killed', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let owner: Sql;
  let store: FhirStore;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    owner = connect(cluster.url, { max: 1 });
    await migrate(owner, migrations);
    await distribute(owner, { shards: 8 });
    const url = `${cluster.url}?plan_cache_mode=force_custom_plan`;
    store = await openStore({ url, timeZone: 'Asia/Tashkent', ownBases: [] });
  });
  after(async () => {
    await (store as FhirStore | undefined)?.close();
    await (owner as Sql | undefined)?.end();
    await cluster?.close();
  });

  const patients = ['a', 'b', 'c', 'd'];
  const idOf = (writer: number, patient: string): string => `w${String(writer)}-${patient}`;
  /** A session of the coordinator learns of the worker that was away by its next statement, which fails. */
  const again = async <R>(work: () => PromiseLike<R>): Promise<R> => {
    for (const end = Date.now() + 20_000; ;) {
      try {
        return await work();
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(50);
      }
    }
  };
  const texts = async (id: string): Promise<number[]> => {
    const { versions } = await again(() => store.history('Observation', id, { count: 1_000 }));
    return versions.map(({ content }) => (JSON.parse(content.toString()) as { note: [{ text: number }] }).note[0].text);
  };

  it('are whole or not there, none that was acknowledged is lost, and the feed tells each version once', async () => {
    const acknowledged = [0, 0, 0];
    let [isOver, refused] = [false, 0];
    const writing = acknowledged.map(async (_, writer) => {
      for (let n = 1; !isOver; n += 1)
        try {
          await store.transaction(
            patients.map((patient) => ({
              ...{ kind: 'update' as const, id: idOf(writer, patient), ...unconditional },
              ...newVersion({
                ...{ resourceType: 'Observation', subject: { reference: `Patient/${patient}` } },
                note: [{ text: n }],
              }),
            })),
          );
          acknowledged[writer] = n;
        } catch (error) {
          refused += 1;
          assert.ok(error instanceof StoreUnavailable, String(error));
          await delay(100);
        }
    });
    const told: string[] = [];
    let since: string | undefined;
    const follow = async (): Promise<number> => {
      const page = await store.changes({ limit: 100, ...(since !== undefined && { since }) });
      told.push(...page.map(({ id, versionId }) => `${id}/${versionId}`));
      since = page.at(-1)?.position ?? since;
      return page.length;
    };
    const following = (async () => {
      while (!isOver) await follow().catch(() => delay(100));
    })();
    const reach = async (least: (n: number) => number): Promise<void> => {
      const wanted = acknowledged.map(least);
      for (const end = Date.now() + 30_000; acknowledged.some((n, writer) => n < wanted[writer]!);) {
        assert.ok(Date.now() < end, `nothing more is stored: ${acknowledged.join()}`);
        await delay(20);
      }
    };
    await reach(() => 4);
    await cluster!.killWorker();
    await delay(500);
    await cluster!.startWorker();
    await reach((n) => n + 4);
    isOver = true;
    await Promise.all([...writing, following]);
    assert.ok(refused > 0, 'somebody met the worker that was away');

    await again(() => owner`select recover_prepared_transactions()`);
    for (const [writer, last] of acknowledged.entries()) {
      const all = await Promise.all(patients.map((patient) => texts(idOf(writer, patient))));
      for (const each of all) assert.deepEqual(each, all[0], 'a transaction is there in part');
      assert.ok(all[0]!.includes(last), `${String(last)} was acknowledged`);
    }
    const [stored] = await owner<{ n: string }[]>`
      select (select count(*) from fhir.resource) + (select count(*) from fhir.history) as n`;
    for (const end = Date.now() + 20_000; told.length < Number(stored!.n) && Date.now() < end;)
      if ((await again(follow)) === 0) await delay(50);
    assert.equal(told.length, Number(stored!.n));
    assert.equal(new Set(told).size, told.length);
  });
});
