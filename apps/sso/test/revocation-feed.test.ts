/** The revocation feed: only for the FHIR servers of the installation, which share its key; it discloses no person to anybody else. */
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

async function ask(authorization?: string, at = url, query = ''): Promise<Answer> {
  return answer(
    await fetch(`${at}/oauth/revocations${query}`, authorization === undefined ? {} : { headers: { authorization } }),
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

  it('is read by pages by who asks for them, also where many were revoked in one moment, and whole by who does not', async () => {
    const authorization = `Bearer ${await tokenOf()}`;
    const at = new Date();
    for (let n = 0; n < 7; n += 1) await insertRevocation(bed.sql, `jti:paged-${String(n)}`, at);
    await insertRevocation(bed.sql, 'jti:paged-later', new Date(at.getTime() + 1));
    const whole = (await ask(authorization)).body['revocations'] as unknown[];
    const since = encodeURIComponent(at.toISOString());
    const read: { subject: string }[] = [];
    const pages: number[] = [];
    for (let next: string | undefined = ''; next !== undefined && pages.length < 20;) {
      const { status, body } = await ask(authorization, url, `?since=${since}&count=3${next}`);
      assert.equal(status, 200);
      const page = body['revocations'] as { subject: string }[];
      pages.push(page.length);
      read.push(...page);
      next = body['next'] === undefined ? undefined : `&after=${body['next'] as string}`;
    }
    // The grant that ended before is told as of some seconds later, so that tokens made of it meanwhile do not count.
    assert.deepEqual(pages, [3, 3, 3]);
    assert.equal(new Set(read.map(({ subject }) => subject)).size, 9);
    const last = ['jti:paged-later', 'grant:sign-in'].map((one) =>
      createHmac('sha256', key).update(one).digest('base64url'),
    );
    assert.deepEqual(
      read.slice(-2).map(({ subject }) => subject),
      last,
    );
    assert.ok(whole.length >= 9);
    for (const query of [
      '?count=0',
      '?count=x',
      '?count=-1',
      '?count=1&count=2',
      '?after=abc',
      '?count=2&after=abc',
      `?count=2&after=${Buffer.from(`${'a'.repeat(64)} 9999-99-99 99:99:99+00`).toString('base64url')}`,
    ]) {
      const { status, body } = await ask(authorization, url, query);
      assert.deepEqual([status, body['error']], [400, 'invalid_request'], query);
    }
  });

  it('is told whole or not at all to who does not ask by pages', async () => {
    const authorization = `Bearer ${await tokenOf()}`;
    const at = new Date(Date.now() + 3_600_000);
    const since = encodeURIComponent(at.toISOString());
    const insert = (from: number, to: number): Promise<unknown> => bed.sql`
      insert into sso.revocation (subject, revoked_at, expires_at)
      select 'jti:many-' || n, ${at}, ${at} from generate_series(${from}::int, ${to}::int) n`;
    await insert(1, 10_000);
    const all = await ask(authorization, url, `?since=${since}`);
    assert.deepEqual([all.status, (all.body['revocations'] as unknown[]).length], [200, 10_000]);
    await insert(10_001, 10_001);
    const { status, body } = await ask(authorization, url, `?since=${since}`);
    assert.deepEqual([status, body['error'], body['revocations']], [400, 'invalid_request', undefined]);
    assert.match(String(body['error_description']), /Send count/);
    const page = await ask(authorization, url, `?since=${since}&count=99999`);
    assert.equal((page.body['revocations'] as unknown[]).length, 10_000);
    assert.equal(typeof page.body['next'], 'string');
    await bed.sql`delete from sso.revocation where subject like 'jti:many-%'`;
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
