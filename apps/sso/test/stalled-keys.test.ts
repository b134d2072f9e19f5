/**
 * Addresses of keys that never answer: a client that registers one can make the server wait, for a bounded time, and only for its own
 * requests.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { openClientKeys } from '@dhp/clients/authentication';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
const published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES384' }] };

/** Requests for keys that are never answered. */
let asked = 0;
const publisher = createServer(({ url }, response) => {
  if (url === '/never') asked += 1;
  else response.end(JSON.stringify(published));
});
await new Promise<void>((listening) => publisher.listen(0, '127.0.0.1', listening));
const host = `127.0.0.1:${(publisher.address() as AddressInfo).port}`;

const bed = await testBed();
/** The clock is fixed: the age of a failed fetch does not depend on the load of the machine. */
const now = new Date();
let url: string;
before(async () => ({ url } = await bed.start({ allowedHosts: [host], clock: () => now })));
after(() => {
  publisher.closeAllConnections();
  publisher.close();
});

/** Returns a request for a token by a client that signs by the keys at an address. */
async function clientOf(jwksUri: string): Promise<() => Promise<Answer>> {
  const { id } = await newClient(bed.clients, { jwksUri });
  return async () => {
    const claims = { iss: id, sub: id, aud: `${issuer}/oauth/token`, jti: randomUUID() };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES384', kid: 'k' })
      .setExpirationTime(Math.floor(now.getTime() / 1000) + 120)
      .sign(privateKey);
    return postForm(`${url}/oauth/token`, {
      ...{ grant_type: 'client_credentials', scope: 'system/*.rs', client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
  };
}

test('keys that never come end in a refusal, are asked for once by all who wait, and not again at once', async () => {
  const [stalled, other] = [await clientOf(`http://${host}/never`), await clientOf(`http://${host}/keys`)];
  const waiting = Promise.all(Array.from({ length: 8 }, () => stalled()));
  assert.equal((await other()).status, 200);
  assert.deepEqual(
    (await waiting).map(({ status }) => status),
    Array.from({ length: 8 }, () => 401),
  );
  assert.equal((await stalled()).status, 401);
  assert.equal(asked, 1);
});

const registration = (uri: string): Parameters<ReturnType<typeof openClientKeys>['fetch']>[0] =>
  ({ jwks: null, jwks_uri: uri }) as Parameters<ReturnType<typeof openClientKeys>['fetch']>[0];

test('of one host four addresses are asked at a time, of new ones sixty, of all a hundred; the others are refused at once', async () => {
  let at = now;
  const answers = new Map<string, (body: string) => void>();
  const keys = openClientKeys(
    (uri) =>
      new Promise((resolved) => {
        const told = (body: string): void =>
          resolved({ status: 200, headers: new Headers(), body, bytes: Buffer.from(body) });
        answers.set(uri, told);
      }),
    () => at,
  );
  const fetched = (uri: string): Promise<number> => keys.fetch(registration(uri)).then(({ length }) => length);
  const isTooMany = /too many keys/;
  const answer = (): void => {
    for (const tell of answers.values()) tell(JSON.stringify(published));
    answers.clear();
  };
  const ones = (length: number): number[] => Array.from({ length }, () => 1);

  const known = Array.from({ length: 41 }, (_, n) => `https://known${n}.example/keys`);
  const before = known.map(fetched);
  answer();
  assert.deepEqual(await Promise.all(before), ones(41));
  at = new Date(now.getTime() + 3_600_000);

  const first = Array.from({ length: 4 }, (_, n) => fetched(`https://one.example/${n}`));
  await assert.rejects(fetched('https://one.example/4'), isTooMany);
  const same = fetched('https://one.example/0');
  const others = Array.from({ length: 56 }, (_, n) => fetched(`https://h${n}.example/keys`));
  await assert.rejects(fetched('https://last.example/keys'), isTooMany);
  const renewed = known.slice(0, 40).map(fetched);
  await assert.rejects(fetched(known[40]!), isTooMany);
  assert.equal(answers.size, 100);

  answer();
  assert.deepEqual(await Promise.all([...first, same, ...others, ...renewed]), ones(101));
  const again = fetched('https://one.example/4');
  answer();
  assert.equal(await again, 1);
});
