/** Playground and production: two addresses, two databases, and a token of one is invalid at the other. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let tokens: { playground: string; production: string };

before(async () => {
  place = await openHome({ begins: 'migrated', programs: 'kept', environment: { DHP_PRODUCTION: 'on' } });
  platform = await place.start();
  const token = async (environment: 'playground' | 'production'): Promise<string> =>
    getToken(platform.urls.sso, await place.createClient(environment));
  tokens = { playground: await token('playground'), production: await token('production') };
});
after(() => place.close());

const production = (): string => {
  assert.ok(platform.urls.production);
  return platform.urls.production;
};

test('production is at the root of its own address', async () => {
  assert.equal(new URL(production()).pathname, '/');
  assert.notEqual(new URL(production()).port, new URL(platform.urls.playground).port);
  assert.equal(
    hasStatus(await fhirAt(production())('GET', 'metadata'), 200).json()['resourceType'],
    'CapabilityStatement',
  );
  assert.equal((await fetch(`${production()}/readyz`)).status, 200);
});

test('a token of one environment is refused at the other', async () => {
  const tries: [string, string, number][] = [
    [platform.urls.playground, tokens.playground, 404],
    [production(), tokens.production, 404],
    [platform.urls.playground, tokens.production, 401],
    [production(), tokens.playground, 401],
  ];
  for (const [base, token, status] of tries) {
    const answer = hasStatus(await fhirAt(base, token)('GET', 'Patient/nobody'), status);
    if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
  }
});

test('the portal names nobody who is not in the playground, and no client that is not registered', async () => {
  const page = (await (await fetch(`${platform.urls.portal}/?lang=en`)).text()).replaceAll('<wbr />', '');
  const [, example = ''] = /<code id="curl-read"[^>]*>curl -s ([^ ]*) /.exec(page) ?? [];
  const address = example.replaceAll('&#39;', '');
  assert.ok(address.startsWith(`${platform.urls.playground}/Patient?`), page);
  assert.equal((await fetch(address, { headers: { Authorization: `Bearer ${tokens.playground}` } })).status, 200);
  assert.doesNotMatch(page, /11111111-1111|22222222-2222|\bdemo\b/);
});

test('what is written in one is not in the other', async () => {
  const [here, there] = [fhirAt(platform.urls.playground, tokens.playground), fhirAt(production(), tokens.production)];
  const patient = { resourceType: 'Patient', id: 'apart', gender: 'female' };
  hasStatus(await here('PUT', 'Patient/apart', patient), 201);
  hasStatus(await there('GET', 'Patient/apart'), 404);
  hasStatus(await there('PUT', 'Patient/apart', { ...patient, gender: 'male' }), 201);
  assert.equal((await here('GET', 'Patient/apart')).json()['gender'], 'female');
  assert.equal((await there('GET', 'Patient/apart')).json()['gender'], 'male');
});

/** Sends a request that no HTTP library would send, and returns the status, the content type and the body of the answer. */
async function typed(base: string, lines: readonly string[]): Promise<{ status: number; type: string; body: string }> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let text = '';
  for await (const part of socket) text += String(part);
  const [head = '', ...body] = text.split('\r\n\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  const [, type = ''] = /^content-type: ([^;\r]*)/im.exec(head) ?? [];
  return { status: Number(status), type, body: body.join('\r\n\r\n') };
}

interface Told {
  issue: { details: { coding: { code: string }[]; text: string }; diagnostics: string }[];
}

test('an address as somebody typed it is answered with the address to send', async () => {
  for (const base of [platform.urls.playground, production()]) {
    const path = new URL(base).pathname.replace(/\/$/, '');
    for (const [address, encoded] of [
      [`${path}/Patient?name=Карим`, `${path}/Patient?name=%D0%9A%D0%B0%D1%80%D0%B8%D0%BC`],
      [`${path}/Patient?name=a b&x=%20`, `${path}/Patient?name=a%20b&x=%20`],
    ] as const) {
      const { status, type, body } = await typed(base, [`GET ${address} HTTP/1.1`, 'accept-language: ru']);
      assert.deepEqual([status, type], [400, 'application/fhir+json'], body);
      const [issue] = (JSON.parse(body) as Told).issue;
      assert.equal(issue!.details.coding[0]!.code, 'url-malformed');
      assert.match(issue!.details.text, /закодированы неверно/);
      assert.ok(issue!.diagnostics.endsWith(` ${encoded}`), issue!.diagnostics);
    }
  }
});

test('what no route of an environment can see is refused with an OperationOutcome all the same', async () => {
  const long = 'a'.repeat(20_000);
  for (const base of [platform.urls.playground, production()]) {
    const path = new URL(base).pathname.replace(/\/$/, '');
    for (const [lines, status, code] of [
      [[`GET ${path}/Patient/%E0 HTTP/1.1`], 400, 'url-malformed'],
      [[`GET ${path}/Patient/${'a'.repeat(250)} HTTP/1.1`], 401, 'token-missing'],
      [[`GET ${path}/metadata HTTP/1.1`, `x-long: ${long}`], 431, 'headers-too-large'],
      [['HELLO'], 400, 'request-malformed'],
    ] as const) {
      const answer = await typed(base, lines);
      assert.deepEqual([answer.status, answer.type], [status, 'application/fhir+json'], answer.body);
      assert.equal((JSON.parse(answer.body) as Told).issue[0]!.details.coding[0]!.code, code, answer.body);
    }
  }
});

test('a connection is kept longer than proxies keep theirs', async () => {
  for (const address of [platform.urls.playground, platform.urls.portal, production(), platform.urls.sso]) {
    const { headers } = await fetch(`${address.replace(/\/$/, '')}/healthz`);
    assert.equal(headers.get('keep-alive'), 'timeout=72', address);
  }
});

test('the SSO refuses what it cannot read in the words of OAuth', async () => {
  for (const [lines, status] of [
    [['GET /oauth/authorize?login_hint=Карим HTTP/1.1'], 400],
    [['GET /healthz HTTP/1.1', `x-long: ${'a'.repeat(20_000)}`], 431],
  ] as const) {
    const answer = await typed(platform.urls.sso, lines);
    assert.deepEqual([answer.status, answer.type], [status, 'application/json'], answer.body);
    const { error, error_description } = JSON.parse(answer.body) as Record<string, string>;
    assert.equal(error, 'invalid_request');
    assert.match(error_description!, status === 400 ? /percent-encode/ : /Shorten them/);
  }
});
