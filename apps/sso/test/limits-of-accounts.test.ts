/** Limits per account, a recovery code in the trail, and everything that is not restored when a client or an account is enabled again. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { openClosing } from '@dhp/accounts/own';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { whileHeld } from './held-row.ts';
import { newPasskey } from './soft-passkey.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const options = { actor: 'cli:tester', reason: 'test' };
const accounts = openAccounts(bed.sql, options);
const people = openPeople(bed.sql, options);
const clock = (): Date => new Date();
const factors = openFactors({ ...bed, issuer, clock });
const password = 'correct horse battery';
const redirectUri = 'https://clinic.example.uz/cb';
const scope = 'openid offline_access';
let clientId = '';
let count = 0;

before(async () => {
  const registered = { grants: ['authorization_code', 'refresh_token'], scopes: scope.split(' '), public: true };
  ({ id: clientId } = await newClient(bed.clients, { ...registered, redirectUris: [redirectUri] }));
});

async function somebody(): Promise<{ accountId: string; username: string }> {
  return accounts.create({ username: `somebody-${String((count += 1))}`, name: 'Olim Usmonov', password });
}

async function refreshToken(username: string): Promise<string> {
  const { verifier, query } = pkce();
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, prompt: 'consent' };
  const back = await signIn(new Browser(url), authorizeAddress({ ...asked, ...query }), { username, password });
  const { body } = await postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri },
    ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
  });
  return String(body['refresh_token']);
}

const refresh = (token: string): Promise<Answer> =>
  postForm(`${url}/oauth/token`, { grant_type: 'refresh_token', client_id: clientId, refresh_token: token });

describe('what was given before something was disabled', () => {
  const disabled: Record<string, (username: string) => Promise<unknown>> = {
    async account(username) {
      await accounts.disable(username);
      return accounts.enable(username);
    },
    async client() {
      await bed.clients.disable(clientId);
      return bed.clients.enable(clientId);
    },
  };
  for (const [what, change] of Object.entries(disabled)) {
    it(`does not come back with the ${what}`, async () => {
      const { username } = await somebody();
      const token = await refreshToken(username);
      await change(username);
      assert.deepEqual(await refresh(token).then(({ status, body }) => [status, body['error']]), [
        400,
        'invalid_grant',
      ]);
      assert.equal((await refresh(await refreshToken(username))).status, 200, 'a new sign-in is one');
    });
  }

  it('nor is there a link of an operator that was made while somebody disabled the account', async () => {
    const { accountId, username } = await somebody();
    await whileHeld<unknown>(
      bed.sql,
      (held) => held`select 1 from sso.account where account_id = ${accountId} for update`,
      [() => people.resetLink(username), () => accounts.disable(username)],
    );
    const links = await bed.sql`select from sso.password_link where account_id = ${accountId}`;
    assert.equal(links.length, 0);
  });

  it('nor does a link of an earlier end open an account that its person has closed once more', async () => {
    const { accountId, username } = await somebody();
    const closing = openClosing({ sql: bed.sql, queue: undefined, issuer, timeZone: 'UTC', days: 7, clock });
    const closed = async (): Promise<string> => (await closing.close(accountId, 'en'))!.link.split('token=')[1]!;
    const open = async (token: string): Promise<number> => {
      const body = new URLSearchParams({ token });
      return (await fetch(`${url}/account/reopen`, { method: 'POST', body })).status;
    };
    const first = await closed();
    await accounts.enable(username);
    const second = await closed();
    assert.deepEqual([await open(first), await open(second)], [400, 200]);
  });
});

describe('a person has', () => {
  it('a hundred sessions at most: the one that was used longest ago ends', async () => {
    const { accountId, username } = await somebody();
    const first = new Browser(url);
    await first.submit(await first.get('/account'), { username, password }, 'login');
    assert.match((await first.get('/account')).text, /Olim Usmonov/);
    await bed.sql`
      insert into sso.session_detail (session_uid, account_id, began_at, last_used_at, user_agent)
      select 'one of many ' || n, ${accountId}, now(), now() + interval '1 minute', '' from generate_series(1, 99) n`;
    const next = new Browser(url);
    await next.submit(await next.get('/account'), { username, password }, 'login');
    assert.match((await next.get('/account')).text, /Olim Usmonov/);
    assert.doesNotMatch((await first.get('/account')).text, /Olim Usmonov/);
    const [row] = await bed.sql<{ left: number; told: number }[]>`
      select (select count(*)::int from sso.session_detail where account_id = ${accountId}) as left,
             (select count(*)::int from sso.audit_event
              where account_id = ${accountId} and event = 'session.ended' and reason = 'more than 100 sessions') as told`;
    assert.deepEqual({ ...row }, { left: 100, told: 1 });
  });

  it('twenty passkeys at most', async () => {
    const { accountId, username } = await somebody();
    await bed.sql`
      insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
      select ${username} || n, ${accountId}, ${Buffer.alloc(8)}, 0, 'phone', now() from generate_series(1, 20) n`;
    const { challenge, response } = newPasskey(issuer);
    const more = { name: 'one more', place: 'here' };
    assert.equal(await factors.addPasskey(accountId, challenge, response, more), 'too-many');
    await bed.sql`delete from sso.passkey where credential_id = ${`${username}7`}`;
    assert.equal(await factors.addPasskey(accountId, challenge, response, more), 'added');
  });
});

it('a recovery code is not an app in the trail, and is a one-time password in the token', async () => {
  const { accountId, username } = await somebody();
  const secret = (await factors.beginTotp(accountId, 'here'))!;
  const codes = (await factors.confirmTotp(accountId, totpCode(secret, totpStep(clock()) - 1), { place: 'here' }))!;
  const reasons: unknown[] = [];
  for (const code of [totpCode(secret, totpStep(clock())), codes[0]!]) {
    const browser = new Browser(url);
    const asked = await browser.submit(await browser.get('/account'), { username, password }, 'login');
    await browser.submit(asked, { code }, 'code');
    assert.match((await browser.get('/account')).text, /Olim Usmonov/);
    const [event] = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where account_id = ${accountId} and event = 'sign-in.succeeded'
      order by id desc limit 1`;
    reasons.push(event?.reason);
  }
  assert.deepEqual(reasons, ['pwd otp mfa', 'pwd recovery-code mfa']);
});
