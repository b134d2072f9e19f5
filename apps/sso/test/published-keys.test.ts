/** Keys that a client publishes: an address without keys is not fetched again for every request. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { issuer, newClient, postForm, testBed } from './support.ts';

/** The answer at the address, and how often it was requested. */
const published = { body: '', asked: 0 };
const publisher = createServer((_, response) => {
  published.asked += 1;
  response.end(published.body);
});
publisher.listen(0, '127.0.0.1');
await once(publisher, 'listening');
after(() => publisher.close());
const address = `http://127.0.0.1:${(publisher.address() as AddressInfo).port}`;

// The clock is fixed, so that a busy machine changes nothing.
const begun = Date.now();
let ahead = 0;
const clock = (): Date => new Date(begun + ahead);
const bed = await testBed();
const { url } = await bed.start({ clock, allowedHosts: ['127.0.0.1'] });
const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
const keys = async (): Promise<string> => {
  const key: JWK = { ...(await exportJWK(publicKey)), kid: 'k1' };
  return JSON.stringify({ keys: [key] });
};

let used = 0;
async function assertionOf(id: string, kid = 'k1'): Promise<Record<string, string>> {
  const jwt = new SignJWT({ iss: id, sub: id, aud: `${issuer}/oauth/token`, jti: `j${(used += 1)}` });
  const now = Math.floor(clock().getTime() / 1000);
  return {
    client_assertion: await jwt
      .setProtectedHeader({ alg: 'ES384', kid })
      .setExpirationTime(now + 60)
      .sign(privateKey),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}

/** The status at each endpoint where the client authenticates. */
async function statuses(id: string, kid?: string): Promise<number[]> {
  const all: number[] = [];
  for (const path of ['token', 'introspect', 'revoke', 'par']) {
    const form = { grant_type: 'client_credentials', token: 'x', ...(await assertionOf(id, kid)) };
    all.push((await postForm(`${url}/oauth/${path}`, form)).status);
  }
  return all;
}

const refused = [401, 401, 401, 401];

describe('an address of keys', () => {
  for (const [what, body] of [
    ['that is no key set', 'x'],
    ['that is too long', ' '.repeat(70_000)],
    ['with a private key', '{"keys":[{"kty":"EC","d":"x"}]}'],
  ] as const)
    it(`with an answer ${what} is asked once in five seconds`, async () => {
      published.body = body;
      const { id } = await newClient(bed.clients, { jwksUri: `${address}/${used}` });
      published.asked = 0;
      for (let i = 0; i < 3; i += 1) assert.deepEqual(await statuses(id), refused);
      assert.equal(published.asked, 1);
      ahead += 6_000;
      published.body = await keys();
      assert.equal((await statuses(id))[0], 200);
      assert.equal(published.asked, 2);
    });

  it('that fails later is asked once in five seconds by keys that are not known', async () => {
    published.body = await keys();
    const { id } = await newClient(bed.clients, { jwksUri: `${address}/${used}` });
    assert.equal((await statuses(id))[0], 200);
    ahead += 6_000;
    [published.body, published.asked] = ['x', 0];
    for (let i = 0; i < 3; i += 1) assert.deepEqual(await statuses(id, 'other'), refused);
    assert.equal(published.asked, 1);
    assert.equal((await statuses(id))[0], 200, 'the keys that are known are good');
  });
});
