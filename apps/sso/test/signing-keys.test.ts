/** Signing keys: made once for all nodes, sealed in the database, replaced without a restart. */
import assert from 'node:assert/strict';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { connect } from '@dhp/postgres';
import { addSigningKey, createSso, publishAheadSeconds } from '@dhp/sso';
import { issuer, newClient, playground, postForm, testBed } from './support.ts';

const bed = await testBed();

async function jwksOf(url: string): Promise<JSONWebKeySet> {
  return (await (await fetch(`${url}/oauth/jwks`)).json()) as JSONWebKeySet;
}

describe('signing keys', () => {
  it('are made once when three nodes start at the same time', async () => {
    const servers = await Promise.all([bed.start(), bed.start(), bed.start()]);
    const sets = await Promise.all(servers.map(({ url }) => jwksOf(url)));
    assert.equal(sets[0]!.keys.length, 2);
    assert.deepEqual(sets[1], sets[0]);
    assert.deepEqual(sets[2], sets[0]);
    const [{ count }] = (await bed.sql`select count(*)::int as count from sso.signing_key`) as unknown as [
      { count: number },
    ];
    assert.equal(count, 2);
  });

  it('survive a restart', async () => {
    const first = await bed.start();
    const before = await jwksOf(first.url);
    await first.close();
    assert.deepEqual(await jwksOf((await bed.start()).url), before);
  });

  it('lie sealed in the database', async () => {
    const rows = await bed.sql<{ public_jwk: object; private_key: Buffer }[]>`
      select public_jwk, private_key from sso.signing_key`;
    for (const row of rows) {
      assert.equal('d' in row.public_jwk, false);
      for (const format of ['der', 'pem'] as const) {
        assert.throws(
          () => createPrivateKey({ key: row.private_key, format, type: 'pkcs8' }),
          'it opens without the key',
        );
      }
    }
  });

  it('cannot be opened with another encryption key: the server does not start, and says why', async () => {
    const sql = connect(bed.databaseUrl, { max: 1 });
    await assert.rejects(
      createSso({
        sql,
        issuer,
        environments: { playground },
        encryptionKey: randomBytes(32),
        defaultLanguage: 'uz',
      }),
      /cannot be opened with this encryption key/,
    );
    await sql.end();
  });

  it('cannot be swapped between rows', async () => {
    const rows = await bed.sql<{ kid: string }[]>`select kid from sso.signing_key order by kid`;
    const [a, b] = rows.map((row) => row.kid);
    const swap = async (): Promise<unknown> => bed.sql`
      update sso.signing_key k set private_key = other.private_key
      from sso.signing_key other where (k.kid, other.kid) in ((${a!}, ${b!}), (${b!}, ${a!}))`;
    await swap();
    await assert.rejects(bed.start(), /cannot be opened/);
    await swap();
    await bed.start();
  });

  it('META-14 a new key is published first and signs later, on every node, without a restart', async () => {
    let now = new Date();
    const clock = (): Date => now;
    const servers = [
      await bed.start({ clock, keyPollSeconds: 0.02 }),
      await bed.start({ clock, keyPollSeconds: 0.02 }),
    ];
    const { form } = await newClient(bed.clients);
    const tokenOf = async (url: string): Promise<string> =>
      (await postForm(`${url}/oauth/token`, form)).body['access_token'] as string;
    const oldToken = await tokenOf(servers[0]!.url);
    const oldKid = decodeProtectedHeader(oldToken).kid;

    const newKid = await addSigningKey({ sql: bed.sql, encryptionKey: bed.encryptionKey, clock }, 'ES256');
    for (const { url } of servers) {
      const deadline = Date.now() + 10_000;
      while (!(await jwksOf(url)).keys.some((key) => key.kid === newKid)) {
        assert.ok(Date.now() < deadline, 'the new key appears');
      }
      assert.equal(decodeProtectedHeader(await tokenOf(url)).kid, oldKid, 'published, not yet signing');
    }

    now = new Date(now.getTime() + publishAheadSeconds * 1000);
    for (const { url } of servers) {
      assert.equal(decodeProtectedHeader(await tokenOf(url)).kid, newKid, 'signing');
      await jwtVerify(oldToken, createLocalJWKSet(await jwksOf(url)), { audience: playground, currentDate: now });
    }

    const retired = new Date(now.getTime() + 1000);
    await bed.sql`update sso.signing_key set retires_at = ${retired} where kid = ${oldKid!}`;
    now = retired;
    for (const { url } of servers) {
      const deadline = Date.now() + 10_000;
      while ((await jwksOf(url)).keys.some((key) => key.kid === oldKid)) {
        assert.ok(Date.now() < deadline, 'the old key disappears');
      }
      assert.equal(decodeProtectedHeader(await tokenOf(url)).kid, newKid);
    }
  });
});
