/** The partitions of the trail exist before a server listens, even after it was down for months. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startAudited } from './audited.ts';

it('does not listen before the parts of this month and the next are made', async (t) => {
  const first = await startAudited();
  t.after(() => first.close());
  const { owner, store } = first;
  const parts = async (): Promise<string[]> =>
    (
      await owner<{ name: string }[]>`
        select relname as name from pg_class where relnamespace = 'fhir_audit'::regnamespace and relkind = 'r' order by 1`
    ).map(({ name }) => name);
  const all = await parts();
  // Simulates a server that was down all the time.
  for (const name of all) await owner.unsafe(`drop table fhir_audit.${name}`);

  const holding = await owner.reserve();
  await holding`select pg_advisory_lock(hashtextextended('fhir audit parts', 0))`;
  const second = startAudited({ store });
  const isWaiting = async (): Promise<boolean> => {
    const [row] = await owner<{ n: number }[]>`
      select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`;
    return row!.n > 0;
  };
  const deadline = Date.now() + 30_000;
  while (!(await isWaiting()) && Date.now() < deadline) await delay(10);
  const listening = second.then(() => 'listening');
  assert.equal(await Promise.race([listening, delay(50, 'not yet')]), 'not yet');
  await holding`select pg_advisory_unlock(hashtextextended('fhir audit parts', 0))`;
  holding.release();

  const server = await second;
  t.after(() => server.close());
  assert.deepEqual(await parts(), all);
  assert.equal((await server.request('GET', '/Patient/none')).status, 404);
});
