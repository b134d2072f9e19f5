/** Proofs of possession (RFC 9449) over a failover: the promoted standby does not know which were used, and none is good twice. */
import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { connect, databaseUrl, ensureDatabase, migrate } from '@dhp/postgres';
import { migrations } from '@dhp/fhir-store';
import { startPair, startWire } from '@dhp/postgres/testing';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

test('a proof that was used on the old primary is refused on the new one, and new ones are taken again', async (t) => {
  const pair = await startPair();
  const wire = await startWire(pair.primary);
  const ownUrl = await ensureDatabase(pair.primary, 'proofs');
  const owner = connect(ownUrl, { max: 1 });
  await migrate(owner, migrations);
  await owner.end();
  const url = wire.through(ownUrl);
  const led = (): string => url;
  const first = await startServer({}, led);
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = first.sso;
  const shared = { issuer, jwksUri, revocations: { uri, key } };
  const second = await startServer(shared, led);
  t.after(async () => {
    await second.close();
    await first.close();
    await wire.close();
    await pair.close();
  });

  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const token = await first.sso.token({ cnf: { jkt: await calculateJwkThumbprint(jwk) } });
  const proof = (age = 0): Promise<string> =>
    new SignJWT({
      ...{ htm: 'GET', htu: `${baseUrl}/Patient/1`, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) - age },
      ath: hash('sha256', token, 'base64url'),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey);
  // There is no such Patient: that is told to whoever has proven that he may ask.
  const ask = (node: TestServer, sent: string): Promise<Reply> =>
    node.request('GET', '/Patient/1', { token: null, headers: { authorization: `DPoP ${token}`, dpop: sent } });

  const sent = await proof();
  assert.equal((await ask(first, sent)).status, 404);
  assert.equal((await ask(second, sent)).code, 'proof-invalid');
  const copied = await proof();
  assert.equal((await ask(first, copied)).status, 404);

  await pair.caughtUp();
  await pair.killPrimary();
  await pair.promote();
  wire.leadTo(pair.standby);
  await wire.cut();
  await wire.restore();
  const answered = async (node: TestServer, make: () => Promise<string>): Promise<Reply> => {
    for (const deadline = Date.now() + 30_000; ;) {
      const reply = await ask(node, await make());
      if (reply.code !== 'database-unavailable' || Date.now() > deadline) return reply;
    }
  };
  const refused = await answered(second, () => Promise.resolve(copied));
  // Where the first attempt failed with the connection, the node itself has noted the proof.
  assert.ok(refused.code === 'proof-undecided' || refused.code === 'proof-invalid', refused.code);
  const early = await answered(second, () => proof());
  assert.equal(early.code, 'proof-undecided');
  assert.equal(early.status, 503);
  assert.equal(early.headers.get('retry-after'), '5');

  // As after eleven seconds: a proof of now is taken, one of before the failover may have been used.
  const admin = connect(databaseUrl(pair.standby, 'proofs'), { max: 1 });
  await admin`update fhir.single_use_memory set since = since - interval '11 s'`;
  await admin.end();
  assert.equal((await ask(second, await proof(30))).code, 'proof-undecided');
  const taken = await proof();
  assert.equal((await ask(second, taken)).status, 404);
  assert.equal((await ask(first, taken)).code, 'proof-invalid');
});
