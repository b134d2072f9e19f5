/**
 * The request trail of a running platform: it contains each request, and `dhp audit verify` finds changes that the database owner makes.
 */
import assert from 'node:assert/strict';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl, startEmbedded, type Sql } from '@dhp/postgres';
import { Browser } from '../apps/sso/test/browser.ts';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { makePerson } from './people.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let sql: Sql;
let ask: Ask;
let outside: string;

before(async () => {
  outside = await mkdtemp(join(tmpdir(), 'dhp-heads-'));
  const environment = { DHP_AUDIT: 'on', DHP_AUDIT_HEADS: join(outside, 'heads') };
  place = await openHome({ begins: 'migrated', programs: 'kept', serves: 'sso,fhir', environment });
  platform = await place.start();
  ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, platform.demo!, 'system/*.cruds'));
  const { url } = await startEmbedded({ directory: join(place.data, 'postgres'), attach: true });
  const [name] = await connectedTo(url);
  sql = connect(databaseUrl(url, name!), { max: 1 });
});
after(async () => {
  await sql.end();
  await place.close();
  await rm(outside, { recursive: true });
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
  hasStatus(await ask('PUT', 'Patient/seen', patient), 412);
  assert.equal(await records(), before + 5);
  const { code, stdout, stderr } = await verify();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Requests of playground: whole: records: \d+, heads: \d+, behind the last head: \d+/);
});

test('its heads are kept outside of the database, in files beside that of the Single Sign-On', async () => {
  for (const file of ['heads', 'heads.playground']) {
    let text = '';
    for (let n = 0; n < 1200 && text === ''; n += 1) {
      text = await readFile(join(outside, file), 'utf8').catch(() => '');
      if (text === '') await delay(50);
    }
    assert.match(text, /^v1\.\d+\./, file);
  }
  await assert.rejects(access(join(place.data, 'audit.heads')), { code: 'ENOENT' });
});

test('a patient sees at the account who looked, when, at what and by which right, in three languages', async () => {
  const { sso } = platform.urls;
  const person = { username: 'karima', password: 'a long and quiet password' };
  await makePerson(place, sso, person, ['--name', 'Karima Karimova', '--patient', 'seen']);
  const browser = new Browser(sso, 'en', {}, sso);
  const signedIn = await browser.submit(await browser.get('/account/access'), person, 'login');
  const names = {
    en: 'Looked at: personal details',
    ru: 'Просмотрено: личные данные',
    uz: 'Koʻrilgan: shaxsiy maʼlumotlar',
  };
  const refused = {
    en: 'Asked to change: personal details',
    ru: 'Запрошено изменение: личные данные',
    uz: 'Oʻzgartirish soʻralgan: shaxsiy maʼlumotlar',
  };
  assert.equal(new URL(signedIn.address).pathname, '/account/access', signedIn.text);
  for (const [language, words] of Object.entries(names)) {
    const { status, text } = await browser.get(`/account/access?ui_locales=${language}`);
    assert.equal(status, 200);
    assert.ok(text.includes(words), `${language}: ${text}`);
    assert.ok(text.includes(refused[language as keyof typeof refused]), `${language}: ${text}`);
    assert.ok(text.includes('Demo'), 'the application by its name');
  }
  // Reading is recorded, too: there is a next page after many reads.
  for (let n = 0; n < 60; n += 1) await ask('GET', 'Patient/seen');
  const first = await browser.get('/account/access?ui_locales=en');
  assert.equal(first.text.split('<li>').length - 1, 50);
  const [, older = ''] = /href="(\/account\/access\?environment[^"]*)"/.exec(first.text) ?? [];
  const second = await browser.get(older.replaceAll('&#38;', '&'));
  assert.ok(second.text.includes('Recorded: personal details'), second.text);
  assert.ok(!second.text.includes('Older requests'));
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
