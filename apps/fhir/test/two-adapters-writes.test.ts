/** A write gets the same answer, and the same record, before the web framework as through it. docs/decisions/0058-short-way-for-writes.md */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readWhole } from '../src/adapter/plain-body.ts';
import { answer, compareRecords, openBoth, origins, type BothAdapters } from './both-adapters.ts';
import { patient } from './environment.ts';

let both: BothAdapters;

before(async () => {
  both = await openBoth();
  assert.equal((await both.server.write('PUT', '/Patient/a', patient({ id: 'a' }))).status, 201);
});
after(() => both.close());

const accepts = ['application/fhir+json', 'application/fhir+xml', '*/*', 'text/plain'];

interface Write {
  readonly method: string;
  /** With `@` in the place of a name that each adapter and round has for itself. */
  readonly path: string;
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  /** It is left to the framework. */
  readonly isOther?: boolean;
}

const writeRounds = 4;
const json = { 'content-type': 'application/fhir+json' };
const person = (members: object = {}): string => JSON.stringify(patient({ id: 'w-@', ...members }));
const entry = (method: string, url: string, resource?: object): object => ({ request: { method, url }, resource });
const bundleOf = (type: string, ...entries: object[]): string =>
  JSON.stringify({ resourceType: 'Bundle', type, entry: entries });
const nested = `{"resourceType":"Patient","extension":${'['.repeat(600)}${']'.repeat(600)}}`;

/** Writes that the quick handler takes, and others. */
const writes: readonly Write[] = [
  ...['/Patient', '/Patient/', '/Patient?x=1', '/Nonsense', '/Observation', '/patient'].map((path) => ({
    ...{ method: 'POST', path, body: person(), isOther: /\/$|\/p/.test(path) },
  })),
  ...['{', '[]', '1', '""', '{"resourceType":"Patient","gender":"x"}', '{"resourceType":"Patient","a":1}', nested].map(
    (body) => ({ method: 'POST', path: '/Patient', body }),
  ),
  { method: 'POST', path: '/Patient', body: Buffer.from('{"resourceType":"Patient","id":"\xff"}', 'latin1') },
  { method: 'POST', path: '/Patient', body: `\ufeff${person()}` },
  { method: 'POST', path: '/Patient', body: person(), headers: { 'if-none-exist': 'identifier=w-@|none' } },
  { method: 'POST', path: '/Patient', body: person(), headers: { 'if-match': 'W/"1"' } },
  { method: 'PUT', path: '/Patient/w-@', body: person() },
  { method: 'PUT', path: '/Patient/w-@', body: person({ active: true }), headers: { 'if-match': 'W/"1"' } },
  { method: 'PUT', path: '/Patient/w-@', body: person({ active: false }), headers: { 'if-match': 'W/"9"' } },
  { method: 'PUT', path: '/Patient/w-@', body: person({ id: 'other' }) },
  { method: 'PUT', path: '/Patient/w-@?_format=xml', body: person({ active: true }), headers: { 'if-match': 'W/"2"' } },
  { method: 'PUT', path: '/Patient?_id=w-@', body: person({ active: true }) },
  { method: 'PATCH', path: '/Patient/w-@', body: '[{"op":"add","path":"/active","value":false}]' },
  {
    method: 'PATCH',
    path: '/Patient/w-@',
    body: '[{"op":"test","path":"/active","value":5}]',
    headers: { 'content-type': 'application/json-patch+json' },
  },
  { method: 'PATCH', path: '/Patient', body: '[]', headers: { 'content-type': 'application/json-patch+json' } },
  ...['', '/', '?x=1'].map((path) => ({
    ...{ method: 'POST', path },
    body: bundleOf('batch', entry('GET', 'Patient/a'), entry('POST', 'Patient', patient()), entry('PUT', 'x')),
  })),
  { method: 'POST', path: '', body: bundleOf('transaction', entry('POST', 'Patient', patient())) },
  {
    method: 'POST',
    path: '',
    body: bundleOf('transaction', entry('DELETE', 'Patient/never'), entry('GET', '?_type=Patient&_id=a')),
  },
  { method: 'PUT', path: '', body: bundleOf('batch') },
  ...['application/json', 'application/fhir+json; charset=utf-8', 'APPLICATION/JSON;charset=UTF-8'].map((type) => ({
    ...{ method: 'POST', path: '/Patient', body: person(), headers: { 'content-type': type } },
  })),
  ...['text/json', 'application/fhir+xml', 'text/plain', 'application/fhir+json;charset=latin1', 'nonsense'].map(
    (type) => ({
      ...{ method: 'POST', path: '/Patient', body: person(), headers: { 'content-type': type }, isOther: true },
    }),
  ),
  {
    method: 'POST',
    path: '/Patient',
    body: gzipSync(person()),
    headers: { 'content-encoding': 'gzip' },
    isOther: true,
  },
  { method: 'POST', path: '/Patient', body: person(), headers: { 'transfer-encoding': 'chunked' }, isOther: true },
  { method: 'POST', path: '/Patient', body: '', isOther: true },
  { method: 'POST', path: '/Patient', body: `"${'x'.repeat(1024 * 1024)}"`, isOther: true },
  { method: 'POST', path: '/Binary', body: '{"resourceType":"Binary","contentType":"text/plain"}', isOther: true },
  { method: 'POST', path: '/Patient/_search', body: person(), isOther: true },
  ...[
    ...[
      '/Patient/$validate',
      '/Patient/$validate?mode=create',
      '/Patient/w-@/$validate',
      '/Patient/a/$validate?mode=delete',
    ],
    ...['/Patient/$validate?mode=x', '/Patient/$validate?nonsense=1', '/Observation/$validate', '/Nonsense/$validate'],
    ...['/Patient/$validate?profile=http://example.org/none&_format=xml', '/Patient/a/$validate?mode=profile'],
  ].map((path) => ({ method: 'POST', path, body: person() })),
  ...['{', '[]', '"x"', '{"resourceType":"Patient","gender":"x"}', '{"resourceType":1}', nested].map((body) => ({
    ...{ method: 'POST', path: '/Patient/$validate', body },
  })),
  ...[
    [
      { name: 'resource', resource: patient({ id: 'w-@' }) },
      { name: 'mode', valueCode: 'update' },
    ],
    [{ name: 'resource', resource: patient({ id: 'w-@', gender: 'x' }) }],
    [{ name: 'resource', resource: { resourceType: 'Observation' } }],
    [{ name: 'nonsense' }],
    [{ name: 'resource' }],
    [],
  ].map((parameter) => ({
    ...{ method: 'POST', path: '/Patient/$validate' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  })),
  { method: 'PUT', path: '/Patient/$validate', body: person() },
  { method: 'POST', path: '/Binary/$validate', body: '{"resourceType":"Binary"}', isOther: true },
  { method: 'POST', path: '/Patient/%24validate', body: person(), isOther: true },
  { method: 'POST', path: '/$validate', body: person(), isOther: true },
  { method: 'POST', path: '/Patient/$validate/', body: person(), isOther: true },
  { method: 'DELETE', path: '/Patient/w-@', body: '', isOther: true },
];

describe('through both adapters', () => {
  it(`${writes.length * writeRounds * 2} writes get the same bytes and header fields, and leave the same records`, async (t) => {
    const { server, quick, framework } = both;
    const token = await server.sso.token();
    const tokens = [token, token, await server.sso.token({ scope: 'system/Patient.rs' }), `${token}x`];
    const statuses = new Map<number, number>();
    for (let round = 0; round < writeRounds; round += 1) {
      for (const [n, write] of writes.entries()) {
        const headers = headersOfWrite(round, n, tokens, write);
        both.counts.pair += 1;
        const { pair } = both.counts;
        const ask = (of: Server, who: string) => answerToWrite(of, write, headers, { who, round });
        const [one, other] = await Promise.all([ask(quick, 'q'), ask(framework, 'f')]);
        assert.deepEqual(one, other, `${pair}: ${write.method} ${write.path} ${JSON.stringify(headers)}`);
        statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1);
      }
    }
    t.diagnostic([...statuses].map(([status, count]) => `${count} × ${status}`).join(', '));
    for (const status of [200, 201, 400, 401, 403, 404, 405, 412, 413, 415, 422, 429])
      assert.ok(statuses.has(status), String(status));
    assert.equal(both.counts.handedOn, writeRounds * writes.filter(({ isOther }) => isOther).length);
    await compareRecords(both);
  });

  it('answer what tells of no body alike, and wait for none', { timeout: 60_000 }, async () => {
    const { server, quick, framework } = both;
    const base = new URL(server.url).pathname;
    const token = await server.sso.token();
    const types = ['application/fhir+json', 'application/fhir+xml', 'application/x-www-form-urlencoded', 'text/plain'];
    const asked = ['POST /Patient', 'POST /Patient/_search?_id=none', 'POST ', 'PUT /Patient/a', 'PATCH /Patient/a'];
    for (const [method, path] of [...asked, 'DELETE /Patient/none', 'GET /Patient/a'].map((each) => each.split(' '))) {
      for (const type of types) {
        for (const encoding of ['', 'Content-Encoding: gzip\r\n']) {
          const head = `${method} ${base}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: none\r\n`;
          const text = `${head}Authorization: Bearer ${token}\r\nContent-Type: ${type}\r\n${encoding}\r\n`;
          const [one, other] = await Promise.all([quick, framework].map((of) => raw(of, text)));
          assert.equal(one, other, `${method} ${path} ${type} ${encoding}`);
          assert.match(one!, /^HTTP\/1\.1 [24]\d\d /);
        }
      }
    }
  });

  it('tell of a body that ends before it is whole, and go on', async () => {
    const { server, quick, records } = both;
    const { port } = quick.address() as AddressInfo;
    const base = new URL(server.url).pathname;
    const token = await server.sso.token();
    const before = both.counts.handedOn;
    const socket = connect({ host: '127.0.0.1', port });
    const head = `POST ${base}/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nX-Request-Id: cut\r\n`;
    socket.write(`${head}Content-Type: application/fhir+json\r\nContent-Length: 100\r\n\r\n{"resourceType":`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    const deadline = Date.now() + 30_000;
    while (!records.has('cut') && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(records.get('cut')?.route, '/:type');
    assert.equal(both.counts.handedOn, before);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await answer(both, quick, 'GET', '/Patient/a', { headers })).status, 200);
  });
});

it('a body that is cut off fails once, and one that is whole does not', () => {
  for (const [events, expected] of [
    [['data', 'close'], [400]],
    [['data', 'error', 'close'], [400]],
    [['data', 'end', 'close'], ['{}']],
  ] as const) {
    const request = Object.assign(new EventEmitter(), { headers: { 'content-length': '2' } });
    const told: unknown[] = [];
    readWhole(request as unknown as IncomingMessage, (error, body) => {
      told.push(error === undefined ? body?.toString() : (error as Error & { statusCode?: number }).statusCode);
    });
    for (const event of events) request.emit(event, event === 'data' ? Buffer.from('{}') : new Error('aborted'));
    assert.deepEqual(told, expected, events.join());
  }
});

/** The answer to a text that is sent as it is, without the time of now. */
async function raw(of: Server, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: (of.address() as AddressInfo).port });
  socket.write(text);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts)
    .toString('latin1')
    .replace(/^Date: .*$/m, '');
}

function headersOfWrite(round: number, n: number, tokens: readonly string[], { headers }: Write) {
  const chosen = (from: readonly string[], by: number): string | undefined =>
    from[(round * 5 + n * by) % (from.length + 1)];
  const token = round < 2 ? tokens[0] : tokens[(round + n) % (tokens.length + 1)];
  const fields: Record<string, string | undefined> = {
    authorization: token === undefined ? undefined : `Bearer ${token}`,
    accept: round === 0 ? undefined : chosen(accepts, 5),
    'accept-language': chosen(['ru', 'en'], 2),
    prefer: chosen(['return=minimal', 'return=OperationOutcome', 'return=representation'], 7),
    origin: chosen(origins, 3),
    ...json,
    ...headers,
  };
  return Object.fromEntries(Object.entries(fields).filter((each): each is [string, string] => each[1] !== undefined));
}

/** The answer, without what the server made up for it: ids, and times of the database. */
async function answerToWrite(
  of: Server,
  { method, path, body }: Write,
  headers: Record<string, string>,
  { who, round }: { readonly who: string; readonly round: number },
) {
  const named = (text: string): string => text.replaceAll('@', `${who}-${round}`);
  const sent = typeof body === 'string' ? Buffer.from(named(body)) : body;
  const isChunked = headers['transfer-encoding'] !== undefined;
  const fields = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, named(value)])),
    ...(!isChunked && { 'content-length': String(sent.length) }),
    ...{ 'x-request-id': `${who}-${both.counts.pair}`, 'accept-encoding': 'identity' },
  };
  const {
    status,
    fields: got,
    body: text,
  } = await answer(both, of, method, named(path), { headers: fields, body: sent });
  const plain = (each: string): string =>
    each
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
      .replaceAll(/w-[qf]-\d/g, 'w')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:00/g, 'TIME')
      .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ GMT/g, 'DATE');
  return { status, fields: got.map(plain), body: plain(text) };
}
