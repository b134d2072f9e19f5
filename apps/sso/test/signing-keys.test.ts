/** Signing keys: made once for all nodes, encrypted in the database, replaced without a restart. */
import assert from 'node:assert/strict';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { connect } from '@dhp/postgres';
import { createSso } from '@dhp/sso';
import { openAccounts } from '@dhp/accounts';
import { openKeys, publishAheadSeconds, openKeyRing } from '@dhp/signing-keys';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { startServer } from './processes.ts';
import { issuer, newClient, playground, postForm, testBed } from './support.ts';

const bed = await testBed();
const password = 'correct horse battery';

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

    const keys = openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:tester', clock });
    const { kid: newKid } = await keys.rotate('ES256');
    for (const { url } of servers) {
      const deadline = Date.now() + 30_000;
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

    // An access token of the old key is valid for an hour: so is the key.
    now = new Date(now.getTime() + 3599_000);
    for (const { url } of servers) assert.ok((await jwksOf(url)).keys.some((key) => key.kid === oldKid));
    now = new Date(now.getTime() + 301_000);
    for (const { url } of servers) {
      const deadline = Date.now() + 30_000;
      while ((await jwksOf(url)).keys.some((key) => key.kid === oldKid)) {
        assert.ok(Date.now() < deadline, 'the old key disappears');
      }
      assert.equal(decodeProtectedHeader(await tokenOf(url)).kid, newKid);
    }
  });

  it('for id_tokens change too when their hour comes', async () => {
    let now = new Date();
    const clock = (): Date => now;
    const { url } = await bed.start({ clock, keyPollSeconds: 0.02 });
    await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ username: 'olim', name: 'Olim', password });
    const client = await newClient(bed.clients, {
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: ['https://app.example.uz/cb'],
      public: true,
    });
    const { kid } = await openKeys(bed.sql, { encryptionKey: bed.encryptionKey, clock }).rotate('RS256');
    const kidOfIdToken = async (): Promise<string | undefined> => {
      const { verifier, query } = pkce();
      const redirect = { client_id: client.id, redirect_uri: 'https://app.example.uz/cb' };
      const asked = authorizeAddress({ ...redirect, response_type: 'code', scope: 'openid', ...query });
      const back = await signIn(new Browser(url), asked, { username: 'olim', password });
      const form = { grant_type: 'authorization_code', code: back.searchParams.get('code')!, code_verifier: verifier };
      const { body } = await postForm(`${url}/oauth/token`, { ...redirect, ...form });
      return decodeProtectedHeader(String(body['id_token'])).kid;
    };
    assert.notEqual(await kidOfIdToken(), kid);
    now = new Date(now.getTime() + publishAheadSeconds * 1000);
    const deadline = Date.now() + 30_000;
    let found = await kidOfIdToken();
    for (; found !== kid && Date.now() < deadline; found = await kidOfIdToken()) await delay(20);
    assert.equal(found, kid);
  });

  it('that a request began with stay together while others are read, also when the clock was ahead and is set back', async () => {
    const own = await testBed();
    let now = new Date();
    const clock = (): Date => now;
    const { encryptionKey, sql } = own;
    const { url } = await own.start({ clock, keyPollSeconds: 0.02 });
    const keys = openKeys(sql, { encryptionKey, clock });
    const ring = await openKeyRing({ sql, encryptionKey, clock });
    await keys.rotate('ES256');
    await ring.refresh();
    const before = ring.current();

    // So far ahead that the previous key has left the key set.
    now = new Date(Date.now() + (publishAheadSeconds + 3600 + 301) * 1000);
    await ring.refresh();
    const ahead = ring.current();
    assert.notEqual(
      ahead.signing('ES256').kid,
      before.keys.find(({ alg, signsFrom }) => alg === 'ES256' && signsFrom < new Date())!.kid,
    );
    now = new Date();
    await ring.refresh();
    for (const known of [before, ahead, ring.current()]) {
      for (const alg of ['ES256', 'RS256'] as const) assert.ok(known.keys.includes(known.signing(alg)), alg);
    }

    const { form } = await newClient(own.clients);
    for (let round = 0; round < 10; round += 1) {
      const count = async (): Promise<number> => (await jwksOf(url)).keys.length;
      now = new Date(Date.now() + (publishAheadSeconds + 3600 + 301) * 1000);
      while ((await count()) !== 2);
      now = new Date();
      const answers = await Promise.all(Array.from({ length: 10 }, () => postForm(`${url}/oauth/token`, form)));
      for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body));
      while ((await count()) !== 3) assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
    }
  });

  it('that are known to others are replaced at once, and those that no longer sign can be taken away', async () => {
    const { url } = await bed.start({ keyPollSeconds: 0.02 });
    const keys = openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:tester', reason: 'a lost backup' });
    const signing = (await keys.list()).find(({ alg, state }) => alg === 'ES256' && state === 'signing')!;
    await assert.rejects(keys.retire(signing.kid), { kind: 'invalid-key' });
    await assert.rejects(keys.retire('nothing'), { kind: 'unknown-key' });
    const { kid, state } = await keys.rotate('ES256', { atOnce: true });
    assert.equal(state, 'signing');
    const published = async (): Promise<boolean[]> => {
      const kids = (await jwksOf(url)).keys.map((key) => key.kid);
      return [kids.includes(kid), kids.includes(signing.kid)];
    };
    const deadline = Date.now() + 30_000;
    while (!(await published())[0] && Date.now() < deadline) await delay(20);
    assert.deepEqual(await published(), [true, false]);
    const { form } = await newClient(bed.clients);
    const { body } = await postForm(`${url}/oauth/token`, form);
    assert.equal(decodeProtectedHeader(String(body['access_token'])).kid, kid);
    const events = await bed.sql<{ event: string; reason: string }[]>`
      select event, reason from sso.audit_event where event like 'key.%' order by id desc limit 1`;
    assert.deepEqual([...events], [{ event: 'key.added', reason: `ES256 ${kid}, at once: a lost backup` }]);
  });
});

describe('scheduled rotation', () => {
  it('by two processes makes one key each time, shown by both before either signs with it', async () => {
    const other = await testBed();
    const [interval, ahead] = [4 * 3600, 2 * 3600];
    const options = {
      keyRotation: { intervalSeconds: interval, publishAheadSeconds: ahead },
      keyPollSeconds: 0.1,
    };
    const servers = await Promise.all([startServer(other, options), startServer(other, options)]);
    const { form } = await newClient(other.clients);
    const stored = (): Promise<{ kid: string; signs_from: Date }[]> => other.sql`
      select kid, signs_from from sso.signing_key where alg = 'ES256' order by signs_from`;
    const tokenOf = async (url: string): Promise<string> => {
      const { status, body, text } = await postForm(`${url}/oauth/token`, form);
      assert.equal(status, 200, text);
      return String(body['access_token']);
    };
    const kidsThatSign = async (): Promise<(string | undefined)[]> => {
      const tokens = await Promise.all(servers.map(({ url }) => tokenOf(url)));
      return tokens.map((token) => decodeProtectedHeader(token).kid);
    };
    const first = await tokenOf(servers[0].url);
    const [begun] = await stored();
    let newest = begun!;
    for (let turn = 0; turn < 3; turn += 1) {
      // The test sets the hours, independently of the machine's speed.
      const before = newest;
      const toTime = async (time: number): Promise<void> => {
        for (const server of servers) await server.setAhead(time - Date.now());
      };
      await toTime(before.signs_from.getTime() + (interval - ahead + 60) * 1000);
      const shows = async (): Promise<boolean> => {
        const sets = await Promise.all(servers.map(({ url }) => jwksOf(url)));
        newest = (await stored()).at(-1)!;
        return newest.kid !== before.kid && sets.every(({ keys }) => keys.some(({ kid }) => kid === newest.kid));
      };
      const deadline = Date.now() + 60_000;
      while (!(await shows())) assert.ok(Date.now() < deadline, 'both show the new key');
      assert.deepEqual(await kidsThatSign(), [before.kid, before.kid], 'shown, not yet signing');
      await toTime(newest.signs_from.getTime() + 60_000);
      assert.deepEqual(await kidsThatSign(), [newest.kid, newest.kid]);
    }
    const rows = await stored();
    assert.equal(rows.length, 4, 'one key each time');
    for (const [index, { signs_from: from }] of rows.entries()) {
      if (index === 0) continue;
      const apart = (from.getTime() - rows[index - 1]!.signs_from.getTime()) / 1000;
      assert.ok(apart >= interval, `no two keys for one time: ${String(apart)} s`);
    }
    assert.equal(decodeProtectedHeader(first).kid, begun!.kid);
    const [{ count }] = (await other.sql`select count(*)::int as count from sso.signing_key`) as unknown as [
      { count: number },
    ];
    const audited = await other.sql`select from sso.audit_event where event = 'key.added' and actor = 'rotation'`;
    assert.equal(audited.length, count - 2, 'each is audited once; the first two were made at the start');
  });
});
