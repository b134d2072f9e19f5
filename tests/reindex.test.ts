/** The search index of a database that was filled before there was one: `dhp reindex`, and the platform by itself. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, beforeEach, test } from 'node:test';
import { openStore } from '@dhp/fhir-store';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { openHome, type Home } from './platform.ts';

const database = `reindex_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let sql: Sql;
let place: Home;
let resources: number;

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  place = await openHome({
    serves: 'sso,fhir',
    programs: 'kept',
    environment: { DATABASE_URL: databaseUrl(server, database) },
  });
  assert.equal((await place.run(['migrate'])).code, 0);
  ({ resources } = await place.json<{ resources: number }>(['seed', '--patients', '10']));
  sql = connect(databaseUrl(server, `${database}_playground`), { max: 1 });
});
after(async () => {
  await place.close();
  await sql.end();
  for (const name of ['', '_sso', '_playground']) {
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  }
  await admin.end();
});

/** As an earlier version of the platform left it. */
beforeEach(async () => {
  await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
});

async function indexed(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.search`;
  return row!.n;
}

/** The definitions of the index that its rows follow. */
async function definitions(): Promise<number[]> {
  const rows = await sql<{ version: number }[]>`select distinct version from fhir.search`;
  return rows.map(({ version }) => version);
}

async function isComplete(): Promise<boolean> {
  const [row] = await sql<{ complete: boolean }[]>`select complete from fhir.index_state`;
  return row?.complete === true;
}

test('dhp reindex makes it, and finds nothing to do when there is one', async () => {
  assert.ok(resources > 100);
  const { version, ...told } = await place.json<{ version: number }>(['reindex']);
  assert.deepEqual(told, { environment: 'playground', indexed: resources, complete: true });
  assert.equal(await indexed(), resources);
  assert.deepEqual(await definitions(), [version]);
  assert.deepEqual(await place.json(['reindex']), { ...told, indexed: 0, version });
});

test('dhp reindex tells a person how far it is, and refuses what it does not know', async () => {
  const { code, stderr } = await place.run(['reindex', '--environment', 'playground']);
  assert.equal(code, 0);
  assert.match(stderr, /the search index/);
  assert.match(stderr, /The search index is complete\./);
  const wrong = await place.run(['reindex', '--environment', 'test']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /playground and production/);
});

test('dhp reindex --give-up gives up what is built beside, and leaves what is searched', async () => {
  await place.json(['reindex']);
  const [own] = await definitions();
  const earlier = own! - 1;
  // As it was left by the release before, whose definition this one makes too.
  await sql`update fhir.index_state set version = ${earlier}`;
  await sql`update fhir.index_definition set version = ${earlier}`;
  await sql`update fhir.search set version = ${earlier}`;
  const url = databaseUrl(await testServer(), `${database}_playground`);
  const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  const stop = new AbortController();
  await store.reindex({ stretch: 50, signal: stop.signal, onProgress: () => stop.abort() });
  assert.deepEqual((await store.indexState()).next?.version, own);
  await store.close();
  assert.ok((await sql`select from fhir.search_b limit 1`).length > 0, 'a part is built');

  const { code, stderr } = await place.run(['reindex', '--give-up']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /The definition that was being built beside the current one is given up\./);
  for (const table of ['index_next', 'index_job', 'index_stretch'])
    assert.equal((await sql`select from ${sql(`fhir.${table}`)}`).length, 0, table);
  assert.deepEqual([...(await sql`select version from fhir.index_definition`)], [{ version: earlier }]);
  assert.deepEqual(
    [...(await sql`select version, complete from fhir.index_state`)],
    [{ version: earlier, complete: true }],
  );
  assert.equal(await indexed(), resources);

  assert.equal((await place.run(['reindex', '--give-up'])).code, 0, 'there is nothing left to give up');
  const { version, complete } = await place.json<{ version: number; complete: boolean }>(['reindex']);
  assert.deepEqual(
    { version, complete },
    { version: own, complete: true },
    'the next run builds it from the beginning',
  );
  assert.deepEqual([...(await sql`select distinct version from fhir.search_b`)], [{ version: own }]);
  // The tests behind this one begin with the first set of tables.
  await sql`truncate fhir.search_b, fhir.tok_b, fhir.num_b, fhir.date_b, fhir.str_b`;
});

test('the platform makes it while it serves', async () => {
  const platform = await place.start({ DHP_SEED_PATIENTS: '0' });
  const deadline = Date.now() + 300_000;
  while (!(await isComplete())) {
    assert.ok(Date.now() < deadline, platform.said());
    await delay(50);
  }
  assert.equal(await indexed(), resources);
  assert.match(platform.said(), /built in the background/);
});
