import assert from 'node:assert/strict';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  jwtVerify,
  type JSONWebKeySet,
} from '../../../apps/sso/test/jose.ts';
import { backendToken, claimsOf, isOk } from '../expect.ts';
import { assertionForm, assertionOf } from '../keys.ts';
import { row, type Section } from '../row.ts';
import { issuer, playground, type World } from '../world.ts';

async function keysOf(w: World): Promise<JSONWebKeySet> {
  return (await w.get('/oauth/jwks')).body as unknown as JSONWebKeySet;
}

export const accessTokens: Section = {
  letter: 'I',
  title: 'RFC 9068, access tokens as JWT',
  rows: [
    row('JAT-01', 'M', 'the header: at+jwt, an algorithm and a key of the key set', async (w) => {
      const { typ, alg, kid } = decodeProtectedHeader(await backendToken(w));
      assert.equal(typ, 'at+jwt');
      const key = (await keysOf(w)).keys.find((one) => one.kid === kid);
      assert.equal(key?.alg, alg);
    }),
    row('JAT-02', 'M', 'all claims are there', async (w) => {
      const claims = decodeJwt(await backendToken(w));
      for (const name of ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti']) assert.ok(claims[name], name);
      assert.equal(claims.iss, issuer);
    }),
    row('JAT-03', 'M', 'of client_credentials the sub is the client', async (w) => {
      const { sub, client_id: client } = decodeJwt(await backendToken(w));
      assert.equal(sub, client);
    }),
    row('JAT-04', 'S', 'the claim scope is the scope of the answer', async (w) => {
      const got = await w.token({ ...w.of.CC.form, scope: 'system/Patient.rs system/Observation.rs' });
      assert.equal(claimsOf(got)['scope'], isOk(got)['scope']);
    }),
    row('JAT-05', 'S', 'of a client that signs its assertions it lives 300 seconds at most', async (w) => {
      const { exp, iat } = claimsOf(await w.token(assertionForm(await assertionOf(w.of.JW1, w.keys.e))));
      assert.ok(exp! - iat! <= 300);
    }),
    row('JAT-06', 'M', 'the published keys verify the signature', async (w) => {
      const options = { issuer, audience: playground, typ: 'at+jwt' };
      await jwtVerify(await backendToken(w), createLocalJWKSet(await keysOf(w)), options);
    }),
    row('JAT-07', 'S', 'nothing in it names a person', async (w) => {
      const { access_token: token } = await w.tokens({}, 'patient1');
      // Random texts, which may hold any four letters.
      const { jti, gid, ...told } = decodeJwt(token!);
      for (const random of [jti, gid]) assert.match(String(random), /^[\w-]{20,43}$/);
      const text = JSON.stringify(told);
      assert.doesNotMatch(text, /Olim|Usmonov|patient1|pinfl|phone|email|passport/i);
    }),
    row('JAT-08', 'M', 'id_token RS256, access token ES256', async (w) => {
      const { access_token: access, id_token: idToken } = await w.tokens();
      assert.equal(decodeProtectedHeader(access!).alg, 'ES256');
      assert.equal(decodeProtectedHeader(idToken!).alg, 'RS256');
    }),
  ],
};
