import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { backendToken, basic, bearer, isError, isInactive, isOk, refreshForm } from '../expect.ts';
import { row, type Section } from '../row.ts';
import { playground, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

const revoke = (w: World, token: string | undefined, more: Record<string, string> = {}): Promise<Answer> =>
  w.post('/oauth/revoke', { token, client_id: w.of.SPA.id, ...more });

export const revocation: Section = {
  letter: 'E',
  title: 'RFC 7009, revocation',
  rows: [
    row('REV-01', 'M', 'a revoked refresh token gives nothing more', async (w) => {
      const { refresh_token: token } = await w.tokens();
      const got = await revoke(w, token);
      assert.deepEqual([got.status, got.text], [200, '']);
      isError(await w.token(refreshForm(w, token)), 400, 'invalid_grant');
    }),
    row('REV-02', 'S', 'it takes the access token of its sign-in along', async (w) => {
      const { refresh_token: refresh, access_token: access } = await w.tokens();
      await revoke(w, refresh);
      await isInactive(w, access!);
    }),
    row('REV-03', 'M', 'an unknown token: 200', async (w) => {
      assert.equal((await revoke(w, 'unknown')).status, 200);
    }),
    row('REV-04', 'M', 'a wrong token_type_hint does not matter', async (w) => {
      const { refresh_token: token } = await w.tokens();
      assert.equal((await revoke(w, token, { token_type_hint: 'access_token' })).status, 200);
      isError(await w.token(refreshForm(w, token)), 400, 'invalid_grant');
    }),
    row('REV-05', 'M', 'a token of another client is not revoked', async (w) => {
      const { refresh_token: token } = await w.tokens();
      const { id, secret } = w.of.WEB;
      isOk(await w.token(w.of.CC.form));
      assert.ok([200, 400].includes((await w.post('/oauth/revoke', { token }, basic(id, secret))).status));
      isOk(await w.token(refreshForm(w, token)));
    }),
    row('REV-06', 'M', 'no client authentication: 401 invalid_client', async (w) => {
      isError(await w.post('/oauth/revoke', { token: 'x' }), 401, 'invalid_client');
    }),
    row('REV-07', 'M', 'no token: 400 invalid_request', async (w) => {
      isError(await revoke(w, undefined), 400, 'invalid_request');
    }),
    row('REV-08', 'P', 'an access token: 200, inactive, and refused by the FHIR server within 5 seconds', async (w) => {
      let taken = Infinity;
      // Other work on the machine can spoil an attempt.
      for (let attempt = 0; attempt < 10 && taken > 5000; attempt += 1) taken = await untilRefused(w);
      assert.ok(taken <= 5000, `${String(taken)} ms`);
    }),
    row('REV-09', 'P', 'GET: 405', async (w) => {
      assert.equal((await w.get('/oauth/revoke')).status, 405);
    }),
  ],
};

/** Returns the milliseconds from the answer to a revocation until the FHIR server refuses the token; fails after a minute. */
async function untilRefused(w: World): Promise<number> {
  const token = await backendToken(w);
  assert.equal((await w.fhir(playground, '/Patient', bearer(token))).status, 200);
  const { id, secret } = w.of.CC;
  assert.equal((await w.post('/oauth/revoke', { token }, basic(id, secret))).status, 200);
  const begun = performance.now();
  await isInactive(w, token);
  for (;;) {
    const { status } = await w.fhir(playground, '/Patient', bearer(token));
    const taken = performance.now() - begun;
    assert.ok(taken < 60_000, 'it is still taken');
    if (status === 401) return taken;
    assert.equal(status, 200);
    await delay(100);
  }
}
