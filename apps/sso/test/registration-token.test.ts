/** Registration tokens: who may use them, how often, until when, and how they are stored. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it } from 'node:test';
import { backend, registrationBed } from './registration-bed.ts';

const { bed, tokens, token, usual, call, register, registered, ahead } = await registrationBed();

describe('a registration token', () => {
  it('is needed, and opens nothing when it is unknown, has expired or was ended', async () => {
    const bare = await call('POST', '/oauth/register', undefined, backend);
    assert.deepEqual(
      [bare.status, bare.body['error'], bare.headers.get('www-authenticate')],
      [401, 'invalid_token', 'Bearer'],
    );
    const old = await token({ lifetime: 60 });
    const ended = await token();
    await tokens.end(ended.registrationToken.tokenId);
    ahead(61_000);
    try {
      for (const secret of ['dhpi_nothing', old.secret, ended.secret]) {
        const got = await register(backend, secret);
        assert.deepEqual([got.status, got.body['error']], [401, 'invalid_token']);
        assert.match(got.headers.get('www-authenticate')!, /invalid_token/);
      }
    } finally {
      ahead(0);
    }
  });

  it('registers as many clients as it says, of parallel ones too', async () => {
    const three = await token({ maxUses: 3 });
    const got = await Promise.all(Array.from({ length: 12 }, () => register(backend, three.secret)));
    assert.equal(got.filter(({ status }) => status === 201).length, 3);
    assert.ok(got.every(({ status }) => [201, 401, 429].includes(status)));
    const { state, uses } = await tokens.find(three.registrationToken.tokenId);
    assert.deepEqual([state, uses], ['used-up', 3]);
  });

  it('has an id that no command line takes for an option', async (t) => {
    const [bytes, ids] = [crypto.randomBytes, [Buffer.alloc(9, 0xfb), Buffer.alloc(9, 0xff)]];
    t.mock.method(crypto, 'randomBytes', (size: number) => (size === 9 ? ids.shift() : undefined) ?? bytes(size));
    syncBuiltinESMExports();
    try {
      const { registrationToken } = await token();
      assert.equal(registrationToken.tokenId, '____________');
      assert.equal(ids.length, 0);
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  it('may not allow the administration, nor what is no scope', async () => {
    await assert.rejects(token({ scopes: ['admin/clients.write'] }), /command line only/);
    await assert.rejects(token({ scopes: ['everything'] }), /not a scope/);
    await assert.rejects(token({ scopes: [] }), /needs scopes/);
    await assert.rejects(token({ maxUses: 0 }), /1 to 1000/);
    await assert.rejects(token({ lifetime: 400 * 86_400 }), /a year/);
  });

  it('lies in the database as a hash, and so does what manages a registration', async () => {
    const told = await registered(backend);
    const rows = await bed.sql`
      select (select json_agg(t) from sso.registration_token t)::text as tokens,
             (select json_agg(c) from sso.client c)::text as clients, (select json_agg(a) from sso.audit_event a)::text as audit`;
    const text = JSON.stringify(rows);
    for (const secret of [usual.secret, told['client_secret']!, told['registration_access_token']!]) {
      assert.ok(!text.includes(secret));
    }
  });

  it('makes who tries many wrong ones wait', async () => {
    const { url: another } = await bed.start({ limits: { perClient: 100_000, perAddress: 100_000 } });
    const headers = { authorization: 'Bearer dhpi_wrong', 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const response = await fetch(`${another}/oauth/register`, { method: 'POST', headers, body: '{}' });
      statuses.push(response.status);
      if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) > 0);
    }
    assert.ok(statuses.includes(429), statuses.join());
  });
});
