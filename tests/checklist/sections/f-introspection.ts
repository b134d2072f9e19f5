import assert from 'node:assert/strict';
import { decodeJwt } from '../../../apps/sso/test/jose.ts';
import { makeClient } from '../clients.ts';
import { backendToken, basic, bearer, introspect, isError, isInactive, isOk } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { issuer, playground, type World } from '../world.ts';
import { authorizeAddress, pkce, signIn } from '../../../apps/sso/test/browser.ts';

const patientScope = 'openid fhirUser launch/patient offline_access patient/*.rs';
const sorted = (scope: unknown): string[] => String(scope).split(' ').sort();

async function personToken(w: World, username: string): Promise<Record<string, string>> {
  const { id, redirectUri } = w.of.SPA;
  await w.accounts.create({
    username,
    password: 'only for this row',
    name: username,
    identities: [{ environment: 'playground', type: 'Patient', fhir_id: username }],
  });
  const { verifier, query } = pkce();
  const address = authorizeAddress({
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: patientScope,
    ...query,
  });
  const back = await signIn(w.browser(), address, { username, password: 'only for this row' });
  return isOk(await w.exchange({ back, verifier }, { client_id: id, redirect_uri: redirectUri }));
}

export const introspection: Section = {
  letter: 'F',
  title: 'RFC 7662 and SMART App Launch, introspection',
  rows: [
    row('INT-01', 'M', 'a live token: active, and what it is', async (w) => {
      const token = await backendToken(w);
      const { status, body } = await introspect(w, token);
      assert.equal(status, 200);
      assert.equal(body['active'], true);
      for (const name of ['iss', 'aud', 'sub', 'client_id', 'scope', 'exp'] as const) {
        assert.equal(body[name], decodeJwt(token)[name], name);
      }
      assert.equal(body['token_type'], 'Bearer');
    }),
    row('INT-02', 'M', 'an unknown, expired or tampered token: exactly {"active":false}', async (w) => {
      const token = await backendToken(w);
      await isInactive(w, 'unknown');
      await isInactive(w, `${token.slice(0, -6)}AAAAAA`);
      w.clock.ahead(3700);
      await isInactive(w, token);
    }),
    row('INT-03', 'M', 'no authentication: 401', async (w) => {
      isError(await w.post('/oauth/introspect', { token: await backendToken(w) }), 401);
    }),
    row('INT-04', 'M', 'authentication by a token of a resource server', async (w) => {
      const headers = bearer(await backendToken(w, w.of.RS));
      const got = await w.post('/oauth/introspect', { token: await backendToken(w) }, headers);
      assert.equal(got.body['active'], true);
    }),
    row('INT-05', 'M', 'the patient of the token response', async (w) => {
      const tokens = await w.tokens({ scope: patientScope }, 'patient1');
      assert.equal((await introspect(w, tokens['access_token']!)).body['patient'], tokens['patient']);
      assert.equal(tokens['patient'], 'p-1');
    }),
    row('INT-06', 'M', 'iss and sub of the id_token, and fhirUser', async (w) => {
      const tokens = await w.tokens({ scope: patientScope }, 'patient1');
      const { body } = await introspect(w, tokens['access_token']!);
      assert.equal(body['iss'], issuer);
      assert.equal(body['sub'], decodeJwt(tokens['id_token']!).sub);
      assert.equal(body['fhirUser'], `${playground}/Patient/p-1`);
    }),
    row('INT-07', 'M', 'the scopes of the token response', async (w) => {
      const tokens = await w.tokens({ scope: patientScope }, 'patient1');
      const { body } = await introspect(w, tokens['access_token']!);
      assert.deepEqual(sorted(body['scope']), sorted(tokens['scope']));
    }),
    row('INT-08', 'M', 'no token: 400 invalid_request', async (w) => {
      const { id, secret } = w.of.RS;
      isError(await w.post('/oauth/introspect', {}, basic(id, secret)), 400, 'invalid_request');
    }),
    row('INT-09', 'S', 'a client learns nothing of the token of another one', async (w) => {
      const { access_token: token } = await w.tokens();
      await isInactive(w, token!, w.of.WEB2);
    }),
    row('INT-10', 'P', 'inactive with its token, its sign-in, its person or its client revoked', async (w) => {
      const { id, secret } = w.of.CC;
      const revoked = await backendToken(w);
      await w.post('/oauth/revoke', { token: revoked }, basic(id, secret));
      await isInactive(w, revoked);
      const grant = await w.tokens();
      await w.post('/oauth/revoke', { token: grant['refresh_token']!, client_id: w.of.SPA.id });
      await isInactive(w, grant['access_token']!);
      const { access_token: ofPerson } = await personToken(w, 'leaving');
      await w.accounts.disable('leaving');
      await isInactive(w, ofPerson!);
      const client = await makeClient(w.clients, {});
      const ofClient = await backendToken(w, client);
      await w.clients.disable(client.id);
      await isInactive(w, ofClient);
    }),
    row('INT-11', 'P', 'a refresh token is no access token: inactive', async (w) => {
      await isInactive(w, (await w.tokens())['refresh_token']!);
    }),
    row('INT-12', 'S', 'a resource server of production learns nothing of a token of the playground', async (w) => {
      await isInactive(w, await backendToken(w), w.of.RSP);
    }),
  ],
};
