/**
 * Subscriptions with rights that outlive a token, on a FHIR server and an SSO: events that the owner may no longer see are neither numbered
 * nor sent, while the SSO is unavailable no events are, and none is lost. docs/decisions/0103-rights-that-outlive-tokens.md
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { openClients } from '@dhp/clients';
import { createFhirServer } from '@dhp/fhir';
import { migrations as fhirMigrations, openStore, type FhirStore } from '@dhp/fhir-store';
import type { StandingSubscription } from '@dhp/fhir-store/subscriptions';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase, until } from '@dhp/postgres/testing';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { createSso, migrations as ssoMigrations } from '@dhp/sso';
import { hooked, observation, topic } from '../apps/fhir/test/subscriptions/bed.ts';
import { numbersAt, startReceiver, statusIn, type Receiver } from '../apps/fhir/test/subscriptions/receiver.ts';
import { Browser, pkce, signIn } from '../apps/sso/test/browser.ts';
import { issuer, playground, production } from '../apps/sso/test/addresses.ts';
import { postForm, recordsInUse } from '../apps/sso/test/support.ts';

type Json = Readonly<Record<string, unknown>>;

const encryptionKey = randomBytes(32);
const environment = 'playground' as const;
const redirectUri = 'https://app.example/cb';
const password = 'correct horse battery';
const patience = 3_000;

let offset = 0;
const clock = (): Date => new Date(Date.now() + offset);
let sso = '';
let fhir = '';
let store: FhirStore;
let fhirSql: Sql;
let receiver: Receiver;
let people: ReturnType<typeof openAccounts>;
let policies: ReturnType<typeof openPolicies>;
let clients: ReturnType<typeof openClients>;
let writer: Record<string, string>;
let gate: Gate;
const closers: (() => Promise<unknown>)[] = [];

/** A proxy between the FHIR server and the SSO. */
interface Gate {
  readonly url: string;
  /** Requests to these paths are blocked. */
  readonly closed: Set<string>;
  /** Bodies of answers of these paths become these. */
  readonly forged: Map<string, string>;
  readonly server: Server;
}

async function openGate(target: string): Promise<Gate> {
  const closed = new Set<string>();
  const forged = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    const body = forged.get(path);
    if (closed.has(path) || body !== undefined) {
      response.writeHead(body === undefined ? 503 : 200).end(body ?? '');
      request.resume();
      return;
    }
    const { method, headers, url: address } = request;
    const passed = httpRequest(`${target}${address!}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, closed, forged, server };
}

before(async () => {
  const databases = [
    await testDatabase({ name: 'sso', migrations: [ssoMigrations] }),
    await testDatabase({ name: 'fhir', migrations: [fhirMigrations] }),
  ] as const;
  closers.push(...databases.map((one) => () => one.drop()));
  const sql = connect(databases[0].url, { max: 4, reads: 2 });
  const server = await createSso({
    ...{ sql, issuer, environments: { playground, production }, encryptionKey, defaultLanguage: 'en', clock },
    ...{ patients: recordsInUse, sweepSeconds: 86_400 },
  });
  closers.push(
    () => sql.end({ timeout: 5 }),
    () => server.close(),
  );
  sso = await server.app.listen({ host: '127.0.0.1', port: 0 });
  gate = await openGate(sso);
  closers.push(() => new Promise((ended) => gate.server.close(ended)));
  receiver = await startReceiver();
  closers.push(() => receiver.close());
  store = await openStore({ url: databases[1].url, timeZone: 'Asia/Tashkent', ownBases: [playground] });
  fhirSql = connect(databases[1].ownerUrl, { max: 1 });
  closers.push(
    () => store.close(),
    () => fhirSql.end({ timeout: 5 }),
  );
  const key = revocationFeedKey(encryptionKey);
  const { app, close } = await createFhirServer({
    ...{ environment, baseUrl: playground, issuer, store, clock },
    jwksUri: `${sso}/oauth/jwks`,
    revocations: { uri: `${gate.url}/oauth/revocations`, key, every: 100, patience: 60_000 },
    // Queried at each check, so that a test need not wait for a minute.
    standing: { uri: `${gate.url}/oauth/standing`, every: 0, rest: 0, patience },
    ssoEndpoints: { token: `${issuer}/oauth/token`, jwks: `${issuer}/oauth/jwks` },
    ...{ timeZone: 'Asia/Tashkent', defaultLanguage: 'en', bodyLimit: 1024 ** 2, requireIfMatch: false },
    validation: { level: 'off' },
    subscriptions: {
      ...{ key: randomBytes(32), allowedHosts: [receiver.host], backoff: { first: 0.05, longest: 0.2 } },
      pace: { idle: 100, ends: 300, lease: 10_000, look: 50, laneLease: 5_000 },
    },
  });
  closers.push(close);
  fhir = (await app.listen({ host: '127.0.0.1', port: 0 })) + new URL(playground).pathname.replace(/\/$/, '');
  clients = openClients(sql, { actor: 'cli:tester' });
  people = openAccounts(sql, { actor: 'cli:tester', clock });
  policies = openPolicies(sql, { actor: 'cli:tester', clock });
  writer = await program(['system/*.cruds']);
  await policies.set({ role: 'reader', environment, scopes: ['user/Observation.rs'] });
  await policies.set({ role: 'subscriber', environment, scopes: ['user/Subscription.cru'] });
  await put(topic('observations'), { resourceType: 'Patient', id: 'p' });
});
after(async () => {
  for (const close of closers.reverse()) await close();
});

/** A client that acts for itself. @returns the form of its token request */
async function program(scopes: string[]): Promise<Record<string, string>> {
  const made = await clients.create({ name: 'Program', grants: ['client_credentials'], scopes, environment });
  return { grant_type: 'client_credentials', client_id: made.client.clientId, client_secret: made.secret! };
}

async function tokenOf(form: Record<string, string>, scope?: string): Promise<string> {
  const { status, body, text } = await postForm(`${sso}/oauth/token`, { ...form, scope });
  assert.equal(status, 200, text);
  return String(body['access_token']);
}

async function put(...resources: Json[]): Promise<void> {
  const token = await tokenOf(writer);
  for (const resource of resources) await putBy(token, resource);
}

async function putBy(token: string, resource: Json): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const address = `${fhir}/${String(resource['resourceType'])}/${String(resource['id'])}`;
  const reply = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(resource) });
  assert.ok(reply.status < 300, `${String(reply.status)} ${await reply.text()}`);
}

/** A Subscription for Observations with the code of its name. */
async function subscribe(name: string, token: string): Promise<void> {
  const filterBy = [{ filterParameter: 'code', value: `urn:test|${name}` }];
  await putBy(token, hooked(name, receiver.url(`/${name}`), { filterBy, maxCount: 1 }));
  await untilStatus(name, 'active');
}

const about = (name: string, n: number): Json =>
  observation(`${name}-${String(n)}`, { code: { coding: [{ system: 'urn:test', code: name }] } });

async function rowOf(name: string): Promise<StandingSubscription | undefined> {
  return (await store.subscriptions.standing([name]))[0];
}

async function untilStatus(name: string, status: string): Promise<string> {
  return until(`${name} is ${status}`, async () => {
    const row = await rowOf(name);
    return row?.status === status && row.wanted === null && `${row.reason ?? ''}.`;
  });
}

const untilTold = (name: string, numbers: readonly number[]): Promise<unknown> =>
  until(`${name} has ${numbers.join()}`, () => numbersAt(receiver, `/${name}`).join() === numbers.join());

/** Waits until all earlier writes have been read: another subscription gets an event that is written after them. */
let watched = 0;
async function untilRead(): Promise<void> {
  watched += 1;
  await put(about('watch', watched));
  await until('all is read', async () => (await rowOf('watch'))?.numbered === watched);
}

/** A person at an application. */
async function person(
  name: string,
  roles: readonly string[],
  scope: string,
): Promise<{ token: string; client: string }> {
  await people.create({
    ...{ username: name, name: 'Nodira Aliyeva', password },
    identities: [{ environment, type: 'Practitioner', fhir_id: name }],
  });
  for (const role of roles) await policies.give({ username: name, environment, role, organization: '7' });
  const { client } = await clients.create({
    ...{ name: 'Application', environment, public: true, redirectUris: [redirectUri] },
    ...{ grants: ['authorization_code', 'refresh_token'], scopes: scope.split(' ') },
  });
  const { verifier, query } = pkce();
  const asked = { client_id: client.clientId, response_type: 'code', redirect_uri: redirectUri, scope, ...query };
  const path = `/oauth/authorize?${new URLSearchParams(asked).toString()}`;
  const back = await signIn(new Browser(sso), path, { username: name, password });
  const form = { grant_type: 'authorization_code', client_id: client.clientId, redirect_uri: redirectUri };
  const code = back.searchParams.get('code') ?? assert.fail(back.href);
  return { token: await tokenOf({ ...form, code, code_verifier: verifier }), client: client.clientId };
}

const asDoctor = 'openid fhirUser offline_access user/*.cruds';
const asProgram = 'system/Observation.rs system/Subscription.cru';

describe('rights that were taken away', () => {
  before(async () => {
    await subscribe('watch', await tokenOf(writer));
  });

  it('of the scopes of a client: its events have no number from then on, until it has them again', async () => {
    const form = await program(['system/*.cruds']);
    const id = form['client_id']!;
    await subscribe('scope', await tokenOf(form, asProgram));
    await put(about('scope', 1));
    await untilTold('scope', [1]);
    await clients.change(id, { scopes: ['system/Subscription.cruds', 'system/Patient.rs'] });
    await put(about('scope', 2));
    await untilRead();
    assert.deepEqual([(await rowOf('scope'))?.numbered, (await rowOf('scope'))?.status], [1, 'active']);
    await clients.change(id, { scopes: ['system/*.cruds'] });
    await put(about('scope', 3));
    await untilTold('scope', [1, 2]);
    const last = statusIn(receiver.at('/scope').at(-1)!.body).notificationEvent![0]!;
    assert.match(JSON.stringify(last['focus']), /Observation\/scope-3\b/);
    await clients.change(id, { scopes: ['system/Patient.rs'] });
    assert.match(await untilStatus('scope', 'off'), /not permitted any more/);
  });

  it('of the roles of a person: what has a number goes out without content, and nothing gets one', async () => {
    const { token } = await person('doctor', ['reader', 'subscriber'], asDoctor);
    await subscribe('role', token);
    receiver.answers.set('/role', (response) => response.writeHead(500).end());
    await put(about('role', 1));
    await until('a try', () => numbersAt(receiver, '/role').length > 0);
    assert.match(receiver.at('/role').at(-1)!.body, /Observation\/role-1/);
    await policies.take({ username: 'doctor', environment, role: 'reader', organization: '7' });
    const known = receiver.at('/role').length;
    receiver.answers.delete('/role');
    await until('it is told', () => receiver.at('/role').length > known);
    await until('a try that began before is over', async () => (await deliveredOf('role')) === 1);
    const last = receiver.at('/role').at(-1)!.body;
    assert.deepEqual(numbersAt(receiver, '/role').at(-1), 1);
    assert.doesNotMatch(last, /Observation\/role-1/);
    await put(about('role', 2));
    await untilRead();
    assert.deepEqual([(await rowOf('role'))?.numbered, (await rowOf('role'))?.status], [1, 'active']);
    await policies.take({ username: 'doctor', environment, role: 'subscriber', organization: '7' });
    assert.match(await untilStatus('role', 'off'), /has lost the role/);
  });

  it('of a disabled client, or a disabled person: the subscription is off, and says why', async () => {
    const form = await program(['system/*.cruds']);
    await subscribe('client-off', await tokenOf(form, asProgram));
    const { token } = await person('nurse', ['reader', 'subscriber'], asDoctor);
    await subscribe('person-off', token);
    await clients.disable(form['client_id']!);
    await people.disable('nurse');
    await put(about('client-off', 1), about('person-off', 1));
    await untilRead();
    assert.match(await untilStatus('client-off', 'off'), /disabled|revoked/);
    assert.match(await untilStatus('person-off', 'off'), /disabled|revoked/);
    for (const name of ['client-off', 'person-off']) {
      assert.equal((await rowOf(name))?.numbered, 0);
      assert.deepEqual(numbersAt(receiver, `/${name}`), []);
    }
  });
});

/** The number acknowledged last. */
async function deliveredOf(name: string): Promise<number | undefined> {
  const [lane] = await fhirSql<{ acknowledged: number }[]>`
    select acknowledged::int from fhir.lane where subscription = ${name}`;
  return lane?.acknowledged;
}

describe('while the SSO does not say what stands', () => {
  for (const [what, close] of Object.entries({
    'it does not answer': () => gate.closed.add('/oauth/standing'),
    'its answer is not signed for the question': () =>
      gate.forged.set('/oauth/standing', JSON.stringify({ standing: [{ scopes: ['system/*.cruds'] }] })),
  }))
    it(`nothing is told or numbered, and nothing is lost: ${what}`, async () => {
      const name = `away-${String(what.length)}`;
      await subscribe(name, await tokenOf(await program(['system/*.cruds']), asProgram));
      receiver.answers.set(`/${name}`, (response) => response.writeHead(500).end());
      await put(about(name, 1));
      await until('it is numbered', async () => (await rowOf(name))?.numbered === 1);
      close();
      // As long as an answer is valid, the known state counts.
      await delay(patience + 200);
      receiver.answers.delete(`/${name}`);
      const tries = receiver.at(`/${name}`).length;
      await put(about(name, 2), about(name, 3));
      await delay(1_000);
      assert.equal((await rowOf(name))?.numbered, 1);
      assert.equal(receiver.at(`/${name}`).length, tries);
      gate.closed.clear();
      gate.forged.clear();
      await until('all are told', () => new Set(numbersAt(receiver, `/${name}`)).size === 3);
      assert.deepEqual(numbersAt(receiver, `/${name}`).slice(tries - 1), [1, 2, 3]);
    });
});

describe('a subscription of a person', () => {
  it('goes on when the token ends, as long as its application could renew it', async () => {
    const { token: renewable } = await person('renews', ['reader', 'subscriber'], asDoctor);
    const { token: passing } = await person(
      'passes',
      ['reader', 'subscriber'],
      asDoctor.replace('offline_access ', ''),
    );
    await subscribe('renews', renewable);
    await subscribe('passes', passing);
    await put(about('renews', 1), about('passes', 1));
    await untilTold('renews', [1]);
    await untilTold('passes', [1]);
    offset += 2 * 3_600_000;
    await put(about('renews', 2), about('passes', 2));
    await untilTold('renews', [1, 2]);
    assert.match(await untilStatus('passes', 'off'), /cannot renew it/);
    assert.deepEqual(numbersAt(receiver, '/passes'), [1]);
  });
});
