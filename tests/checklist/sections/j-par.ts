import assert from 'node:assert/strict';
import { isError, isPageError, leadsToSignIn, spaRequest, webRequest } from '../expect.ts';
import { people } from '../people.ts';
import { row, type Section } from '../row.ts';
import type { Query, World } from '../world.ts';
import { pkce, signIn } from '../../../apps/sso/test/browser.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

/** Pushes a request of the confidential client, but for what is given. */
function push(w: World, given: Query = {}): Promise<Answer> {
  return w.post('/oauth/par', { ...webRequest(w), client_secret: w.of.WEB2.secret, ...given });
}

async function pushed(w: World, given: Query = {}): Promise<string> {
  const got = await push(w, given);
  assert.equal(got.status, 201, got.text);
  return got.body['request_uri'] as string;
}

const pushedQuery = (w: World, uri: string): { client_id: string; request_uri: string } => ({
  client_id: w.of.WEB2.id,
  request_uri: uri,
});

const address = (query: Record<string, string>): string => `/oauth/authorize?${new URLSearchParams(query).toString()}`;

export const pushedRequests: Section = {
  letter: 'J',
  title: 'RFC 9126, pushed authorization requests',
  rows: [
    row('PAR-01', 'M', '201 with a request_uri and how long it is good', async (w) => {
      const { status, body, headers } = await push(w);
      assert.equal(status, 201);
      assert.match(String(body['request_uri']), /^urn:ietf:params:oauth:request_uri:/);
      const seconds = Number(body['expires_in']);
      assert.ok(seconds >= 5 && seconds <= 600);
      assert.match(headers.get('cache-control') ?? '', /no-store/);
    }),
    row('PAR-02', 'M', 'the sign-in goes on with what was pushed', async (w) => {
      const { verifier, query } = pkce();
      const uri = await pushed(w, { ...query, state: 'pushed' });
      const back = await signIn(w.browser(), address(pushedQuery(w, uri)), people.doctor1);
      assert.equal(back.searchParams.get('state'), 'pushed');
      const { id, secret, redirectUri } = w.of.WEB2;
      const form = { client_id: id, client_secret: secret, redirect_uri: redirectUri };
      assert.equal((await w.exchange({ back, verifier }, form)).status, 200);
    }),
    row('PAR-03', 'S', 'a request_uri is good for one sign-in', async (w) => {
      const uri = await pushed(w, pkce().query);
      const browser = w.browser();
      const first = await signIn(browser, address(pushedQuery(w, uri)), people.doctor1);
      assert.ok(first.searchParams.get('code'));
      isPageError(await w.authorize(pushedQuery(w, uri)));
    }),
    row('PAR-04', 'M', 'a request_uri in what is pushed: 400', async (w) => {
      isError(await push(w, { request_uri: 'urn:ietf:params:oauth:request_uri:x' }), 400);
    }),
    row('PAR-05', 'M', 'a confidential client without authentication: 401', async (w) => {
      isError(await push(w, { client_secret: undefined }), 401, 'invalid_client');
      isError(await push(w, { client_secret: 'wrong' }), 401, 'invalid_client');
    }),
    row('PAR-06', 'M', 'an unregistered redirect_uri: 400', async (w) => {
      isError(await push(w, { redirect_uri: 'https://evil.example/cb' }), 400);
    }),
    row('PAR-07', 'M', 'GET: 405', async (w) => {
      assert.equal((await w.get('/oauth/par')).status, 405);
    }),
    row('PAR-08', 'M', 'a request_uri of another client: an error, no code', async (w) => {
      const uri = await pushed(w);
      isPageError(await w.authorize({ client_id: w.of.SPA.id, request_uri: uri }));
    }),
    row('PAR-09', 'M', 'an expired request_uri: an error', async (w) => {
      const uri = await pushed(w);
      w.clock.ahead(61);
      isPageError(await w.authorize(pushedQuery(w, uri)));
    }),
    row('PAR-10', 'M', 'what stands beside the request_uri does not count', async (w) => {
      const { query } = pkce();
      const uri = await pushed(w, { ...query, state: 'pushed' });
      const beside = { ...pushedQuery(w, uri), state: 'beside', scope: 'openid', redirect_uri: 'https://evil.example' };
      leadsToSignIn(await w.authorize(beside));
      const back = await signIn(w.browser(), address(beside), people.doctor1);
      assert.equal(back.searchParams.get('state'), 'pushed');
      assert.ok(back.href.startsWith(w.of.WEB2.redirectUri));
      const public_ = await w.post('/oauth/par', spaRequest(w));
      assert.equal(public_.status, 201, 'a public client may push too');
    }),
  ],
};
