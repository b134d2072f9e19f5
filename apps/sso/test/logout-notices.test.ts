/** A client that does not accept a sign-out notice gets it again, at increasing intervals, until the server gives up. */
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { until } from '@dhp/postgres/testing';
import { decodeJwt } from './jose.ts';
import { newClient, testBed } from './support.ts';

/** Seconds after which docs/api-access.md says that a client is notified again: seven times within 20 hours. */
const pauses = [5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600];

const bed = await testBed();
/** Claims of the notices that the client received. */
const told: { jti?: string; iat?: number; exp?: number; sid?: unknown }[] = [];
let status = 500;
let now = Math.floor(Date.now() / 1000) * 1000;
let listener: Server;
let host = '';
/** A client that never answers, and the requests that it holds. */
let silent: Server;
let silentHost = '';
const held: ServerResponse[] = [];
/** Paths that the client was called at. */
const called: string[] = [];
let clientId: string;
let accountId: string;

before(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      told.push(decodeJwt(new URLSearchParams(body).get('logout_token')!));
      called.push(request.url ?? '');
      response.writeHead(status, status === 302 ? { location: `http://${host}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${String((listener.address() as AddressInfo).port)}`;
  silent = createServer((_request, response) => void held.push(response));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  silentHost = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
  const allowedHosts = [host, silentHost];
  await bed.start({ noticePollSeconds: 0.05, allowedHosts, clock: () => new Date(now) });
  ({ id: clientId } = await newClient(bed.clients, { backchannelLogoutUri: `http://${host}/told` }));
  const person = { username: 'olim', name: 'Olim Usmonov', password: 'correct horse battery', identities: [] };
  ({ accountId } = await openAccounts(bed.sql, { actor: 'cli:tester' }).create(person));
});
after(() => {
  for (const one of [listener, silent]) one.close();
});

/** @param times of which so many sessions are */
const signOut = (sid: string, of = clientId, times = 1): Promise<unknown> => bed.sql`
  insert into sso.logout_notice (client_id, account_id, sid, next_attempt_at, created_at)
  select ${of}, ${accountId}, ${sid}, ${new Date(now)}, ${new Date(now)} from generate_series(1, ${times})`;

/** Milliseconds until the next attempt for each notice that waits, by the clock of the server. */
async function waits(): Promise<number[]> {
  const rows = await bed.sql<{ next_attempt_at: Date }[]>`select next_attempt_at from sso.logout_notice`;
  return rows.map(({ next_attempt_at: next }) => next.getTime() - now);
}

async function events(): Promise<string[]> {
  const rows = await bed.sql<{ event: string }[]>`
    select event from sso.audit_event where event like 'logout.%' and client_id = ${clientId} order by id`;
  return rows.map(({ event }) => event);
}

test('a client that answers with an error is told again seven times within 20 hours, each time with a new token', async () => {
  await signOut('refused');
  for (const [n, pause] of pauses.entries()) {
    await until(`attempt ${n + 1}`, async () => told.length === n + 1 && (await waits())[0] === pause * 1000);
    now += pause * 1000;
  }
  await until('the last attempt', async () => told.length === pauses.length + 1 && (await waits()).length === 0);
  assert.deepEqual(
    told.map(({ sid, iat, exp }) => [sid, exp! - iat!]),
    told.map(() => ['refused', 120]),
  );
  assert.equal(new Set(told.map(({ jti }) => jti)).size, told.length);
  assert.equal(told.at(-1)!.iat! - told[0]!.iat!, 69_155, 'seconds from the first to the last');
  await until('the record', async () => (await events()).length === pauses.length + 1);
  assert.deepEqual(await events(), [...pauses.map(() => 'logout.not-told'), 'logout.given-up']);
});

for (const accepted of [200, 204])
  test(`a client that answers ${accepted} is told once`, async () => {
    status = accepted;
    const before = told.length;
    await signOut(`accepted ${accepted}`);
    await until('the notice', async () => told.length > before && (await waits()).length === 0);
    assert.equal(told.length, before + 1);
    await until('the record', async () => (await events()).at(-1) === 'logout.told');
  });

test('a client that never answers lets no other one wait, however many notices it has', async () => {
  status = 200;
  const { id } = await newClient(bed.clients, { backchannelLogoutUri: `http://${silentHost}/told` });
  await signOut('silent', id, 300);
  await until('the silent client', () => Promise.resolve(held.length > 0));
  await signOut('in time');
  await until('the other client', () => Promise.resolve(told.at(-1)?.sid === 'in time'));
  assert.ok(held.length <= 4, `${String(held.length)} requests of the silent client`);
  await bed.sql`delete from sso.logout_notice where client_id = ${id}`;
  for (const one of held) one.end();
});

test('no client leads a notice elsewhere: neither by a redirect, nor by an internal address', async () => {
  status = 302;
  const before = called.length;
  await signOut('led away');
  await until('the notice', async () => (await events()).at(-1) === 'logout.not-told');
  assert.deepEqual(called.slice(before), ['/told']);
  const uris = [
    'https://127.0.0.1:1/told',
    'https://[::1]/told',
    'https://169.254.169.254/told',
    'http://127.0.0.1:1/told',
  ];
  for (const uri of uris) {
    const { id } = await newClient(bed.clients, { backchannelLogoutUri: uri });
    await signOut('inside', id);
    const reasons = async (): Promise<(string | null)[]> =>
      (
        await bed.sql<{ reason: string | null }[]>`
          select reason from sso.audit_event where event = 'logout.not-told' and client_id = ${id}`
      ).map(({ reason }) => reason);
    await until(uri, async () => (await reasons()).length > 0);
    assert.match(String((await reasons())[0]), /is not called/);
    await bed.sql`delete from sso.logout_notice where client_id = ${id}`;
  }
});
