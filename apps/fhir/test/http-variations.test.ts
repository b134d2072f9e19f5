/**
 * Requests as written by clients, libraries and proxies: one header or address in many forms, and random combinations. Each is understood
 * as RFC 9110 and FHIR define, or refused with an OperationOutcome that names the fault.
 */
import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { randomSource } from '../../../tests/random.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
let http: Server;
let authorization: string;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  await server.write('PUT', '/Patient/1', patient({ id: '1' }));
  authorization = `Bearer ${await server.sso.token()}`;
  // Listens like the platform, with the quick adapter before the web framework.
  http = createServer({ optimizeEmptyRequests: true }, (request, response) => {
    server.fhir.handler(request, response);
  });
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
});
after(async () => {
  http.closeAllConnections();
  await new Promise((closed) => http.close(closed));
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

type Fields = Record<string, string | string[]>;

/** Sends a request with Node's own client, which sends fields as they are. */
function send(method: string, path: string, fields: Fields, body?: Buffer): Promise<Answer> {
  const { port } = http.address() as AddressInfo;
  const headers = { authorization, 'accept-language': 'en', connection: 'close', ...fields };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path: `/fhir${path}`, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** One way to write a part of a request, and the status of its refusal; without a status it is accepted. */
interface Form {
  readonly fields?: Fields;
  readonly path?: string;
  readonly body?: (plain: Buffer) => Buffer;
  readonly refusal?: number;
}

const fields = (name: string, taken: readonly string[], refused: readonly string[] = [], refusal = 400): Form[] => [
  ...taken.map((value) => ({ fields: { [name]: value } })),
  ...refused.map((value) => ({ fields: { [name]: value }, refusal })),
];

const coded = (coding: string, body: (plain: Buffer) => Buffer, refusal?: number): Form => ({
  fields: { 'content-encoding': coding },
  body,
  ...(refusal !== undefined && { refusal }),
});
const same = (plain: Buffer): Buffer => plain;

const accept = fields(
  'accept',
  [
    ...[
      '*/*',
      'application/fhir+json;fhirVersion=5.0',
      'application/json; charset="UTF-8"',
      'APPLICATION/FHIR+JSON',
      'application/fhir+json;q=1.000',
    ],
    ...[
      'text/html, application/fhir+json;q=0.1',
      ',application/fhir+json,',
      'application/fhir+json;;q=0.5',
      'application/json;odata=verbose',
      'text/*',
      '',
    ],
  ],
  ['text/html', 'application/fhir+json;q=0', 'application/fhir+json;fhirVersion=4.0', 'json'],
  406,
);
const prefer = fields('prefer', [
  'return=minimal',
  'return="representation"',
  'RETURN=OperationOutcome',
  'handling=strict, return=minimal',
  'foo; return=minimal',
  '',
  'return=none',
  'wait=10',
]);
const harmless: Form[] = [
  ...fields('x-forwarded-host', ['evil.test', 'a, b', '']),
  ...fields('x-forwarded-proto', ['http', 'gopher']),
  ...fields('forwarded', ['for=_x;host=evil.test;proto=gopher']),
  ...fields('expect', ['100-continue', '100-Continue']),
  ...fields('cookie', ['a=b; c', ';;;']),
  ...fields('accept-encoding', ['gzip;q=0, identity', 'br;q=1.0, gzip;q=0.8, *;q=0.1', 'foo', '']),
  ...fields('accept-language', ['xx-garbage;q=2,,', '*', '']),
  ...fields('te', ['trailers']),
  ...fields('cache-control', ['no-cache']),
];
const contentType = fields(
  'content-type',
  [
    'application/fhir+json',
    'application/json',
    'text/json',
    'APPLICATION/FHIR+JSON',
    'application/fhir+json; charset="utf-8"',
    'application/fhir+json;',
    'application/fhir+json; fhirVersion=5.0',
    'application/json;odata=verbose',
  ],
  [
    'text/plain',
    '',
    'garbage',
    'application/fhir+json; charset=utf-16',
    'application/fhir+json;fhirVersion=4.0',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/fhir+json, application/json',
  ],
  415,
);
const encoding: Form[] = [
  {},
  coded('gzip', gzipSync),
  coded('X-GZIP', gzipSync),
  coded('deflate', deflateSync),
  coded('br', brotliCompressSync),
  coded('identity', same),
  coded('', same),
  coded('gzip, identity', gzipSync),
  coded(' , gzip,', gzipSync),
  coded('Identity', same),
  coded('zstd', same, 415),
  coded('gzip, gzip', (plain) => gzipSync(gzipSync(plain)), 415),
  coded('constructor', same, 415),
  coded('gzip', same, 400),
  coded('gzip', (plain) => gzipSync(plain).subarray(0, 20), 400),
];
const bodies: Form[] = [
  {},
  {},
  { body: (plain) => Buffer.concat([Buffer.from('\uFEFF'), plain]) },
  { body: (plain) => Buffer.concat([Buffer.from('\r\n\t '), plain, Buffer.from('\n')]) },
  { body: (plain) => Buffer.from(plain.toString(), 'utf16le'), refusal: 400 },
  { body: (plain) => Buffer.from(`\uFEFF${plain.toString()}`, 'utf16le'), refusal: 400 },
  { body: () => Buffer.alloc(0), refusal: 400 },
  { body: (plain) => plain.subarray(0, -1), refusal: 400 },
];
const lengths: Form[] = [{}, { fields: { 'transfer-encoding': 'chunked' } }];
const ifMatch = fields(
  'if-match',
  ['W/"1"', '"1"', '*', ' W/"1" ', 'W/"9", W/"1"', 'W/"1",', ', W/"1" ,, W/"2"', '"1",\t"x,y"'],
  ['1', 'W/1', "'1'", '"1', '', ',', 'W/"1" W/"2"', '*, W/"1"'],
);
const reads: Form[] = [
  ...[
    '/Patient/1',
    '/Patient/1?',
    '/%50atient/1',
    '/Patient/%31',
    '/Patient/1?_format=json',
    '/Patient/1?_format=application/fhir+json',
    '/Patient/1?_pretty=true',
    '/Patient/1?_summary=false',
    '/Patient/1?&',
  ].map((path) => ({ path })),
  ...['/Patient/1/', '//Patient/1', '/patient/1', '/Patient/1;jsessionid=x'].map((path) => ({
    path,
    refusal: path.includes(';') ? 400 : 404,
  })),
  ...[
    '/Patient/%',
    '/Patient/%c3%28',
    '/Patient/1%20',
    '/Patient/%00',
    '/Patient/1?_pretty=yes',
    '/Patient/1?unknown=1',
  ].map((path) => ({ path, refusal: 400 })),
];
const ifNoneMatch = fields('if-none-match', ['W/"9"', '"x"', 'garbage', '', ',']);

type Kind = readonly [method: string, parts: readonly (readonly Form[])[]];

const kinds: Readonly<Record<string, Kind>> = {
  read: ['GET', [reads, accept, ifNoneMatch, harmless]],
  head: ['HEAD', [reads, accept, harmless]],
  create: ['POST', [[{ path: '/Patient' }], contentType, encoding, bodies, lengths, accept, prefer, harmless]],
  update: ['PUT', [contentType, encoding, ifMatch, lengths, prefer, harmless]],
};

/** Sends a request in these forms. Returns the fault of the answer; undefined if it is correct. */
async function faultOf(kind: string, forms: readonly Form[]): Promise<string | undefined> {
  const [method] = kinds[kind]!;
  const headers: Fields = Object.assign({}, ...forms.map((form) => form.fields ?? {})) as Fields;
  // If-Match names the first version, so each update is of a new Patient.
  const id = kind === 'update' ? `u${(made += 1)}` : undefined;
  if (id !== undefined) await server.write('PUT', `/Patient/${id}`, patient({ id }));
  const path = id === undefined ? forms.find((form) => form.path !== undefined)!.path! : `/Patient/${id}`;
  const plain = Buffer.from(JSON.stringify(patient({ id, language: 'uz' })));
  const isWrite = method === 'POST' || method === 'PUT';
  // The coding of the body is applied last.
  const body = isWrite
    ? forms
        .toSorted((a, b) => Number(isCoding(a)) - Number(isCoding(b)))
        .reduce<Buffer>((bytes, form) => form.body?.(bytes) ?? bytes, plain)
    : undefined;
  const { status, headers: found, text } = await send(method, path, headers, body);
  const refusals = forms.flatMap(({ refusal }) => refusal ?? []);
  const told = `${kind}: ${method} ${path} ${JSON.stringify(headers)} is ${status} ${text.slice(0, 300)}`;
  if (refusals.length === 0 ? status !== 200 && status !== 201 : !refusals.includes(status))
    return `${told}; expected ${refusals.join(' or ') || 'success'}`;
  if (status < 400 || method === 'HEAD') return undefined;
  const isOutcome = text.includes('OperationOutcome') && text.includes('diagnostics');
  return isOutcome && String(found['content-type']).startsWith('application/fhir+')
    ? undefined
    : `${told}; no OperationOutcome with diagnostics`;
}

let made = 0;
const isCoding = ({ fields: named }: Form): boolean => named?.['content-encoding'] !== undefined;

test('each form by itself is taken, or refused with its status', async () => {
  const faults: string[] = [];
  for (const [kind, [, parts]] of Object.entries(kinds)) {
    const usual = parts.map((forms) => forms.find(({ refusal }) => refusal === undefined)!);
    for (const [at, forms] of parts.entries()) {
      for (const form of forms) {
        const fault = await faultOf(kind, usual.with(at, form));
        if (fault !== undefined) faults.push(fault);
      }
    }
  }
  assert.deepEqual(faults, []);
});

const seed = Number(process.env['DHP_SEED'] ?? 1);
const count = 600;

test(`${count} random combinations are taken where all of their forms are, and refused for one of them otherwise`, async () => {
  const faults: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const random = randomSource(seed, n);
    const kind = random.pick(Object.keys(kinds));
    const forms = kinds[kind]![1].map((some) => {
      const form = random.pick(some);
      // Most forms are valid, so that most requests pass the first check.
      return form.refusal !== undefined && !random.oneIn(4) ? some.find(({ refusal }) => refusal === undefined)! : form;
    });
    const fault = await faultOf(kind, forms);
    if (fault !== undefined) faults.push(`request ${n} of seed ${seed}: ${fault}`);
  }
  assert.deepEqual(faults, []);
});
