import assert from 'node:assert/strict';
import { until } from '@dhp/postgres/testing';
import { pkce, type Browser, type Page } from '../../../apps/sso/test/browser.ts';
import { makeClient } from '../clients.ts';
import { bearer, isError, isInactive, refreshForm } from '../expect.ts';
import { people, type PersonName } from '../people.ts';
import { row, type Section } from '../row.ts';
import { begin, codeAfter, enter, recordedOf, type Recorded } from '../visits.ts';
import type { World } from '../world.ts';

interface Visitor {
  browser: Browser;
  tokens: Record<string, string>;
}

async function visitor(w: World, person: PersonName): Promise<Visitor> {
  const browser = w.browser();
  return { browser, tokens: await w.tokens({ scope: 'openid offline_access user/*.rs' }, person, browser) };
}

async function refreshes(w: World, { tokens }: Visitor): Promise<boolean> {
  const got = await w.token(refreshForm(w, tokens['refresh_token']));
  if (got.status !== 200) {
    isError(got, 400, 'invalid_grant');
    return false;
  }
  tokens['refresh_token'] = String(got.body['refresh_token']);
  return true;
}

/** Asks without a page. */
async function isSignedIn(w: World, browser: Browser): Promise<boolean> {
  const query = { prompt: 'none', scope: 'openid offline_access user/*.rs' };
  const back = new URL((await begin(w, browser, query)).address).searchParams;
  if (!back.has('code')) assert.equal(back.get('error'), 'login_required');
  return back.has('code');
}

/** The form of the account page that has this button, and this value in it. */
async function press(browser: Browser, page: Page, step: string, value = ''): Promise<Page> {
  const forms = [...page.text.matchAll(/<form[^>]*>[^]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((one) => one.includes(`value="${step}"`) && one.includes(value))!;
  const hidden = [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, is]) => [name, is]);
  return browser.post('/account', { ...(Object.fromEntries(hidden) as Record<string, string>), step });
}

async function endsOne(w: World): Promise<void> {
  const [kept, ended] = [await visitor(w, 'owner1'), await visitor(w, 'owner1')];
  const page = await kept.browser.get('/account/sessions');
  const rows = [...page.text.matchAll(/<li>[^]*?<\/li>/g)]
    .map(([row]) => row)
    .filter((row) => row.includes('session"'));
  const [other, ...more] = rows.filter((row) => !row.includes('this device'));
  assert.deepEqual([rows.length, more.length], [2, 0], 'the page says which is this one');
  const [, uid] = /name="session" value="([^"]*)"/.exec(other!)!;
  await press(kept.browser, page, 'end-session', uid);
  assert.equal(await refreshes(w, ended), false);
  assert.equal(await isSignedIn(w, ended.browser), false);
  await isInactive(w, ended.tokens['access_token']!);
  assert.equal(await refreshes(w, kept), true);
  assert.equal(await isSignedIn(w, kept.browser), true);
}

async function endsAll(w: World): Promise<void> {
  const one = await visitor(w, 'owner2');
  const browser = w.browser();
  const client = { client_id: w.of.SPA.id, redirect_uri: w.of.SPA.redirectUri };
  const signedIn = await w.signIn({ ...client, scope: 'openid user/*.rs' }, 'owner2', browser);
  assert.ok(signedIn.back.searchParams.has('code'));
  await w.accounts.disable(people.owner2.username, { reason: 'a row of the checklist' });
  try {
    assert.equal(await isSignedIn(w, one.browser), false, 'the session');
    isError(await w.exchange(signedIn, client), 400, 'invalid_grant');
    assert.equal(await refreshes(w, one), false);
    await isInactive(w, one.tokens['access_token']!);
    const again = w.browser();
    const { username, password } = people.owner2;
    assert.equal((await enter(again, await begin(w, again), username, password)).status, 401);
  } finally {
    await w.accounts.enable(people.owner2.username);
  }
}

async function lasts(w: World): Promise<void> {
  const hour = 3600;
  const idle = await visitor(w, 'doctor1');
  assert.equal(await isSignedIn(w, idle.browser), true);
  w.clock.ahead(7.9 * hour);
  assert.equal(await isSignedIn(w, idle.browser), true, 'before eight hours, and each use begins them anew');
  w.clock.ahead(4 * hour);
  assert.equal(await isSignedIn(w, idle.browser), true, 'used four hours ago');
  w.clock.ahead(0.2 * hour);
  assert.equal(await isSignedIn(w, idle.browser), false, 'twelve hours in any case');
  const other = await visitor(w, 'doctor1');
  assert.equal(await isSignedIn(w, other.browser), true);
  w.clock.ahead(8.1 * hour);
  assert.equal(await isSignedIn(w, other.browser), false, 'eight hours without use');
}

const tokenOf = (text: string): string => /token=([\w-]+)/.exec(text)![1]!;

async function resets(w: World): Promise<void> {
  const { username, password } = people.owner3;
  const one = await visitor(w, 'owner3');
  const ask = async (name: string): Promise<string> => {
    const { status, text } = await w.post('/password/forgotten', { username: name });
    return `${String(status)} ${text}`;
  };
  assert.equal(await ask('nobody-at-all'), await ask(username), 'it tells nobody who has an account');
  // A notice of a row before may still be on its way.
  const letters = (): string[] => w.mail.filter(({ to }) => to === 'owner3@example.uz').map(({ text }) => text);
  await until('a letter comes', () => letters().length === 1);
  const late = tokenOf(letters()[0]!);
  const set = (token: string, wanted: string): Promise<{ status: number }> =>
    w.post('/password/new', { token, new: wanted });
  w.clock.ahead(15 * 60 + 1);
  assert.equal((await set(late, 'quiet words on paper')).status, 400, 'after a quarter of an hour');
  w.clock.reset();
  // A look at the signing keys while the clock was ahead may have taken one into use whose time has not come.
  await w.refreshKeys();
  await ask(username);
  await until('another letter comes', () => letters().length === 2);
  const token = tokenOf(letters()[1]!);
  assert.equal((await set(token, 'qwertyuiop')).status, 400, 'a password that is tried first');
  assert.equal(await refreshes(w, one), true, 'nothing has changed yet');
  const both = await Promise.all([set(token, 'quiet words on paper'), set(token, 'quiet words on paper')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 400], 'once, also when sent twice at a time');
  assert.equal(await refreshes(w, one), false);
  assert.equal(await isSignedIn(w, one.browser), false);
  const again = w.browser();
  assert.equal((await enter(again, await begin(w, again), username, password)).status, 401, 'the old one');
  const page = await enter(again, await begin(w, again), username, 'quiet words on paper');
  assert.ok(await codeAfter(again, page));
}

async function isAudited(w: World): Promise<void> {
  const { username, password } = people.owner4;
  const account = (await w.accounts.find(username))!.accountId;
  const { id: client, redirectUri } = w.of.SPA;
  const headers = { 'x-request-id': '' };
  const browser = w.browser('en', headers);
  const secrets = new Set<string>([password]);
  let count = 0;
  /** Runs an act under a correlation id of its own: one event, whole. */
  const one = async (
    event: string,
    wanted: Partial<Recorded>,
    act: () => Promise<Record<string, unknown> | undefined>,
  ): Promise<Record<string, unknown>> => {
    headers['x-request-id'] = `row-${String((count += 1))}`;
    let given: Record<string, unknown> = {};
    const { events, text } = await recordedOf(w, async () => void (given = (await act()) ?? {}));
    const about = { address: '127.0.0.1', correlation_id: headers['x-request-id'], ...wanted };
    const { length } = events;
    assert.deepEqual([length, events[0]?.event], [1, event], text);
    for (const [name, value] of Object.entries(about)) {
      assert.equal(events[0]![name as keyof Recorded], value, `${event}: ${name} of ${text}`);
    }
    for (const name of ['access_token', 'refresh_token', 'id_token', 'client_secret', 'password', 'code']) {
      if (typeof given[name] === 'string') secrets.add(given[name]);
    }
    for (const secret of secrets) assert.ok(!text.includes(secret), `${event}: a secret`);
    return given;
  };
  const person = { client_id: client, account_id: account };

  const { verifier, query } = pkce();
  let page = await begin(w, browser, { ...query, scope: 'openid offline_access user/*.rs' });
  await one('sign-in.refused', { ...person, reason: 'wrong-password' }, async () => {
    page = await enter(browser, page, username, 'a wrong password');
    return undefined;
  });
  await one('sign-in.succeeded', person, async () => {
    page = await enter(browser, page, username, password);
    return undefined;
  });
  let code = '';
  await one('consent.given', person, async () => {
    code = (await codeAfter(browser, page))!;
    return { code };
  });
  const form = { client_id: client, redirect_uri: redirectUri, code, code_verifier: verifier };
  const tokens = await one('token.issued', person, async () => {
    return (await w.token({ grant_type: 'authorization_code', ...form }, headers)).body;
  });
  const refreshed = await one('token.issued', person, async () => {
    return (await w.token(refreshForm(w, String(tokens['refresh_token'])), headers)).body;
  });
  await one('token.refused', { client_id: client }, async () => {
    return (await w.token(refreshForm(w, 'made-up'), headers)).body;
  });
  await one('token.revoked', { client_id: client }, async () => {
    await w.post('/oauth/revoke', { client_id: client, token: String(refreshed['refresh_token']) }, headers);
    return undefined;
  });
  await administers(w, one, headers);
}

type One = (
  event: string,
  wanted: Partial<Recorded>,
  act: () => Promise<Record<string, unknown> | undefined>,
) => Promise<Record<string, unknown>>;

/** Acts of administration over HTTP: the actor is the client that has the token. */
async function administers(w: World, one: One, headers: Record<string, string>): Promise<void> {
  const scopes = ['admin/clients.write', 'admin/users.write'];
  const admin = await makeClient(w.clients, { name: 'Administration', scopes });
  const token = (await w.token({ ...admin.form, scope: scopes.join(' ') })).body['access_token'] as string;
  await until('the token is recorded', async () => {
    const [found] = await w.sql`select 1 from sso.audit_event where client_id = ${admin.id} and event = 'token.issued'`;
    return found !== undefined;
  });
  const reason = 'a row of the checklist';
  const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const json = { ...bearer(token), ...headers, 'content-type': 'application/json' };
    const body_ = JSON.stringify({ reason, ...body });
    const got = await w.get(`/admin${path}`, { method: 'POST', headers: json, body: body_ });
    assert.ok(got.status < 300, got.text);
    return got.body;
  };
  const by = { actor: `client:${admin.id}`, reason };
  const made = await one('client.created', by, () =>
    call('/clients', {
      ...{ client_name: 'Made by a row', grant_types: ['client_credentials'], scope: 'system/*.rs' },
      environment: 'playground',
    }),
  );
  const path = `/clients/${String(made['client_id'])}`;
  await one('client.secret-rotated', { actor: by.actor }, () => call(`${path}/rotate-secret`, {}));
  await one('client.disabled', by, () => call(`${path}/disable`, {}));
  await one('account.disabled', by, () => call(`/users/${people.owner4.username}/disable`, {}));
  await one('account.enabled', by, () => call(`/users/${people.owner4.username}/enable`, {}));
}

export const sessions: Section = {
  letter: 'R (continued)',
  title: 'Sessions, and what is remembered',
  rows: [
    row('UX-09', 'P', 'one session ended at the account page: its tokens die, those of the others live', endsOne),
    row(
      'UX-10',
      'P',
      'a disabled person: session, code, refresh token and access token are over, and nobody signs in',
      endsAll,
    ),
    row(
      'UX-11',
      'P',
      'a session ends after eight hours without use and after twelve in any case: login_required',
      lasts,
    ),
    row(
      'UX-12',
      'P',
      'a password set by a link, once and within 15 minutes, ends all sessions and tokens; asking tells nothing',
      resets,
    ),
    row(
      'UX-14',
      'P',
      'one audit event for each act, with who, client, address, outcome and correlation id, and no secret',
      isAudited,
    ),
  ],
};
