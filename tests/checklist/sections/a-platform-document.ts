import assert from 'node:assert/strict';
import { decodeJwt } from '../../../apps/sso/test/jose.ts';
import { bearer, claimsOf, isError, isOk, isPageError, isRedirectedError, leadsToSignIn } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { playground, production, type Redirect, type World } from '../world.ts';
import { pkce, signIn } from '../../../apps/sso/test/browser.ts';
import { people } from '../people.ts';

const minimal = (world: World, more: Record<string, string> = {}): string =>
  `/?${new URLSearchParams({ client_id: world.of.WEB.id, redirect_uri: world.of.WEB.redirectUri, ...more }).toString()}`;

/** Follows the start page to the authorization endpoint. */
async function begin(world: World, path: string): Promise<Redirect> {
  const first = await world.get(path);
  assert.equal(first.status, 303);
  const location = new URL(first.headers.get('location')!, 'https://sso.example.uz');
  assert.equal(location.pathname, '/oauth/authorize');
  return world.authorize(location.searchParams);
}

async function minimalCode(world: World, more: Record<string, string> = {}): Promise<URL> {
  return signIn(world.browser(), minimal(world, more), people.doctor1);
}

const exchangeForm = (world: World, back: URL): Record<string, string> => ({
  grant_type: 'authorization_code',
  code: back.searchParams.get('code') ?? '',
  redirect_uri: world.of.WEB.redirectUri,
  client_id: world.of.WEB.id,
});

export const platformDocument: Section = {
  letter: 'A',
  title: 'The platform document',
  rows: [
    row('PD-01', 'P', 'a token without scope and resource: Bearer, for the environment, with all scopes', async (w) => {
      const got = await w.token(w.of.CC.form);
      const body = isOk(got);
      assert.equal(body['token_type'], 'Bearer');
      assert.equal(body['scope'], 'system/*.cruds');
      assert.equal(claimsOf(got).aud, playground);
    }),
    row('PD-02', 'P', 'a wrong secret: 401 invalid_client', async (w) => {
      isError(await w.token({ ...w.of.CC.form, client_secret: 'wrong' }), 401, 'invalid_client');
    }),
    row('PD-03', 'P', 'no grant_type: 400 invalid_request', async (w) => {
      isError(await w.token({ ...w.of.CC.form, grant_type: undefined }), 400, 'invalid_request');
    }),
    row('PD-04', 'P', 'no client_id and secret: 400 invalid_request', async (w) => {
      isError(await w.token({ grant_type: 'client_credentials' }), 400, 'invalid_request');
    }),
    row('PD-05', 'P', 'an unknown client: 401, the same bytes as a wrong secret', async (w) => {
      const wrong = await w.token({ ...w.of.CC.form, client_secret: 'wrong' });
      const unknown = await w.token({ ...w.of.CC.form, client_id: 'nobody' });
      isError(unknown, 401, 'invalid_client');
      assert.equal(unknown.text, wrong.text);
    }),
    row('PD-06', 'P', 'client_id and redirect_uri alone at the root lead to the sign-in page', async (w) => {
      leadsToSignIn(await begin(w, minimal(w)));
    }),
    row('PD-07', 'P', 'after the sign-in the browser is back with a code and no token', async (w) => {
      const back = await minimalCode(w);
      assert.ok(back.href.startsWith(`${w.of.WEB.redirectUri}?`));
      assert.ok(back.searchParams.get('code'));
      assert.doesNotMatch(back.href, /access_token/);
    }),
    row('PD-08', 'P', 'the code and the secret give a token that reads at the playground', async (w) => {
      const form = { ...exchangeForm(w, await minimalCode(w)), client_secret: w.of.WEB.secret };
      const { access_token: token } = isOk(await w.token(form));
      assert.equal((await w.fhir(playground, '/Patient', bearer(token))).status, 200);
    }),
    row('PD-09', 'P', 'the same request of a client without the flag: invalid_request', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      isRedirectedError(await w.authorize({ client_id: id, redirect_uri: redirectUri }), w.of.SPA, 'invalid_request');
    }),
    row('PD-10', 'P', 'PKCE works with the short request, and the verifier is then needed', async (w) => {
      const { verifier, query } = pkce();
      const form = { ...exchangeForm(w, await minimalCode(w, query)), client_secret: w.of.WEB.secret };
      isOk(await w.token({ ...form, code_verifier: verifier }));
      const other = { ...exchangeForm(w, await minimalCode(w, query)), client_secret: w.of.WEB.secret };
      isError(await w.token(other), 400, 'invalid_grant');
    }),
    row('PD-11', 'P', 'the short request with an unregistered redirect_uri: 400 and no redirect', async (w) => {
      isPageError(await begin(w, minimal(w, { redirect_uri: 'https://evil.example/cb' })));
    }),
    row('PD-12', 'P', 'the short request echoes its state', async (w) => {
      assert.equal((await minimalCode(w, { state: 'a b&c' })).searchParams.get('state'), 'a b&c');
    }),
    row('PD-13', 'P', 'a token of the playground at production: 401 invalid_token', async (w) => {
      const got = await w.fhir(production, '/Patient', bearer(isOk(await w.token(w.of.CC.form))['access_token']));
      assert.equal(got.status, 401);
      assert.match(got.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    }),
    row('PD-14', 'P', 'every error is JSON with a code, without a trace, a secret or SQL', async (w) => {
      const forms = [
        { ...w.of.CC.form, client_secret: 'hunter2hunter2' },
        { grant_type: 'nonsense' },
        { ...w.of.CC.form, scope: '"' },
        { ...w.of.CC.form, client_id: "x' or 1=1 --" },
        {},
      ];
      for (const form of forms) {
        const { status, body, text } = await w.token(form);
        assert.ok(status >= 400 && status < 500);
        assert.equal(typeof body['error'], 'string');
        assert.doesNotMatch(text, /hunter2|node_modules|\bat .*\.ts|select |sso\.client/i);
      }
      assert.ok(decodeJwt(isOk(await w.token(w.of.CC.form))['access_token']!).exp);
    }),
  ],
};
