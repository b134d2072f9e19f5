/** The revocation feed: for the FHIR servers of the installation alone, which share its key; it names nobody to anybody else. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { insertRevocation } from '@dhp/grants/artifacts';
import { answer, issuer, newClient, postForm, production, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const key = revocationFeedKey(bed.encryptionKey);
const audience = `${issuer}/oauth/revocations`;

interface Asking {
  by?: Buffer;
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
}

function tokenOf({ by = key, claims = {}, header = {} }: Asking = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: production, aud: audience, iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-revocations+jwt', ...header })
    .sign(by);
}

async function ask(authorization?: string, at = url): Promise<Answer> {
  return answer(
    await fetch(`${at}/oauth/revocations`, authorization === undefined ? {} : { headers: { authorization } }),
  );
}

describe('the revocation feed', () => {
  it('names what was revoked by an HMAC, to who shares the key', async () => {
    const subjects = ['sub:5f0c', 'client:clinic', 'jti:one', 'grant:sign-in'] as const;
    for (const subject of subjects) await insertRevocation(bed.sql, subject, new Date());
    const { status, body, text } = await ask(`Bearer ${await tokenOf()}`);
    assert.equal(status, 200);
    const named = (body['revocations'] as { subject: string }[]).map(({ subject }) => subject);
    const expected = subjects.map((one) => createHmac('sha256', key).update(one).digest('base64url'));
    assert.deepEqual(named.sort(), expected.sort());
    for (const subject of subjects) assert.ok(!text.includes(subject.split(':')[1]!), subject);
  });

  const now = Math.floor(Date.now() / 1000);
  const faults: [string, Asking][] = [
    ['another key', { by: revocationFeedKey(Buffer.alloc(32)) }],
    ['the secret itself', { by: bed.encryptionKey }],
    ['another audience', { claims: { aud: issuer } }],
    ['a type of access tokens', { header: { typ: 'at+jwt' } }],
    ['another algorithm', { header: { alg: 'HS512' } }],
    ['no end', { claims: { exp: undefined } }],
    ['an end long ago', { claims: { iat: now - 4000, exp: now - 3900 } }],
    ['a life of a day', { claims: { iat: now - 4000, exp: now + 86_400 } }],
    ['a begin to come', { claims: { iat: now + 4000, exp: now + 4060 } }],
    ['nobody who asks', { claims: { iss: undefined } }],
  ];
  for (const [what, fault] of faults) {
    it(`refuses ${what}`, async () => {
      const got = await ask(`Bearer ${await tokenOf(fault)}`);
      assert.deepEqual([got.status, got.body['error'], got.body['revocations']], [401, 'invalid_token', undefined]);
      assert.equal(got.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
    });
  }

  it('refuses everybody else: nobody, access tokens, client secrets, unsigned tokens', async () => {
    const { id, secret, form } = await newClient(bed.clients, { scopes: ['system/*.cruds', 'admin/sessions.read'] });
    const granted = async (scope: string): Promise<string> =>
      String((await postForm(`${url}/oauth/token`, { ...form, scope })).body['access_token']);
    const unsigned = `${Buffer.from('{"alg":"none","typ":"dhp-revocations+jwt"}').toString('base64url')}.${(await tokenOf()).split('.')[1]!}.`;
    for (const authorization of [
      undefined,
      `Bearer ${await granted('system/*.cruds')}`,
      `DPoP ${await granted('system/*.cruds')}`,
      `Bearer ${await granted('admin/sessions.read')}`,
      `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      `Bearer ${unsigned}`,
      `DPoP ${await tokenOf()}`,
      'Bearer x',
    ]) {
      const got = await ask(authorization);
      assert.equal(got.status, 401, authorization);
      assert.ok(got.headers.get('www-authenticate')!.startsWith('Bearer'));
    }
    const [refused] = await bed.sql<{ count: number }[]>`
      select count(*)::int from sso.audit_event where reason = 'invalid-token at /oauth/revocations'`;
    assert.ok(refused!.count > 0);
  });

  it('counts who asks, and strangers apart from servers', async () => {
    const { url: at } = await bed.start({ limits: { perClient: 20, perAddress: 10 } });
    const server = async (): Promise<number> => (await ask(`Bearer ${await tokenOf()}`, at)).status;
    const strangers = await Promise.all(Array.from({ length: 15 }, async () => (await ask(undefined, at)).status));
    assert.deepEqual([...new Set(strangers)].sort(), [401, 429]);
    assert.equal(await server(), 200, 'a stranger behind the same address takes nothing from it');
    const servers: number[] = [];
    // A quota refills by the time that passes: a slow machine is granted some more.
    do servers.push(await server());
    while (servers.at(-1) === 200 && servers.length < 200);
    assert.ok(servers.length > 10, String(servers.length));
    assert.deepEqual([...new Set(servers)].sort(), [200, 429]);
  });
});
