/** How many requests are answered of a client and of an address. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createQuota, type Quota, type QuotaOptions } from '@dhp/rate-limit';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

/** A quota for which no time passes: nothing comes back of it while the requests of a test are slow. */
function still(options: QuotaOptions): Quota {
  const quota = createQuota(options);
  return { ...quota, take: (caller) => quota.take(caller, 0) };
}

let server: TestServer;
before(async () => {
  const limits = { perClient: 20, perAddress: 60, createQuota: still };
  server = await startServer({ trustProxy: true, limits, corsOrigins: '*' });
});
after(() => server.close());

let lastAddress = 0;
const someone = (): Record<string, string> => ({ 'x-forwarded-for': `198.51.100.${(lastAddress += 1)}` });
const clientToken = (client: string): Promise<string> =>
  server.sso.token({ client_id: client, sub: client, scope: 'system/*.cruds' });

async function inTurn(count: number, ask: () => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let n = 0; n < count; n += 1) replies.push(await ask());
  return replies;
}

test('a client is told what is left of its quota, and refused when nothing is, in its language', async () => {
  const token = await clientToken('busy');
  const ask = (headers: Record<string, string> = {}): Promise<Reply> =>
    server.request('GET', '/Patient/1', { token, headers: { ...someone(), ...headers } });
  const first = await ask();
  assert.equal(first.headers.get('ratelimit-policy'), '"client";q=20;w=60, "address";q=60;w=60');
  assert.match(first.headers.get('ratelimit') ?? '', /^"client";r=19;t=3, "address";r=59;t=1$/);
  const replies = await inTurn(24, ask);
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [404, 429]);
  const last = replies.at(-1)!;
  assert.equal(last.code, 'too-many-requests');
  assert.ok(Number(last.headers.get('retry-after')) >= 1);
  const sentences = await Promise.all(['uz', 'ru', 'en'].map((each) => ask({ 'accept-language': each })));
  assert.ok(sentences.every(({ status }) => status === 429));
  assert.equal(new Set(sentences.map(({ sentence }) => sentence)).size, 3);
  const xml = await ask({ accept: 'application/fhir+xml' });
  assert.match(xml.text, /<OperationOutcome xmlns/);
});

test('a client counts wherever it calls from, with whatever token; others have their own quota', async () => {
  const ask = async (client: string): Promise<Reply> =>
    server.request('GET', '/Patient/1', { token: await clientToken(client), headers: someone() });
  const replies = await inTurn(24, () => ask('wandering'));
  assert.equal(replies.at(-1)!.status, 429);
  assert.equal((await ask('another')).status, 404);
});

test('writes and Bundles count as one request each, and a refused write is not done', async () => {
  const token = await clientToken('writer');
  const write = (): Promise<Reply> =>
    server.request('POST', '/Patient', {
      token,
      headers: { ...someone(), 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient({ identifier: [{ system: 'urn:limits', value: 'x' }] })),
    });
  const replies = await inTurn(24, write);
  const created = replies.filter(({ status }) => status === 201).length;
  assert.ok(replies.every(({ status }) => status === 201 || status === 429));
  const found = await server.request('GET', '/Patient?identifier=urn:limits|x&_summary=count', { headers: someone() });
  assert.equal(found.json['total'], created);
});

test('an address is counted before its token is looked at; probes are not counted', async () => {
  const from = someone();
  const ask = (path: string): Promise<Reply> => server.request('GET', path, { token: 'nonsense', headers: from });
  const replies = await inTurn(64, () => ask('/Patient/1'));
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [401, 429]);
  assert.equal((await ask('/nothing-like-that')).status, 429);
  assert.equal((await ask('/metadata')).status, 429);
  assert.equal((await ask('/healthz')).status, 200);
});

test('of a burst at once as many are answered as the quota says', async () => {
  const token = await clientToken('burst');
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => server.request('GET', '/Patient/1', { token, headers: someone() })),
  );
  const answered = replies.filter(({ status }) => status === 404).length;
  assert.equal(answered, 20);
});
