/** More requests than are worked on at a time wait for a moment and are refused then, whoever sends less than its share goes before, and nothing waits for what is slow to be sent. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { startAudited, type Audited } from './audit/audited.ts';
import { patient, type Reply } from './environment.ts';

let server: Audited;
before(async () => {
  server = await startAudited({ concurrency: 4 });
});
after(() => server.close());

/** Holds up all writes until it is ended. */
async function held(): Promise<() => Promise<void>> {
  const hold = Promise.withResolvers<undefined>();
  const isHeld = Promise.withResolvers<undefined>();
  const over = server.owner.begin(async (tx) => {
    await tx`lock table fhir.resource in exclusive mode`;
    isHeld.resolve(undefined);
    await hold.promise;
  });
  await isHeld.promise;
  return async () => {
    hold.resolve(undefined);
    await over;
  };
}

const clientToken = (client: string): Promise<string> =>
  server.sso.token({ client_id: client, sub: client, scope: 'system/*.cruds' });

const write = (token: string, headers: Record<string, string> = {}): Promise<Reply> =>
  server.request('POST', '/Patient', {
    token,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify(patient()),
  });

const countPatients = async (): Promise<number> =>
  ((await server.request('GET', '/Patient?_summary=count')).json as { total: number }).total;

test('what is too much is refused with a time to come again, in the language of the caller; reads go on', async () => {
  const [greedy, modest] = [await clientToken('greedy'), await clientToken('modest')];
  const before = await countPatients();
  const end = await held();
  let refused = 0;
  const many = Array.from({ length: 40 }, async (_, n) => {
    const reply = await write(greedy, { 'accept-language': ['uz', 'ru', 'en'][n % 3]! });
    if (reply.status === 503) refused += 1;
    return reply;
  });
  // All but the three that are inside, where one place is left for who comes next.
  while (refused < 37) await new Promise((resolve) => setTimeout(resolve, 10));
  const own = write(modest);
  assert.equal((await server.request('GET', '/Patient?_count=1')).status, 200);
  assert.equal((await server.request('POST', '/Patient/_search', { headers: form, body: '_count=1' })).status, 200);
  assert.equal((await server.request('GET', '/metadata', { token: null })).status, 200);
  await end();
  assert.equal((await own).status, 201);
  const all = await Promise.all(many);
  const busy = all.filter(({ status }) => status === 503);
  assert.deepEqual([all.filter(({ status }) => status === 201).length, busy.length], [3, 37]);
  for (const { code, headers } of busy)
    assert.deepEqual([code, /^[123]$/.test(headers.get('retry-after') ?? '')], ['server-busy', true]);
  assert.equal(new Set(busy.map(({ sentence }) => sentence)).size, 3);
  assert.equal(await countPatients(), before + 4, 'nothing was done of what was refused');
  const reasons = (await server.records()).map(({ content }) => content['reason']);
  assert.ok(!reasons.includes('server-busy'), 'a flood does not become one of records');
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('whoever sends a body slowly, or goes away while it waits, keeps no place', async () => {
  const token = await clientToken('slow');
  const { port } = server;
  const slow = Array.from({ length: 8 }, () => {
    const sent = httpRequest(`${server.url}/Patient`, {
      ...{ port, method: 'POST', agent: false },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', 'content-length': 1000 },
    });
    sent.on('error', () => undefined);
    sent.write('{');
    return sent;
  });
  assert.equal((await write(token)).status, 201);
  for (const each of slow) each.destroy();
  assert.equal((await write(token)).status, 201);
});
