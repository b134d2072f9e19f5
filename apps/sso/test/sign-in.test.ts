/** The pages of a sign-in: languages, wrong passwords, consent, and that they cannot be misused. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const { url } = await bed.start({ clock: () => now });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock: () => now });
const redirectUri = 'https://clinic.example.uz/cb';
const person = { username: 'Aziza', password: 'correct horse battery' };

const client = await newClient(bed.clients, {
  name: 'Klinika <b>&',
  grants: ['authorization_code', 'refresh_token'],
  scopes: [
    'openid',
    'fhirUser',
    'offline_access',
    'user/Patient.rs',
    'user/Observation.cruds?category=laboratory',
    'patient/*.rs',
  ],
  redirectUris: [redirectUri],
  public: true,
});

before(async () => {
  const identities = [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' } as const];
  for (const username of [person.username, 'locked', 'other']) {
    await accounts.create({ ...person, username, name: 'Aziza Karimova', identities });
  }
});

function ask(more: Record<string, string | undefined> = {}): string {
  const { query } = pkce();
  const scope = 'openid user/Patient.rs';
  return authorizeAddress({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    ...query,
    ...more,
  });
}

async function events(): Promise<{ event: string; reason: string | null }[]> {
  return bed.sql`select event, reason from sso.audit_event where event like 'sign-in.%' or event like 'consent.%' order by id`;
}

describe('the sign-in page', () => {
  it('UX-01 OIDC-10 speaks the language of the request, of the person, else of the browser', async () => {
    const titles = { uz: 'Tizimga kirish', ru: 'Вход в систему', en: 'Sign in' };
    for (const [language, title] of Object.entries(titles)) {
      const byBrowser = await new Browser(url, language).get(ask());
      assert.match(byBrowser.text, new RegExp(`<html lang="${language}">`));
      assert.ok(byBrowser.text.includes(`<h1>${title}</h1>`));
      const byRequest = await new Browser(url, 'fr').get(ask({ ui_locales: `fr ${language}` }));
      assert.match(byRequest.text, new RegExp(`<html lang="${language}">`));
    }
  });

  it('keeps the sign-in when the language is switched, and fills in the login_hint', async () => {
    const browser = new Browser(url);
    const page = await browser.get(ask({ login_hint: 'aziza' }));
    assert.match(page.text, /id="username" name="username" value="aziza"/);
    const russian = await browser.get(new URL('?ui_locales=ru', page.address).href);
    assert.match(russian.text, /<html lang="ru">/);
    const consent = await browser.submit(russian, person, 'login');
    assert.match(consent.text, /Разрешить доступ/);
  });

  it('BCP-10 BCP-11 cannot be framed and loads nothing', async () => {
    const browser = new Browser(url);
    const { headers, text } = await browser.get(ask());
    const policy = headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /form-action 'self' https:\/\/clinic\.example\.uz;/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(/src=/.test(text), false, 'nothing is fetched');
    assert.match(policy, /script-src 'sha256-[^' ]+'; connect-src 'self';/);
    assert.match(text, /Klinika &#60;b&#62;&#38;/);
  });

  it('UX-08 sets cookies that other hosts, scripts and other sites have no use of', async () => {
    const browser = new Browser(url);
    const page = await browser.get(ask());
    const inRussian = await browser.get(new URL('?ui_locales=ru', page.address).href);
    await browser.submit(await browser.submit(inRussian, person, 'login'), {}, 'allow');
    await browser.get('/account');
    for (const name of ['__Secure-sign-in', '__Secure-resume', '__Host-language', '__Host-session', '__Host-device'])
      assert.ok(
        browser.lines.some((line) => line.startsWith(`${name}=`)),
        name,
      );
    for (const line of browser.lines) {
      assert.match(line, /^__(?:Host|Secure)-/);
      for (const flag of ['secure', 'httponly', 'samesite=lax'])
        assert.ok(line.toLowerCase().split('; ').includes(flag), `${flag}: ${line}`);
      if (line.startsWith('__Host-')) assert.match(line, /; path=\/(?:;|$)/i);
    }
  });

  it('UX-02 says the same of a wrong password and of an unknown name', async () => {
    const texts: string[] = [];
    for (const username of ['locked', 'nobody-at-all']) {
      const browser = new Browser(url);
      const refused = await browser.submit(await browser.get(ask()), { username, password: 'wrong' }, 'login');
      assert.equal(refused.status, 401);
      assert.match(refused.text, /role="alert"/);
      texts.push(refused.text.replaceAll(username, '').replaceAll(/[\w-]{43}/g, ''));
    }
    assert.equal(texts[0], texts[1]);
  });

  it('UX-03 ten wrong passwords lock the account for a while, and no other one', async () => {
    const browser = new Browser(url);
    let page = await browser.get(ask());
    for (let n = 0; n < 10; n += 1)
      page = await browser.submit(page, { username: 'locked', password: 'wrong' }, 'login');
    page = await browser.submit(page, { ...person, username: 'locked' }, 'login');
    assert.equal(page.status, 401, 'the right password, too late');
    assert.equal((await events()).at(-1)?.reason, 'account-locked');
    const back = await signIn(new Browser(url), ask(), person);
    assert.ok(back.searchParams.get('code'));
    now = new Date(now.getTime() + 16 * 60_000);
    const later = await signIn(new Browser(url), ask(), { ...person, username: 'locked' });
    assert.ok(later.searchParams.get('code'), 'the lock is over');
  });

  it('UX-06 UX-07 is bound to the browser in which it began, and to its form', async () => {
    const browser = new Browser(url);
    const page = await browser.get(ask());
    const elsewhere = await new Browser(url).get(page.address);
    assert.equal(elsewhere.status, 400);
    assert.match(elsewhere.text, /no longer valid/);
    const forged = await browser.post(page.address, { ...person, step: 'login', csrf: 'x' });
    assert.equal(forged.status, 400);
    const bare = await fetch(url + page.address.slice(issuer.length), {
      method: 'POST',
      body: new URLSearchParams({ ...person, step: 'login' }),
    });
    assert.equal(bare.status, 400);
  });

  it('UX-08 the session has another id after each sign-in', async () => {
    const browser = new Browser(url);
    const idAfter = async (more: Record<string, string>): Promise<string | undefined> => {
      await signIn(browser, ask(more), person);
      return browser.cookies.get('__Host-session')?.value;
    };
    const first = await idAfter({});
    const old = new Browser(url);
    for (const name of ['__Host-session', '__Host-session.sig']) old.plant(name, browser.cookies.get(name)!.value);
    const second = await idAfter({ prompt: 'login' });
    assert.ok(first !== undefined && second !== undefined);
    assert.notEqual(first, second);
    for (const id of [first, second]) assert.match(id, /^[\w-]{43}$/, '43 characters of 64: 258 random bits');
    const silently = async (one: Browser): Promise<string | null> =>
      new URL((await one.get(ask({ prompt: 'none' }))).address).searchParams.get('error');
    assert.equal(await silently(old), 'login_required', 'the earlier id is no session any more');
    assert.equal(await silently(browser), null, 'the new one is');
  });

  it('takes a name in any case and refuses other bodies', async () => {
    const browser = new Browser(url);
    const page = await browser.get(ask({ prompt: 'consent' }));
    const consent = await browser.submit(page, { ...person, username: ' AZIZA ' }, 'login');
    assert.match(consent.text, /signed in as Aziza Karimova/);
    const response = await fetch(url + page.address.slice(issuer.length), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 400);
  });
});

describe('consent', () => {
  async function toConsent(more: Record<string, string | undefined> = {}, browser = new Browser(url)): Promise<Page> {
    return browser.submit(await browser.get(ask(more)), { ...person, username: 'other' }, 'login');
  }

  it('shows in words what is asked for, and only what this person can give', async () => {
    const page = await toConsent({ scope: 'openid user/Observation.cruds?category=laboratory patient/*.rs' });
    assert.match(page.text, /Confirm that it is you/);
    assert.match(
      page.text,
      /you may see: test results and measurements \(only category=laboratory\)<small>see, add, change, delete</,
    );
    assert.equal(page.text.includes('Your own record'), false);
    assert.match(page.text, /you are taken to clinic\.example\.uz/);
    const long = await toConsent({ scope: 'openid offline_access user/Patient.rs' });
    assert.match(long.text, /Keep access for up to 30 days/, 'how long it lasts');
  });

  it('CORE-25 a no leads back with access_denied and is remembered by the audit trail alone', async () => {
    const browser = new Browser(url);
    const page = await toConsent({ state: 's' }, browser);
    const back = new URL((await browser.submit(page, {}, 'refuse')).address);
    assert.equal(back.searchParams.get('error'), 'access_denied');
    assert.equal(back.searchParams.get('error_description'), 'The user denied the request.');
    assert.equal(back.searchParams.get('state'), 's');
    assert.equal((await events()).at(-1)?.event, 'consent.refused');
    assert.match((await browser.get(ask())).text, /value="allow"/, 'it is asked again');
  });

  it('OIDC-05 is asked once, again for more, and again when the client wants it', async () => {
    const browser = new Browser(url);
    const first = await signIn(browser, ask({ scope: 'openid user/Patient.rs' }), { ...person, username: 'other' });
    assert.ok(first.searchParams.get('code'));
    const isAsked = async (more: Record<string, string>): Promise<boolean> => {
      const page = await browser.get(ask(more));
      return page.text.includes('value="allow"');
    };
    assert.equal(await isAsked({ scope: 'openid user/Patient.rs' }), false);
    assert.equal(await isAsked({ scope: 'openid user/Patient.rs', prompt: 'none' }), false);
    assert.equal(await isAsked({ scope: 'openid user/Patient.rs', prompt: 'consent' }), true);
    assert.equal(await isAsked({ scope: 'openid offline_access user/Patient.rs' }), true);
    await signIn(browser, ask({ scope: 'openid offline_access user/Patient.rs' }), person);
    assert.equal(await isAsked({ scope: 'openid offline_access user/Patient.rs' }), false);
    const anew = await new Browser(url).get(ask());
    assert.match(anew.text, /name="password"/, 'another browser has no session');
  });

  it('SM-05 who can give nothing of it is sent back with access_denied', async () => {
    const browser = new Browser(url);
    const page = await browser.submit(
      await browser.get(ask({ scope: 'patient/*.rs' })),
      { ...person, username: 'other' },
      'login',
    );
    const { searchParams } = new URL(page.address);
    assert.equal(searchParams.get('error'), 'access_denied');
    assert.equal(searchParams.get('error_description'), 'None of the requested scopes can be granted to this user.');
  });

  it('OIDC-06 prompt=login asks for the password again', async () => {
    const browser = new Browser(url);
    await signIn(browser, ask(), { ...person, username: 'other' });
    assert.match((await browser.get(ask({ prompt: 'login' }))).text, /name="password"/);
  });
});

describe('what is stored', () => {
  it('BCP-16 has no password, code, refresh token or session id in it, hashed or not readable', async () => {
    const browser = new Browser(url);
    const { verifier, query } = pkce();
    const back = await signIn(browser, ask({ ...query, scope: 'openid offline_access user/Patient.rs' }), {
      ...person,
      username: 'other',
    });
    const code = back.searchParams.get('code')!;
    const form = {
      grant_type: 'authorization_code',
      client_id: client.id,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    };
    const { body } = await postForm(`${url}/oauth/token`, form);
    const session = browser.cookies.get('__Host-session')!.value;
    const [{ dump }] = (await bed.sql`
      select concat((select string_agg(a::text, ' ') from sso.artifact a), (select string_agg(a::text, ' ') from sso.account a),
                    (select string_agg(e::text, ' ') from sso.audit_event e)) as dump`) as unknown as [
      { dump: string },
    ];
    const rows = await bed.sql<{ content: Buffer }[]>`select content from sso.artifact`;
    assert.ok(rows.length > 3);
    assert.ok(dump.includes(client.id));
    const secrets = [
      code,
      String(body['refresh_token']),
      String(body['access_token']),
      session,
      person.password,
      verifier,
    ];
    for (const secret of secrets) {
      assert.ok(secret.length > 15);
      assert.equal(dump.includes(secret), false);
      assert.equal(dump.includes(Buffer.from(secret).toString('hex')), false);
      assert.ok(rows.every(({ content }) => !content.includes(secret)));
    }
  });
});
