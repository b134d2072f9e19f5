/** Proofs of possession (RFC 9449) on two nodes of one environment: a proof is valid once, wherever it is sent, and nonces are common. */
import assert from 'node:assert/strict';
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let nodes: TestServer[];
let token: string;
let privateKey: CryptoKey;
let jwk: JWK;
const dpopNonceKey = randomBytes(32);

before(async () => {
  let database = '';
  const first = await startServer({ clock, corsOrigins: '*' }, (url) => (database = url));
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = first.sso;
  const shared = { issuer, jwksUri, revocations: { uri, key }, clock, corsOrigins: '*' as const };
  const same = (): string => database;
  const others = [
    await startServer(shared, same),
    await startServer({ ...shared, dpopNonceKey }, same),
    await startServer({ ...shared, dpopNonceKey }, same),
  ];
  nodes = [first, ...others];
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = pair.privateKey;
  jwk = await exportJWK(pair.publicKey);
  token = await first.sso.token({ cnf: { jkt: await calculateJwkThumbprint(jwk) } });
});
after(async () => {
  for (const node of nodes.reverse()) await node.close();
});

let ahead = 0;
function clock(): Date {
  return new Date(Date.now() + ahead);
}

async function proof(claims: Record<string, unknown> = {}): Promise<string> {
  const given = {
    ...{ htm: 'GET', htu: `${baseUrl}/Patient`, jti: randomUUID(), iat: Math.floor(clock().getTime() / 1000) },
    ath: hash('sha256', token, 'base64url'),
    ...claims,
  };
  return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).sign(privateKey);
}

function search(node: number, sent: string): Promise<Reply> {
  const headers = { authorization: `DPoP ${token}`, dpop: sent, origin: 'https://app.example.uz' };
  return nodes[node]!.request('GET', '/Patient?_count=1', { token: null, headers });
}

describe('a proof', () => {
  it('that one node has seen is refused by the other', async () => {
    const sent = await proof();
    assert.equal((await search(0, sent)).status, 200);
    for (const node of [1, 0]) {
      const again = await search(node, sent);
      assert.equal(again.status, 401);
      assert.equal(again.code, 'proof-invalid');
      assert.match(again.headers.get('www-authenticate')!, /^DPoP .*error="invalid_dpop_proof"/);
    }
  });

  it('sent to both nodes at once is good once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const sent = await proof();
      const all = await Promise.all(Array.from({ length: 12 }, (_, index) => search(index % 2, sent)));
      assert.equal(all.filter(({ status }) => status === 200).length, 1);
      assert.equal(all.filter(({ code }) => code === 'proof-invalid').length, 11);
    }
  });

  it('of two different ones at once each is good', async () => {
    const proofs = await Promise.all(Array.from({ length: 20 }, () => proof()));
    const all = await Promise.all(proofs.map((sent, index) => search(index % 2, sent)));
    assert.ok(all.every(({ status }) => status === 200));
  });

  it('is for the public address, however the server is reached', async () => {
    const { port } = nodes[0]!;
    const own = await search(0, await proof({ htu: `http://127.0.0.1:${port}/fhir/Patient` }));
    assert.equal(own.code, 'proof-invalid', 'the address behind the proxy');
    for (const htu of [
      'HTTPS://PLAYGROUND.TEST:443/fhir/Patient',
      `${baseUrl}/x/../Patient`,
      `${baseUrl}/Patient?a=b`,
    ]) {
      assert.equal((await search(0, await proof({ htu }))).status, 200, htu);
    }
    for (const htu of [
      `${baseUrl}/patient`,
      `${baseUrl}/Patient/`,
      'https://playground.test:444/fhir/Patient',
      7,
      '',
    ]) {
      assert.equal((await search(0, await proof({ htu }))).code, 'proof-invalid', String(htu));
    }
    const headers = { authorization: `DPoP ${token}`, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const forwarded = await proof({ htu: 'http://evil.example/fhir/Patient' });
    const told = await nodes[0]!.request('GET', '/Patient', { token: null, headers: { ...headers, dpop: forwarded } });
    assert.equal(told.code, 'proof-invalid', 'what a header says is no address of ours');
  });
});

describe('where nonces are asked for', () => {
  it('a proof without one is told one, which every node takes, and a page may read it', async () => {
    const first = await search(2, await proof());
    assert.equal(first.status, 401);
    assert.equal(first.code, 'proof-nonce-needed');
    assert.match(first.headers.get('www-authenticate')!, /^DPoP .*error="use_dpop_nonce"/);
    const nonce = first.headers.get('dpop-nonce')!;
    assert.ok(nonce.length >= 40);
    assert.match(first.headers.get('access-control-expose-headers')!, /DPoP-Nonce/);
    for (const node of [2, 3]) {
      const got = await search(node, await proof({ nonce }));
      assert.equal(got.status, 200);
      assert.equal(got.headers.get('dpop-nonce'), null, 'nothing new');
    }
    for (const wrong of ['', 'x', 7, `${nonce.slice(1)}A`]) {
      assert.equal((await search(3, await proof({ nonce: wrong }))).code, 'proof-nonce-needed');
    }
  });

  it('one is good for a while, brings the next one, and then is good no more', async () => {
    const old = (await search(2, await proof())).headers.get('dpop-nonce')!;
    ahead += 60_000;
    const got = await search(2, await proof({ nonce: old }));
    assert.equal(got.status, 200);
    const next = got.headers.get('dpop-nonce')!;
    assert.notEqual(next, old);
    ahead += 60_000;
    const late = await search(3, await proof({ nonce: old }));
    assert.equal(late.code, 'proof-nonce-needed');
    assert.equal((await search(3, await proof({ nonce: next }))).status, 200);
  });

  it('a used proof with a good nonce is still refused', async () => {
    const nonce = (await search(2, await proof())).headers.get('dpop-nonce')!;
    const sent = await proof({ nonce });
    assert.equal((await search(2, sent)).status, 200);
    assert.equal((await search(3, sent)).code, 'proof-invalid');
  });
});
