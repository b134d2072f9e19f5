/** Registers as files at a fixed address, over HTTP. https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/publish.html */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies, activateVersion } from './policies.ts';
import { openPublishing } from '../src/operations/publish/open-publishing.ts';

interface Manifest {
  readonly manifestType: string;
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string }[];
}

let server: TestServer;
/** It has the same data, asks for no token, and publishes some types alone. */
let open: TestServer;
let time = Date.now();
const day = 24 * 3_600_000;
const clock = (): Date => new Date(time);
before(async () => {
  let url = '';
  server = await startServer({ requireIfMatch: false, clock }, (given) => (url = given));
  const { issuer, jwksUri } = server.sso;
  const publish = { access: 'public', types: ['Organization', 'Location'] } as const;
  open = await startServer({ requireIfMatch: false, clock, publish, issuer, jwksUri }, () => url);
  await put(
    { resourceType: 'Organization', id: 'o1', name: 'Polyclinic' },
    { resourceType: 'Organization', id: 'o2', name: 'x' },
  );
  await put({ resourceType: 'Practitioner', id: 'd1' }, { resourceType: 'Location', id: 'l1', name: 'Building' });
  await put(patient({ id: 'p1' }));
});
after(async () => {
  await open.close();
  await server.close();
});

async function put(...resources: readonly Record<string, unknown>[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
    assert.ok(reply.status < 300, reply.text);
  }
}

/** States are remembered for ten seconds. */
function later(): void {
  time += 10_001;
}

const own = (scope: string, client = 'registry'): Promise<string> =>
  server.sso.token({ scope, client_id: client, sub: client });
const all = (): Promise<string> => own('system/*.rs');

async function manifest(token: string | null, of: TestServer = server): Promise<Manifest> {
  const reply = await of.request('GET', '/$bulk-publish', { token });
  assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'application/json'], reply.text);
  return JSON.parse(reply.text) as Manifest;
}

const placeOf = (told: Manifest, type: string): string =>
  told.output.find((one) => one.type === type)?.url.slice(baseUrl.length) ?? assert.fail(`no ${type}`);

async function namesIn(token: string | null, place: string, of: TestServer = server): Promise<string[]> {
  const reply = await of.request('GET', place, { token });
  assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'application/fhir+ndjson'], reply.text);
  const lines = reply.text === '' ? [] : reply.text.replace(/\n$/, '').split('\n');
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('the manifest', () => {
  it('names a file for each published type that the token gives, and none of patients', async () => {
    const told = await manifest(await all());
    assert.equal(told.manifestType, 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkPublishManifest');
    assert.equal(told.requiresAccessToken, true);
    const types = told.output.map(({ type }) => type);
    assert.ok(
      ['Location', 'Organization', 'Practitioner'].every((type) => types.includes(type)),
      types.join(),
    );
    assert.ok(!types.includes('Patient'));
    assert.deepEqual(await namesIn(await all(), placeOf(told, 'Organization')), ['o1', 'o2']);
    const some = await manifest(await own('system/Organization.rs system/Patient.rs'));
    assert.deepEqual(
      some.output.map(({ type }) => type),
      ['Organization'],
    );
    const text = (await server.request('GET', placeOf(told, 'Organization'), { token: await all() })).text;
    assert.deepEqual(JSON.parse(text.split('\n')[0]!), (await server.request('GET', '/Organization/o1')).json);
  });

  it('stays the same, with its addresses, until one of its types changes', async () => {
    const token = await all();
    const ask = (tag?: string): Promise<Reply> =>
      server.request('GET', '/$bulk-publish', { token, headers: tag === undefined ? {} : { 'if-none-match': tag } });
    const first = await ask();
    const tag = first.headers.get('etag')!;
    await put(patient({ id: 'p2' }));
    later();
    assert.equal((await ask(tag)).status, 304);
    await put({ resourceType: 'Organization', id: 'o3', name: 'y' });
    later();
    const second = await ask(tag);
    assert.equal(second.status, 200);
    const [before, now] = [first, second].map(({ text }) => JSON.parse(text) as Manifest) as [Manifest, Manifest];
    assert.ok(new Date(now.transactionTime) > new Date(before.transactionTime));
    assert.equal(placeOf(now, 'Location'), placeOf(before, 'Location'));
    assert.notEqual(placeOf(now, 'Organization'), placeOf(before, 'Organization'));
    // An address never has another content, and is there for a day.
    assert.deepEqual(await namesIn(token, placeOf(before, 'Organization')), ['o1', 'o2']);
    assert.deepEqual(await namesIn(token, placeOf(now, 'Organization')), ['o1', 'o2', 'o3']);
    assert.ok((await server.request('DELETE', '/Organization/o3')).status < 300);
    later();
    const third = await manifest(token);
    assert.deepEqual(await namesIn(token, placeOf(third, 'Organization')), ['o1', 'o2']);
    assert.deepEqual(await namesIn(token, placeOf(now, 'Organization')), ['o1', 'o2', 'o3']);
    // Tokens do not live so long.
    time += day;
    try {
      const gone = await open.request('GET', placeOf(now, 'Organization'), { token: null });
      assert.deepEqual([gone.status, gone.code], [404, 'published-file-unknown'], gone.text);
      assert.deepEqual(await namesIn(null, placeOf(third, 'Organization'), open), ['o1', 'o2']);
    } finally {
      time -= day;
    }
  });
});

describe('a file', () => {
  it('has nothing that the caller does not see, nor what names a patient or is the home of one', async () => {
    const home = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'PTRES' }] }];
    const about = [{ url: 'http://example.org/founder', valueReference: { reference: 'Patient/p1' } }];
    await put(
      { resourceType: 'Location', id: 'home', type: home },
      { resourceType: 'Location', id: 'named', extension: about },
      { resourceType: 'Location', id: 'l2', name: 'hidden' },
    );
    const escaped = JSON.stringify({ resourceType: 'Location', id: 'escaped', type: home }).replace(
      'PTRES',
      'PT\\u0052ES',
    );
    const sent = await server.request('PUT', '/Location/escaped', {
      headers: { 'content-type': 'application/fhir+json' },
      body: escaped,
    });
    assert.equal(sent.status, 201, sent.text);
    const rule = {
      name: 'hidden',
      effect: 'deny',
      who: { client: ['registry', 'urn:dhp:anonymous'] },
      types: ['Location'],
      interactions: ['read', 'search'],
      criteria: '_id=l2',
    } as const;
    await activatePolicies(server, { others: 'as-scoped', rules: [rule] });
    try {
      later();
      const token = await all();
      assert.deepEqual(await namesIn(token, placeOf(await manifest(token), 'Location')), ['l1']);
      assert.deepEqual(await namesIn(null, placeOf(await manifest(null, open), 'Location'), open), ['l1']);
    } finally {
      await activateVersion(server, undefined);
    }
    later();
    const token = await all();
    assert.deepEqual(await namesIn(token, placeOf(await manifest(token), 'Location')), ['l1', 'l2']);
  });

  it('is there for no other name, and for no token that does not give its type', async () => {
    const token = await all();
    const place = placeOf(await manifest(token), 'Organization');
    const ahead = place.replace(/\d{12,}/, String(time + 3_600_000));
    for (const wrong of [
      ahead,
      place.replace('Organization', 'Patient'),
      '/$bulk-publish/x',
      place.replace('.ndjson', ''),
    ]) {
      const reply = await server.request('GET', wrong, { token });
      assert.deepEqual([reply.status, reply.code], [404, 'published-file-unknown'], `${wrong} ${reply.text}`);
    }
    const other = await server.request('GET', place, { token: await own('system/Location.rs') });
    assert.deepEqual([other.status, other.code], [403, 'scope-insufficient']);
    const person = await server.sso.token({ scope: 'user/*.rs', authority: 'user' });
    for (const path of ['/$bulk-publish', place]) {
      assert.equal((await server.request('GET', path, { token: null })).status, 401);
      assert.equal((await server.request('GET', path, { token: person })).status, 403);
    }
    const none = await server.request('GET', '/$bulk-publish', { token: await own('system/Patient.rs') });
    assert.deepEqual([none.status, none.code], [403, 'scope-insufficient']);
  });

  it('is as it was told while others write', async () => {
    const token = await all();
    later();
    const place = placeOf(await manifest(token), 'Organization');
    const [, first] = await Promise.all([
      put(...Array.from({ length: 20 }, (_, n) => ({ resourceType: 'Organization', id: `w${n}`, name: 'new' }))),
      namesIn(token, place),
    ]);
    assert.deepEqual(first, ['o1', 'o2']);
    assert.deepEqual(await namesIn(token, place), ['o1', 'o2']);
    // Of this node the state is one of before; another one has told of what is stored now.
    time += 300;
    const sql = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test publish' });
    const [row] = await sql<{ newest: string }[]>`
      select (date_part('epoch', max(upd)) * 1000)::bigint::text as newest from fhir.resource where id like 'w%'`;
    await sql.end({ timeout: 5 });
    const now = await namesIn(token, place.replace(/\d{12,}/, row!.newest));
    assert.equal(now.length, 22);
  });
});

describe('without a token', () => {
  it('is what is public, of the types that are named, and nothing else', async () => {
    const told = await manifest(null, open);
    assert.equal(told.requiresAccessToken, false);
    assert.deepEqual(
      told.output.map(({ type }) => type),
      ['Location', 'Organization'],
    );
    assert.ok((await namesIn(null, placeOf(told, 'Organization'), open)).includes('o1'));
    const practitioner = placeOf(await manifest(await all()), 'Practitioner');
    assert.equal((await open.request('GET', practitioner, { token: null })).code, 'published-file-unknown');
    for (const [method, path] of [
      ['GET', '/Organization'],
      ['GET', '/Organization/o1'],
      ['POST', '/$bulk-publish'],
      ['GET', '/$export'],
      ['GET', '/$job/x'],
    ] as const)
      assert.equal((await open.request(method, path, { token: null })).status, 401, path);
    assert.match(
      (await open.request('GET', '/$bulk-publish', { token: null })).headers.get('cache-control')!,
      /public/,
    );
  });

  it('is nothing where it is off, and never of a type that may hold data of patients', async () => {
    const off = await startServer({ publish: 'off' });
    try {
      const reply = await off.request('GET', '/$bulk-publish');
      assert.deepEqual([reply.status, reply.code], [501, 'publishing-off'], reply.text);
    } finally {
      await off.close();
    }
    const nobody = { settleNow: () => assert.fail(), storedBehind: () => assert.fail() };
    for (const type of ['Patient', 'Observation', 'Group', 'Bundle', 'Binary', 'Basic', 'Appointment', 'Nothing'])
      assert.throws(
        () => openPublishing(nobody, { access: 'token', types: ['Organization', type] }, clock),
        (error) => error instanceof TypeError && error.message.startsWith(`${type} may hold data of patients`),
      );
  });
});
