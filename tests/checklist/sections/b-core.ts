import assert from 'node:assert/strict';
import {
  basic,
  challenge,
  claimsOf,
  introspect,
  isError,
  isInactive,
  isOk,
  isPageError,
  isRedirectedError,
  leadsToSignIn,
  refreshForm,
  spaRequest,
  webRequest,
} from '../expect.ts';
import { row, type Section } from '../row.ts';
import type { World } from '../world.ts';

const spaExchange = (w: World): Record<string, string> => ({
  client_id: w.of.SPA.id,
  redirect_uri: w.of.SPA.redirectUri,
});

const spaSignIn = (w: World, scope = 'openid offline_access user/*.rs'): ReturnType<World['signIn']> =>
  w.signIn({ client_id: w.of.SPA.id, redirect_uri: w.of.SPA.redirectUri, scope });

export const core: Section = {
  letter: 'B',
  title: 'RFC 6749, the authorization framework',
  rows: [
    row('CORE-01', 'M', 'a secret in the body and by Basic: 400 invalid_request', async (w) => {
      const { id, secret, form } = w.of.CC;
      isError(await w.token(form, basic(id, secret)), 400, 'invalid_request');
    }),
    row('CORE-02', 'M', 'Basic with form-encoded halves', async (w) => {
      const { id, secret } = w.of.CCB;
      isOk(await w.token({ grant_type: 'client_credentials' }, basic(id, secret)));
    }),
    row('CORE-03', 'M', 'credentials in the query: no token', async (w) => {
      const query = new URLSearchParams(w.of.CC.form).toString();
      const got = await w.post(`/oauth/token?${query}`, {});
      isError(got, [400, 401]);
      assert.equal(got.body['access_token'], undefined);
    }),
    row('CORE-04', 'M', 'an unknown parameter is ignored', async (w) => {
      leadsToSignIn(await w.authorize(spaRequest(w, { foo: 'bar' })));
    }),
    row('CORE-05', 'M', 'client_id twice: 400', async (w) => {
      const query = new URLSearchParams(spaRequest(w) as Record<string, string>);
      query.append('client_id', w.of.SPA.id);
      isPageError(await w.authorize(query));
    }),
    row('CORE-06', 'M', 'an empty state counts as left out', async (w) => {
      const { back } = await w.signIn({ ...spaExchange(w), scope: 'openid user/*.rs', state: '' });
      assert.ok(back.searchParams.get('code'));
      assert.equal(back.searchParams.has('state'), false);
    }),
    row('CORE-07', 'M', 'no response_type: invalid_request with the state', async (w) => {
      const got = await w.authorize(webRequest(w, { response_type: undefined }));
      isRedirectedError(got, w.of.WEB2, 'invalid_request');
      assert.equal(got.location!.searchParams.get('state'), 'xyz');
    }),
    row('CORE-08', 'M', 'another response_type: unsupported_response_type', async (w) => {
      const got = await w.authorize(spaRequest(w, { response_type: 'foo' }));
      isRedirectedError(got, w.of.SPA, 'unsupported_response_type');
    }),
    row('CORE-09', 'M', 'an unregistered redirect_uri: 400 and no redirect', async (w) => {
      isPageError(await w.authorize(spaRequest(w, { redirect_uri: 'https://evil.example/cb' })));
    }),
    row('CORE-10', 'M', 'an unknown client: 400 and no redirect', async (w) => {
      isPageError(await w.authorize(spaRequest(w, { client_id: 'nobody' })));
    }),
    row('CORE-11', 'M', 'no client_id: 400', async (w) => {
      isPageError(await w.authorize(spaRequest(w, { client_id: undefined })));
    }),
    row('CORE-12', 'M', 'GET of the token endpoint: 405 with Allow', async (w) => {
      const got = await w.get('/oauth/token');
      assert.equal(got.status, 405);
      assert.equal(got.headers.get('allow'), 'POST');
    }),
    row('CORE-13', 'M', 'PUT, DELETE, PATCH of the token endpoint: 405', async (w) => {
      for (const method of ['PUT', 'DELETE', 'PATCH']) {
        assert.equal((await w.get('/oauth/token', { method })).status, 405, method);
      }
    }),
    row('CORE-14', 'M', 'grant_type twice: 400 invalid_request', async (w) => {
      const twice = ['client_credentials', 'client_credentials'];
      isError(await w.token({ ...w.of.CC.form, grant_type: twice }), 400, 'invalid_request');
    }),
    row('CORE-15', 'P', 'a JSON body: 400 invalid_request', async (w) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(w.of.CC.form) };
      isError(await w.get('/oauth/token', init), 400, 'invalid_request');
    }),
    row('CORE-16', 'M', 'of several scopes those that are registered, and the answer names them', async (w) => {
      const got = await w.token({ ...w.of.CC.form, scope: 'system/*.cruds patient/Patient.rs bogus' });
      assert.equal(isOk(got)['scope'], 'system/*.cruds');
      assert.equal(claimsOf(got)['scope'], 'system/*.cruds');
    }),
    row('CORE-17', 'M', 'only scopes that are not registered: 400 invalid_scope', async (w) => {
      isError(await w.token({ ...w.of.OBS.form, scope: 'system/Observation.rs' }), 400, 'invalid_scope');
    }),
    row('CORE-18', 'M', 'a quote or a backslash in scope: 400 invalid_scope', async (w) => {
      for (const scope of ['system/*.rs "', 'a\\b']) {
        isError(await w.token({ ...w.of.CC.form, scope }), 400, 'invalid_scope');
      }
    }),
    row('CORE-19', 'M', 'a code after 61 seconds: 400 invalid_grant', async (w) => {
      const signedIn = await spaSignIn(w);
      w.clock.ahead(61);
      isError(await w.exchange(signedIn, spaExchange(w)), 400, 'invalid_grant');
    }),
    row('CORE-20', 'M', 'a code a second time: 400 invalid_grant', async (w) => {
      const signedIn = await spaSignIn(w);
      isOk(await w.exchange(signedIn, spaExchange(w)));
      isError(await w.exchange(signedIn, spaExchange(w)), 400, 'invalid_grant');
    }),
    row('CORE-21', 'S', 'a code used twice ends the tokens of the first time', async (w) => {
      const signedIn = await spaSignIn(w);
      const first = isOk(await w.exchange(signedIn, spaExchange(w)));
      await w.exchange(signedIn, spaExchange(w));
      isError(await w.token(refreshForm(w, first['refresh_token'])), 400, 'invalid_grant');
      await isInactive(w, first['access_token']!);
    }),
    row('CORE-22', 'M', 'of 50 parallel exchanges of one code one succeeds', async (w) => {
      const signedIn = await spaSignIn(w);
      const all = await Promise.all(Array.from({ length: 50 }, () => w.exchange(signedIn, spaExchange(w))));
      assert.equal(all.filter(({ status }) => status === 200).length, 1);
      assert.equal(all.filter(({ body }) => body['error'] === 'invalid_grant').length, 49);
    }),
    row('CORE-23', 'M', 'a code of another client: 400 invalid_grant', async (w) => {
      const { id, secret, redirectUri } = w.of.WEB;
      const form = { client_id: id, client_secret: secret, redirect_uri: redirectUri };
      isError(await w.exchange(await spaSignIn(w), form), 400, 'invalid_grant');
    }),
    row('CORE-24', 'M', 'another registered redirect_uri at the exchange: 400 invalid_grant', async (w) => {
      const form = { ...spaExchange(w), redirect_uri: 'https://app.uz/other' };
      isError(await w.exchange(await spaSignIn(w), form), 400, 'invalid_grant');
    }),
    row('CORE-25', 'M', 'the person says no: access_denied with the state', async (w) => {
      const browser = w.browser();
      const query = new URLSearchParams(spaRequest(w) as Record<string, string>);
      const page = await browser.get(`/oauth/authorize?${query.toString()}`);
      const location = new URL((await browser.submit(page, {}, 'refuse')).address);
      isRedirectedError({ location }, w.of.SPA, 'access_denied');
      assert.equal(location.searchParams.get('state'), 'xyz');
    }),
    row('CORE-26', 'M', 'a state with special characters comes back the same', async (w) => {
      const state = 'a b&c=%26"<>';
      const { back } = await w.signIn({ ...spaExchange(w), scope: 'openid user/*.rs', state });
      assert.equal(back.searchParams.get('state'), state);
    }),
    row('CORE-27', 'S', 'client_credentials gives no refresh token', async (w) => {
      assert.equal(isOk(await w.token(w.of.CC.form))['refresh_token'], undefined);
    }),
    row('CORE-28', 'M', 'client_credentials of a public client: 400 unauthorized_client', async (w) => {
      const form = { grant_type: 'client_credentials', client_id: w.of.SPA.id };
      isError(await w.token(form), 400, 'unauthorized_client');
    }),
    row('CORE-29', 'M', 'every token response: no-store, no-cache, JSON', async (w) => {
      isOk(await w.token(w.of.CC.form));
      const first = isOk(await w.exchange(await spaSignIn(w), spaExchange(w)));
      isOk(await w.token(refreshForm(w, first['refresh_token'])));
    }),
    row('CORE-30', 'M', 'a wrong secret by Basic: 401 with a challenge', async (w) => {
      const got = await w.token({ grant_type: 'client_credentials' }, basic(w.of.CC.id, 'wrong'));
      isError(got, 401, 'invalid_client');
      assert.match(got.headers.get('www-authenticate') ?? '', /^Basic /);
    }),
    row('CORE-31', 'M', 'a grant that is not registered: 400 unauthorized_client', async (w) => {
      isError(await w.token(w.of.WEB.form), 400, 'unauthorized_client');
    }),
    row('CORE-32', 'M', 'grant_type=password: 400 unsupported_grant_type', async (w) => {
      isError(await w.token({ ...w.of.CC.form, grant_type: 'password' }), 400, 'unsupported_grant_type');
    }),
    row('CORE-33', 'M', 'names of object members as values: refused, never 500', async (w) => {
      isError(await w.token({ ...w.of.CC.form, grant_type: '__proto__' }), 400, 'unsupported_grant_type');
      isError(await w.token({ ...w.of.CC.form, client_id: '__proto__' }), 401, 'invalid_client');
    }),
    row('CORE-34', 'M', 'a refresh token of another client: 400 invalid_grant', async (w) => {
      const { refresh_token: token } = await w.tokens();
      const { id, secret } = w.of.WEB;
      const form = { grant_type: 'refresh_token', client_id: id, client_secret: secret, refresh_token: token };
      isError(await w.token(form), 400, 'invalid_grant');
    }),
    row('CORE-35', 'M', 'a refresh with a scope that was not granted: 400 invalid_scope', async (w) => {
      const { refresh_token: token } = await w.tokens();
      isError(await w.token({ ...refreshForm(w, token), scope: 'user/*.cruds' }), 400, 'invalid_scope');
    }),
    row('CORE-36', 'M', 'a refresh with fewer scopes gives those', async (w) => {
      const { refresh_token: token } = await w.tokens();
      assert.equal(isOk(await w.token({ ...refreshForm(w, token), scope: 'user/*.rs' }))['scope'], 'user/*.rs');
    }),
    row('CORE-37', 'M', 'a refresh with the whole scope of the first answer gives the same', async (w) => {
      const { refresh_token: token, scope } = await w.tokens();
      assert.equal(isOk(await w.token({ ...refreshForm(w, token), scope }))['scope'], scope);
    }),
    row('CORE-38', 'M', 'codes, tokens and refresh tokens are distinct and have 160 bits or more', async (w) => {
      const secrets = new Set<string>();
      const browser = w.browser();
      for (let round = 0; round < 10; round += 1) {
        const query = { ...spaExchange(w), scope: 'openid offline_access user/*.rs' };
        const signedIn = await w.signIn(query, 'doctor1', browser);
        const { refresh_token: refresh } = isOk(await w.exchange(signedIn, spaExchange(w)));
        for (const secret of [signedIn.back.searchParams.get('code')!, refresh!]) {
          assert.ok(Buffer.from(secret, 'base64url').length >= 20, secret);
          secrets.add(secret);
        }
      }
      for (let round = 0; round < 80; round += 1) secrets.add(String(claimsOf(await w.token(w.of.CC.form)).jti));
      assert.equal(secrets.size, 100);
    }),
    row('CORE-39', 'P', 'a body of 60 KiB or 10 MiB: refused at once, and the server goes on', async (w) => {
      for (const size of [60 * 1024, 10 * 1024 * 1024]) {
        const got = await w.token({ ...w.of.CC.form, padding: 'x'.repeat(size) }).catch(() => undefined);
        if (got !== undefined) isError(got, [400, 413]);
      }
      isOk(await w.token(w.of.CC.form));
    }),
    row(
      'CORE-40',
      'P',
      'a disabled client: 401 at the token endpoint, a page at the authorization endpoint',
      async (w) => {
        const { form, id, redirectUri } = w.of.OFF;
        isError(await w.token(form), 401, 'invalid_client');
        isPageError(
          await w.authorize({ client_id: id, redirect_uri: redirectUri, response_type: 'code', ...challenge }),
        );
        assert.equal((await introspect(w, 'x', w.of.OFF)).status, 401);
      },
    ),
  ],
};
