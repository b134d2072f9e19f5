import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { fhirPlugin, type FhirOptions } from '../src/index.ts';
import { patient, startServer, type TestServer } from './environment.ts';

const app = 'https://app.example.uz';
let listed: TestServer;
let open: TestServer;
let closed: TestServer;
before(async () => {
  [listed, open, closed] = await Promise.all([
    startServer({ corsOrigins: [app, 'http://localhost:3000'] }),
    startServer({ corsOrigins: '*' }),
    startServer(),
  ]);
  await listed.write('PUT', '/Patient/1', patient({ id: '1' }));
});
after(() => Promise.all([listed.close(), open.close(), closed.close()]));

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
}

/** Sends a request with Node's own client, because fetch does not send the headers of a browser. */
function send(server: TestServer, method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(server.url + path, { method, headers }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
    })
      .on('error', reject)
      .end();
  });
}

const preflight = (server: TestServer, origin: string, path = '/Patient/1'): Promise<Answer> =>
  send(server, 'OPTIONS', path, {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization,content-type,if-match,prefer',
  });

const list = (value: string | string[] | undefined): string[] => String(value).toLowerCase().split(', ');

test('a preflight needs no token and allows what a FHIR client sends', async () => {
  for (const origin of [app, 'http://localhost:3000']) {
    const { status, headers } = await preflight(listed, origin);
    assert.equal(status, 204);
    assert.equal(headers['access-control-allow-origin'], origin);
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      assert.ok(list(headers['access-control-allow-methods']).includes(method), method);
    }
    for (const name of ['authorization', 'content-type', 'if-match', 'if-none-match', 'if-none-exist', 'prefer']) {
      assert.ok(list(headers['access-control-allow-headers']).includes(name), name);
    }
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.ok(Number(headers['access-control-max-age']) > 0);
    assert.match(String(headers['vary']), /\bOrigin\b/);
  }
});

test('answers, errors too, are readable for the origin and expose their headers', async () => {
  const token = await listed.sso.token();
  for (const [path, status, authorization] of [
    ['/Patient/1', 200, { authorization: `Bearer ${token}` }],
    ['/Patient/none', 404, { authorization: `Bearer ${token}` }],
    ['/Patient/1', 401, {}],
    ['/nothing/here/at/all', 404, {}],
  ] as const) {
    const { status: found, headers } = await send(listed, 'GET', path, { origin: app, ...authorization });
    assert.equal(found, status, path);
    assert.equal(headers['access-control-allow-origin'], app, path);
    for (const name of ['etag', 'location', 'last-modified', 'content-location', 'x-request-id']) {
      assert.ok(list(headers['access-control-expose-headers']).includes(name), name);
    }
    assert.match(String(headers['vary']), /^Accept, Accept-Encoding(, Accept-Language)?, Origin$/);
  }
});

/** Request fields that a browser allows, sends or reserves itself, and fields that proxies set. */
const notAsked =
  /^(?:accept-encoding|content-length|transfer-encoding|origin|host|x-forwarded-for|access-control-.*|sec-.*|upgrade-insecure-requests)$/;
/** Fields that the server reads of its own answers. */
const ofAnswers =
  /^(?:etag|vary|warning|www-authenticate|retry-after|location|content-location|cache-control|last-modified)$/;
/** Response fields that programs use, from IANA's registry and from this server. The Fetch standard exposes none of them by default. */
const ofPrograms =
  /'(accept-patch|accept-ranges|allow|content-disposition|content-location|content-range|deprecation|dpop-nonce|etag|link|location|preference-applied|ratelimit|ratelimit-policy|retry-after|sunset|warning|www-authenticate|x-break-glass|x-progress|x-request-id|x-security-context)'/gi;

test('a program in a browser may send each field that the server reads, and reads each that it sends', async () => {
  const sources = globSync(new URL('../src/**/*.ts', import.meta.url).pathname).map((path) =>
    readFileSync(path, 'utf8'),
  );
  const { headers } = await preflight(listed, app);
  const allowed = list(headers['access-control-allow-headers']);
  const read = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/(?:headerOf\([\w.]+, |headers\[|\bin )'([a-z][a-z-]+)'/g)].map(([, name]) => name!),
    ),
  );
  for (const name of ['if-match', 'last-event-id', 'range', 'x-purpose-of-use']) assert.ok(read.has(name), name);
  const missing = [...read].filter((name) => !allowed.includes(name) && !notAsked.test(name) && !ofAnswers.test(name));
  assert.deepEqual(missing, []);

  const shown = await send(listed, 'GET', '/Patient/1', { origin: app });
  const exposed = list(shown.headers['access-control-expose-headers']);
  const sent = new Set(
    sources.flatMap((text) => [...text.matchAll(ofPrograms)].map(([, name]) => name!.toLowerCase())),
  );
  for (const name of ['etag', 'content-range', 'preference-applied']) assert.ok(sent.has(name), name);
  assert.deepEqual(
    [...sent].filter((name) => !exposed.includes(name)),
    [],
  );
});

test('other origins get no permission, and caches are told that it depends', async () => {
  for (const origin of [
    'https://evil.example',
    'https://app.example.uz.evil.example',
    'http://app.example.uz',
    'null',
  ]) {
    const { status, headers } = await preflight(listed, origin);
    assert.equal(status, 204);
    assert.equal(headers['access-control-allow-origin'], undefined, origin);
    assert.equal(headers['access-control-allow-methods'], undefined, origin);
    assert.match(String(headers['vary']), /\bOrigin\b/);
  }
  const { headers } = await send(listed, 'GET', '/Patient/1', {});
  assert.equal(headers['access-control-allow-origin'], undefined);
  assert.match(String(headers['vary']), /\bOrigin\b/);
});

test('* allows every origin, and does not depend on it', async () => {
  const { headers } = await preflight(open, 'https://any.example');
  assert.equal(headers['access-control-allow-origin'], '*');
  const read = await send(open, 'GET', '/Patient/1', { origin: 'https://any.example' });
  assert.equal(read.headers['access-control-allow-origin'], '*');
  assert.doesNotMatch(String(read.headers['vary']), /Origin/);
});

test('without origins nothing is allowed but the two public documents', async () => {
  const { headers } = await preflight(closed, app);
  assert.equal(headers['access-control-allow-origin'], undefined);
  for (const path of ['/metadata', '/.well-known/smart-configuration']) {
    assert.equal((await send(closed, 'GET', path, { origin: app })).headers['access-control-allow-origin'], '*');
  }
});

test('OPTIONS names the methods of an address', async () => {
  for (const [path, allow, patches] of [
    [
      '/Patient/1',
      'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
      'application/json-patch+json, application/fhir+json, application/fhir+xml',
    ],
    ['/metadata', 'GET, HEAD, OPTIONS', undefined],
    ['/Patient/1/_history/1', 'GET, HEAD, OPTIONS', undefined],
  ] as const) {
    const { status, headers } = await send(closed, 'OPTIONS', path, {});
    assert.deepEqual([status, headers['allow'], headers['accept-patch']], [204, allow, patches], path);
  }
  for (const path of ['/Pateint/1', '/nothing/here/at/all']) {
    assert.equal((await send(closed, 'OPTIONS', path, {})).status, 404, path);
  }
});

test('the CapabilityStatement says whether browsers may call', async () => {
  for (const [server, cors] of [
    [listed, true],
    [open, true],
    [closed, false],
  ] as const) {
    const { json } = await server.request('GET', '/metadata');
    const [{ security }] = json['rest'] as [{ security: { cors: boolean } }];
    assert.equal(security.cors, cors);
  }
});

test('an origin that is none stops the start', () => {
  for (const origin of ['app.example.uz', 'https://app.example.uz/', 'https://app.example.uz/path', '*']) {
    const options = { baseUrl: 'https://x.test/fhir', corsOrigins: [origin] } as unknown as FhirOptions;
    assert.throws(() => fhirPlugin(options), /is not an origin/, origin);
  }
});
