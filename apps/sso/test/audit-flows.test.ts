/**
 * Exactly one record for each decision, over every flow: who did it, for which client, from where, how it ended, of which request; and
 * nothing in it by which to be somebody.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts, type Account } from '@dhp/sso';
import { totpCode, totpStep } from '../src/accounts/totp.ts';
import { acts } from '../src/admin/acts.ts';
import { toAuditEvent, type StoredEvent } from '../src/audit-export.ts';
import { fromBase32 } from './base32.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

interface Row {
  event: string;
  reason: string | null;
  client_id: string | null;
  account_id: string | null;
  actor: string | null;
  address: string | null;
  correlation_id: string | null;
  content: string;
}

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const mail: string[] = [];
const { url } = await bed.start({
  clock,
  send: ({ text }) => Promise.resolve(void mail.push(text)),
  messagePollSeconds: 0.05,
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const redirectUri = 'https://app.uz/cb';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const password = 'a long and quiet password';
const secrets = new Set<string>([password]);
let service: { id: string; secret: string; form: Record<string, string> };
let application = '';

before(async () => {
  service = await newClient(bed.clients, { scopes: ['system/*.cruds', 'dhp.launch'] });
  secrets.add(service.secret);
  ({ id: application } = await newClient(bed.clients, {
    grants: ['authorization_code', 'refresh_token', deviceGrant],
    scopes: ['openid', 'offline_access', 'launch', 'user/*.rs'],
    redirectUris: [redirectUri],
    public: true,
  }));
});

async function person(): Promise<Account> {
  return accounts.create({
    username: `p${randomUUID().slice(0, 8)}`,
    name: 'Aziza Karimova',
    password,
    email: 'a@example.uz',
  });
}

/** What a piece of work wrote of itself: events, with their reasons where they have one. Its requests have one id of their own. */
async function recorded(
  of: { clientId?: string | undefined; accountId?: string | undefined },
  work: (id: Record<string, string>) => Promise<unknown>,
): Promise<string[]> {
  await settled();
  const [last] = await bed.sql<{ id: string }[]>`select coalesce(max(id), 0) as id from sso.audit_event`;
  const id = `flow-${randomUUID()}`;
  await work({ 'x-request-id': id });
  await settled();
  const rows = await bed.sql<Row[]>`
    select event, reason, client_id, account_id, actor, host(address) as address, correlation_id, to_jsonb(e)::text as content
    from sso.audit_event e where id > ${last!.id} and event not like 'message.%' order by id`;
  for (const row of rows) {
    assert.equal(row.correlation_id, id, row.content);
    assert.equal(row.address, '127.0.0.1', row.content);
    if ('clientId' in of) assert.equal(row.client_id, of.clientId ?? null, row.content);
    if ('accountId' in of) assert.equal(row.account_id, of.accountId ?? null, row.content);
    for (const secret of secrets) assert.ok(!row.content.includes(secret), `${row.event} holds a secret`);
  }
  return rows.map(({ event, reason }) => [event, reason].filter((one) => one !== null).join(' '));
}

/** What is recorded beside the answers is written by now. */
async function settled(): Promise<void> {
  let before = -1;
  for (;;) {
    const [row] = await bed.sql<{ n: number }[]>`select count(*)::int as n from sso.audit_event`;
    if (row!.n === before) return;
    before = row!.n;
    await delay(120);
  }
}

async function token(form: Record<string, string | undefined>, headers: Record<string, string>): Promise<Answer> {
  const answer = await postForm(`${url}/oauth/token`, form, headers);
  for (const name of ['access_token', 'refresh_token', 'id_token'])
    if (typeof answer.body[name] === 'string') secrets.add(answer.body[name]);
  return answer;
}

interface SignedIn {
  browser: Browser;
  page: Page;
  verifier: string;
}

/** As far as the question what the application may. */
async function signIn(
  username: string,
  headers: Record<string, string>,
  more: Record<string, string> = {},
): Promise<SignedIn> {
  const browser = new Browser(url, 'en', headers);
  const { verifier, query } = pkce();
  secrets.add(verifier);
  const asked = {
    response_type: 'code',
    client_id: application,
    redirect_uri: redirectUri,
    scope: 'openid offline_access user/*.rs',
  };
  const first = await browser.get(authorizeAddress({ ...asked, ...query, ...more }));
  return { browser, verifier, page: await browser.submit(first, { username, password }, 'login') };
}

async function codeOf({ browser, page, verifier }: SignedIn): Promise<Record<string, string>> {
  const allowed = await browser.submit(page, {}, 'allow');
  const code = new URL(allowed.address).searchParams.get('code')!;
  secrets.add(code);
  return {
    grant_type: 'authorization_code',
    client_id: application,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  };
}

describe('a client that acts for itself leaves one record', () => {
  const mine = (): { clientId: string; accountId: undefined } => ({ clientId: service.id, accountId: undefined });

  it('of a token', async () => {
    assert.deepEqual(await recorded(mine(), (id) => token(service.form, id)), ['token.issued']);
  });

  it('of a refusal, at each endpoint where it says who it is', async () => {
    const wrong = { client_id: service.id, client_secret: 'not the secret', token: 'x' };
    const at = (path: string) => (id: Record<string, string>) => postForm(`${url}${path}`, wrong, id);
    const refused = (id: Record<string, string>): Promise<Answer> =>
      token({ ...service.form, client_secret: 'x'.repeat(20) }, id);
    assert.deepEqual(await recorded(mine(), refused), ['token.refused wrong-secret']);
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/launch']) {
      assert.deepEqual(await recorded(mine(), at(path)), [`client.refused wrong-secret at ${path}`]);
    }
    const unknown = { client_id: 'nobody', client_secret: 'x', token: 'x' };
    const asked = (id: Record<string, string>): Promise<Answer> => postForm(`${url}/oauth/introspect`, unknown, id);
    assert.deepEqual(await recorded({ clientId: 'nobody' }, asked), [
      'client.refused unknown-client at /oauth/introspect',
    ]);
    const bearer = (id: Record<string, string>): Promise<Answer> =>
      postForm(`${url}/oauth/introspect`, { token: 'x' }, { ...id, authorization: 'Bearer not.a.token' });
    assert.deepEqual(await recorded({}, bearer), ['client.refused invalid-token at /oauth/introspect']);
  });

  it('of a revocation, and none of a token that is none or of looking at one', async () => {
    const made = String((await token(service.form, {})).body['access_token']);
    const { client_id, client_secret } = service.form;
    const at = (path: string, what: string) => (id: Record<string, string>) =>
      postForm(`${url}${path}`, { client_id, client_secret, token: what }, id);
    assert.deepEqual(await recorded(mine(), at('/oauth/introspect', made)), []);
    assert.deepEqual(await recorded(mine(), at('/oauth/revoke', made)), ['token.revoked']);
    assert.deepEqual(await recorded(mine(), at('/oauth/revoke', 'none')), []);
  });

  it('of a launch', async () => {
    const { client_id, client_secret } = service.form;
    const launch = async (id: Record<string, string>): Promise<void> => {
      const answer = await postForm(
        `${url}/oauth/launch`,
        { client_id, client_secret, application, patient: 'p-1' },
        id,
      );
      assert.ok(answer.status < 300, answer.text);
      secrets.add(String(answer.body['launch']));
    };
    const events = await recorded(mine(), launch);
    assert.deepEqual(
      events.map((one) => one.split(' ')[0]),
      ['launch.registered'],
    );
  });

  it('of what it may not administer', async () => {
    const operator = await newClient(bed.clients, { scopes: ['admin/clients.read'] });
    secrets.add(operator.secret);
    const { body } = await token(operator.form, {});
    const call = (given: string) => (id: Record<string, string>) =>
      fetch(`${url}/admin/users`, { headers: { ...id, authorization: `Bearer ${given}` } });
    assert.deepEqual(await recorded({ clientId: operator.id }, call(String(body['access_token']))), [
      'client.refused without admin/users.read for GET /admin/users',
    ]);
    assert.deepEqual(await recorded({}, call('no.token.x')), ['client.refused invalid-token for GET /admin/users']);
  });
});

describe('a person and an application leave one record', () => {
  it('of a sign-in, of what was allowed, of each token', async () => {
    const { username, accountId } = await person();
    const whose = { clientId: application, accountId };
    let begun: SignedIn;
    const signedIn = await recorded(whose, async (id) => {
      begun = await signIn(username, id);
    });
    assert.deepEqual(signedIn, ['sign-in.succeeded pwd']);
    let form: Record<string, string> = {};
    // The browser keeps the id of its first request.
    await settled();
    const [before] = await bed.sql<{ id: string }[]>`select max(id) as id from sso.audit_event`;
    form = await codeOf(begun!);
    await settled();
    const given = await bed.sql`select event, client_id, account_id from sso.audit_event where id > ${before!.id}`;
    assert.deepEqual([...given], [{ event: 'consent.given', client_id: application, account_id: accountId }]);

    let refresh = '';
    const exchanged = await recorded(whose, async (id) => {
      refresh = String((await token(form, id)).body['refresh_token']);
    });
    assert.deepEqual(exchanged, ['token.issued']);
    let next = '';
    const renewed = (name: string) => async (id: Record<string, string>) => {
      const answer = await token({ grant_type: 'refresh_token', client_id: application, refresh_token: name }, id);
      next = (answer.body['refresh_token'] ?? '') as string;
    };
    assert.deepEqual(await recorded(whose, renewed(refresh)), ['token.issued']);
    assert.notEqual(next, refresh);
    now = new Date(now.getTime() + 10_000);
    // Of a refresh token that was used before, one record says it, together with what ends with it.
    assert.deepEqual(await recorded(whose, renewed(refresh)), [
      'refresh.reused ended with it: the access tokens and 1 refresh token of this authorization',
    ]);
    assert.deepEqual(await recorded({ clientId: application }, renewed(refresh)), ['token.refused invalid-grant']);
    assert.deepEqual(await recorded({ clientId: application }, renewed('no such token')), [
      'token.refused invalid-grant',
    ]);
  });

  it('of a code that is used twice', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    await token(form, {});
    assert.deepEqual(await recorded({ clientId: application, accountId }, (id) => token(form, id)), [
      'code.reused ended with it: the access tokens and 1 refresh token of this authorization',
    ]);
    assert.deepEqual(await recorded({ clientId: application }, (id) => token(form, id)), [
      'token.refused invalid-grant',
    ]);
  });

  it('of each of the uses of a code at the same time; what the one got ends', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    let answers: Answer[] = [];
    const events = await recorded({ clientId: application, accountId }, async (id) => {
      answers = await Promise.all([1, 2, 3].map(() => token(form, id)));
    });
    const ended = 'code.reused ended with it: the access tokens and 1 refresh token of this authorization';
    const before = 'code.reused what came of it had ended before';
    assert.deepEqual(events.sort(), [ended, before, 'token.issued'].sort());
    const won = answers.find(({ status }) => status === 200)!;
    const renewed = { grant_type: 'refresh_token', client_id: application, refresh_token: won.body['refresh_token'] };
    assert.equal((await token(renewed as Record<string, string>, {})).body['error'], 'invalid_grant');
  });

  it('of a use again, which operators find at their page and take out as an AuditEvent', async () => {
    const { username, accountId } = await person();
    const form = await codeOf(await signIn(username, {}));
    await token(form, {});
    await token(form, {});
    await settled();
    const [row] = await bed.sql<{ content: string }[]>`
      select to_jsonb(e)::text as content from sso.audit_event e where event = 'code.reused' and account_id = ${accountId}`;
    const fhir = JSON.stringify(toAuditEvent(JSON.parse(row!.content) as StoredEvent));
    assert.match(fhir, /"code":"110114","display":"User Authentication"/);
    assert.match(fhir, /"system":"urn:dhp:sso:audit-event","code":"code\.reused"/);
    assert.match(
      fhir,
      /"outcome":\{"code":\{[^}]*"code":"error"\},"detail":\[\{"text":"ended with it: the access tokens/,
    );
  });

  it('of what was not allowed', async () => {
    const { username, accountId } = await person();
    const events = await recorded({ clientId: application, accountId }, async (id) => {
      const { browser, page } = await signIn(username, id);
      await browser.submit(page, {}, 'refuse');
    });
    assert.deepEqual(events, ['sign-in.succeeded pwd', 'consent.refused']);
  });

  it('of a device: of the sign-in, of what was allowed, of each time that it asks', async () => {
    const { username, accountId } = await person();
    const begun = await postForm(`${url}/oauth/device_authorization`, { client_id: application, scope: 'openid' });
    const { device_code: code, user_code: userCode } = begun.body as Record<string, string>;
    secrets.add(code!).add(userCode!);
    const poll = (id: Record<string, string>): Promise<Answer> =>
      token({ grant_type: deviceGrant, client_id: application, device_code: code }, id);
    const early = await recorded({ clientId: application }, poll);
    assert.deepEqual(early, []);
    const allowed = await recorded({ clientId: application, accountId }, async (id) => {
      const browser = new Browser(url, 'en', id);
      const asked = await browser.get(`/oauth/device?user_code=${userCode!}`);
      const xsrfOf = ({ text }: Page): string => /name="xsrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
      const question = await browser.post('/oauth/device', { xsrf: xsrfOf(asked), user_code: userCode! });
      const login = await browser.post('/oauth/device', {
        xsrf: xsrfOf(question),
        user_code: userCode!,
        confirm: 'yes',
      });
      const consent = await browser.submit(login, { username, password }, 'login');
      await browser.submit(consent, {}, 'allow');
    });
    assert.deepEqual(allowed, ['sign-in.succeeded pwd', 'consent.given']);
    now = new Date(now.getTime() + 30_000);
    assert.deepEqual(await recorded({ clientId: application, accountId }, poll), ['token.issued']);
  });
});

describe('signing in leaves one record', () => {
  it('of each wrong password, and one of the wait that comes of them', async () => {
    const { username, accountId } = await person();
    const enter = (secret: string) => async (id: Record<string, string>) => {
      const browser = new Browser(url, 'en', id);
      const asked = {
        response_type: 'code',
        client_id: application,
        redirect_uri: redirectUri,
        scope: 'openid',
        ...pkce().query,
      };
      await browser.submit(await browser.get(authorizeAddress(asked)), { username, password: secret }, 'login');
    };
    const whose = { accountId };
    secrets.add('wrong secret 12');
    for (let n = 0; n < 4; n += 1) {
      assert.deepEqual(await recorded({ ...whose, clientId: application }, enter('wrong secret 12')), [
        'sign-in.refused wrong-password',
      ]);
    }
    assert.deepEqual(await recorded(whose, enter('wrong secret 12')), [
      'sign-in.refused wrong-password',
      'account.locked 30 s',
    ]);
    assert.deepEqual(await recorded(whose, enter(password)), ['sign-in.refused account-locked']);
  });

  it('of a name that nobody has, without the name: it may be a password', async () => {
    const events = await recorded({ clientId: application, accountId: undefined }, async (id) => {
      secrets.add('nobody-of-this-name');
      await signIn('nobody-of-this-name', id);
    });
    assert.deepEqual(events, ['sign-in.refused unknown-account']);
  });

  it('of signing out', async () => {
    const { username, accountId } = await person();
    const { browser } = await signIn(username, {});
    await settled();
    const [before] = await bed.sql<{ id: string }[]>`select max(id) as id from sso.audit_event`;
    const question = await browser.get('/oauth/logout');
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(question.text) ?? [];
    await browser.post('/oauth/logout/confirm', { xsrf, logout: 'yes' });
    await settled();
    const rows = await bed.sql`select event, account_id from sso.audit_event where id > ${before!.id}`;
    assert.deepEqual([...rows], [{ event: 'sign-out', account_id: accountId }]);
  });
});

describe('a person at the own account leaves one record', () => {
  let browser: Browser;
  let who: Account;
  let headers: Record<string, string> = {};
  before(async () => {
    who = await person();
    // One browser; the id of its requests is that of the act.
    headers = {};
    browser = new Browser(url, 'en', headers);
    await browser.submit(await browser.get('/account'), { username: who.username, password }, 'login');
  });

  const at = async (path: string, fields: Record<string, string>, step: string, event: string[]): Promise<Page> => {
    let page: Page | undefined;
    const left = await recorded({ accountId: who.accountId }, async (id) => {
      Object.assign(headers, id);
      const shown = await browser.get(path);
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(shown.text) ?? [];
      page = await browser.post('/account', { csrf, ...fields, step });
    });
    assert.deepEqual(left, event, `${step}: ${page!.text.slice(0, 300)}`);
    return page!;
  };

  it('of codes that are set up and taken away, and none of a wrong one', async () => {
    Object.assign(headers, { 'x-request-id': 'setup' });
    const shown = await browser.get('/account/codes');
    const [, text = ''] = /<code[^>]*>([A-Z2-7 ]{32,})</.exec(shown.text) ?? [];
    const secret = fromBase32(text.replaceAll(' ', ''));
    secrets.add(text.replaceAll(' ', ''));
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(shown.text) ?? [];
    const enrol = (code: string) => async (id: Record<string, string>) => {
      Object.assign(headers, id);
      const { text: answer } = await browser.post('/account', { csrf, code, step: 'enrol' });
      for (const [, made] of answer.matchAll(/<li><code>([a-z0-9-]{8,})</g)) secrets.add(made!);
    };
    assert.deepEqual(await recorded({ accountId: who.accountId }, enrol('000000')), []);
    assert.deepEqual(await recorded({ accountId: who.accountId }, enrol(totpCode(secret, totpStep(now)))), [
      'factor.added totp',
    ]);
    await at('/account/security', {}, 'new-recovery-codes', ['factor.added recovery-codes']);
    await at('/account/security', {}, 'remove-codes', ['factor.removed totp']);
    await at('/account/security', {}, 'remove-codes', []);
  });

  it('of a new password, of a wrong one, and none of one that will not do', async () => {
    secrets.add('another quiet password');
    await at('/account/security', { current: 'wrong secret 12', new: 'another quiet password' }, 'change-password', [
      'sign-in.refused wrong-password',
    ]);
    await at('/account/security', { current: password, new: 'short' }, 'change-password', []);
  });

  it('of an application that it no longer lets in, once', async () => {
    const form = await codeOf(await signIn(who.username, {}));
    await token(form, {});
    await at('/account/applications', { client: application }, 'revoke-application', ['consent.revoked']);
    await at('/account/applications', { client: application }, 'revoke-application', []);
    await at('/account/applications', { client: 'x'.repeat(5000) }, 'revoke-application', []);
  });

  it('of a link for a password that was asked for, and of its use', async () => {
    mail.length = 0;
    const asked = await recorded({ accountId: who.accountId }, (id) =>
      postForm(`${url}/password/forgotten`, { username: who.username }, id),
    );
    assert.deepEqual(asked, ['password-link.asked']);
    for (let n = 0; mail.length === 0 && n < 100; n += 1) await delay(30);
    const [, link = ''] = /token=([\w-]{43})/.exec(mail.join('\n')) ?? [];
    secrets.add(link);
    const used = await recorded({ accountId: who.accountId }, (id) =>
      postForm(`${url}/password/new`, { token: link, new: 'another quiet password' }, id),
    );
    assert.deepEqual(used, ['account.password-set by a link']);
    const again = await recorded({}, (id) =>
      postForm(`${url}/password/new`, { token: link, new: 'another quiet password' }, id),
    );
    assert.deepEqual(again, []);
  });

  it('of signing out everywhere', async () => {
    await browser.submit(
      await browser.get('/account'),
      { username: who.username, password: 'another quiet password' },
      'login',
    );
    await at('/account/sessions', {}, 'sign-out-everywhere', ['account.signed-out']);
  });
});

describe('an act of the administration leaves one record', () => {
  const reason = 'as the ministry asked';
  let actor = '';
  let full = '';
  let renew: () => Promise<void>;
  const made: Record<string, string> = {};

  before(async () => {
    const scopes = ['clients', 'users', 'sessions', 'keys', 'policies'].flatMap((part) => [
      `admin/${part}.read`,
      `admin/${part}.write`,
    ]);
    const operator = await newClient(bed.clients, { scopes });
    secrets.add(operator.secret);
    actor = `client:${operator.id}`;
    renew = async () => {
      full = String((await token(operator.form, {})).body['access_token']);
    };
    await renew();
    made['client_id'] = (await newClient(bed.clients, { environment: 'production' })).id;
    made['username'] = (await person()).username;
    made['environment'] = 'playground';
    made['role'] = 'nurse';
  });

  /** What each takes beside a reason, in an order in which each is possible; two acts beget two decisions, which is said. */
  const order: readonly [method: string, path: string, values: object, expected: string[]][] = [
    ['POST', '/clients', { client_name: 'Made', scope: 'system/Patient.rs' }, ['client.created']],
    ['PATCH', '/clients/{client_id}', { client_name: 'Renamed' }, ['client.changed']],
    ['POST', '/clients/{client_id}/rotate-secret', { keep_old: true }, ['client.secret-rotated']],
    ['POST', '/clients/{client_id}/drop-old-secret', {}, ['client.old-secret-dropped']],
    ['POST', '/clients/{client_id}/sign-out', {}, ['client.signed-out']],
    ['POST', '/clients/{client_id}/disable', {}, ['client.disabled']],
    ['POST', '/clients/{client_id}/enable', {}, ['client.enabled']],
    ['POST', '/clients/{client_id}/approve', {}, ['client.approved']],
    ['POST', '/registration-tokens', { name: 'House', scope: 'system/Patient.rs' }, ['registration-token.created']],
    ['POST', '/registration-tokens/{token_id}/end', {}, ['registration-token.ended']],
    ['POST', '/users', { username: 'made.person', name: 'Made' }, ['account.created']],
    ['PATCH', '/users/{username}', { name: 'Renamed' }, ['account.changed']],
    ['POST', '/users/{username}/unlock', {}, ['account.unlocked']],
    ['POST', '/users/{username}/reset-factors', {}, ['account.factors-reset']],
    ['POST', '/users/{username}/reset-link', {}, ['account.reset-link-made']],
    ['POST', '/users/{username}/set-password', {}, ['account.password-set']],
    ['POST', '/users/{username}/disable', {}, ['account.disabled']],
    ['POST', '/users/{username}/enable', {}, ['account.enabled']],
    ['POST', '/users/{username}/roles', { role: 'nurse', organization: 'o-1' }, ['account.role-given']],
    ['DELETE', '/users/{username}/roles', { role: 'nurse', organization: 'o-1' }, ['account.role-taken']],
    ['DELETE', '/users/{username}/links/{upstream}', {}, ['account.unlinked']],
    ['DELETE', '/sessions/{session_id}', {}, ['session.ended']],
    ['POST', '/users/{username}/sign-out', {}, ['account.signed-out']],
    ['POST', '/keys', { alg: 'ES256' }, ['key.added']],
    ['POST', '/keys/{kid}/retire', {}, ['key.retired']],
    ['PUT', '/policies/{environment}/{role}', { scopes: ['user/Patient.rs'] }, ['policy.set']],
    ['DELETE', '/policies/{environment}/{role}', {}, ['policy.removed']],
  ];

  it('is tried for each of them', () => {
    const changing = acts.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(order.map(([method, path]) => `${method} ${path}`).sort(), changing.sort());
  });

  for (const [method, path, values, expected] of order) {
    it(`${method} ${path}`, async () => {
      await prepare(path);
      const events = await recorded({}, async (id) => {
        const query = method === 'DELETE' ? `?${new URLSearchParams({ ...values, reason }).toString()}` : '';
        const answer = await fetch(
          `${url}/admin${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => made[name]!)}${query}`,
          {
            method,
            headers: { ...id, authorization: `Bearer ${full}`, 'content-type': 'application/json' },
            ...(method === 'DELETE' ? {} : { body: JSON.stringify({ ...values, reason }) }),
          },
        );
        const text = await answer.text();
        assert.ok(answer.ok, text);
        const body = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
        for (const name of ['client_secret', 'token', 'password', 'link'])
          if (body[name] !== undefined) secrets.add(body[name]);
        if (body['token_id'] !== undefined) made['token_id'] = body['token_id'];
      });
      assert.deepEqual(
        events.map((one) => one.split(' ')[0]),
        expected,
      );
      const [row] = await bed.sql<
        Row[]
      >`select actor, reason from sso.audit_event where event = ${expected[0]!} order by id desc limit 1`;
      assert.equal(row!.actor, actor);
      assert.match(row!.reason ?? '', /as the ministry asked$/);
    });
  }

  async function prepare(path: string): Promise<void> {
    const { accountId } = (await accounts.find(made['username']!))!;
    if (path.includes('{upstream}')) {
      made['upstream'] = 'oneid';
      await bed.sql`
        insert into sso.upstream_link (account_id, upstream, subject_hash, linked_at)
        values (${accountId}, 'oneid', sha256('s'), ${now})`;
    }
    if (path.includes('{session_id}')) {
      const username = (await person()).username;
      await signIn(username, {});
      const [row] = await bed.sql<
        { session_uid: string }[]
      >`select session_uid from sso.session_detail order by began_at desc limit 1`;
      made['session_id'] = row!.session_uid;
    }
    // The key by which the token of before was signed may be retired by now.
    if (path.includes('{role}')) await renew();
    if (path.includes('{kid}')) {
      // One that no longer signs.
      now = new Date(now.getTime() + 20 * 60_000);
      const [row] = await bed.sql<
        { kid: string }[]
      >`select kid from sso.signing_key where alg = 'ES256' order by signs_from limit 1`;
      made['kid'] = row!.kid;
    }
  }
});
