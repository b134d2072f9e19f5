/** People of the identity system for testing: however the installation changes, no production client gets a token for them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { markTestPeople, oneId } from '@dhp/accounts/identity-systems';
import { openAccounts, openPeople } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, postForm, testBed } from './support.ts';
import { oneIdBed, throughOneId } from './upstream-bed.ts';

const bed = await testBed();
const { host, claims } = await oneIdBed();
const redirectUri = 'https://app.example.uz/cb';
const upstreamOf = (isTest: boolean): ReturnType<typeof oneId> =>
  oneId({ url: `http://${host}/oneid`, clientId: 'dhp', clientSecret: 's', scope: 'dhp', isTest });
let { url } = await bed.start({ upstreams: [upstreamOf(true)], allowedHosts: [host], directory: async () => [] });
const password = 'a long and quiet password';

const clientOf = (environment: 'playground' | 'production'): Promise<Awaited<ReturnType<typeof newClient>>> =>
  newClient(bed.clients, {
    ...{ environment, public: true, redirectUris: [redirectUri], grants: ['authorization_code', 'refresh_token'] },
    scopes: ['openid', 'fhirUser', 'patient/*.rs', 'user/*.rs', 'offline_access'],
  });
const [playground, production] = [await clientOf('playground'), await clientOf('production')];

async function tokenFor(client: { id: string }, username: string, prompt = 'login consent'): Promise<number> {
  const { verifier, query } = pkce();
  const scope = 'openid fhirUser patient/*.rs user/*.rs offline_access';
  const asked = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    prompt,
  };
  const back = await signIn(new Browser(url), authorizeAddress({ ...asked, ...query }), { username, password });
  if (!back.searchParams.has('code')) {
    assert.equal(back.searchParams.get('error'), 'access_denied', back.href);
    return 403;
  }
  const { status } = await postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'authorization_code', client_id: client.id, redirect_uri: redirectUri, code_verifier: verifier },
    code: back.searchParams.get('code') ?? '',
  });
  return status;
}

/** Signs in with OneID, and gives the created account a password and a record in both environments. */
async function comeIn(pin: string): Promise<string> {
  claims.pin = pin;
  await throughOneId(new Browser(url), { id: playground.id, redirectUri });
  const [row] = await bed.sql<
    { username: string }[]
  >`select username from sso.account order by created_at desc limit 1`;
  const { username } = row!;
  await openAccounts(bed.sql, { actor: 'cli:tester' }).setPassword(username, password);
  await bed.sql`update sso.account set password_expires_at = null where username = ${username}`;
  const identities = (['playground', 'production'] as const).map((environment) => ({
    ...{ environment, type: 'Patient' as const, fhir_id: `p-${pin}` },
  }));
  await openPeople(bed.sql, { actor: 'cli:tester' }).change(username, { identities });
  return username;
}

it('have tokens for the playground, and none for production, also with a password and a record that somebody gave them', async () => {
  const username = await comeIn('30101900000011');
  assert.equal(await tokenFor(playground, username), 200);
  assert.equal(await tokenFor(production, username), 403);
});

it('have none either where their accounts were opened before accounts were marked, and what they had ends', async () => {
  const [old, connected] = [await comeIn('30101900000033'), await comeIn('30101900000044')];
  await bed.sql`update sso.account set is_test = false`;
  // A real person's account, linked to the system for testing.
  await bed.sql`update sso.account set username = 'aziza' where username = ${connected}`;
  assert.equal(await tokenFor(production, old), 200);
  const pinfls = ['30101900000033', '30101900000044', '30101900000055'];
  const count = (): Promise<number> => markTestPeople({ ...bed, pinfls, clock: () => new Date() });
  // One of several processes that start at once is first.
  await Promise.all([count(), count()]);
  const events = await bed.sql`select 1 from sso.audit_event where actor = 'platform:upgrade'`;
  assert.equal(events.length, 1);
  assert.equal(await count(), 0);
  const [row] = await bed.sql<{ n: number }[]>`
    select count(*)::int as n from sso.artifact join sso.account a on a.account_id::text = artifact.account_id::text
    where a.username = ${old}`;
  assert.equal(row!.n, 0);
  assert.equal(await tokenFor(production, old), 403);
  assert.equal(await tokenFor(production, old, 'login'), 403, 'by what was allowed before');
  assert.equal(await tokenFor(playground, old), 200);
  assert.equal(await tokenFor(production, 'aziza'), 200);
});

it('are taken from nobody: whoever is one of them changes no name and no way in, and closes nothing', async () => {
  claims.pin = '30101900000077';
  const browser = new Browser(url);
  await throughOneId(browser, { id: playground.id, redirectUri });
  for (const path of ['/account/edit', '/account/close', '/account/codes']) {
    const { address, text } = await browser.get(path);
    assert.equal(address.replace(/^.*?(?=\/account)/, ''), '/account/security?notice=test-person', path);
    assert.match(text, /that anybody may sign in as/);
  }
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec((await browser.get('/account/security')).text) ?? [];
  const added = await browser.post('/account', { csrf, step: 'add-passkey', credential: '{}' });
  assert.match(added.address, /notice=test-person/);
});

it('get no second factor from whoever is one of them, and show nobody where the others are', async () => {
  claims.pin = '30101900000088';
  const [one, other] = [new Browser(url), new Browser(url, 'en', { 'user-agent': 'Mozilla/5.0 Firefox/140.0' })];
  for (const browser of [one, other]) await throughOneId(browser, { id: playground.id, redirectUri });
  const address = authorizeAddress({
    ...{ client_id: playground.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' },
    ...{ acr_values: 'urn:dhp:acr:two-factors', ...pkce().query },
  });
  const asked = new URL((await one.get(address)).address);
  assert.deepEqual([asked.origin, asked.searchParams.get('error')], [new URL(redirectUri).origin, 'access_denied']);
  // A factor from before the refusal locks nobody out.
  const [row] = await bed.sql<{ account_id: string }[]>`
    select account_id from sso.account where is_test order by created_at desc limit 1`;
  await bed.sql`
    insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
    values ('stranger', ${row!.account_id}, 'x', 0, 'stranger', now())`;
  const back = await throughOneId(new Browser(url), { id: playground.id, redirectUri });
  assert.doesNotMatch(back.text, /value="passkey"|name="code"/);
  const { text } = await one.get('/account/sessions');
  assert.equal(text.match(/127\.0\.0\.1/g)?.length, 1, 'the own address alone');
  assert.doesNotMatch(text, /Firefox/);
  assert.doesNotMatch((await one.get('/account/activity')).text, /127\.0\.0\.1/);
});

it('are marked when a server begins that knows them', async () => {
  const username = await comeIn('30101900000066');
  await bed.sql`update sso.account set is_test = false where username = ${username}`;
  ({ url } = await bed.start({ testPeople: ['30101900000066'], directory: async () => [] }));
  assert.equal(await tokenFor(production, username), 403);
});

it('are told from people of the real identity system, who have tokens for both', async () => {
  ({ url } = await bed.start({ upstreams: [upstreamOf(false)], allowedHosts: [host], directory: async () => [] }));
  const username = await comeIn('30101900000022');
  assert.equal(await tokenFor(playground, username), 200);
  assert.equal(await tokenFor(production, username), 200);
});
