import assert from 'node:assert/strict';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
} from '../../../apps/sso/test/jose.ts';
import { bearer, introspect, isError, isOk, refreshForm } from '../expect.ts';
import { newProofKey, proofOf, type ProofChanges, type ProofKey } from '../proofs.ts';
import { row, type Section } from '../row.ts';
import { playground, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

async function ask(w: World, key: ProofKey, changes: ProofChanges = {}): Promise<Answer> {
  return w.token(w.of.DP.form, { DPoP: await proofOf(key, changes) });
}

async function isRefused(w: World, changes: ProofChanges): Promise<void> {
  isError(await ask(w, await newProofKey(), changes), 400, 'invalid_dpop_proof');
}

async function boundToken(w: World, key: ProofKey): Promise<string> {
  return isOk(await ask(w, key))['access_token']!;
}

const forRead = { htm: 'GET', htu: `${playground}/Patient` };

/** Reads at the playground with a bound token and a proof for it, but for what is given. */
async function read(w: World, key: ProofKey, token: string, changes: ProofChanges = {}): Promise<Answer> {
  const proof = await proofOf(key, { token, ...changes, claims: { ...forRead, ...changes.claims } });
  return w.fhir(playground, '/Patient?_count=1', { authorization: `DPoP ${token}`, DPoP: proof });
}

function isChallenged(got: Answer, error: string): void {
  assert.equal(got.status, 401, got.text);
  assert.match(got.headers.get('www-authenticate') ?? '', new RegExp(`^DPoP .*error="${error}"`));
}

const now = (): number => Math.floor(Date.now() / 1000);

export const possession: Section = {
  letter: 'L',
  title: 'RFC 9449, tokens bound to a key',
  rows: [
    row('DPOP-01', 'M', 'a proof at the token endpoint binds the token', async (w) => {
      const key = await newProofKey();
      const body = isOk(await ask(w, key));
      assert.equal(body['token_type'], 'DPoP');
      const { cnf } = decodeJwt(body['access_token']!) as { cnf?: { jkt: string } };
      assert.equal(cnf?.jkt, await calculateJwkThumbprint(key.publicJwk));
      const { body: told } = await introspect(w, body['access_token']!);
      assert.equal(told['token_type'], 'DPoP');
      assert.deepEqual(told['cnf'], cnf);
    }),
    row('DPOP-02', 'M', 'a client whose tokens are always bound, without a proof: 400', async (w) => {
      isError(await w.token(w.of.DP.form), 400, 'invalid_dpop_proof');
    }),
    row('DPOP-03', 'M', 'a proof for another method or address: 400 invalid_dpop_proof', async (w) => {
      await isRefused(w, { claims: { htm: 'GET' } });
      await isRefused(w, { claims: { htu: 'https://evil.example/oauth/token' } });
    }),
    row(
      'DPOP-04',
      'M',
      'a proof of another type, with HMAC, with a private key, of another key, without jti: 400',
      async (w) => {
        await isRefused(w, { header: { typ: 'JWT' } });
        await isRefused(w, { claims: { jti: undefined } });
        const [key, other] = [await newProofKey(), await newProofKey()];
        await isRefused(w, { signer: other.privateKey });
        await isRefused(w, { header: { jwk: await exportJWK(key.privateKey) }, signer: key.privateKey });
        const claims = { htm: 'POST', htu: 'https://sso.example.uz/oauth/token', jti: 'x', iat: now() };
        const symmetric = await new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } as object })
          .sign(Buffer.alloc(32));
        isError(await w.token(w.of.DP.form, { DPoP: symmetric }), 400, 'invalid_dpop_proof');
      },
    ),
    row('DPOP-05', 'M', 'a proof of ten minutes ago or ahead: 400 invalid_dpop_proof', async (w) => {
      for (const iat of [now() - 600, now() + 600]) {
        const got = await ask(w, await newProofKey(), { claims: { iat } });
        isError(got, 400, ['invalid_dpop_proof', 'use_dpop_nonce']);
      }
    }),
    row('DPOP-06', 'S', 'a proof twice: 400', async (w) => {
      const headers = { DPoP: await proofOf(await newProofKey()) };
      isOk(await w.token(w.of.DP.form, headers));
      isError(await w.token(w.of.DP.form, headers), 400, 'invalid_dpop_proof');
      const parallel = { DPoP: await proofOf(await newProofKey()) };
      const all = await Promise.all(Array.from({ length: 20 }, () => w.token(w.of.DP.form, parallel)));
      assert.equal(all.filter(({ status }) => status === 200).length, 1);
    }),
    row('DPOP-07', 'M', 'two DPoP headers: 400', async (w) => {
      const key = await newProofKey();
      const headers = new Headers();
      for (let index = 0; index < 2; index += 1) headers.append('DPoP', await proofOf(key));
      const init = { method: 'POST', body: new URLSearchParams(w.of.DP.form), headers };
      isError(await w.get('/oauth/token', init), 400, 'invalid_dpop_proof');
    }),
    row(
      'DPOP-08',
      'M',
      'a refresh token of a public client with another key, or without a proof: 400 invalid_grant',
      async (w) => {
        const { id, redirectUri } = w.of.SPA;
        const query = { client_id: id, redirect_uri: redirectUri, scope: 'openid offline_access user/*.rs' };
        const [key, other] = [await newProofKey(), await newProofKey()];
        const form = { client_id: id, redirect_uri: redirectUri };
        const first = isOk(await w.exchange(await w.signIn(query), form, { DPoP: await proofOf(key) }));
        assert.equal(first['token_type'], 'DPoP');
        const refresh = refreshForm(w, first['refresh_token']);
        isError(await w.token(refresh), 400, 'invalid_grant');
        isError(await w.token(refresh, { DPoP: await proofOf(other) }), 400, 'invalid_grant');
        isOk(await w.token(refresh, { DPoP: await proofOf(key) }));
      },
    ),
    row('DPOP-09', 'M', 'a bound token as a bearer token at the FHIR server, or at the SSO: 401', async (w) => {
      const key = await newProofKey();
      const token = await boundToken(w, key);
      isChallenged(await w.fhir(playground, '/Patient', bearer(token)), 'invalid_token');
      assert.equal((await w.get('/oauth/userinfo', { headers: bearer(token) })).status, 401);
      assert.equal((await w.post('/oauth/introspect', { token }, bearer(token))).status, 401);
      const plain = isOk(await w.token(w.of.CC.form))['access_token']!;
      isChallenged(await read(w, key, plain), 'invalid_token');
    }),
    row('DPOP-10', 'M', 'at the FHIR server a proof is needed, for this token, request and key, once', async (w) => {
      const key = await newProofKey();
      const token = await boundToken(w, key);
      const keys = createLocalJWKSet((await w.get('/oauth/jwks')).body as unknown as JSONWebKeySet);
      await jwtVerify(token, keys);
      for (let round = 0; round < 2; round += 1) assert.equal((await read(w, key, token)).status, 200);
      const wrong: ProofChanges[] = [
        { claims: { ath: undefined } },
        { token: 'another' },
        { claims: { htm: 'POST' } },
        { claims: { htu: `${playground}/Observation` } },
        { claims: { iat: now() - 90 } },
        { claims: { iat: now() + 90 } },
        { claims: { jti: undefined } },
        { header: { typ: 'JWT' } },
        { signer: (await newProofKey()).privateKey },
      ];
      for (const changes of wrong) isChallenged(await read(w, key, token, changes), 'invalid_dpop_proof');
      isChallenged(await read(w, await newProofKey(), token), 'invalid_dpop_proof');
      const authorization = `DPoP ${token}`;
      isChallenged(await w.fhir(playground, '/Patient', { authorization }), 'invalid_dpop_proof');
      const headers = { authorization, DPoP: await proofOf(key, { token, claims: forRead }) };
      assert.equal((await w.fhir(playground, '/Patient', headers)).status, 200);
      isChallenged(await w.fhir(playground, '/Patient', headers), 'invalid_dpop_proof');
    }),
    row('DPOP-11', 'S', 'where a nonce is required: 400 use_dpop_nonce with one, and with it a token', async (w) => {
      const url = await w.anotherSso({ requireDpopNonce: true });
      const key = await newProofKey();
      const first = await w.tokenAt(url, w.of.DP.form, { DPoP: await proofOf(key) });
      isError(first, 400, 'use_dpop_nonce');
      const nonce = first.headers.get('dpop-nonce');
      assert.ok(nonce);
      isOk(await w.tokenAt(url, w.of.DP.form, { DPoP: await proofOf(key, { claims: { nonce } }) }));
      const wrong = await w.tokenAt(url, w.of.DP.form, { DPoP: await proofOf(key, { claims: { nonce: 'x' } }) });
      isError(wrong, 400, 'use_dpop_nonce');
    }),
  ],
};
