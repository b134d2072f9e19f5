import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from '../../../apps/sso/test/jose.ts';
import { makeClient } from '../clients.ts';
import { isError, isOk } from '../expect.ts';
import { assertionForm, assertionOf, newKey, type KeyPair } from '../keys.ts';
import { row, type Section } from '../row.ts';
import { issuer, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

const send = async (w: World, assertion: string): Promise<Answer> => w.token(assertionForm(assertion));

async function isRefused(
  w: World,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<void> {
  isError(
    await send(w, await assertionOf(w.of.JW1, w.keys.e, claims, header)),
    [400, 401],
    ['invalid_client', 'invalid_request'],
  );
}

const now = (): number => Math.floor(Date.now() / 1000);

export const assertions: Section = {
  letter: 'M',
  title: 'RFC 7523 and SMART, clients that sign',
  rows: [
    row('PKJ-01', 'M', 'an assertion by ES384, without client_id', async (w) => {
      isOk(await send(w, await assertionOf(w.of.JW1, w.keys.e)));
    }),
    row('PKJ-02', 'M', 'an assertion by RS384', async (w) => {
      isOk(await send(w, await assertionOf(w.of.JW1, w.keys.r)));
    }),
    row('PKJ-03', 'M', 'the same assertion twice: the second time 401', async (w) => {
      const assertion = await assertionOf(w.of.JW1, w.keys.e);
      isOk(await send(w, assertion));
      isError(await send(w, assertion), 401, 'invalid_client');
    }),
    row('PKJ-04', 'M', 'of 50 parallel uses of one assertion one succeeds', async (w) => {
      const assertion = await assertionOf(w.of.JW1, w.keys.e);
      const all = await Promise.all(Array.from({ length: 50 }, () => send(w, assertion)));
      assert.equal(all.filter(({ status }) => status === 200).length, 1);
      assert.equal(all.filter(({ status }) => status === 401).length, 49);
    }),
    row('PKJ-05', 'M', 'an assertion for another server: 401', (w) =>
      isRefused(w, { aud: 'https://evil.example/oauth/token' }),
    ),
    row('PKJ-06', 'M', 'expired, without exp, or good for more than five minutes: 401', async (w) => {
      await isRefused(w, { exp: now() - 60 });
      await isRefused(w, { exp: undefined });
      await isRefused(w, { exp: now() + 400 });
    }),
    row('PKJ-07', 'M', 'iss, sub and client_id that differ: refused', async (w) => {
      await isRefused(w, { iss: w.of.CC.id });
      await isRefused(w, { sub: w.of.CC.id });
      const form = { ...assertionForm(await assertionOf(w.of.JW1, w.keys.e)), client_id: w.of.CC.id };
      isError(await w.token(form), [400, 401]);
    }),
    row('PKJ-08', 'M', 'another key, and an unknown kid: 401', async (w) => {
      const other = await newKey('ES384', 'e');
      isError(await send(w, await assertionOf(w.of.JW1, other)), 401, 'invalid_client');
      await isRefused(w, {}, { kid: 'unknown' });
    }),
    row('PKJ-09', 'M', 'alg none, and HMAC with the public key: refused', async (w) => {
      const claims = { iss: w.of.JW1.id, sub: w.of.JW1.id, aud: `${issuer}/oauth/token`, jti: 'x', exp: now() + 60 };
      isError(await send(w, new UnsecuredJWT(claims).encode()), [400, 401]);
      const pem = await exportSPKI((await importJWK(w.keys.e.publicJwk)) as CryptoKey);
      const header = { alg: 'HS256', kid: 'e' };
      const signed = await new SignJWT(claims).setProtectedHeader(header).sign(createSecretKey(Buffer.from(pem)));
      isError(await send(w, signed), [400, 401]);
    }),
    row('PKJ-10', 'M', 'another client_assertion_type: refused', async (w) => {
      const form = assertionForm(await assertionOf(w.of.JW1, w.keys.e));
      isError(await w.token({ ...form, client_assertion_type: 'not_an_assertion_type' }), [400, 401]);
    }),
    row('PKJ-11', 'M', 'another grant_type with a good assertion: 400', async (w) => {
      const form = assertionForm(await assertionOf(w.of.JW1, w.keys.e));
      isError(await w.token({ ...form, grant_type: 'not_a_grant_type' }), 400);
    }),
    row('PKJ-12', 'M', 'a jku that is not the registered jwks_uri: 401, and nobody calls it', async (w) => {
      const asked = w.stranger.asked.length;
      await isRefused(w, {}, { jku: `${w.stranger.url}/jwks` });
      assert.equal(w.stranger.asked.length, asked);
    }),
    row(
      'PKJ-13',
      'M',
      'a key rotated at jwks_uri: the new one is good at once, the old one for as long as the answer said',
      async (w) => {
        const [first, second] = [await newKey('ES384', '1'), await newKey('ES384', '2')];
        let published: KeyPair[] = [first];
        w.stranger.reply = () => ({
          headers: { 'cache-control': 'max-age=60' },
          body: JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }),
        });
        const { JWU } = w.of;
        isOk(await send(w, await assertionOf(JWU, first)));
        isOk(await send(w, await assertionOf(JWU, first)));
        assert.equal(w.stranger.asked.length, 1, 'fetched once');
        published = [second];
        w.clock.ahead(6);
        isOk(await send(w, await assertionOf(JWU, second)));
        isError(await send(w, await assertionOf(JWU, first)), 401, 'invalid_client');
        published = [first];
        isOk(await send(w, await assertionOf(JWU, second)));
        w.clock.ahead(61);
        isError(await send(w, await assertionOf(JWU, second)), 401, 'invalid_client');
        isOk(await send(w, await assertionOf(JWU, first)));
      },
    ),
    row(
      'PKJ-14',
      'P',
      'a jwks_uri at an internal address, or that leads there: refused without a connection',
      async (w) => {
        const key = await newKey('ES384', '1');
        const internal = [
          ...[
            'https://127.0.0.1:1/jwks',
            'https://localhost:1/jwks',
            'https://169.254.169.254/latest',
            'https://10.0.0.1/jwks',
          ],
          ...['https://[::1]:1/jwks', 'https://[::ffff:10.0.0.1]/jwks'],
        ];
        for (const jwksUri of internal) {
          const client = await makeClient(w.clients, { jwksUri });
          const begin = performance.now();
          isError(await send(w, await assertionOf(client, key)), 401, 'invalid_client');
          // A connection would be waited for during five seconds.
          assert.ok(performance.now() - begin < 4000, jwksUri);
        }
        const other = await w.anotherStranger();
        const leading = await makeClient(w.clients, { jwksUri: `${w.stranger.url}/leads` });
        w.stranger.reply = () => ({ status: 302, headers: { location: `${other.url}/jwks` } });
        isError(await send(w, await assertionOf(leading, key)), 401, 'invalid_client');
        const direct = await makeClient(w.clients, { jwksUri: `${other.url}/jwks` });
        isError(await send(w, await assertionOf(direct, key)), 401, 'invalid_client');
        assert.equal(other.asked.length, 0);
      },
    ),
    row('PKJ-15', 'M', 'a client with keys does not come in by a secret: 401', async (w) => {
      const form = { grant_type: 'client_credentials', client_id: w.of.JW1.id, client_secret: 'anything' };
      isError(await w.token(form), 401, 'invalid_client');
      isError(await w.token({ ...form, client_secret: undefined }), 401, 'invalid_client');
    }),
  ],
};
