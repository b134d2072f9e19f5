import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  SignJWT,
  UnsecuredJWT,
  type JWTPayload,
} from '../../../apps/sso/test/jose.ts';
import { backendToken, bearer } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { playground, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

const read = (w: World, headers: Record<string, string> = {}): Promise<Answer> =>
  w.fhir(playground, '/Patient', headers);

function isRefused(got: Answer, error: string | undefined): void {
  assert.equal(got.status, 401, got.text);
  const header = got.headers.get('www-authenticate') ?? '';
  if (error === undefined) assert.doesNotMatch(header, /error=/);
  else assert.match(header, new RegExp(`error="${error}"`));
  assert.match(header, /^Bearer/);
}

/** The claims of a good token, signed with a key of the attacker's. */
async function forged(w: World, change: (claims: JWTPayload) => JWTPayload = (claims) => claims): Promise<string> {
  const token = await backendToken(w);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kid } = decodeProtectedHeader(token);
  const header = { alg: 'ES256', typ: 'at+jwt', kid: kid! };
  return new SignJWT(change(decodeJwt(token)))
    .setProtectedHeader(header)
    .sign(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })));
}

export const bearerTokens: Section = {
  letter: 'C',
  title: 'RFC 6750, bearer tokens at the FHIR server',
  rows: [
    row('BEAR-01', 'M', 'a token in the Authorization header: 200', async (w) => {
      assert.equal((await read(w, bearer(await backendToken(w)))).status, 200);
    }),
    row('BEAR-02', 'M', 'the scheme in lower case: 200', async (w) => {
      assert.equal((await read(w, { authorization: `bearer ${await backendToken(w)}` })).status, 200);
    }),
    row('BEAR-03', 'M', 'a token in the query is refused', async (w) => {
      const { access_token: token } = await w.tokens();
      assert.ok([400, 401].includes((await w.get(`/oauth/userinfo?access_token=${token!}`)).status));
      assert.ok([400, 401].includes((await w.fhir(playground, `/Patient?access_token=${token!}`)).status));
    }),
    row('BEAR-04', 'M', 'no token: 401 with a challenge without error', async (w) => {
      isRefused(await read(w), undefined);
      isRefused(await w.get('/oauth/userinfo'), undefined);
    }),
    row('BEAR-05', 'M', 'an expired, malformed, tampered or foreign token: 401 invalid_token', async (w) => {
      const token = await backendToken(w);
      const [head, body, signature] = token.split('.') as [string, string, string];
      const richer = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: 'system/*.rs' })).toString('base64url');
      const bad = [
        'nonsense',
        `${head}.${richer}.${signature}`,
        `${head}.${body}.${signature.slice(0, -6)}AAAAAA`,
        await forged(w),
        await forged(w, (claims) => ({ ...claims, iss: 'https://evil.example' })),
      ];
      for (const one of bad) isRefused(await read(w, bearer(one)), 'invalid_token');
      w.clock.ahead(3700);
      isRefused(await read(w, bearer(token)), 'invalid_token');
    }),
    row('BEAR-06', 'M', 'a scope for another type: 403 insufficient_scope with an OperationOutcome', async (w) => {
      const got = await w.fhir(playground, '/Observation', bearer(await backendToken(w, w.of.OBS)));
      assert.equal(got.status, 403);
      assert.match(got.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
      assert.equal(got.body['resourceType'], 'OperationOutcome');
    }),
    row('BEAR-07', 'M', 'a token in the header and in the form: 400 invalid_request', async (w) => {
      const token = await backendToken(w);
      const body = new URLSearchParams({ access_token: token });
      const got = await w.fhir(playground, '/Patient/_search', bearer(token), { method: 'POST', body });
      assert.equal(got.status, 400, got.text);
      assert.match(got.headers.get('www-authenticate') ?? '', /error="invalid_request"/);
    }),
    row('BEAR-08', 'M', 'alg none, and HMAC with a public key as the secret: 401', async (w) => {
      const token = await backendToken(w);
      const claims = decodeJwt(token);
      const unsigned = new UnsecuredJWT(claims).encode();
      const { keys } = (await w.get('/oauth/jwks')).body as { keys: { kid: string }[] };
      const bad = [unsigned];
      for (const jwk of keys) {
        const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
        const header = { alg: 'HS256', typ: 'at+jwt', kid: jwk.kid };
        bad.push(await new SignJWT(claims).setProtectedHeader(header).sign(Buffer.from(key as string)));
      }
      for (const one of bad) assert.equal((await read(w, bearer(one))).status, 401);
    }),
    row('BEAR-09', 'P', 'an id_token is no access token: 401', async (w) => {
      const { id_token: token } = await w.tokens();
      isRefused(await read(w, bearer(token)), 'invalid_token');
    }),
  ],
};
