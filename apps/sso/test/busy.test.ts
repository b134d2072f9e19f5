/**
 * Requests beyond the limit of concurrency wait for a moment and are then refused: first those of the client that sends most, and never
 * people's pages because of programs.
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { busyChannel } from '@dhp/protocol/ahead';
import { ask } from '../../../tests/ask.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const open = await bed.start({ concurrency: 4 });
const behindProxy = await bed.start({ concurrency: 4, trustProxy: true });

let refusals = 0;
const count = (): void => void (refusals += 1);
before(() => subscribe(busyChannel, count));
after(() => unsubscribe(busyChannel, count));

/** Blocks writes to a table, such as the audit records of tokens, until it is released. */
async function held(table = 'sso.audit_event'): Promise<() => Promise<void>> {
  const hold = Promise.withResolvers<undefined>();
  const isHeld = Promise.withResolvers<undefined>();
  const over = bed.sql.begin(async (tx) => {
    await tx`lock table ${tx(table)} in exclusive mode`;
    isHeld.resolve(undefined);
    await hold.promise;
  });
  await isHeld.promise;
  return async () => {
    hold.resolve(undefined);
    await over;
  };
}

function isBusy({ status, headers, body }: Answer): void {
  assert.equal(status, 503);
  assert.equal(body['error'], 'temporarily_unavailable');
  assert.match(String(body['error_description']), /^More requests come[\x20-\x7e]+$/);
  assert.match(headers.get('retry-after') ?? '', /^[123]$/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
}

async function untilRefused(wanted: number): Promise<void> {
  while (refusals < wanted) await delay(10);
}

test('a client that sends too much waits behind itself, and neither another client nor people behind it', async () => {
  const [greedy, modest] = [await newClient(bed.clients), await newClient(bed.clients)];
  for (const { form } of [greedy, modest])
    assert.equal((await postForm(`${open.url}/oauth/token`, form)).status, 200, 'each is known from here on');
  refusals = 0;
  const end = await held();
  const many = Array.from({ length: 40 }, () => postForm(`${open.url}/oauth/token`, greedy.form));
  // Three are being processed, and one place is left for the next.
  await untilRefused(37);
  const own = postForm(`${open.url}/oauth/token`, modest.form);
  for (const path of ['/healthz', '/readyz', '/.well-known/openid-configuration', '/oauth/jwks', '/sign-in/none', '/'])
    assert.notEqual((await ask(`${open.url}${path}`)).status, 503, path);
  await end();
  assert.equal((await own).status, 200);
  const all = await Promise.all(many);
  assert.equal(all.filter(({ status }) => status === 200).length, 3);
  const refused = all.filter(({ status }) => status !== 200);
  assert.equal(refused.length, 37);
  refused.forEach(isBusy);
  assert.equal((await postForm(`${open.url}/oauth/token`, greedy.form)).status, 200, 'all have left');
  const [records] = await bed.sql<{ count: number }[]>`
    select count(*)::int as count from sso.audit_event where client_id = ${greedy.id} and event = 'token.refused'`;
  assert.equal(records!.count, 0, 'a flood does not become one of records');
});

/** A request that sends the secret in another way is handled by the engine, and counts for its network. */
const asked = (id: string, secret: string, address: string): Promise<Answer> =>
  postForm(
    `${behindProxy.url}/oauth/token`,
    {
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      resource: 'https://playground.dhp.example/fhir',
    },
    { 'x-forwarded-for': address, origin: 'https://app.example' },
  );

test('what the engine decides is shared among networks, whatever names and bodies they send', async () => {
  const { id, secret } = await newClient(bed.clients);
  refusals = 0;
  const end = await held();
  const many = Array.from({ length: 20 }, (_, n) =>
    asked(n % 2 === 0 ? id : `client-${String(n)}`, secret, '192.0.2.1'),
  );
  await untilRefused(17);
  // A slow sender has no place: it is behind its body.
  const slow = connectTcp(Number(new URL(behindProxy.url).port), '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write(
    'POST /oauth/token HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.2\r\nDPoP: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\ngrant_type',
  );
  const other = asked(id, secret, '192.0.2.3');
  const introspected = await postForm(
    `${behindProxy.url}/oauth/introspect`,
    { token: 'x' },
    { 'x-forwarded-for': '192.0.2.1' },
  );
  await end();
  slow.destroy();
  assert.notEqual((await other).status, 503);
  const refused = (await Promise.all(many)).filter(({ status }) => status === 503);
  assert.equal(refused.length, 17);
  refused.forEach(isBusy);
  assert.equal(introspected.status, 503, 'endpoints for programs share their places');
});

/** A form without a declared length. */
async function inChunks(path: string, body: string, address: string): Promise<number> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = httpRequest(`${behindProxy.url}${path}`, { method: 'POST', headers }, (response) => {
    response.resume();
    resolve(response.statusCode!);
  });
  request.on('error', reject);
  request.write(body);
  request.end();
  return promise;
}

test('a form whose length is not told takes a place as any other', async () => {
  const { id, secret } = await newClient(bed.clients);
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  assert.equal(await inChunks('/oauth/token', form.toString(), '192.0.2.1'), 200);
  assert.equal(await inChunks('/oauth/token', `x=${'y'.repeat(60 * 1024)}`, '192.0.2.1'), 413);
  refusals = 0;
  const end = await held();
  const many = Array.from({ length: 20 }, () => inChunks('/oauth/token', form.toString(), '192.0.2.1'));
  await untilRefused(17);
  await end();
  const all = await Promise.all(many);
  assert.deepEqual(
    [all.filter((status) => status === 200).length, all.filter((status) => status === 503).length],
    [3, 17],
  );
});

test('people get a page in their language, and programs go on', async () => {
  const redirect = 'https://clinic.example.uz/cb';
  const { id } = await newClient(bed.clients, {
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirectUris: [redirect],
    public: true,
  });
  const sent = {
    client_id: id,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid',
    code_challenge_method: 'S256',
  };
  const query = new URLSearchParams({ ...sent, code_challenge: 'x'.repeat(43) }).toString();
  const from = (address: string, language: string): Record<string, string> => ({
    ...{ 'x-forwarded-for': address, 'accept-language': language, accept: 'text/html' },
  });
  const begin = (address: string, language = 'ru'): Promise<Answer> =>
    ask(`${behindProxy.url}/oauth/authorize?${query}`, { headers: from(address, language) }).then((page) => ({
      ...page,
      body: {},
    }));
  assert.equal((await begin('192.0.2.9')).status, 303);
  refusals = 0;
  const end = await held('sso.artifact');
  const many = Array.from({ length: 12 }, (_, n) => begin('192.0.2.1', ['uz', 'ru', 'en'][n % 3]));
  await untilRefused(9);
  assert.equal((await ask(`${behindProxy.url}/oauth/userinfo`, { headers: from('192.0.2.1', 'en') })).status, 401);
  const other = begin('192.0.2.3');
  await end();
  assert.equal((await other).status, 303);
  const refused = (await Promise.all(many)).filter(({ status }) => status === 503);
  assert.equal(refused.length, 9);
  for (const { headers } of refused) assert.match(headers.get('retry-after') ?? '', /^[123]$/);
  const titles = new Set(refused.map(({ text }) => /<h1>([^<]+)/.exec(text)?.[1]));
  for (const title of titles) assert.match(title ?? '', /juda band|перегружен|very busy/);
  assert.ok(titles.size > 1, 'in the language of each');
});
