import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from '../../../apps/sso/test/jose.ts';
import { authorizeAddress, pkce, type Browser } from '../../../apps/sso/test/browser.ts';
import { bearer, isError, isInactive, isOk, isRedirectedError, spaRequest, webRequest } from '../expect.ts';
import { people } from '../people.ts';
import { row, type Section } from '../row.ts';
import { issuer, type Query, type World } from '../world.ts';

const spa = (w: World): { client_id: string; redirect_uri: string } => ({
  client_id: w.of.SPA.id,
  redirect_uri: w.of.SPA.redirectUri,
});

/** Where an authorization request leads a browser, without anybody at it. */
async function lead(w: World, browser: Browser, given: Query): Promise<{ address: URL; text: string }> {
  const { address, text } = await browser.get(authorizeAddress(spaRequest(w, given)));
  return { address: new URL(address), text };
}

async function signedIn(
  w: World,
  scope = 'openid user/*.rs',
): Promise<{ browser: Browser; tokens: Record<string, string> }> {
  const browser = w.browser();
  return { browser, tokens: await w.tokens({ scope }, 'doctor1', browser) };
}

const asksForPassword = (text: string): boolean => text.includes('name="password"');

export const openid: Section = {
  letter: 'O',
  title: 'OpenID Connect',
  rows: [
    row('OIDC-01', 'M', 'no id_token without the scope openid', async (w) => {
      assert.equal((await w.tokens({ scope: 'user/*.rs' }))['id_token'], undefined);
    }),
    row('OIDC-02', 'M', 'the id_token has the nonce, the client as audience, times, and a short sub', async (w) => {
      const claims = decodeJwt((await w.tokens({ nonce: 'n-1' }))['id_token']!);
      assert.equal(claims['nonce'], 'n-1');
      assert.equal(claims.aud, w.of.SPA.id);
      assert.ok(claims.exp! > claims.iat!);
      assert.ok(claims.sub!.length <= 255);
    }),
    row('OIDC-03', 'M', 'a request without nonce', async (w) => {
      assert.equal(decodeJwt((await w.tokens())['id_token']!)['nonce'], undefined);
    }),
    row('OIDC-04', 'M', 'prompt=none without a session: login_required', async (w) => {
      isRedirectedError(await w.authorize(spaRequest(w, { prompt: 'none' })), w.of.SPA, 'login_required');
    }),
    row('OIDC-05', 'M', 'prompt=none with a session and a consent: a code, the same sub', async (w) => {
      const { browser, tokens } = await signedIn(w);
      const again = await w.tokens({ scope: 'openid user/*.rs', prompt: 'none' }, 'doctor1', browser);
      assert.equal(decodeJwt(again['id_token']!).sub, decodeJwt(tokens['id_token']!).sub);
    }),
    row('OIDC-06', 'M', 'prompt=login asks again, and auth_time is newer', async (w) => {
      const { browser, tokens } = await signedIn(w);
      await delay(1100);
      assert.ok(asksForPassword((await lead(w, browser, { prompt: 'login' })).text));
      const again = await w.tokens({ scope: 'openid user/*.rs', prompt: 'login', max_age: '1000' }, 'doctor1', browser);
      assert.ok(Number(decodeJwt(again['id_token']!)['auth_time']) > decodeJwt(tokens['id_token']!).iat! - 1);
    }),
    row('OIDC-07', 'M', 'max_age=1 after two seconds asks again; the id_token has auth_time', async (w) => {
      const { browser } = await signedIn(w);
      await delay(2100);
      assert.ok(asksForPassword((await lead(w, browser, { max_age: '1' })).text));
      const again = await w.tokens({ scope: 'openid user/*.rs', max_age: '1' }, 'doctor1', browser);
      assert.ok(decodeJwt(again['id_token']!)['auth_time']);
    }),
    row('OIDC-08', 'M', 'max_age=10000 does not ask; the id_token has auth_time', async (w) => {
      const { browser } = await signedIn(w);
      const { address } = await lead(w, browser, { max_age: '10000' });
      assert.ok(address.searchParams.get('code'));
      const again = await w.tokens({ scope: 'openid user/*.rs', max_age: '10000' }, 'doctor1', browser);
      assert.ok(decodeJwt(again['id_token']!)['auth_time']);
    }),
    row('OIDC-09', 'M', 'id_token_hint with prompt=none: the same sub', async (w) => {
      const { browser, tokens } = await signedIn(w);
      const query = { scope: 'openid user/*.rs', prompt: 'none', id_token_hint: tokens['id_token']! };
      const again = await w.tokens(query, 'doctor1', browser);
      assert.equal(decodeJwt(again['id_token']!).sub, decodeJwt(tokens['id_token']!).sub);
    }),
    row(
      'OIDC-10',
      'S',
      'hints and unknown parameters are fine; the page speaks ui_locales and knows login_hint',
      async (w) => {
        const given = {
          ...{ login_hint: 'doctor1', claims_locales: 'uz', display: 'page', acr_values: '1', unknown: 'x' },
        };
        for (const [locales, language] of [
          ['uz ru', 'uz'],
          ['ru', 'ru'],
          ['fr en', 'en'],
        ] as const) {
          const { text } = await lead(w, w.browser('de'), { ...given, ui_locales: locales });
          assert.match(text, new RegExp(`<html lang="${language}"`));
          assert.match(text, /value="doctor1"/);
        }
      },
    ),
    row('OIDC-11', 'M', 'no response_type: an error', async (w) => {
      const got = await w.authorize(webRequest(w, { response_type: undefined }));
      isRedirectedError(got, w.of.WEB2, ['invalid_request', 'unsupported_response_type']);
    }),
    row('OIDC-12', 'M', 'userinfo by GET, by POST with the header, by POST with a form', async (w) => {
      const { access_token: token, id_token: idToken } = await w.tokens();
      const inits: RequestInit[] = [
        { headers: bearer(token) },
        { method: 'POST', headers: bearer(token) },
        { method: 'POST', body: new URLSearchParams({ access_token: token! }) },
      ];
      for (const init of inits) {
        const got = await w.get('/oauth/userinfo', init);
        assert.equal(got.status, 200);
        assert.equal(got.body['sub'], decodeJwt(idToken!).sub);
      }
    }),
    row('OIDC-13', 'M', 'the authorization request by POST', async (w) => {
      const { verifier, query } = pkce();
      const browser = w.browser();
      const form = spaRequest(w, query) as Record<string, string>;
      const page = await browser.post('/oauth/authorize', form);
      assert.ok(asksForPassword(page.text));
      let next = await browser.submit(page, people.doctor1, 'login');
      if (next.text.includes('value="allow"')) next = await browser.submit(next, {}, 'allow');
      isOk(await w.exchange({ back: new URL(next.address), verifier }, spa(w)));
    }),
    row(
      'OIDC-14',
      'M',
      'a code used again, at once or after 30 seconds: an error, and the token is dead',
      async (w) => {
        for (const seconds of [0, 30]) {
          const one = await w.signIn({ ...spa(w), scope: 'openid user/*.rs' });
          const { access_token: token } = isOk(await w.exchange(one, spa(w)));
          w.clock.ahead(seconds);
          isError(await w.exchange(one, spa(w)), 400, 'invalid_grant');
          await isInactive(w, token!);
          w.clock.reset();
        }
      },
    ),
    row('OIDC-15', 'M', 'request and request_uri are refused by their names', async (w) => {
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
      const object = await w.authorize(spaRequest(w, { request: unsigned }));
      isRedirectedError(object, w.of.SPA, 'request_not_supported');
      const reference = await w.authorize(spaRequest(w, { request_uri: 'https://app.uz/request' }));
      isRedirectedError(reference, w.of.SPA, 'request_uri_not_supported');
    }),
    row('OIDC-21', 'M', 'the id_token is RS256 with a key of the key set', async (w) => {
      const { id_token: token } = await w.tokens();
      const keys = createLocalJWKSet((await w.get('/oauth/jwks')).body as unknown as JSONWebKeySet);
      await jwtVerify(token!, keys, { issuer, audience: w.of.SPA.id, algorithms: ['RS256'] });
    }),
    row('OIDC-22', 'P', 'a person has one sub at every client', async (w) => {
      const { id_token: first } = await w.tokens();
      const { id, secret, redirectUri } = w.of.WEB2;
      const one = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
      const form = { client_id: id, client_secret: secret, redirect_uri: redirectUri };
      const { id_token: second } = isOk(await w.exchange(one, form));
      assert.equal(decodeJwt(first!).sub, decodeJwt(second!).sub);
    }),
  ],
};
