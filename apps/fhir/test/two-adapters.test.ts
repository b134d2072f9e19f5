/** A read or a search by its address gets the same answer, and the same record, before the web framework as through it. */
import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Quota } from '@dhp/rate-limit';
import type { RequestRecord } from '../src/contract/record.ts';
import { patient, startServer, type TestServer } from './environment.ts';

const now = new Date('2026-03-01T09:00:00.000Z');
const origins = ['https://app.example.uz'];
/** Rounds of all addresses, each with other headers. */
const rounds = 6;

let server: TestServer;
/** By the name of their request. */
const records = new Map<string, RequestRecord>();
let quick: Server;
let framework: Server;
/** Requests that the framework got from the quick handler. */
let handedOn = 0;
/** The number of the request that both are asked. */
let pair = 0;

before(async () => {
  server = await startServer({
    clock: () => now,
    corsOrigins: origins,
    trustProxy: true,
    limits: { perAddress: 100, perClient: 100, createQuota },
    onRequest: (record) => records.set(record.requestId ?? '', record),
  });
  const { app, handler } = server.fhir;
  const routing: RequestListener = app.routing.bind(app);
  framework = await listening((request, response) => routing(request, response));
  app.routing = (request, response) => {
    handedOn += 1;
    routing(request, response);
  };
  quick = await listening(handler);
  for (const id of ['a', 'b', 'gone', 'long']) {
    const telecom =
      id === 'long' ? Array.from({ length: 90 }, (_, n) => ({ system: 'phone', value: `+99890${n}` })) : [];
    await server.write('PUT', `/Patient/${id}`, patient({ id, ...(telecom.length > 0 && { telecom }) }));
  }
  const changed = await server.write('PUT', '/Patient/a', patient({ id: 'a', active: true }), { 'if-match': 'W/"1"' });
  assert.equal(changed.status, 200);
  assert.equal((await server.request('DELETE', '/Patient/gone')).status, 200);
  const binary = { resourceType: 'Binary', id: 'x', contentType: 'text/plain', data: 'aGVsbG8=' };
  assert.equal((await server.write('PUT', '/Binary/x', binary)).status, 201);
});
after(async () => {
  await Promise.all([quick, framework].map((one) => new Promise((done) => one.close(done))));
  await server.close();
});

/** Addresses that the quick handler takes. No page has another behind it: its link would tell the time of the database. */
const short = [
  ...['/Patient/a', '/Patient/b', '/Patient/long', '/Patient/gone', '/Patient/never', '/Binary/x'],
  ...['/Patient/a/_history/1', '/Patient/a/_history/2', '/Patient/a/_history/3', '/Patient/a/_history/0'],
  ...['/Patient/gone/_history/2', '/Patient/a/_history/x', '/Nonsense/a', '/Patients/a', '/Observation/a'],
  ...[
    '/Patient?_id=a&_count=1',
    '/Patient?_count=9&_sort=_id',
    '/Patient?family=Karimova',
    '/Patient?nonsense=1',
    '/Patient?',
  ],
  ...['/Patient', '/Nonsense?x=1', '/Patient/a?_format=xml', '/Patient/a?_summary=true', '/Patient/a?_elements=id'],
  ...[
    '/Patient/a?_format=nonsense',
    '/Patient/a?x=%ff',
    '/Patient?family=%c0',
    '/Patient?identifier=a%7Cb&_total=accurate',
  ],
  ...[
    '/Patient/a?access_token=t',
    '/Patient?_id=a,b&_summary=count',
    '/Patient?_id=a#b',
    '/Patient?a;b',
    '/Binary/x?_format=json',
  ],
];

/** Addresses that it leaves to the framework. */
const others = [
  ...[
    '/metadata',
    '/Patient/a/_history',
    '/%50atient/a',
    '/Patient/a%2Fb',
    `/Patient/${'x'.repeat(65)}`,
    '/Patient/a/',
  ],
  ...['/', '', '/Patient/_x', '/Patient/$everything', '/Patient/a/Observation', '//Patient/a', '/Patient/%'],
];

describe('through both adapters', () => {
  it(`${rounds * (short.length + others.length) * 2} requests get the same bytes and header fields, and leave the same records`, async (t) => {
    // Outcomes of searches have an address of their own.
    t.mock.method(crypto, 'randomUUID', () => '00000000-0000-4000-8000-000000000000');
    const token = await server.sso.token();
    const tokens = [
      token,
      await server.sso.token({ scope: 'system/Patient.r' }),
      await server.sso.token({ scope: 'patient/*.rs', patient: 'a' }),
      `${token}x`,
      'Basic',
    ];
    const statuses = new Map<number, number>();
    handedOn = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, path] of [...short, ...others].entries()) {
        for (const method of ['GET', 'HEAD']) {
          const headers = headersOf(round, n, tokens);
          pair += 1;
          const [one, other] = await Promise.all([
            answer(quick, method, path, { ...headers, 'x-request-id': `q-${pair}` }),
            answer(framework, method, path, { ...headers, 'x-request-id': `f-${pair}` }),
          ]);
          assert.deepEqual(one, other, `${pair}: ${method} ${path} ${JSON.stringify(headers)}`);
          statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1);
        }
      }
    }
    t.diagnostic([...statuses].map(([status, count]) => `${count} × ${status}`).join(', '));
    assert.equal(pair, rounds * (short.length + others.length) * 2);
    for (const status of [200, 304, 400, 401, 403, 404, 406, 410, 429]) assert.ok(statuses.has(status), String(status));
    assert.equal(handedOn, rounds * others.length * 2);
    await compareRecords(pair);
  });

  it('end a connection that is to be closed', async () => {
    const path = '/Patient/a';
    const headers = { authorization: `Bearer ${await server.sso.token()}`, connection: 'close', 'x-request-id': 'c' };
    const answers = [await answer(quick, 'GET', path, headers), await answer(framework, 'GET', path, headers)];
    assert.deepEqual(answers[0], answers[1]);
  });
});

/** Each answered request has a record, which may come a moment after its answer. */
async function compareRecords(last: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  const numbers = Array.from({ length: last }, (_, n) => n + 1);
  const isThere = (): boolean => numbers.every((n) => records.has(`q-${n}`) && records.has(`f-${n}`));
  while (!isThere() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  const plain = (record: RequestRecord | undefined) => record && { ...record, requestId: '', time: 0, milliseconds: 0 };
  for (const n of numbers) {
    assert.ok(records.has(`f-${n}`), `no record of request ${n}`);
    assert.deepEqual(plain(records.get(`q-${n}`)), plain(records.get(`f-${n}`)));
  }
}

const accepts = [
  'application/fhir+json',
  'application/fhir+xml',
  '*/*',
  'text/html',
  'application/json;q=0.5',
  'text/plain',
];
const codings = ['gzip', 'br, gzip', 'identity', 'gzip;q=0'];

function headersOf(round: number, n: number, tokens: readonly string[]): Record<string, string> {
  const chosen = (from: readonly string[], by: number): string | undefined =>
    from[(round * 7 + n * by) % (from.length + 1)];
  const token = tokens[round < 3 ? 0 : (round + n) % (tokens.length + 2)];
  const fields: Record<string, string | undefined> = {
    authorization: token === undefined ? undefined : token === 'Basic' ? 'Basic eDp5' : `Bearer ${token}`,
    accept: chosen(accepts, 5),
    'accept-encoding': chosen(codings, 3),
    'accept-language': chosen(['ru', 'en', 'uz-Cyrl, ru;q=0.2'], 2),
    'if-none-match': chosen(['W/"2"', 'W/"1"', '*', 'x'], 11),
    'if-modified-since': chosen([now.toUTCString(), 'Mon, 01 Jan 2001 00:00:00 GMT', 'x'], 13),
    prefer: chosen(['handling=lenient', 'return=minimal'], 17),
    origin: chosen([...origins, 'https://other.example'], 19),
    'x-forwarded-for': chosen(['192.0.2.1', '192.0.2.1, 198.51.100.7', ' , 2001:db8::1 ,'], 23),
    'if-match': round === 5 ? 'W/"1"' : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter((each): each is [string, string] => each[1] !== undefined));
}

/** An answer with all that is sent but the time of now. */
async function answer(of: Server, method: string, path: string, headers: Record<string, string>) {
  const { port } = of.address() as AddressInfo;
  const base = new URL(server.url).pathname;
  const got = await new Promise<{ status: number; fields: string[]; body: string }>((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, method, path: base + path, headers }, (response) => {
      const parts: Buffer[] = [];
      response
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () => {
          const fields = response.rawHeaders.flatMap((name, at, all) =>
            at % 2 === 0 ? [`${name}: ${all[at + 1]!}`] : [],
          );
          resolve({ status: response.statusCode!, fields, body: Buffer.concat(parts).toString('latin1') });
        });
    })
      .on('error', reject)
      .end();
  });
  return {
    ...got,
    fields: got.fields
      .filter((field) => !field.startsWith('Date: '))
      .map((field) => field.replace(/-id: [qf]-/, '-id: ')),
  };
}

/** A quota that counts pairs of requests, of which every 29th is one too many. */
function createQuota({ name, requests, seconds }: { name: string; requests: number; seconds: number }): Quota {
  const quota: Quota = {
    ...{ name, requests, seconds },
    take(caller) {
      const isGranted = name !== 'client' || pair % 29 !== 28;
      // The caller is told in the header fields, so that another address would be seen.
      const remaining = pair + caller.length * 1_000_000;
      return { quota, isGranted, remaining, reset: 1, retryAfter: 3, isFirstRefusal: false };
    },
  };
  return quota;
}

async function listening(listener: RequestListener): Promise<Server> {
  const made = createServer(listener);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return made;
}
