/**
 * Each request that creates a session or tokens, with each act that ends the credentials shown, at each point: the act is done before each
 * statement of the request. Whatever the order, no access remains.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { makePasswordLink, openFactors, usePasswordLink } from '@dhp/accounts/sign-in';
import { openClosing } from '@dhp/accounts/own';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { openSessions } from '@dhp/administration';
import { selectSessions } from '@dhp/grants';
import { revokeApplication } from '@dhp/grants/applications';
import { connect } from '@dhp/postgres';
import { sampleOf } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { softPasskey } from './soft-passkey.ts';
import { statementGate } from './statement-gate.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';
import { comeBack, oneIdBed } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const gate = await statementGate(bed.databaseUrl);
const sql = connect(gate.through(bed.databaseUrl), { max: 4, reads: 2 });
const { url } = await bed.start({
  sql,
  upstreams: [oneid.upstream],
  allowedHosts: [oneid.host],
  directory: () => Promise.resolve([]),
});
const options = { actor: 'cli:tester', reason: 'test' };
const accounts = openAccounts(bed.sql, options);
const people = openPeople(bed.sql, options);
const clock = (): Date => new Date();
const factors = openFactors({ ...bed, issuer, clock });
const password = 'correct horse battery';
const redirectUri = 'https://clinic.example.uz/cb';
const scope = 'openid offline_access';
/** More statements than any of these requests has. */
const mostStatements = 20;
let clientId = '';
let count = 0;

before(async () => {
  const registered = { grants: ['authorization_code', 'refresh_token'], scopes: scope.split(' ') };
  ({ id: clientId } = await newClient(bed.clients, { ...registered, redirectUris: [redirectUri], public: true }));
});

interface Person {
  accountId: string;
  username: string;
  /** A refresh token of the person. */
  token?: unknown;
}

/** The result: a page, or tokens. */
type Out = Page | Record<string, unknown>;

/** A person before such a request, and the request. */
interface Before {
  person: Person;
  enter: () => Promise<Out>;
  /** To redeem a code that the door has led to. */
  verifier?: string;
}

async function somebody(): Promise<Person> {
  const username = `person-${String((count += 1))}`;
  return accounts.create({ username, name: 'Olim Usmonov', password });
}

async function atLogin(): Promise<{ browser: Browser; page: Page; verifier: string }> {
  const { verifier, query } = pkce();
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, prompt: 'consent' };
  const browser = new Browser(url);
  return { browser, verifier, page: await browser.get(authorizeAddress({ ...asked, ...query })) };
}

/** Up to the button that gives consent. */
async function atConsent(): Promise<{ person: Person; browser: Browser; page: Page; verifier: string }> {
  const person = await somebody();
  const { browser, page, verifier } = await atLogin();
  const { username } = person;
  return { person, browser, verifier, page: await browser.submit(page, { username, password }, 'login') };
}

async function redeem(address: string, verifier: string): Promise<Record<string, unknown>> {
  const code = new URL(address).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return (await postForm(`${url}/oauth/token`, { ...form, client_id: clientId })).body;
}

const doors: Record<string, () => Promise<Before>> = {
  async password() {
    const person = await somebody();
    const { browser, page, verifier } = await atLogin();
    const { username } = person;
    return { person, verifier, enter: () => browser.submit(page, { username, password }, 'login') };
  },
  async code() {
    const person = await somebody();
    const now = clock();
    const secret = (await factors.beginTotp(person.accountId, 'here'))!;
    assert.ok(await factors.confirmTotp(person.accountId, totpCode(secret, totpStep(now) - 1), { place: 'here' }));
    const { browser, page, verifier } = await atLogin();
    const { username } = person;
    const asked = await browser.submit(page, { username, password }, 'login');
    assert.match(asked.text, /id="code"/);
    return {
      person,
      verifier,
      enter: () => browser.submit(asked, { code: totpCode(secret, totpStep(clock())) }, 'code'),
    };
  },
  async passkey() {
    const person = await somebody();
    const passkey = softPasskey(issuer);
    await bed.sql`
      insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
      values (${passkey.credentialId}, ${person.accountId}, ${passkey.publicKey}, 0, 'phone', now())`;
    const { browser, page, verifier } = await atLogin();
    const [, challenge = ''] = /challenge&(?:#34|quot);:&(?:#34|quot);([\w-]+)/.exec(page.text) ?? [];
    const credential = passkey.answer(challenge);
    return { person, verifier, enter: () => browser.submit(page, { credential }, 'passkey') };
  },
  async oneid() {
    oneid.claims.pin = `301019${String((count += 1)).padStart(8, '0')}`;
    const away = async (): Promise<{ browser: Browser; page: Page; verifier: string }> => {
      const { browser, page, verifier } = await atLogin();
      return { browser, verifier, page: await browser.get(new URL('?upstream=oneid', page.address).href) };
    };
    const first = await away();
    const since = clock();
    await comeBack(first.browser, first.page);
    const [person] = await bed.sql<{ account_id: string; username: string }[]>`
      select account_id, username from sso.account where username like 'oneid-%' and created_at >= ${since}`;
    await openSessions(bed.sql, options).endAllOf(person!.username);
    const { browser, page, verifier } = await away();
    const { account_id: accountId, username } = person!;
    return { person: { accountId, username }, verifier, enter: () => comeBack(browser, page) };
  },
  async consent() {
    const { person, browser, page, verifier } = await atConsent();
    assert.match(page.text, /value="allow"/);
    return { person, verifier, enter: () => browser.submit(page, {}, 'allow') };
  },
  async exchange() {
    const { person, browser, page, verifier } = await atConsent();
    const { address } = await browser.submit(page, {}, 'allow');
    return { person, enter: () => redeem(address, verifier) };
  },
  async refresh() {
    const { person, browser, page, verifier } = await atConsent();
    const { refresh_token: token } = await redeem((await browser.submit(page, {}, 'allow')).address, verifier);
    return { person: { ...person, token }, enter: () => renew(token) };
  },
};

async function renew(token: unknown): Promise<Record<string, unknown>> {
  const form = { grant_type: 'refresh_token', refresh_token: String(token), client_id: clientId };
  return (await postForm(`${url}/oauth/token`, form)).body;
}

const acts: Record<string, (person: Person) => Promise<unknown>> = {
  async 'a password by a link'({ accountId }) {
    const link = await makePasswordLink(bed.sql, accountId, 'reset', clock());
    const used = await usePasswordLink(bed.sql, link.slice(link.indexOf('=') + 1), 'quiet words on paper', clock());
    assert.deepEqual(used, { accountId });
  },
  'a password by an operator': ({ username }) => accounts.setPassword(username, 'quiet words on paper'),
  'the account is disabled': ({ username }) => accounts.disable(username),
  async 'the account is disabled and enabled'({ username }) {
    await accounts.disable(username);
    await accounts.enable(username);
  },
  'the refresh token is revoked': ({ token }) =>
    postForm(`${url}/oauth/revoke`, { token: String(token), client_id: clientId }),
  'the application is taken back': ({ accountId }) => revokeApplication(bed.sql, accountId, clientId, clock()),
  async 'the session is ended'({ accountId }) {
    for (const { session_uid: uid } of await selectSessions(bed.sql, accountId, clock()))
      await openSessions(bed.sql, options).end(uid);
  },
  'everything is signed out': ({ username }) => openSessions(bed.sql, options).endAllOf(username),
  'the factors are taken away': ({ username }) => people.resetFactors(username),
  'codes are removed': ({ accountId }) => factors.removeTotp(accountId),
  async 'the passkey is removed'({ accountId }) {
    const [passkey] = (await factors.stateOf(accountId)).passkeys;
    assert.equal(await factors.removePasskey(accountId, passkey!.credentialId), 'removed');
  },
  'the system is unlinked': ({ username }) => people.unlink(username, 'oneid'),
  async 'a factor is set up'({ accountId }) {
    const secret = (await factors.beginTotp(accountId, 'there'))!;
    assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(clock())), { place: 'there' }));
  },
  async 'the account is closed'({ accountId }) {
    const closing = openClosing({ sql: bed.sql, queue: undefined, issuer, timeZone: 'Asia/Tashkent', days: 7, clock });
    assert.ok(await closing.close(accountId, 'en'));
  },
};

const all = ['the account is disabled', 'the account is closed'];
const passwords = ['a password by a link', 'a password by an operator'];
const signedOut = ['the account is disabled and enabled', 'everything is signed out', 'the factors are taken away'];
/** Acts that end grants and leave the person signed in. */
const ofGrants = ['the application is taken back', 'the session is ended'];
/** Acts that invalidate the shown credentials, however early they are done. */
const ends: Record<keyof typeof doors, string[]> = {
  password: [...all, ...passwords, 'a factor is set up'],
  code: [...all, ...passwords, ...signedOut, 'codes are removed'],
  passkey: [...all, 'the factors are taken away', 'the passkey is removed'],
  oneid: [...all, 'the system is unlinked'],
  consent: [...all, ...passwords, ...signedOut],
  exchange: [...all, ...passwords, ...signedOut, ...ofGrants],
  refresh: [...all, ...passwords, ...signedOut, ...ofGrants, 'the refresh token is revoked'],
};

/** After a sign-in these acts do not end its session: the shown credentials were valid. */
const leavesSessions = new Set(['a factor is set up', 'codes are removed', 'the passkey is removed']);

/** Whether the session exists, once earlier statements have finished. */
async function isIn({ accountId }: Person): Promise<boolean> {
  for (const until = performance.now() + 5_000; performance.now() < until;) {
    const busy = await bed.sql`
      select from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state like any(array['active', 'idle in transaction%'])`;
    if (busy.length === 0) break;
  }
  const found = await bed.sql`select from sso.artifact where account_id = ${accountId} and model = 'Session'`;
  return found.length > 0;
}

/** The access that remains after the request and the act; empty if there is none. */
async function left({ person: { accountId }, verifier }: Before, went: Out, keepsSession: boolean): Promise<string[]> {
  const out = went as unknown as Record<string, unknown>;
  const rows = await bed.sql<{ what: string }[]>`
    select model as what from sso.artifact
    where account_id = ${accountId} and model in ('Session', 'Grant', 'DeviceCode') and expires_at > now()
      and not (model = 'Session' and ${keepsSession})`;
  const isPage = typeof out['address'] === 'string';
  const tokens = isPage ? await redeem(out['address'] as string, verifier ?? '') : out;
  const renewed = tokens['refresh_token'] === undefined ? {} : await renew(tokens['refresh_token']);
  const headers = { authorization: `Bearer ${String(tokens['access_token'])}` };
  const isServed = tokens['access_token'] !== undefined && (await fetch(`${url}/oauth/userinfo`, { headers })).ok;
  return [
    ...rows.map(({ what }) => what),
    ...(renewed['access_token'] === undefined ? [] : ['renewed']),
    ...(isServed ? ['access token'] : []),
  ];
}

describe('nothing is left of a door', () => {
  for (const [door, open] of Object.entries(doors)) {
    it(`to ${door}, whatever ends it and when`, async (t) => {
      const faults: string[] = [];
      /** By the act, the number of statements of the door. */
      const ended = new Map<string, number>();
      const orders = ends[door]!.flatMap((act) => Array.from({ length: mostStatements }, (_, n) => ({ act, n })));
      let tried = 0;
      for (const { act, n } of sampleOf(orders, 6, door.length, (one) => one.act)) {
        if (n > (ended.get(act) ?? Infinity)) continue;
        const standing = await open();
        const seen = { wasIn: false };
        const { done, met } = await gate.meet(n, standing.enter, async () => {
          seen.wasIn = leavesSessions.has(act) && (await isIn(standing.person));
          await acts[act]!(standing.person);
        });
        tried += 1;
        if (!met) ended.set(act, n);
        const keepsSession = act === 'the application is taken back' || act === 'the refresh token is revoked';
        const by = await left(standing, done, keepsSession);
        if (by.length > 0 && !seen.wasIn) faults.push(`${act}, before statement ${String(n)}: ${by.join(', ')}`);
      }
      t.diagnostic(`${String(tried)} orders`);
      assert.deepEqual(faults, []);
    });
  }
});

it('a right password is no wrong one, whatever ends the sign-in and when', async () => {
  const subject = (username: string): string => `name:${createHash('sha256').update(username).digest('base64url')}`;
  const faults: string[] = [];
  let begunAnew = 0;
  // On a busy machine the act that ends the sign-in may come too late each time.
  for (let round = 0; begunAnew === 0 && round < 5; round += 1) {
    let met = true;
    for (let n = 0; met && n < mostStatements; n += 1) {
      const standing = await doors['password']!();
      const { username } = standing.person;
      const went = await gate.meet(n, standing.enter, () => openSessions(bed.sql, options).endAllOf(username));
      met = went.met;
      if ((went.done as { status?: unknown }).status === 400) begunAnew += 1;
      const counted = await bed.sql`select level from sso.throttle where subject = ${subject(username)}`;
      if (counted.length > 0) faults.push(`before statement ${String(n)}`);
    }
  }
  assert.ok(begunAnew > 0, 'some sign-in was ended under way');
  assert.deepEqual(faults, []);
});
