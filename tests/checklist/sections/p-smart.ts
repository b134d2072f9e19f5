import assert from 'node:assert/strict';
import { decodeJwt } from '../../../apps/sso/test/jose.ts';
import { bearer, isError, isOk, isRedirectedError, refreshForm, spaRequest } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { assertionForm, assertionOf } from '../keys.ts';
import { openTlsProxy } from '../tls-proxy.ts';
import { issuer, playground, production, type World } from '../world.ts';

const launchScope = 'launch/patient openid fhirUser offline_access patient/*.rs';
const sorted = (scope: string | undefined): string[] => (scope ?? '').split(' ').sort();

const standalone = (w: World): Promise<Record<string, string>> =>
  w.tokens({ scope: launchScope, aud: playground }, 'patient1');

export const smartAppLaunch: Section = {
  letter: 'P',
  title: 'SMART App Launch 2.2',
  rows: [
    row('SM-01', 'M', 'a standalone launch: refresh token, id_token and the patient', async (w) => {
      const tokens = await standalone(w);
      assert.ok(tokens['refresh_token'] && tokens['id_token']);
      assert.equal(tokens['patient'], 'p-1');
    }),
    row('SM-02', 'M', 'the token response names every scope that was granted', async (w) => {
      const { token_type: type, expires_in: seconds, scope } = await standalone(w);
      assert.equal(type!.toLowerCase(), 'bearer');
      assert.equal(typeof seconds, 'number');
      assert.deepEqual(sorted(scope), sorted(launchScope));
    }),
    row('SM-05', 'M', 'a patient scope without launch/patient has a patient in context', async (w) => {
      const tokens = await w.tokens({ scope: 'openid patient/*.rs' }, 'patient1');
      assert.equal(tokens['patient'], 'p-1');
      const { back } = await w.signIn({ ...spaRequest(w, { scope: 'patient/*.rs' }) }, 'doctor1');
      assert.equal(back.searchParams.get('error'), 'access_denied');
    }),
    row('SM-07', 'M', 'a refresh without scope, and with the received ones: the patient again', async (w) => {
      const first = await standalone(w);
      const second = isOk(await w.token(refreshForm(w, first['refresh_token'])));
      assert.deepEqual(sorted(second['scope']), sorted(first['scope']));
      const form = { ...refreshForm(w, second['refresh_token']), scope: first['scope'] };
      const third = isOk(await w.token(form));
      assert.deepEqual([second['patient'], third['patient']], ['p-1', 'p-1']);
    }),
    row(
      'SM-08',
      'M',
      'granular, wildcard and v1 scopes; letters out of order and unknown types are refused',
      async (w) => {
        const category = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
        const good = [`patient/Observation.rs?category=${category}`, 'patient/*.read'];
        for (const scope of good) {
          const tokens = await w.tokens({ scope: `openid ${scope}` }, 'patient1');
          assert.deepEqual(sorted(tokens['scope']), sorted(`openid ${scope}`));
        }
        assert.equal(isOk(await w.token(w.of.CC.form))['scope'], 'system/*.cruds');
        for (const scope of ['system/Patient.sr', 'system/Nope.rs']) {
          isError(await w.token({ ...w.of.CC.form, scope }), 400, 'invalid_scope');
        }
        const got = await w.authorize(spaRequest(w, { scope: 'patient/Nope.rs' }));
        isRedirectedError(got, w.of.SPA, 'invalid_scope');
      },
    ),
    row('SM-09', 'M', 'fhirUser of the id_token is a resource that the access token reads', async (w) => {
      const { access_token: admin } = isOk(await w.token(w.of.CC.form));
      const headers = { ...bearer(admin), 'content-type': 'application/fhir+json' };
      const body = JSON.stringify({ resourceType: 'Patient', id: 'p-1', gender: 'male' });
      const made = await w.fhir(playground, '/Patient/p-1', headers, { method: 'PUT', body });
      assert.ok([200, 201, 412].includes(made.status), made.text);
      const tokens = await standalone(w);
      const url = String(decodeJwt(tokens['id_token']!)['fhirUser']);
      assert.equal(url, `${playground}/Patient/p-1`);
      const got = await w.fhir(playground, url.slice(playground.length), bearer(tokens['access_token']));
      assert.equal(got.status, 200, got.text);
      assert.equal(got.body['id'], 'p-1');
    }),
    row(
      'SM-11',
      'M',
      'an application in a browser may read configuration, metadata, tokens and resources',
      async (w) => {
        const headers = { origin: 'https://app.uz' };
        const { id, redirectUri } = w.of.SPA;
        const one = await w.signIn({ client_id: id, redirect_uri: redirectUri, scope: 'openid user/*.rs' });
        const exchanged = await w.exchange(one, { client_id: id, redirect_uri: redirectUri }, headers);
        const token = isOk(exchanged)['access_token'];
        const answers = [
          await w.fhir(playground, '/.well-known/smart-configuration', headers),
          await w.fhir(playground, '/metadata', headers),
          exchanged,
          await w.fhir(playground, '/Patient', { ...headers, ...bearer(token) }),
        ];
        for (const { status, headers: got } of answers) {
          assert.equal(status, 200);
          assert.ok(['*', 'https://app.uz'].includes(got.get('access-control-allow-origin') ?? ''));
        }
      },
    ),
    row(
      'SM-10',
      'M',
      'backend services: a wrong grant 400, a wrong assertion type refused, a token with four members',
      async (w) => {
        const form = async (): Promise<Record<string, string>> => ({
          ...assertionForm(await assertionOf(w.of.JW1, w.keys.r)),
          scope: 'system/*.rs',
        });
        isError(await w.token({ ...(await form()), grant_type: 'not_a_grant_type' }), 400);
        isError(await w.token({ ...(await form()), client_assertion_type: 'not_an_assertion_type' }), [400, 401]);
        const body = isOk(await w.token(await form()));
        assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
        const got = await w.fhir(production, '/Patient', bearer(body['access_token']));
        assert.equal(got.status, 200);
      },
    ),
    row('SM-12', 'M', 'authorization and tokens over TLS 1.2 or later, and not at all over less', async (w) => {
      const host = new URL(issuer).host;
      const sso = await w.anotherSso({ trustProxy: true });
      const proxy = await openTlsProxy(sso, host);
      try {
        const body = new URLSearchParams(w.of.CC.form).toString();
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
        const query = new URLSearchParams(
          Object.entries(spaRequest(w)).filter(([, value]) => value !== undefined) as [string, string][],
        );
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
          const only = { minVersion: version, maxVersion: version };
          const token = await proxy.ask('/oauth/token', { ...only, method: 'POST', headers }, body);
          assert.equal(token.status, 200, token.text);
          const asked = await proxy.ask(`/oauth/authorize?${query.toString()}`, only);
          assert.equal(asked.status, 303, asked.text);
          const cookies = asked.headers.getSetCookie();
          assert.ok(cookies.length > 0 && cookies.every((cookie) => /; secure/i.test(cookie)), cookies.join());
          for (const got of [token, asked])
            assert.match(got.headers.get('strict-transport-security') ?? '', /max-age=\d{7}/);
        }
        for (const version of ['TLSv1', 'TLSv1.1'] as const) {
          assert.equal(await proxy.handshake(version), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
        }
      } finally {
        await proxy.close();
      }
    }),
    row('SM-13', 'M', 'backend services: no refresh token, 300 seconds at most', async (w) => {
      const body = isOk(await w.token(assertionForm(await assertionOf(w.of.JW1, w.keys.e))));
      assert.equal(body['refresh_token'], undefined);
      assert.ok(Number(body['expires_in']) <= 300);
    }),
  ],
};
