/** Ended sessions: whoever ends one, its tokens end, and clients that subscribed to it are notified (back-channel logout). */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts, openPeople } from '@dhp/accounts';
import { openSessions } from '@dhp/administration';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { decodeJwt } from './jose.ts';
import { newClient, postForm, testBed, type TestServer } from './support.ts';

const redirectUri = 'https://cabinet.example.uz/cb';
const password = 'correct horse battery';
const bed = await testBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const people = openPeople(bed.sql, { actor: 'cli:tester', reason: 'test' });
const sessions = openSessions(bed.sql, { actor: 'cli:tester', reason: 'a lost telephone' });
const mails: string[] = [];
/** Claims of the logout notices that the client received. */
const told: { sub?: string; sid?: unknown }[] = [];
let listener: Server;
let server: TestServer;
let clientId: string;
let count = 0;

before(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      told.push(decodeJwt(new URLSearchParams(body).get('logout_token')!));
      response.end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((listener.address() as AddressInfo).port)}`;
  server = await bed.start({
    noticePollSeconds: 0.05,
    allowedHosts: [host],
    send: async ({ text }) => void mails.push(text),
  });
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Cabinet',
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'patient/*.rs'],
    redirectUris: [redirectUri],
    public: true,
    backchannelLogoutUri: `http://${host}/told`,
  }));
});
after(() => listener.close());

interface SignedIn {
  username: string;
  browser: Browser;
  refreshToken: string;
  sub: string;
  sid: unknown;
}

async function atClient(username: string, browser = new Browser(server.url)): Promise<SignedIn> {
  const { verifier, query } = pkce();
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri };
  const scope = 'openid offline_access patient/*.rs';
  const back = await signIn(browser, authorizeAddress({ ...asked, scope, ...query }), { username, password });
  const code = back.searchParams.get('code') ?? assert.fail(back.href);
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code };
  const { body } = await postForm(`${server.url}/oauth/token`, { ...form, code_verifier: verifier });
  const { sub, sid } = decodeJwt(String(body['id_token']));
  return { username, browser, refreshToken: String(body['refresh_token']), sub: sub!, sid };
}

/** A new person, signed in at the client. */
async function somebody(): Promise<SignedIn> {
  const username = `person-${String((count += 1))}`;
  const identities = [{ environment: 'playground', type: 'Patient', fhir_id: `p-${String(count)}` } as const];
  await accounts.create({ username, name: 'Olim Usmonov', password, email: `${username}@example.uz`, identities });
  return atClient(username);
}

async function refreshes({ refreshToken }: SignedIn): Promise<boolean> {
  const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken };
  return (await postForm(`${server.url}/oauth/token`, form)).status === 200;
}

/** The notice that the session of this sign-in ended. */
async function toldOf({ sid, sub }: SignedIn): Promise<number> {
  for (let n = 0; n < 600 && !told.some((token) => token.sid === sid); n += 1) await delay(50);
  await delay(100);
  return told.filter((token) => token.sid === sid && token.sub === sub).length;
}

const onAccountPage = async ({ browser }: SignedIn, path: string, fields: object, step: string): Promise<void> => {
  const page = await browser.get(path);
  assert.equal(page.status, 200, page.address);
  await browser.submit(page, { ...fields }, step);
};

describe('the clients of a session are told when it is ended', () => {
  const ends: Record<string, (who: SignedIn) => Promise<unknown>> = {
    'by the person among the sessions of the account': async (who) => {
      const [{ uid }] = await bed.sql<[{ uid: string }]>`
        select session_uid as uid from sso.session_detail where account_id = ${who.sub}`;
      return onAccountPage(who, '/account/sessions', { session: uid }, 'end-session');
    },
    'by signing out everywhere': (who) => onAccountPage(who, '/account/sessions', {}, 'sign-out-everywhere'),
    'by signing out of the account': (who) => onAccountPage(who, '/account', {}, 'sign-out'),
    'by a new password of the person': (who) =>
      onAccountPage(who, '/account/security', { current: password, new: 'another long password' }, 'change-password'),
    'by a password set by a link': async ({ username }) => {
      mails.length = 0;
      await postForm(`${server.url}/password/forgotten`, { username });
      for (let n = 0; n < 1500 && mails.length === 0; n += 1) await delay(20);
      const token = /token=(\S+)/.exec(mails[0]!)![1]!;
      await postForm(`${server.url}/password/new`, { token, new: 'another long password' });
    },
    'by an operator': async ({ username }) => {
      const { items } = await sessions.search({ username });
      await sessions.end(items[0]!.sessionId);
    },
    'by an operator who ends all of a person': async ({ username }) =>
      assert.equal(await sessions.endAllOf(username), 1),
    'by an operator who disables the person': ({ username }) => accounts.disable(username, { reason: 'left' }),
    'by an operator who sets a password': ({ username }) => accounts.setPassword(username, 'another long password'),
    'by an operator who resets the second factors': ({ username }) => people.resetFactors(username),
    'by an operator who makes the person somebody else in the records': ({ username }) =>
      people.change(username, { identities: [] }),
  };
  for (const [how, end] of Object.entries(ends)) {
    it(how, async () => {
      const [who, other] = [await somebody(), await somebody()];
      await end(who);
      assert.equal(await toldOf(who), 1);
      assert.ok(!told.some(({ sid }) => sid === other.sid), 'nobody else is signed out');
      const again = new URL((await who.browser.get(authorizeAddress(silent()))).address);
      assert.equal(again.searchParams.get('error'), 'login_required');
      if (how !== 'by signing out of the account') assert.equal(await refreshes(who), false);
      assert.ok(await refreshes(other));
    });
  }

  it('once, whoever ends it at the same time', async () => {
    const who = await somebody();
    await Promise.all([
      sessions.endAllOf(who.username),
      sessions.endAllOf(who.username),
      accounts.disable(who.username),
    ]);
    assert.equal(await toldOf(who), 1);
  });

  function silent(): Record<string, string> {
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
    return { ...asked, prompt: 'none', ...pkce().query };
  }
});

describe('an operator', () => {
  it('finds sessions by person, client and network, a page at a time', async () => {
    const [who] = [await somebody(), await somebody(), await somebody()];
    const own = await sessions.search({ username: who.username.toUpperCase() });
    assert.deepEqual([own.total, own.items[0]!.clients, own.items[0]!.username], [1, [clientId], who.username]);
    assert.equal((await sessions.search({ address: '127.0.0.0/8', username: who.username })).total, 1);
    assert.equal((await sessions.search({ address: '10.0.0.0/8' })).total, 0);
    assert.equal((await sessions.search({ clientId: 'another' })).total, 0);

    const { total } = await sessions.search({ clientId });
    const seen: string[] = [];
    for (let after: string | undefined, pages = 0; pages <= total; pages += 1) {
      const page = await sessions.search({ clientId, count: 2, after });
      seen.push(...page.items.map(({ sessionId }) => sessionId));
      assert.equal(page.total, total);
      after = page.next;
      if (after === undefined) break;
    }
    assert.equal(new Set(seen).size, total);
    assert.equal(seen.length, total);
    for (const wrong of [
      { count: 0 },
      { count: 501 },
      { after: 'nothing' },
      { address: 'here' },
      { address: '10.0.0.0/33' },
    ]) {
      await assert.rejects(sessions.search(wrong), { name: 'AdministrationError' });
    }
  });

  it('leaves a record of every end, with the reason, and learns when there is nothing to end', async () => {
    const who = await somebody();
    const { items } = await sessions.search({ username: who.username });
    await sessions.end(items[0]!.sessionId);
    await sessions.endAllOf(who.username);
    const events = await bed.sql<{ event: string; actor: string; reason: string }[]>`
      select event, actor, reason from sso.audit_event
      where account_id = ${who.sub} and event in ('session.ended', 'account.signed-out') order by id`;
    assert.deepEqual(
      events.map(({ event, actor, reason }) => `${event} ${actor} ${reason}`),
      ['session.ended cli:tester a lost telephone', 'account.signed-out cli:tester a lost telephone'],
    );
    await assert.rejects(sessions.end(items[0]!.sessionId), { kind: 'unknown-session' });
    await assert.rejects(sessions.endAllOf('nobody'), { kind: 'unknown-account' });
  });
});
