/** Rights that outlive a token: who may query them, and the answers about clients that act for themselves. People: `standing.test.ts`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { questionToken, sendQuestion, standingOf } from './standing-question.ts';
import { issuer, newClient, playground, postForm, production, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const key = revocationFeedKey(bed.encryptionKey);

const scopes = ['system/Observation.rs', 'system/Patient.rs'];
const of = (client: string, more: object = {}): object => ({ client, scopes, ...more });
const ask = (owners: readonly object[], claims = {}): Promise<object[]> => standingOf(url, owners, { key, claims });

describe('the standing of a client', () => {
  it('is what of the asked scopes it may still have, and nothing else', async () => {
    const { id } = await newClient(bed.clients, { scopes: ['system/*.cruds', 'dhp.audit'] });
    assert.deepEqual(await ask([of(id)]), [{ scopes }]);
    await bed.clients.change(id, { scopes: ['system/Patient.rs', 'system/Encounter.rs'] });
    assert.deepEqual(await ask([of(id)]), [{ scopes: ['system/Patient.rs'] }]);
    await bed.clients.change(id, { scopes: ['system/Encounter.rs'] });
    assert.deepEqual(await ask([of(id)]), [{ scopes: [] }]);
  });

  it('ends with the client, its grant and its organisation', async () => {
    const { id } = await newClient(bed.clients, { scopes: ['system/*.cruds'] });
    await bed.clients.change(id, { organization: '7' });
    const organization = 'Organization/7';
    assert.deepEqual(await ask([of(id, { organization }), of(id)]), [
      { scopes, organization },
      { ended: 'organization-changed' },
    ]);
    await bed.clients.change(id, { organization: '8' });
    assert.deepEqual(await ask([of(id, { organization })]), [{ ended: 'organization-changed' }]);
    await bed.clients.disable(id);
    assert.deepEqual(await ask([of(id, { organization: 'Organization/8' })]), [{ ended: 'client-disabled' }]);
    await bed.clients.enable(id);
    assert.deepEqual(await ask([of(id, { organization: 'Organization/8' })]), [
      { scopes, organization: 'Organization/8' },
    ]);
  });

  it('is told to servers of its environment alone: to others it is not there', async () => {
    const { id } = await newClient(bed.clients);
    const [other, none] = await ask([of(id), of('nobody')], { iss: production });
    assert.deepEqual([other, none], [{ ended: 'client-unknown' }, { ended: 'client-unknown' }]);
  });

  it('is told of up to 500 at once, each in its place', async () => {
    const { id } = await newClient(bed.clients);
    const owners = Array.from({ length: 500 }, (_, n) => of(n % 2 === 0 ? id : `nobody-${String(n)}`));
    const told = await ask(owners);
    assert.deepEqual(
      told,
      owners.map((_, n) => (n % 2 === 0 ? { scopes } : { ended: 'client-unknown' })),
    );
  });
});

describe('a question of standing', () => {
  const now = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ owners: [of('somebody')] });
  const faults: Record<string, Partial<Parameters<typeof questionToken>[1]>> = {
    'another key': { key: revocationFeedKey(Buffer.alloc(32)) },
    'the secret itself': { key: bed.encryptionKey },
    'the feed of revocations': { claims: { aud: `${issuer}/oauth/revocations` } },
    'a type of the feed of revocations': { header: { typ: 'dhp-revocations+jwt' } },
    'a type of access tokens': { header: { typ: 'at+jwt' } },
    'a type of its own answers': { header: { typ: 'dhp-standing-answer+jwt' } },
    'another algorithm': { header: { alg: 'HS512' } },
    'no end': { claims: { exp: undefined } },
    'an end long ago': { claims: { iat: now - 4000, exp: now - 3900 } },
    'a life of a day': { claims: { iat: now - 4000, exp: now + 86_400 } },
    'a begin to come': { claims: { iat: now + 4000, exp: now + 4060 } },
    'nobody who asks': { claims: { iss: undefined } },
    'a server of another installation': { claims: { iss: 'https://elsewhere.example/fhir' } },
    'no name of its own': { claims: { jti: undefined } },
    'no digest': { claims: { digest: undefined } },
    'the digest of another body': { claims: { digest: 'AAAA' } },
  };
  for (const [what, fault] of Object.entries(faults)) {
    it(`is refused with ${what}`, async () => {
      const token = await questionToken(body, { key, ...fault });
      const got = await sendQuestion(url, `Bearer ${token}`, body);
      assert.deepEqual([got.status, got.body['error']], [401, 'invalid_token'], got.text);
      assert.equal(got.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
    });
  }

  it('is answered once, and for its own body', async () => {
    const token = await questionToken(body, { key });
    const other = JSON.stringify({ owners: [of('somebody-else')] });
    assert.equal((await sendQuestion(url, `Bearer ${token}`, other)).status, 401);
    assert.equal((await sendQuestion(url, `Bearer ${token}`, body)).status, 200);
    for (const at of [url, (await bed.start()).url])
      assert.equal((await sendQuestion(at, `Bearer ${token}`, body)).status, 401, 'a replay, at another node too');
    const reasons = await bed.sql<{ reason: string }[]>`
      select distinct reason from sso.audit_event where reason like '%at /oauth/standing' order by reason`;
    assert.deepEqual(
      reasons.map(({ reason }) => reason.split(' ')[0]),
      ['invalid-token', 'other-body', 'replayed'],
    );
  });

  it('is refused to everybody else: nobody, access tokens, secrets, unsigned tokens', async () => {
    const { id, secret, form } = await newClient(bed.clients, { scopes: ['system/*.cruds', 'admin/sessions.read'] });
    const granted = async (scope: string): Promise<string> =>
      String((await postForm(`${url}/oauth/token`, { ...form, scope })).body['access_token']);
    const whole = await questionToken(body, { key });
    const unsigned = `${Buffer.from('{"alg":"none","typ":"dhp-standing+jwt"}').toString('base64url')}.${whole.split('.')[1]!}.`;
    for (const authorization of [
      undefined,
      `Bearer ${await granted('system/*.cruds')}`,
      `Bearer ${await granted('admin/sessions.read')}`,
      `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      `Bearer ${unsigned}`,
      `DPoP ${whole}`,
    ]) {
      const got = await sendQuestion(url, authorization, body);
      assert.deepEqual([got.status, got.body['error']], [401, 'invalid_token'], authorization);
    }
    assert.equal((await fetch(`${url}/oauth/standing`)).status, 405);
  });

  it('has a form and limits, and of strangers no body is read', async () => {
    const owner = of('somebody');
    const bad: unknown[] = [
      ...[null, [], {}, { owners: [] }, { owners: {} }, { owners: [null] }, { owners: ['x'] }],
      { owners: Array.from({ length: 501 }, () => owner) },
      { owners: [{ client: 'x' }] },
      { owners: [of('')] },
      { owners: [of('x'.repeat(201))] },
      { owners: [{ client: 'x', scopes: [7] }] },
      { owners: [{ client: 'x', scopes: Array.from({ length: 1_001 }, () => 'a') }] },
      { owners: [of('x', { person: {} })] },
      { owners: [of('x', { person: { id: 'x', grant: 'y', policies: 'z' } })] },
      { owners: [of('x', { organization: 1 })] },
    ];
    for (const text of [...bad.map((one) => JSON.stringify(one)), '{', '']) {
      const got = await sendQuestion(url, `Bearer ${await questionToken(text, { key })}`, text);
      // The framework does not treat an empty body as JSON.
      assert.deepEqual([got.status, got.body['error']], [400, 'invalid_request'], text.slice(0, 80));
    }
    const person = { id: 'no-account', grant: randomUUID() };
    const { id } = await newClient(bed.clients);
    assert.deepEqual(await ask([of(id, { person })]), [{ ended: 'person-disabled' }]);
    const huge = JSON.stringify({ owners: [owner], more: 'x'.repeat(1024 ** 2) });
    const got = await sendQuestion(url, `Bearer ${await questionToken(huge, { key })}`, huge);
    assert.equal(got.status, 413, got.text);
    const stranger = await sendQuestion(url, 'Bearer a.b.c', huge).catch(() => undefined);
    assert.ok(stranger === undefined || stranger.status === 401);
  });

  it('is counted, of strangers apart from servers', async () => {
    const { url: at } = await bed.start({ limits: { perClient: 20, perAddress: 10 } });
    const server = async (iss: string): Promise<number> =>
      (await sendQuestion(at, `Bearer ${await questionToken(body, { key, claims: { iss } })}`, body)).status;
    const strangers = await Promise.all(
      Array.from({ length: 15 }, async () => (await sendQuestion(at, undefined, body)).status),
    );
    assert.deepEqual([...new Set(strangers)].sort(), [401, 429]);
    const statuses: number[] = [];
    do statuses.push(await server(playground));
    while (statuses.at(-1) === 200 && statuses.length < 200);
    assert.ok(statuses.length > 10, String(statuses.length));
    assert.deepEqual([...new Set(statuses)].sort(), [200, 429]);
    assert.equal(await server(production), 200, 'a server of another environment has a quota of its own');
  });
});
