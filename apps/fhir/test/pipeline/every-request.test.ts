/** Each request leaves one record, and each entry of a Bundle one more: what is answered, what is refused at any point, what is no HTTP. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { RequestRecord } from '../../src/contract/record.ts';
import { startServer, type RequestOptions, type TestServer } from '../environment.ts';

let server: TestServer;
let narrow: string;
let token: string;
const records: RequestRecord[] = [];
before(async () => {
  server = await startServer({ requireIfMatch: false, onRequest: (record) => records.push(record) });
  await server.write('PUT', '/Patient/p1', patient('p1'));
  narrow = await server.sso.token({ scope: 'system/Observation.r' });
  token = await server.sso.token();
});
after(() => server.close());

const patient = (id?: string): Record<string, unknown> => ({
  resourceType: 'Patient',
  ...(id !== undefined && { id }),
});

/** Of a record: the status, the method, the route, the index of an entry; `?` for none, `*` for a status that depends on who is faster. */
type Expected = `${number | '?' | '*'} ${string}`;

interface Kind {
  readonly name: string;
  readonly send: () => Promise<unknown>;
  readonly records: readonly Expected[];
}

function shown({ status, route, entry, method }: RequestRecord): string {
  return [status ?? '?', method ?? '?', route ?? '?', ...(entry === undefined ? [] : [entry])].join(' ');
}

/** A request by an ordinary client. */
function plain(expected: Expected, method: string, path: string, options: RequestOptions = {}): Kind {
  return {
    name: `${method} ${path.slice(0, 60)}`,
    send: () => server.request(method, path, options),
    records: [expected],
  };
}

function sent(
  expected: Expected,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Kind {
  const options = { headers: { 'content-type': 'application/fhir+json', ...headers }, body };
  return { ...plain(expected, method, path, options), name: `${method} ${path} ${body.slice(0, 40)}` };
}

/** Bytes on the socket. `isGone`: the client does not wait for an answer. */
function raw(expected: Expected, name: string, bytes: () => string, isGone = false): Kind {
  const send = async (): Promise<void> => {
    const socket = connect(server.port, '127.0.0.1');
    const over = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).on('data', () => socket.end());
    socket.write(bytes());
    if (isGone) {
      await setTimeout(100);
      socket.destroy();
    }
    await over;
  };
  return { name, send, records: [expected] };
}

function head(method: string, path: string, more = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${more}`;
}

interface Sent {
  readonly request?: { readonly method?: string; readonly url?: string; readonly ifMatch?: string };
  readonly resource?: object;
  readonly fullUrl?: string;
}

function bundle(status: number, type: string, entries: readonly (readonly [Sent | number, Expected])[]): Kind {
  const body = JSON.stringify({ resourceType: 'Bundle', type, entry: entries.map(([entry]) => entry) });
  const own = entries.map(([, expected], index): Expected => `${expected} ${index}`);
  return {
    name: `${type}, ${body.slice(0, 200)}`,
    send: sent('200 ', 'POST', '', body).send,
    records: [...own, `${status} POST /`],
  };
}

const get = (url: string): Sent => ({ request: { method: 'GET', url } });
const put = (id: string, more: object = {}): Sent => ({
  request: { method: 'PUT', url: `Patient/${id}`, ...more },
  resource: patient(id),
});
const long = 'x'.repeat(500);
const one = '/:type/:id';

const kinds = (): readonly Kind[] => [
  plain(`200 GET ${one}`, 'GET', '/Patient/p1'),
  plain(`200 HEAD ${one}`, 'HEAD', '/Patient/p1'),
  plain(`304 GET ${one}`, 'GET', '/Patient/p1', { headers: { 'if-none-match': 'W/"1"' } }),
  plain(`404 GET ${one}`, 'GET', '/Patient/nobody'),
  plain(`200 GET ${one}/_history`, 'GET', '/Patient/p1/_history'),
  plain('200 GET /:type', 'GET', '/Patient?_count=1'),
  sent('200 POST /:type/_search', 'POST', '/Patient/_search', '_count=1', {
    'content-type': 'application/x-www-form-urlencoded',
  }),
  plain('200 GET /metadata', 'GET', '/metadata', { token: null }),
  plain('200 GET /healthz', 'GET', '/healthz', { token: null }),
  plain('204 OPTIONS ?', 'OPTIONS', '/Patient/p1', { token: null }),
  sent('201 POST /:type', 'POST', '/Patient', JSON.stringify(patient())),
  sent(`200 PUT ${one}`, 'PUT', '/Patient/p1', JSON.stringify({ ...patient('p1'), active: true })),
  plain(`200 DELETE ${one}`, 'DELETE', '/Patient/was-never'),
  plain(`401 GET ${one}`, 'GET', '/Patient/p1', { token: null }),
  plain(`401 GET ${one}`, 'GET', '/Patient/p1', { token: 'no.token.at-all' }),
  plain(`403 GET ${one}`, 'GET', '/Patient/p1', { token: narrow }),
  plain(`400 GET ${one}`, 'GET', '/Patient/p1?access_token=x'),
  plain('404 GET ?', 'GET', '/no/such/path/at/all'),
  plain(`404 GET ${one}`, 'GET', '/Nonsense/1'),
  plain(`400 GET ${one}`, 'GET', `/Patient/${long}`),
  plain(`404 GET ${one}`, 'GET', `/__proto__/${long}`),
  plain(`400 GET ${one}`, 'GET', '/Patient/not_an_id'),
  plain('405 PUT ?', 'PUT', '/Patient/p1/_history'),
  plain(`406 GET ${one}`, 'GET', '/Patient/p1?_format=pdf'),
  plain('400 GET /:type', 'GET', '/Patient?nonsense=1'),
  plain(`400 GET ${one}`, 'GET', '/Patient/p1?nonsense=1'),
  plain(`400 GET ${one}`, 'GET', '/Patient/p1', {
    headers: { 'if-unmodified-since': 'Mon, 02 Nov 2026 00:00:00 GMT' },
  }),
  sent('415 POST /:type', 'POST', '/Patient', 'x', { 'content-type': 'text/plain' }),
  sent('400 POST /:type', 'POST', '/Patient', '{"resourceType":"Patient",'),
  sent('422 POST /:type', 'POST', '/Patient', '{"resourceType":"Patient","nonsense":1}'),
  sent('400 POST /:type', 'POST', '/Patient', '{}', { 'content-encoding': 'gzip' }),
  sent('413 POST /:type', 'POST', '/Patient', ' '.repeat(1024 * 1024 + 1)),
  sent('400 POST /', 'POST', '', '{"resourceType":"Bundle","type":"batch","entry":{}}'),
  sent('400 POST /', 'POST', '', '{"resourceType":"Bundle","type":"collection"}'),
  raw('405 PROPFIND ?', 'a method of other protocols', () => `${head('PROPFIND', '/fhir/Patient/p1')}\r\n`),
  raw('400 GET ?', 'a broken escape in the address', () => `${head('GET', '/fhir/Patient/%zz')}\r\n`),
  raw('400 ? ?', 'a method that is none', () => `${head('BREW', '/fhir/Patient/p1')}\r\n`),
  raw('400 ? ?', 'a name in Cyrillic', () => `${head('GET', '/fhir/Patient?name=Анна')}\r\n`),
  raw('400 ? ?', 'what is no HTTP', () => 'hello\r\n\r\n'),
  raw(
    '431 ? ?',
    'a header that is too long',
    () => `${head('GET', '/fhir/Patient/p1', `X-Long: ${'x'.repeat(40_000)}\r\n`)}\r\n`,
  ),
  raw('431 ? ?', 'an address that is too long', () => `${head('GET', `/fhir/Patient/${'x'.repeat(40_000)}`)}\r\n`),
  raw(
    '400 POST /:type',
    'a chunk that is none',
    () =>
      `${head('POST', '/fhir/Patient', 'Content-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n')}\r\nzzz\r\n`,
  ),
  raw(
    '* POST /:type',
    'a client that goes away amid its body',
    () => `${head('POST', '/fhir/Patient', 'Content-Type: application/fhir+json\r\nContent-Length: 100\r\n')}\r\n{`,
    true,
  ),
  raw(`* GET ${one}`, 'a client that does not wait', () => `${head('GET', '/fhir/Patient/p1')}\r\n`, true),
  bundle(200, 'batch', [
    [get('Patient/p1'), `200 GET ${one}`],
    [get('Patient/nobody'), `404 GET ${one}`],
    [get('Patient/p1?nonsense=1'), `400 GET ${one}`],
    [get('Nonsense/1'), `404 GET ${one}`],
    [get('no/such/path/at/all'), '404 GET ?'],
    [get('Patient?nonsense=1'), '400 GET /:type'],
    [put('b1'), `201 PUT ${one}`],
    [put('b2', { ifMatch: 'W/"7"' }), `412 PUT ${one}`],
    [{ request: { method: 'POST', url: 'Patient' } }, '400 POST /:type'],
    [{ request: { method: 'BREW', url: 'Patient' } }, '400 ? ?'],
    [{ request: { method: 'GET', url: 'https://elsewhere.test/Patient/1' } }, '400 ? ?'],
    [{ request: { method: 'POST', url: '' } }, '400 ? ?'],
    [{ resource: patient() }, '400 ? ?'],
    [put('same'), `400 PUT ${one}`],
    [put('same'), `400 PUT ${one}`],
  ]),
  bundle(200, 'transaction', [
    [put('t1'), `201 PUT ${one}`],
    [{ request: { method: 'POST', url: 'Patient' }, resource: patient() }, '201 POST /:type'],
    [get('Patient/t1'), `200 GET ${one}`],
    [get('Patient/p1'), `200 GET ${one}`],
  ]),
  bundle(400, 'transaction', [
    [put('t2'), `400 PUT ${one}`],
    [get('Patient?nonsense=1'), '400 GET /:type'],
    [{ resource: patient() }, '400 ? ?'],
  ]),
  bundle(404, 'transaction', [
    [put('t3'), `404 PUT ${one}`],
    [get('Patient/nobody'), `404 GET ${one}`],
  ]),
  bundle(412, 'transaction', [
    [put('t4'), `412 PUT ${one}`],
    [put('p1', { ifMatch: 'W/"99"' }), `412 PUT ${one}`],
  ]),
  bundle(400, 'transaction', [
    [put('t5'), `400 PUT ${one}`],
    [put('t5'), `400 PUT ${one}`],
  ]),
];

/** All records but those of the request itself, once its own is there: requests before it have been answered by then. */
async function recordsUntil(id: string): Promise<RequestRecord[]> {
  await server.request('GET', '/healthz', { token: null, headers: { 'x-request-id': id } });
  const begun = performance.now();
  while (!records.some(({ requestId }) => requestId === id)) {
    if (performance.now() - begun > 30_000) throw new Error(`no record of ${id}`);
    await setTimeout(5);
  }
  return records.filter(({ requestId }) => requestId !== id);
}

async function seen(count: number, id: string): Promise<RequestRecord[]> {
  const begun = performance.now();
  for (let round = 0; ; round += 1) {
    const found = await recordsUntil(`${id}-${round}`);
    const own = found.filter(({ requestId }) => requestId?.startsWith(id) !== true);
    if (own.length >= count || performance.now() - begun > 30_000) return own;
  }
}

test('one record for each request, and for each entry', async (t) => {
  let sum = 0;
  const all = kinds();
  assert.ok(all.length >= 45);
  records.length = 0;
  for (const [n, kind] of all.entries()) {
    await t.test(kind.name, async () => {
      const before = sum;
      sum += kind.records.length;
      await kind.send();
      const made = (await seen(sum, `end-${n}`)).filter(({ requestId }) => requestId?.startsWith('end-') !== true);
      const own = made.slice(before);
      const isOpen = kind.records[0]!.startsWith('*');
      const told = own.map(shown).map((text) => (isOpen ? text.replace(/^\S+/, '*') : text));
      assert.deepEqual(told.sort(), [...kind.records].sort());
      assert.ok(own.every(({ time, bytes }) => time > 0 && bytes >= 0));
      assert.equal(new Set(own.map(({ requestId }) => requestId)).size, 1);
      const isKnown = own.every(({ status }) => status !== 401);
      for (const { client, entry } of own) if (entry !== undefined) assert.ok(isKnown && client !== undefined);
    });
  }
  const late = (await seen(sum, 'end-all')).filter(({ requestId }) => requestId?.startsWith('end-') !== true);
  assert.equal(late.length, sum, 'no record came twice');
});
