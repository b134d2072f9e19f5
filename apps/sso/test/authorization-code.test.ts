/** The authorization code grant of a public client: RFC 6749 section 4.1, RFC 7636, OpenID Connect Core. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { codeBed, doctor, patient, redirectUri } from './code-bed.ts';
import { issuer, playground, postForm } from './support.ts';

const { bed, url, token, accounts, spa, web, request, code, exchange, tokens } = await codeBed();

describe('the code flow of a public client', () => {
  it('ISS-01 CORE-26 leads back with a code, the state and the issuer, and the code becomes tokens of the person', async () => {
    const state = 'a b&c=%26"<>';
    const { back, verifier } = await code({ state, scope: 'openid profile fhirUser user/*.rs' });
    assert.equal(`${back.origin}${back.pathname}`, redirectUri);
    assert.equal(back.searchParams.get('state'), state);
    assert.equal(back.searchParams.get('iss'), issuer);
    const { status, body, headers } = await exchange({ code: back.searchParams.get('code')!, code_verifier: verifier });
    assert.equal(status, 200);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(body['scope'], 'openid profile fhirUser user/*.rs');
    const keys = createRemoteJWKSet(new URL(`${url}/oauth/jwks`));
    const { payload } = await jwtVerify(body['access_token'] as string, keys, {
      issuer,
      audience: playground,
      typ: 'at+jwt',
    });
    const person = (await accounts.find('aziza'))!;
    assert.equal(payload.sub, person.accountId);
    assert.equal(payload['client_id'], spa.id);
    assert.equal(payload['fhirUser'], `${playground}/Practitioner/pr-1`);
    assert.equal(payload['patient'], undefined);
    const id = await jwtVerify(body['id_token'] as string, keys, { issuer, audience: spa.id, algorithms: ['RS256'] });
    assert.equal(id.payload.sub, person.accountId);
    assert.equal(id.payload['fhirUser'], `${playground}/Practitioner/pr-1`);
    assert.equal(id.payload['name'], 'Aziza Karimova');
  });

  it('SM-01 a patient gets the own record as launch context, a doctor has none without choosing one', async () => {
    const scope = 'openid launch/patient patient/Observation.rs';
    const own = await tokens({ scope }, patient);
    assert.equal(own['patient'], 'p-1');
    assert.equal(decodeJwt(own['access_token']!)['patient'], 'p-1');
    assert.deepEqual(own['scope']!.split(' ').sort(), scope.split(' ').sort());
    const other = await tokens({ scope: 'openid patient/Observation.rs user/*.rs' }, doctor);
    assert.equal(other['patient'], undefined);
    assert.equal(other['scope'], 'openid user/*.rs');
  });

  it('OIDC-01 OIDC-02 an id_token only for openid, with the nonce of the request', async () => {
    assert.equal((await tokens({ scope: 'user/*.rs' }))['id_token'], undefined);
    const { id_token: idToken } = await tokens({ nonce: 'n-1' });
    assert.equal(decodeJwt(idToken!)['nonce'], 'n-1');
  });

  it('a pushed request without what it needs is told what that is', async () => {
    const form = { client_id: web.id, client_secret: web.secret, redirect_uri: redirectUri, scope: 'openid' };
    const pushed = await postForm(`${url}/oauth/par`, { ...form, ...pkce().query });
    assert.equal(pushed.status, 400);
    assert.equal(pushed.body['error_description'], 'A required parameter is missing. Send response_type.');
  });

  it('PKCE-01 to PKCE-05 CORE-07 CORE-08 BCP-04 refuses other requests at the client, with state', async () => {
    const { query } = pkce();
    const cases: [Record<string, string | undefined>, string][] = [
      [{}, 'invalid_request'],
      [{ code_challenge: query.code_challenge, code_challenge_method: 'plain' }, 'invalid_request'],
      [{ code_challenge: query.code_challenge }, 'invalid_request'],
      [{ code_challenge_method: 'S256' }, 'invalid_request'],
      [{ ...query, code_challenge: 'short' }, 'invalid_request'],
      [{ ...query, response_type: undefined }, 'invalid_request'],
      [{ ...query, response_type: 'foo' }, 'unsupported_response_type'],
      [{ ...query, response_type: 'token' }, 'unsupported_response_type'],
      [{ ...query, scope: 'system/*.cruds' }, 'invalid_scope'],
      [{ ...query, prompt: 'none' }, 'login_required'],
      [{ ...query, resource: 'https://other.example.uz/fhir' }, 'invalid_target'],
    ];
    for (const [change, error] of cases) {
      const asked = authorizeAddress({ ...request, scope: 'openid user/*.rs', state: 's', ...change });
      const back = new URL((await new Browser(url).get(asked)).address);
      assert.equal(back.origin, 'https://clinic.example.uz', JSON.stringify(change));
      // An answer for the fragment (response_type=token) is refused in the fragment.
      const answer = back.hash === '' ? back.searchParams : new URLSearchParams(back.hash.slice(1));
      assert.equal(answer.get('error'), error, JSON.stringify(change));
      assert.equal(answer.get('state'), 's');
      assert.equal(answer.get('iss'), issuer);
    }
  });

  it('CORE-09 CORE-10 CORE-11 BCP-01 never leaves for an address that is not registered', async () => {
    const { query } = pkce();
    const wrong = [
      'https://clinic.example.uz/cb/',
      `${redirectUri}?x=1`,
      'https://clinic.example.uz:8443/cb',
      'http://clinic.example.uz/cb',
      'https://CLINIC.example.uz/cb',
      'https://clinic.example.uz/x/../cb',
      'https://clinic.example.uz@evil.uz/cb',
      `${redirectUri}#x`,
      'https://clinic.example.uz/%63b',
      'https://sub.clinic.example.uz/cb',
      'https:\\\\clinic.example.uz/cb',
      'javascript:alert(1)',
    ];
    const asks = [
      ...wrong.map((uri) => ({ ...request, ...query, redirect_uri: uri })),
      { ...request, ...query, client_id: 'nobody' },
      { response_type: 'code', redirect_uri: redirectUri, ...query },
    ];
    for (const ask of asks) {
      const page = await new Browser(url, 'ru').get(authorizeAddress(ask));
      assert.equal(page.status, 400, JSON.stringify(ask));
      assert.ok(page.address.startsWith(issuer));
      assert.match(page.text, /<html lang="ru">/);
      assert.match(page.text, /Приложение отправило неверный запрос/);
      assert.match(page.headers.get('content-security-policy')!, /frame-ancestors 'none'/);
    }
  });

  it('CORE-20 CORE-24 PKCE-06 PKCE-07 PKCE-09 a code is good once, with its verifier and its address', async () => {
    const wrong = async (form: Record<string, string | undefined>): Promise<void> => {
      const { back, verifier } = await code();
      const { status, body } = await exchange({
        code: back.searchParams.get('code')!,
        code_verifier: verifier,
        ...form,
      });
      assert.equal(status, 400);
      assert.equal(body['error'], 'invalid_grant', JSON.stringify(form));
    };
    await wrong({ code_verifier: pkce().verifier });
    await wrong({ code_verifier: undefined });
    await wrong({ redirect_uri: 'https://clinic.example.uz/other' });
    const { back, verifier } = await code();
    const form = { code: back.searchParams.get('code')!, code_verifier: verifier };
    assert.equal((await exchange(form)).status, 200);
    assert.equal((await exchange(form)).body['error'], 'invalid_grant');
  });

  it('CORE-22 of 50 parallel exchanges of one code one succeeds', async () => {
    const { back, verifier } = await code();
    const form = { code: back.searchParams.get('code')!, code_verifier: verifier };
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(form)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.ok(answers.every(({ status, body }) => status === 200 || body['error'] === 'invalid_grant'));
  });

  it('CORE-23 CORE-28 a code of another client is refused, and so is client_credentials', async () => {
    const { back, verifier } = await code();
    const stolen = await postForm(token, {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      client_id: web.id,
      client_secret: web.secret,
      code: back.searchParams.get('code')!,
      code_verifier: verifier,
    });
    assert.equal(stolen.body['error'], 'invalid_grant');
    const { body } = await postForm(token, { grant_type: 'client_credentials', client_id: spa.id });
    assert.equal(body['error'], 'unauthorized_client');
  });

  it('BCP-13 only a page of the client may read the answer of the token endpoint', async () => {
    const answer = async (origin: string): Promise<string | null> => {
      const { back, verifier } = await code();
      const form = {
        grant_type: 'authorization_code',
        redirect_uri: redirectUri,
        client_id: spa.id,
        code: back.searchParams.get('code')!,
        code_verifier: verifier,
      };
      return (await postForm(token, form, { origin })).headers.get('access-control-allow-origin');
    };
    assert.equal(await answer('https://clinic.example.uz'), 'https://clinic.example.uz');
    assert.equal(await answer('https://evil.example'), null);
  });
});

describe('what the person has allowed the application before', () => {
  /** Signs in with a new browser. @returns the number of pages, and the final target */
  async function pagesOf(query: Record<string, string> = {}): Promise<{ pages: number; text: string; back: URL }> {
    const browser = new Browser(url);
    const { query: challenge } = pkce();
    const first = await browser.get(
      authorizeAddress({ ...request, scope: 'openid user/*.rs', ...challenge, ...query }),
    );
    const then = await browser.submit(first, doctor, 'login');
    const pages = browser.lines.filter((line) => /^\S*sign-in=[^;]+;/.test(line)).length;
    return { pages, text: then.text, back: new URL(then.address) };
  }

  it('needs no second page, whatever the browser', async () => {
    await code(); // allowed here, at the latest
    const { pages, back } = await pagesOf();
    assert.equal(pages, 1, 'the page with the password alone');
    assert.equal(`${back.origin}${back.pathname}`, redirectUri);
    assert.ok(back.searchParams.has('code'));
  });

  it('is asked for again where there is more of it, where the client wants that, and when it was taken back', async () => {
    assert.match((await pagesOf({ prompt: 'login consent' })).text, /value="allow"/);
    const { accountId } = (await accounts.find('aziza'))!;
    await bed.sql`
      update sso.consent set scopes = array['openid'] where account_id = ${accountId} and client_id = ${spa.id}`;
    assert.match((await pagesOf()).text, /value="allow"/);
    await bed.sql`delete from sso.consent where account_id = ${accountId} and client_id = ${spa.id}`;
    assert.match((await pagesOf()).text, /value="allow"/);
  });
});

describe('userinfo', () => {
  it('OIDC-12 BEAR-03 tells who the person is, by header or form body, and only for openid', async () => {
    const { access_token: access, id_token: idToken } = await tokens({ scope: 'openid profile user/*.rs' });
    const authorization = `Bearer ${access!}`;
    for (const init of [
      { headers: { authorization } },
      { method: 'POST', headers: { authorization } },
      { method: 'POST', body: new URLSearchParams({ access_token: access! }) },
    ]) {
      const response = await fetch(`${url}/oauth/userinfo`, init);
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { sub: decodeJwt(idToken!).sub, name: 'Aziza Karimova' });
    }
    assert.equal((await fetch(`${url}/oauth/userinfo?access_token=${access!}`)).status, 401);
    assert.equal(
      (await fetch(`${url}/oauth/userinfo`, { headers: { authorization: `Bearer ${idToken!}` } })).status,
      401,
    );
    const { access_token: without } = await tokens({ scope: 'user/*.rs' });
    assert.equal(
      (await fetch(`${url}/oauth/userinfo`, { headers: { authorization: `Bearer ${without!}` } })).status,
      403,
    );
  });
});
