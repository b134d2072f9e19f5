import assert from 'node:assert/strict';
import {
  backendToken,
  bearer,
  claimsOf,
  isError,
  isOk,
  isRedirectedError,
  refreshForm,
  spaRequest,
} from '../expect.ts';
import { notApplicable, row, type Section } from '../row.ts';
import { playground, production, type World } from '../world.ts';

const environment = 'every client is registered for exactly one environment, and so no token is without one';

async function isRefused(w: World, resource: string): Promise<void> {
  isError(await w.token({ ...w.of.CC.form, resource }), 400, 'invalid_target');
  isRedirectedError(await w.authorize(spaRequest(w, { resource })), w.of.SPA, 'invalid_target');
}

export const resources: Section = {
  letter: 'H',
  title: 'RFC 8707, resource indicators: tokens are bound to an environment',
  rows: [
    row('RES-01', 'M', 'a resource that is not absolute: invalid_target', async (w) => {
      await isRefused(w, 'fhir');
      await isRefused(w, '/fhir');
    }),
    row('RES-02', 'M', 'a resource with a fragment: invalid_target', (w) => isRefused(w, `${playground}#x`)),
    row('RES-03', 'M', 'an unknown resource: invalid_target', (w) => isRefused(w, 'https://evil.example/fhir')),
    row('RES-04', 'M', 'the other environment: 400 invalid_target', (w) => isRefused(w, production)),
    notApplicable(
      'RES-05',
      'M',
      'a client without an environment that names no resource: 400 invalid_target',
      environment,
    ),
    notApplicable('RES-06', 'M', 'a client without an environment that names a resource: a token for it', environment),
    row('RES-07', 'M', 'a code for one environment exchanged for the other: 400 invalid_target', async (w) => {
      const { id, redirectUri } = w.of.SPA;
      const one = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
      const form = { client_id: id, redirect_uri: redirectUri, resource: production };
      isError(await w.exchange(one, form), 400, 'invalid_target');
    }),
    row(
      'RES-08',
      'M',
      'a refresh for the other environment: 400 invalid_target, and the refresh token stays good',
      async (w) => {
        const { refresh_token: token } = await w.tokens();
        isError(await w.token({ ...refreshForm(w, token), resource: production }), 400, 'invalid_target');
        w.clock.ahead(10);
        isOk(await w.token(refreshForm(w, token)));
      },
    ),
    row('RES-09', 'M', 'aud of SMART is the resource, with or without a slash at the end', async (w) => {
      for (const aud of [playground, `${playground}/`]) {
        const { id, redirectUri } = w.of.SPA;
        const query = { client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs', aud };
        const got = await w.exchange(await w.signIn(query), { client_id: id, redirect_uri: redirectUri });
        assert.equal(claimsOf(got).aud, playground);
      }
    }),
    row('RES-10', 'S', 'aud of another server: refused', async (w) => {
      const got = await w.authorize(spaRequest(w, { aud: 'https://evil.example/fhir' }));
      isRedirectedError(got, w.of.SPA, ['invalid_target', 'invalid_request']);
    }),
    row('RES-11', 'P', 'two resources: 400 invalid_target', async (w) => {
      isError(await w.token({ ...w.of.CC.form, resource: [playground, production] }), 400, 'invalid_target');
    }),
    row('RES-12', 'M', 'a token of one environment at the other: 401', async (w) => {
      const [here, there] = [await backendToken(w), await backendToken(w, w.of.CCP)];
      assert.equal((await w.fhir(playground, '/Patient', bearer(here))).status, 200);
      assert.equal((await w.fhir(production, '/Patient', bearer(there))).status, 200);
      assert.equal((await w.fhir(production, '/Patient', bearer(here))).status, 401);
      assert.equal((await w.fhir(playground, '/Patient', bearer(there))).status, 401);
    }),
  ],
};
