import assert from 'node:assert/strict';
import { until } from '@dhp/postgres/testing';
import type { Browser, Page } from '../../../apps/sso/test/browser.ts';
import { authorizeAddress } from '../../../apps/sso/test/browser.ts';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from '../../../apps/sso/test/jose.ts';
import type { Fixture } from '../clients.ts';
import { isError, isOk, isRedirectedError, refreshForm, spaRequest } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { issuer, type Query, type World } from '../world.ts';

const after = 'https://app.uz/bye';

const address = (query: Query): string =>
  `/oauth/logout?${new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString()}`;

/** The address of a page, with the question whether to sign out; its form is sent with these fields. */
async function answer(browser: Browser, page: Page, fields: Record<string, string>): Promise<Page> {
  const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(page.text) ?? [];
  return browser.post('/oauth/logout/confirm', { xsrf, ...fields });
}

async function signedIn(
  w: World,
  scope = 'openid user/*.rs',
): Promise<{ browser: Browser; tokens: Record<string, string> }> {
  const browser = w.browser();
  return { browser, tokens: await w.tokens({ scope }, 'doctor1', browser) };
}

/** Signs in at a client that is told of sign-outs, in a browser that may be signed in already. */
async function atTold(
  w: World,
  client: Fixture,
  browser: Browser,
  scope = 'openid user/*.rs',
): Promise<Record<string, string>> {
  const query = { client_id: client.id, redirect_uri: client.redirectUri, scope };
  const got = await w.exchange(await w.signIn(query, 'doctor1', browser), {
    client_id: client.id,
    redirect_uri: client.redirectUri,
  });
  return isOk(got);
}

const isAsked = (page: Page): boolean => /name="logout"/.test(page.text);

export const logout: Section = {
  letter: 'O (continued)',
  title: 'OpenID Connect, signing out',
  rows: [
    row(
      'OIDC-16',
      'M',
      'a good request leads back with the state; a bad address or hint does not; without them the person is asked',
      async (w) => {
        const { browser, tokens } = await signedIn(w);
        const hint = { id_token_hint: tokens['id_token']! };
        const [head, body, signature] = tokens['id_token']!.split('.') as [string, string, string];
        const bad: Query[] = [
          { ...hint, post_logout_redirect_uri: 'https://evil.example/bye', state: 's' },
          { ...hint, post_logout_redirect_uri: `${after}?x=1`, state: 's' },
          { id_token_hint: `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`, post_logout_redirect_uri: after },
          { id_token_hint: 'nonsense' },
        ];
        for (const query of bad) {
          const page = await browser.get(address(query));
          assert.equal(page.status, 400, JSON.stringify(query));
          assert.match(page.headers.get('content-type') ?? '', /html/);
        }
        for (const query of [{}, { state: 's' }, hint, { post_logout_redirect_uri: after }]) {
          assert.ok(isAsked(await browser.get(address(query))), JSON.stringify(query));
        }
        const stayed = await answer(browser, await browser.get(address({})), { stay: 'yes' });
        assert.equal(stayed.status, 200);
        const question = await browser.get(address({ ...hint, post_logout_redirect_uri: after, state: 'a b' }));
        const left = new URL((await answer(browser, question, { logout: 'yes' })).address);
        assert.equal(left.origin + left.pathname, after);
        assert.equal(left.searchParams.get('state'), 'a b');
        const nobody = w.browser();
        const asked = await nobody.get(address({}));
        assert.ok(isAsked(asked));
        assert.doesNotMatch(asked.text, /<script/);
        assert.match((await answer(nobody, asked, { logout: 'yes' })).text, /signed out/);
        const posted = await (await signedIn(w)).browser.post('/oauth/logout', { state: 's' });
        assert.ok(isAsked(posted));
      },
    ),
    row('OIDC-17', 'M', 'the answer without the token of its form, or with a wrong one: 400', async (w) => {
      const { browser } = await signedIn(w);
      await browser.get(address({}));
      for (const xsrf of ['', 'wrong']) {
        assert.equal((await browser.post('/oauth/logout/confirm', { xsrf, logout: 'yes' })).status, 400);
      }
      assert.equal((await w.browser().post('/oauth/logout/confirm', { logout: 'yes' })).status, 400);
      const back = new URL((await browser.get(authorizeAddress(spaRequest(w)))).address);
      assert.ok(back.searchParams.get('code'), 'still signed in');
    }),
    row('OIDC-18', 'M', 'the other clients are told by a logout_token', async (w) => {
      const { TOLD } = w.of;
      const { browser } = await signedIn(w);
      const { id_token: idToken } = await atTold(w, TOLD, browser);
      await answer(browser, await browser.get(address({})), { logout: 'yes' });
      await until('the client is told', () => w.stranger.asked.some(({ path }) => path === '/TOLD'));
      const { body } = w.stranger.asked.find(({ path }) => path === '/TOLD')!;
      const token = new URLSearchParams(body).get('logout_token')!;
      const keys = createLocalJWKSet((await w.get('/oauth/jwks')).body as unknown as JSONWebKeySet);
      const { payload } = await jwtVerify(token, keys, { issuer, audience: TOLD.id, typ: 'logout+jwt' });
      assert.ok(payload.iat && payload.exp && payload.jti);
      assert.equal(payload.sub, decodeJwt(idToken!).sub);
      assert.equal(payload['sid'], decodeJwt(idToken!)['sid']);
      assert.ok(payload['sid']);
      assert.equal(payload['nonce'], undefined);
      assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} });
    }),
    row(
      'OIDC-19',
      'P',
      'a client that is slow or away delays nobody, is told again, and the audit trail knows',
      async (w) => {
        const { TOLD2 } = w.of;
        const { browser } = await signedIn(w);
        await atTold(w, TOLD2, browser);
        let isWell = false;
        const held = Promise.withResolvers<undefined>();
        w.stranger.reply = () => (isWell ? {} : { status: 503, after: held.promise });
        const question = await browser.get(address({}));
        await answer(browser, question, { logout: 'yes' });
        const told = (): number => w.stranger.asked.filter(({ path }) => path === '/TOLD2').length;
        const events = async (): Promise<string[]> => {
          const rows = await w.sql<{ event: string }[]>`
          select event from sso.audit_event where client_id = ${TOLD2.id} and event like 'logout.%' order by id`;
          return rows.map(({ event }) => event);
        };
        assert.deepEqual(await events(), [], 'answered while the client is silent, and not when it was given up');
        held.resolve(undefined);
        await until('the failure is recorded', async () => (await events()).includes('logout.not-told'));
        assert.equal(told(), 1);
        isWell = true;
        w.clock.ahead(6);
        await until('the client is told again', async () => (await events()).includes('logout.told'));
        assert.equal(told(), 2);
      },
    ),
    row(
      'OIDC-20',
      'M',
      'afterwards the session is over, and so are its refresh tokens; those for offline_access stay',
      async (w) => {
        const { browser, tokens } = await signedIn(w, 'openid online_access user/*.rs');
        const offline = await w.tokens({ scope: 'openid offline_access user/*.rs' }, 'doctor1', w.browser());
        assert.ok(tokens['refresh_token']);
        await answer(browser, await browser.get(address({})), { logout: 'yes' });
        const location = new URL((await browser.get(authorizeAddress(spaRequest(w, { prompt: 'none' })))).address);
        isRedirectedError({ location }, w.of.SPA, 'login_required');
        isError(await w.token(refreshForm(w, tokens['refresh_token'])), 400, 'invalid_grant');
        isOk(await w.token(refreshForm(w, offline['refresh_token'])));
      },
    ),
  ],
};
