/**
 * The log of requests that developers of an application read: what is in it, what never is, and whom it is for. Whatever happens to the log,
 * requests are answered.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { LoggedRequest, LogPage } from '@dhp/request-log';
import { startServer, type TestServer } from './environment.ts';

const sso = { client_id: 'dhp-sso', sub: 'account-1', scope: 'dhp.access-administration' };

const unmasked = { requestLog: { masks: false, pause: 5 } } as const;
const masked = {
  environment: 'production',
  requestLog: { masks: true, pause: 5 },
  validation: { level: 'claimed' },
} as const;

async function ask(
  server: TestServer,
  asked: object,
  claims: object = sso,
): Promise<{ status: number; page: LogPage }> {
  const { status, json } = await server.request('POST', '/$access-administration?act=requests', {
    token: await server.sso.token(claims as Record<string, unknown>),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'asked', valueString: JSON.stringify(asked) }],
    }),
  });
  return { status, page: json as unknown as LogPage };
}

/** The requests of a client, the oldest first, once there are so many. */
async function loggedOf(server: TestServer, client: string, count: number): Promise<LoggedRequest[]> {
  for (let n = 0; n < 600; n += 1) {
    const { page } = await ask(server, { client, to: Date.now() + 60_000 });
    if (page.requests.length >= count) return page.requests.toReversed();
    await delay(50);
  }
  throw new Error(`there are not ${String(count)} requests of ${client}`);
}

const send = async (
  server: TestServer,
  client: string,
  [method, path, body]: readonly [string, string, (object | string)?],
): Promise<{ status: number; id: string }> => {
  const claims = { client_id: client, sub: client, scope: 'system/*.cruds' };
  const { status, headers } = await server.request(method, path, {
    token: await server.sso.token(claims),
    ...(body !== undefined && {
      headers: { 'content-type': 'application/fhir+json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  return { status, id: headers.get('x-request-id') ?? '' };
};

describe('in the playground', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer(unmasked);
  });
  after(() => server.close());

  it('has method, path, query, status, time and request id of each request, and the issues of a refusal', async () => {
    const sent = [
      await send(server, 'app', ['GET', '/Patient?name=Karimova&_count=3']),
      await send(server, 'app', ['GET', '/Patient?nam=Karimova']),
      await send(server, 'app', ['POST', '/Patient', { resourceType: 'Patient', birthdate: '1985-02-03' }]),
      await send(server, 'app', ['POST', '/Patient', '{"resourceType": ']),
      await send(server, 'app', ['GET', '/Patient/none']),
    ];
    const logged = await loggedOf(server, 'app', 5);
    assert.deepEqual(
      logged.map(({ requestId, status }) => ({ status, id: requestId })).sort((a, b) => a.id!.localeCompare(b.id!)),
      sent.toSorted((a, b) => a.id.localeCompare(b.id)),
    );
    const byId = new Map(logged.map((one) => [one.requestId, one]));
    const [search, unknown, invalid, broken, absent] = sent.map(({ id }) => byId.get(id)!);
    assert.deepEqual([search!.method, search!.path, search!.query], ['GET', '/Patient', 'name=Karimova&_count=3']);
    assert.deepEqual(search!.issues, []);
    assert.ok(search!.milliseconds! > 0 && search!.milliseconds! < 600_000);
    assert.equal(unknown!.issues[0]!.error, 'search-parameter-unknown');
    assert.match(unknown!.issues[0]!.text, /nam/);
    assert.match(invalid!.issues[0]!.text, /birthdate/);
    assert.equal(broken!.status, 400);
    assert.ok(broken!.issues.length > 0);
    assert.equal(absent!.status, 404);
    assert.equal(absent!.issues[0]!.severity, 'error');
  });

  it('has the entries of a Bundle that failed, and the Bundle', async () => {
    const entry = [
      { request: { method: 'GET', url: 'Patient?name=a' } },
      { request: { method: 'GET', url: 'Patient?nam=Karimova' } },
      { request: { method: 'GET', url: 'Patient/none' } },
    ];
    await send(server, 'bundles', ['POST', '/', { resourceType: 'Bundle', type: 'batch', entry }]);
    const logged = await loggedOf(server, 'bundles', 3);
    const rows = logged.map(({ method, path, query, status, entry: index }) => [
      index ?? null,
      method,
      path,
      query ?? null,
      status,
    ]);
    assert.deepEqual(
      rows.toSorted((a, b) => Number(a[0] ?? -1) - Number(b[0] ?? -1)),
      [
        [null, 'POST', '/', null, 200],
        [1, 'GET', '/Patient', 'nam=Karimova', 400],
        [2, 'GET', '/Patient/none', null, 404],
      ],
    );
  });

  it('never has a token, a secret or a body', async () => {
    const token = await server.sso.token({ client_id: 'secrets', sub: 'secrets' });
    const hidden = ['hush-1', 'hush-2', 'hush-3', 'hush-4', token];
    for (const query of [
      'client_secret=hush-1',
      'api%5Fkey=hush-2&name=x',
      'Password=hush-3',
      `name=${token}`,
      `access_token=${token}`,
      'id_token_hint=hush-4',
    ])
      await send(server, 'secrets', ['GET', `/Patient?${query}`]);
    await send(server, 'secrets', ['POST', '/Patient', { resourceType: 'Patient', name: [{ text: 'hush-body' }] }]);
    const logged = JSON.stringify(await loggedOf(server, 'secrets', 6));
    for (const one of [...hidden, 'hush-body']) assert.ok(!logged.includes(one), one);
  });

  it('has no request of which nobody knows whose it is, and none of the platform itself', async () => {
    const stranger = await server.request('GET', '/Patient', {
      token: `${await server.sso.token({ client_id: 'victim' })}x`,
    });
    assert.equal(stranger.status, 401);
    await server.request('GET', '/Patient', { token: null });
    await server.request('GET', '/metadata', { token: await server.sso.token({ client_id: 'victim' }) });
    await send(server, 'known', ['GET', '/Patient']);
    await loggedOf(server, 'known', 1);
    for (const client of ['victim', 'dhp-sso', ''])
      assert.deepEqual((await ask(server, { client })).page.requests, [], client);
  });

  it('is told to the Single Sign-On server alone, and to nobody who asks wrongly', async () => {
    for (const claims of [
      { client_id: 'app', sub: 'app', scope: 'system/*.cruds dhp.audit' },
      { client_id: 'app', sub: 'app', scope: 'dhp.access-administration' },
      { ...sso, scope: 'system/*.cruds' },
    ])
      assert.equal((await ask(server, { client: 'app' }, claims)).status, 403);
    for (const wrong of [{}, { client: 7 }, { client: 'app', from: 'x' }, { client: 'app', before: 'x' }])
      assert.equal((await ask(server, wrong)).status, 400, JSON.stringify(wrong));
  });
});

describe('in production', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer(masked);
  });
  after(() => server.close());

  it('has no value that may be of a patient, wherever it stands in a request that is refused or not', async () => {
    const name = 'Gulnora-Xolmatova';
    const pinfl = '41502850123456';
    const body = (more: object): object => ({ resourceType: 'Patient', ...more });
    const sent: (readonly [string, string, (object | string)?])[] = [
      ['GET', `/Patient?name=${name}&identifier=${pinfl}`],
      ['GET', `/Patient?${name}=1`.replace('-', '%2D')],
      ['GET', `/Patient?birthdate=${name}`],
      ['GET', `/Patient?_sort=${name}`],
      ['GET', `/Patient?_include=${name}`],
      ['GET', `/Patient?name:${name.replace('-', '')}x=1`],
      ['GET', `/Patient/${pinfl}`],
      ['GET', `/Patient/${name}`],
      ['GET', `/${name}/1`],
      ['GET', `/Patient/$${pinfl}`],
      ['POST', '/Patient', body({ birthDate: name })],
      ['POST', '/Patient', body({ gender: name, name: [{ family: 7 }] })],
      ['POST', '/Patient', body({ identifier: [{ system: 'urn:x', value: { a: name } }] })],
      ['POST', '/Patient', body({ generalPractitioner: [{ reference: `Practitioner/${pinfl}` }] })],
      ['POST', '/Patient', body({ managingOrganization: { reference: name } })],
      ['PUT', `/Patient/${pinfl}`, body({ id: name })],
      ['POST', '/Patient', `{"resourceType":"Patient","name":"${name}`],
      [
        'POST',
        '/',
        { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Patient?nam=${name}` } }] },
      ],
      ['GET', `/ValueSet/$expand?url=http://x.uz/${name}`],
      ['GET', `/CodeSystem/$lookup?system=urn:x&code=${name}`],
      ...['$', '_', '.', '-'].map((sign) => ['GET', `/Patient/${sign}${name}`] as const),
      ...['$', '_', '.'].map((sign) => ['GET', `/${sign}${name}`] as const),
      ['GET', `/Patient?_profile:${name}=1`],
      ['GET', `/Patient?organization=http://x.uz/fhir/Organization/${name}`],
      ['GET', `/Patient?name:of-type=http://x.uz/${name}`],
      ['GET', `/ValueSet/$validate-code?url=http://x.uz/${name}&code=a&system=http://x.uz/${name}`],
      ['POST', '/Patient', body({ managingOrganization: { reference: `http://x.uz/fhir/Organization/${name}` } })],
      ['POST', '/Patient', body({ meta: { profile: [`http://x.uz/${name}`] } })],
      ['POST', '/Patient', body({ meta: { profile: [`https://x.uz/StructureDefinition/${name}|1`] } })],
      ['POST', '/Patient', body({ modifierExtension: [{ url: `http://x.uz/${name}`, valueString: 'x' }] })],
      ['POST', '/Patient', body({ maritalStatus: { coding: [{ system: `http://x.uz/${name}`, code: name }] } })],
      ['POST', '/Patient', body({ [name]: 1 })],
      ['POST', '/Patient', body({ name: [{ [name.replace('-', '')]: 'x' }] })],
      ['POST', `/Patient`, { resourceType: name }],
      ['POST', `/Patient`, { resourceType: `http://x.uz/${name}` }],
    ];
    const statuses = [];
    for (const one of sent) statuses.push((await send(server, 'hospital', one)).status);
    assert.ok(statuses.filter((status) => status >= 400).length > 12, statuses.join());
    const logged = await loggedOf(server, 'hospital', sent.length + 1);
    const found = logged.filter((one) =>
      [name, pinfl, 'Gulnora', 'Xolmatova'].some((text) =>
        JSON.stringify(one).toLowerCase().includes(text.toLowerCase()),
      ),
    );
    assert.deepEqual(
      found.map(({ path, query, issues }) => ({ path, query, issues })),
      [],
    );
    assert.ok(logged.some(({ query }) => query === 'name=…&identifier=…'));
    assert.ok(logged.filter(({ issues }) => issues.length > 0).every(({ issues }) => issues[0]!.text.length > 5));
  });

  it('has no name of a member that FHIR does not have, also in small letters, which look like its own', async () => {
    const word = 'gulnora';
    const values = [1, null, [], '', {}, [null], [[]], { reference: 'Patient/1' }, [{ reference: 'x y' }], { a: null }];
    const sent = [
      ...values.flatMap((value) => [
        ['POST', '/Patient', { resourceType: 'Patient', [word]: value }] as const,
        ['POST', '/Patient', { resourceType: 'Patient', contact: [{ [word]: value }] }] as const,
        ['POST', '/Patient', { resourceType: 'Patient', extension: [{ url: 'urn:x', [word]: value }] }] as const,
      ]),
      ['POST', '/Patient', `{"resourceType":"Patient","${word}":1,"${word}":2}`] as const,
      ['POST', '/Patient', `{"resourceType":"Patient","name":[{"${word}":1,"${word}":2}]}`] as const,
      ['POST', '/', { resourceType: 'Bundle', type: 'transaction', [word]: [null] }] as const,
      ['POST', '/Patient', { resourceType: 'Patient', birthDate: 'x' }] as const,
    ];
    for (const one of sent) await send(server, 'clinic', one);
    const logged = await loggedOf(server, 'clinic', sent.length);
    const places = logged.flatMap(({ issues }) => issues.flatMap(({ expression }) => expression ?? []));
    assert.deepEqual(
      logged.filter((one) => JSON.stringify(one).toLowerCase().includes(word)).map(({ issues }) => issues),
      [],
    );
    assert.ok(places.includes('Patient.birthDate') && places.includes('Patient.contact[0]'), places.join());
  });
});

describe('a log that cannot be written', () => {
  it('fails and delays no request', async () => {
    const server = await startServer(unmasked);
    const { requestLog } = server.store;
    const calls = { store: 0 };
    Object.assign(requestLog, {
      store: () => {
        calls.store += 1;
        return Promise.reject(new Error('no room'));
      },
    });
    const began = performance.now();
    for (let n = 0; n < 20; n += 1) assert.equal((await send(server, 'app', ['GET', '/Patient?_count=1'])).status, 200);
    assert.ok(performance.now() - began < 30_000);
    for (let n = 0; calls.store === 0 && n < 600; n += 1) await delay(50);
    assert.ok(calls.store > 0, 'it was tried');
    assert.equal((await send(server, 'app', ['GET', '/Patient?_count=1'])).status, 200);
    await server.close();
  });

  it('is not there where it is off', async () => {
    const server = await startServer({});
    await send(server, 'app', ['GET', '/Patient']);
    await delay(100);
    assert.deepEqual((await ask(server, { client: 'app' })).page.requests, []);
    await server.close();
  });
});
