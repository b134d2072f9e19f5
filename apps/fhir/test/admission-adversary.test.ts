/** Requests that end in every way give back the room that their bodies took. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { patient, startServer, type TestServer } from './environment.ts';

const mebibyte = 1024 ** 2;
const bodyLimit = 2 * mebibyte;
let server: TestServer;
let token: string;
before(async () => {
  // As much room as one body of the maximum size needs, which is admitted only if nothing else is held.
  server = await startServer({ bodyLimit, bytesInFlight: bodyLimit, validation: { level: 'off' } });
  token = await server.sso.token();
});
after(() => server.close());

/** The same numbers for the same seed. */
function randomSource(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
}

/** Returns a Patient whose JSON has this number of bytes. */
function sized(bytes: number): Buffer {
  const start = JSON.stringify(patient()).slice(0, -1);
  const rest = bytes - start.length - ',"implicitRules":"urn:"}'.length;
  return Buffer.from(`${start},"implicitRules":"urn:${'x'.repeat(rest)}"}`);
}

interface Attempt {
  readonly headers?: Record<string, string | number>;
  readonly body: Buffer;
  /** Bytes after which the client goes away; absent: it waits for the answer. */
  readonly cut?: number;
  readonly method?: string;
  readonly path?: string;
}

/** Returns the status of the answer; undefined if there was none. */
function attempt({
  headers = {},
  body,
  cut,
  method = 'POST',
  path = '/Patient',
}: Attempt): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = httpRequest(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
      agent: false,
    });
    sent.on('error', () => resolve(undefined));
    sent.on('close', () => resolve(undefined));
    sent.on('response', (response) => {
      response.resume();
      response.on('close', () => {
        resolve(response.statusCode);
        sent.destroy();
      });
    });
    if (cut === undefined) sent.end(body);
    else sent.write(body.subarray(0, cut), () => setTimeout(() => sent.destroy(), cut % 7));
  });
}

type Kind = (below: (n: number) => number) => Attempt;
const lengthOf = (body: Buffer): Record<string, number> => ({ 'content-length': body.length });
const some = (below: (n: number) => number): Buffer =>
  sized(below(4) === 0 ? mebibyte + below(mebibyte / 2) : 200 + below(50_000));

const kinds: Readonly<Record<string, Kind>> = {
  stored: (below) => ({ body: some(below) }),
  'cut off in the body': (below) => {
    const body = some(below);
    return { body, headers: lengthOf(body), cut: below(body.length) };
  },
  'cut off after the body': (below) => {
    const body = some(below);
    return { body, headers: lengthOf(body), cut: body.length };
  },
  'cut off, of unknown length': (below) => ({ body: some(below), cut: below(200) }),
  'cut off, compressed': (below) => {
    const body = gzipSync(some(below));
    return { body, headers: { 'content-encoding': 'gzip' }, cut: below(body.length) };
  },
  compressed: (below) => ({ body: gzipSync(some(below)), headers: { 'content-encoding': 'gzip' } }),
  'compressed, which it is not': (below) => ({ body: some(below), headers: { 'content-encoding': 'gzip' } }),
  'too large, by its length': () => ({ body: Buffer.alloc(0), headers: { 'content-length': bodyLimit + 1 }, cut: 0 }),
  'too large, of unknown length': () => ({
    body: Buffer.alloc(bodyLimit + 1, 'x'),
    headers: { 'transfer-encoding': 'chunked' },
  }),
  'no JSON': (below) => {
    const body = some(below);
    return { body: body.subarray(0, body.length - 1) };
  },
  'no UTF-8': (below) => ({ body: Buffer.concat([some(below), Buffer.from([0xff])]) }),
  'no XML': (below) => ({ body: some(below), headers: { 'content-type': 'application/fhir+xml' } }),
  'another type': (below) => ({ body: some(below), path: '/Observation' }),
  'a patch of what is not there': (below) => ({
    ...{ body: some(below), method: 'PATCH', path: '/Patient/none' },
    headers: { 'content-type': 'application/json-patch+json' },
  }),
  'an operation': (below) => ({ body: some(below), path: '/Patient/$validate' }),
  'without a token': (below) => ({ body: some(below), headers: { authorization: 'Bearer nothing' } }),
};

test('after 500 requests that end in every way, no byte is held', async () => {
  const below = randomSource(7);
  const names = Object.keys(kinds);
  const statuses = new Map<string, number>();
  const attempts = Array.from({ length: 500 }, (_, n) => kinds[names[n % names.length]!]!(below));
  const lane = async (): Promise<void> => {
    for (let next = attempts.pop(); next !== undefined; next = attempts.pop()) {
      const status = String((await attempt(next)) ?? 'none');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 12 }, lane));
  for (const status of ['201', '400', '401', '503', 'none'])
    assert.ok(statuses.has(status), `no answer ${status} among ${JSON.stringify([...statuses])}`);
  // Work for disconnected callers may continue for a while, longer on a busy machine.
  let status: number | undefined;
  for (let n = 0; n < 300 && status !== 201; n += 1) {
    if (n > 0) await delay(100);
    status = await attempt({ body: sized(bodyLimit) });
  }
  assert.equal(status, 201);
});
