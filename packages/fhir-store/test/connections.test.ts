/** The pools of a store have the sizes of the table that the budget of connections is computed from, and there are no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { servingConnections, temporaryConnections } from '../src/connections.ts';
import { openPackageRegister } from '../src/packages.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';
import { search } from './search-world.ts';

const under = await storeUnderTest('connections');

test('a store under load opens the connections of the table, and no more', async () => {
  const store = await under.open();
  const many = Array.from({ length: 60 }, (_, at) => at);
  const ids = many.map((at) => `patient-${String(at)}`);
  await Promise.all(ids.map((id) => store.update({ ...patient(), id, ...unconditional })));
  const register = await openPackageRegister(under.database.url);
  const bodies = (async function* () {
    for (const at of many) yield { ...patient(), id: `bulk-${String(at)}` };
  })();
  await Promise.all([
    ...ids.map((id) => store.read('Patient', id)),
    ...ids.map((id) => store.history('Patient', id, { count: 10 })),
    ...ids.map((id) => store.update({ ...patient({ active: false }), id, ...unconditional })),
    ...ids.map((id) => search(store, 'Patient', `_id=${id}`)),
    store.bulkInsert(bodies),
    store.reindex(),
    register.list(),
  ]);

  const sizes: Record<string, number> = { ...servingConnections, ...temporaryConnections };
  const count = async (): Promise<Map<string, number>> => {
    const rows = await under.database.sql<{ name: string; count: number }[]>`
      select application_name as name, count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name like 'dhp fhir %' group by 1`;
    return new Map(rows.map((row) => [row.name.slice('dhp fhir '.length), row.count]));
  };
  // Requested connections arrive when the server has time for them, whether they are still needed or not.
  let open = await count();
  for (const limit = Date.now() + 30_000; open.get('searches') !== sizes['searches'] && Date.now() < limit;) {
    await delay(20);
    open = await count();
  }
  for (const [name, n] of open) assert.ok(n <= (sizes[name] ?? 0), `${name} has ${String(n)} connections`);
  // Searches share no connection, so sixty at once take all of theirs; the other pools send statements together.
  assert.equal(open.get('searches'), sizes['searches']);
  for (const name of ['reads', 'pages', 'writes', 'words', 'packages']) assert.ok(open.has(name), `${name} is open`);
  await register.close();
});
