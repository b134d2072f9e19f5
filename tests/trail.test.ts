/** The trail of requests of a platform that runs: each request is in it, and `dhp audit verify` finds what its owner alters in the database. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { getToken, openHome, type Home } from './platform.ts';

let place: Home;
let sql: Sql;
let ask: Ask;

before(async () => {
  place = await openHome({ begins: 'migrated', environment: { DHP_AUDIT: 'on' } });
  const platform = await place.start();
  ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, platform.demo!, 'system/*.cruds'));
  const { url } = await startEmbedded({ directory: join(place.data, 'postgres'), attach: true });
  const [name] = await connectedTo(url);
  sql = connect(databaseUrl(url, name!), { max: 1 });
});
after(async () => {
  await sql.end();
  await place.close();
});

/** Databases that have a trail. */
async function connectedTo(url: string): Promise<string[]> {
  const server = connect(url, { max: 1 });
  const rows = await server<
    { name: string }[]
  >`select datname as name from pg_database where datname like '%playground%'`;
  await server.end();
  return rows.map(({ name }) => name);
}

const verify = () => place.run(['audit', 'verify']);
const records = async (): Promise<number> => {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.audit_record`;
  return row!.n;
};

test('has a record of each request when its answer is here, and is whole', async () => {
  const before = await records();
  const patient = { resourceType: 'Patient', id: 'seen', name: [{ family: 'Karimova' }] };
  hasStatus(await ask('PUT', 'Patient/seen', patient), 201);
  hasStatus(await ask('GET', 'Patient/seen'), 200);
  hasStatus(await ask('GET', 'Patient?name=karimova'), 200);
  hasStatus(await ask('GET', 'Patient/unseen'), 404);
  assert.equal(await records(), before + 4);
  const { code, stdout, stderr } = await verify();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Requests of playground: whole: records: \d+, heads: \d+, behind the last head: \d+/);
});

test('is broken where a record is altered behind the back of the servers', async () => {
  // The last head covers all by now, or a record behind it is found by its digest.
  await sql`alter table fhir.audit_record disable trigger all`;
  const [part] = await sql<{ name: string }[]>`
    select tableoid::regclass::text as name from fhir.audit_record order by id limit 1`;
  await sql.unsafe(`alter table ${part!.name} disable trigger all`);
  await sql`update fhir.audit_record set recorded = recorded + interval '1 second' where id = (select min(id) from fhir.audit_record)`;
  const { code, stdout, stderr } = await verify();
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout + stderr, /Requests of playground: BROKEN at head \d+.*altered/);
});
