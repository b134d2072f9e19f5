/** Refresh tokens of people: rotation, grace period, reuse, and the events that end them (RFC 6749 section 6, RFC 9700 section 4.14). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { codeBed, patient } from './code-bed.ts';
import { postForm, type Answer } from './support.ts';

const { bed, url, token, accounts, spa, web, code, exchange, tokens, request } = await codeBed();

describe('refresh tokens', () => {
  const refresh = (refreshToken: string, more: Record<string, string | undefined> = {}): Promise<Answer> =>
    postForm(token, { grant_type: 'refresh_token', client_id: spa.id, refresh_token: refreshToken, ...more });

  it('CORE-36 CORE-37 SM-07 renew the tokens with the same context, or with fewer scopes', async () => {
    const first = await tokens({ scope: 'openid offline_access launch/patient patient/*.rs' }, patient);
    const { body } = await refresh(first['refresh_token']!, { scope: first['scope']! });
    assert.equal(body['scope'], first['scope']);
    assert.equal(body['patient'], 'p-1');
    assert.notEqual(body['refresh_token'], first['refresh_token']);
    const fewer = await refresh(body['refresh_token'] as string, { scope: 'patient/*.rs' });
    assert.equal(fewer.body['scope'], 'patient/*.rs');
    const more = await refresh(fewer.body['refresh_token'] as string, { scope: 'user/*.rs' });
    assert.equal(more.body['error'], 'invalid_scope');
  });

  it('are given only for offline_access or online_access, and to whom they are given CORE-34', async () => {
    assert.equal((await tokens())['refresh_token'], undefined);
    const { refresh_token: refreshToken } = await tokens({ scope: 'openid offline_access user/*.rs' });
    const stolen = { client_id: web.id, client_secret: web.secret };
    assert.equal((await refresh(refreshToken!, stolen)).body['error'], 'invalid_grant');
  });

  it('of one tab stay good when the person opens the application in another, until they sign out of both', async () => {
    const browser = new Browser(url);
    const ask = { scope: 'openid online_access launch/patient patient/*.rs' };
    const [one, two] = [await code(ask, patient, browser), await code(ask, patient, browser)];
    const answers = [];
    for (const { back, verifier } of [one, two]) {
      answers.push(await exchange({ code: back.searchParams.get('code')!, code_verifier: verifier }));
    }
    const renewed = [];
    for (const { body } of answers) renewed.push((await refresh(body['refresh_token'] as string)).body);
    assert.deepEqual(
      renewed.map((body) => body['patient']),
      ['p-1', 'p-1'],
    );
    const userInfo = async (body: Record<string, unknown>): Promise<number> => {
      const headers = { authorization: `Bearer ${body['access_token'] as string}` };
      return (await fetch(`${url}/oauth/userinfo`, { headers })).status;
    };
    for (const body of renewed) assert.equal(await userInfo(body), 200);
    const page = await browser.get('/oauth/logout');
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(page.text) ?? [];
    await browser.post('/oauth/logout/confirm', { xsrf, logout: 'yes' });
    for (const body of renewed) {
      assert.equal((await refresh(body['refresh_token'] as string)).body['error'], 'invalid_grant');
      assert.equal(await userInfo(body), 401);
    }
  });

  it('BCP-08 50 parallel refreshes log nobody out', async () => {
    const { refresh_token: refreshToken } = await tokens({ scope: 'openid offline_access user/*.rs' });
    // Its clock is fixed: on a busy machine the fifty take longer than the grace period.
    const now = Date.now();
    const still = await bed.start({ clock: () => new Date(now) });
    const refreshThere = (value: string): Promise<Answer> =>
      postForm(`${still.url}/oauth/token`, {
        ...{ grant_type: 'refresh_token', client_id: spa.id, refresh_token: value },
      });
    const answers = await Promise.all(Array.from({ length: 50 }, () => refreshThere(refreshToken!)));
    assert.ok(answers.every(({ status }) => status === 200));
    for (const { body } of [answers[0]!, answers[49]!]) {
      assert.equal((await refreshThere(body['refresh_token'] as string)).status, 200);
    }
  });

  it('BCP-07 a token used again later ends all that came of the sign-in', async () => {
    let now = Date.now();
    const later = await bed.start({ clock: () => new Date(now) });
    const form = { grant_type: 'refresh_token', client_id: spa.id };
    const { refresh_token: first } = await tokens({ scope: 'openid offline_access user/*.rs' });
    const { body } = await postForm(`${later.url}/oauth/token`, { ...form, refresh_token: first });
    now += 4000;
    const again = await postForm(`${later.url}/oauth/token`, { ...form, refresh_token: first });
    assert.equal(again.body['error'], 'invalid_grant');
    const newest = await postForm(`${later.url}/oauth/token`, {
      ...form,
      refresh_token: body['refresh_token'] as string,
    });
    assert.equal(newest.body['error'], 'invalid_grant');
  });

  it('end a month after the person signed in, however often they are renewed', async () => {
    let now = Date.now();
    const later = await bed.start({ clock: () => new Date(now) });
    const { refresh_token: first } = await tokens({ scope: 'openid offline_access user/*.rs' });
    let refreshToken: unknown = first;
    const renew = async (): Promise<Answer> =>
      postForm(`${later.url}/oauth/token`, {
        ...{ grant_type: 'refresh_token', client_id: spa.id, refresh_token: String(refreshToken) },
      });
    for (let day = 10; day < 30; day += 10) {
      now += 10 * 86_400_000;
      const { status, body } = await renew();
      assert.equal(status, 200, `day ${String(day)}`);
      refreshToken = body['refresh_token'];
    }
    now += 11 * 86_400_000;
    assert.equal((await renew()).body['error'], 'invalid_grant', 'day 31');
  });

  it('UX-10 end when the account is disabled or its password is set anew', async () => {
    const person = { username: 'vaqtincha', password: 'only for a while' };
    await accounts.create({
      ...person,
      name: 'V',
      identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'v' }],
    });
    const browser = new Browser(url);
    const ask = { scope: 'openid offline_access user/*.rs' };
    const { back, verifier } = await code(ask, person, browser);
    const { body } = await exchange({ code: back.searchParams.get('code')!, code_verifier: verifier });
    const pending = await code(ask, person, browser);
    await accounts.disable('vaqtincha', { reason: 'left' });
    assert.equal((await refresh(body['refresh_token'] as string)).body['error'], 'invalid_grant');
    const late = { code: pending.back.searchParams.get('code')!, code_verifier: pending.verifier };
    assert.equal((await exchange(late)).body['error'], 'invalid_grant');
    const page = await browser.get(authorizeAddress({ ...request, ...ask, ...pkce().query }));
    assert.match(page.text, /name="password"/, 'the session is over');
    assert.equal((await browser.submit(page, person, 'login')).status, 401);
  });
});

const refreshOf = (refreshToken: string, more: Record<string, string>): Promise<Answer> =>
  postForm(token, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });

describe('a refresh without client_id', () => {
  const nameless = (refreshToken: string, more: Record<string, string> = {}): Promise<Answer> =>
    postForm(token, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
  const scope = 'openid offline_access user/*.rs';

  it('is that of the public client which was given the token, as often as it is renewed', async () => {
    const first = await tokens({ scope });
    const second = await nameless(first['refresh_token']!);
    assert.equal(second.status, 200, second.text);
    assert.notEqual(second.body['refresh_token'], first['refresh_token']);
    const third = await nameless(second.body['refresh_token'] as string, { scope: 'user/*.rs' });
    assert.deepEqual([third.status, third.body['scope']], [200, 'user/*.rs']);
    const [event] = await bed.sql<{ client_id: string }[]>`
      select client_id from sso.audit_event where event = 'token.issued' order by id desc limit 1`;
    assert.equal(event!.client_id, spa.id);
  });

  it('with a token that was used before ends the family, as with it', async () => {
    const first = await tokens({ scope });
    const second = await nameless(first['refresh_token']!);
    await bed.sql`update sso.artifact set consumed_at = consumed_at - interval '1 minute' where consumed_at is not null`;
    assert.equal((await nameless(first['refresh_token']!)).body['error'], 'invalid_grant');
    assert.equal((await nameless(second.body['refresh_token'] as string)).body['error'], 'invalid_grant');
    const [event] = await bed.sql<{ client_id: string }[]>`
      select client_id from sso.audit_event where event = 'refresh.reused' order by id desc limit 1`;
    assert.equal(event!.client_id, spa.id);
  });

  it('is refused for a client that must authenticate, as for a token that does not exist', async () => {
    const { back, verifier } = await code({ client_id: web.id, scope });
    const form = { client_id: web.id, client_secret: web.secret };
    const given = await exchange({ ...form, code: back.searchParams.get('code')!, code_verifier: verifier });
    const ofWeb = given.body['refresh_token'] as string;
    const [stolen, unknown] = [await nameless(ofWeb), await nameless('nothing')];
    assert.deepEqual([stolen.status, stolen.body['error']], [400, 'invalid_grant']);
    assert.equal(stolen.text, unknown.text);
    assert.equal(
      (await nameless(ofWeb, { client_id: web.id })).body['error'],
      'invalid_client',
      'its name is not enough',
    );
    assert.equal((await nameless(ofWeb, { client_secret: web.secret })).body['error'], 'invalid_request');
    assert.equal((await refreshOf(ofWeb, form)).status, 200, 'and nothing of it was used up');
  });

  it('is refused for a client that is disabled, and for a code', async () => {
    const { refresh_token: refreshToken } = await tokens({ scope });
    await bed.clients.disable(spa.id);
    // Its tokens have ended, so its owner is unknown.
    assert.equal((await nameless(refreshToken!)).body['error'], 'invalid_grant');
    await bed.clients.enable(spa.id);
    const { back, verifier } = await code();
    const exchanged = await exchange({
      ...{ client_id: undefined, code: back.searchParams.get('code')!, code_verifier: verifier },
      refresh_token: refreshToken!,
    });
    assert.deepEqual([exchanged.status, exchanged.body['error']], [400, 'invalid_request']);
  });
});
