/** Introspection (RFC 7662), revocation (RFC 7009), and the feed that the FHIR servers read. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createHmac } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { insertRevocation } from '@dhp/grants/artifacts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { basic, issuer, newClient, playground, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const redirectUri = 'https://clinic.example.uz/cb';
const grants = ['authorization_code', 'refresh_token'];
const scopes = ['openid', 'fhirUser', 'offline_access', 'launch/patient', 'patient/*.rs'];
const spa = await newClient(bed.clients, { grants, scopes, redirectUris: [redirectUri], public: true });
const server = await newClient(bed.clients, { name: 'Resource server' });
const abroad = await newClient(bed.clients, { name: 'Production server', environment: 'production' });
const narrow = await newClient(bed.clients, { name: 'Laboratory', scopes: ['system/Observation.c'] });

before(async () => {
  for (const username of ['olim', 'ketgan']) {
    await accounts.create({
      username,
      password: 'staple and then some',
      name: 'Olim',
      identities: [{ environment: 'playground', type: 'Patient', fhir_id: 'p-1' }],
    });
  }
});

async function tokens(username = 'olim'): Promise<Record<string, string>> {
  const { verifier, query } = pkce();
  const ask = {
    client_id: spa.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: scopes.join(' '),
    ...query,
  };
  const back = await signIn(new Browser(url), authorizeAddress(ask), { username, password: 'staple and then some' });
  const code = back.searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    client_id: spa.id,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  };
  const { status, body } = await postForm(`${url}/oauth/token`, form);
  assert.equal(status, 200);
  return body as Record<string, string>;
}

async function backendToken(client = narrow): Promise<string> {
  return (await postForm(`${url}/oauth/token`, client.form)).body['access_token'] as string;
}

const introspect = (token: string | undefined, client = server): Promise<Answer> =>
  postForm(`${url}/oauth/introspect`, { token }, basic(client.id, client.secret));
const isActive = async (token: string): Promise<boolean> => (await introspect(token)).body['active'] === true;
const revoke = (token: string | undefined, form: Record<string, string> = { client_id: spa.id }): Promise<Answer> =>
  postForm(`${url}/oauth/revoke`, { token, ...form });
const feedKey = revocationFeedKey(bed.encryptionKey);
/** As the feed names it. */
const named = (subject: string): string => createHmac('sha256', feedKey).update(subject).digest('base64url');
async function asServer(): Promise<Record<string, string>> {
  const token = await new SignJWT({ iss: playground, aud: `${issuer}/oauth/revocations` })
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-revocations+jwt' })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(feedKey);
  return { authorization: `Bearer ${token}` };
}
async function feed(since?: string): Promise<string[]> {
  const query = since === undefined ? '' : `?${new URLSearchParams({ since }).toString()}`;
  const response = await fetch(`${url}/oauth/revocations${query}`, { headers: await asServer() });
  const { revocations } = (await response.json()) as { revocations: { subject: string }[] };
  return revocations.map(({ subject }) => subject);
}

describe('introspection', () => {
  it('INT-01 INT-05 INT-06 INT-07 tells what a live token is for', async () => {
    const { access_token: access, id_token: idToken, scope } = await tokens();
    const { status, body } = await introspect(access);
    assert.equal(status, 200);
    const { sub } = decodeJwt(idToken!);
    const told = {
      active: true,
      iss: issuer,
      sub,
      aud: playground,
      client_id: spa.id,
      token_type: 'Bearer',
      patient: 'p-1',
    };
    for (const [name, value] of Object.entries(told)) assert.equal(body[name], value, name);
    assert.equal(body['fhirUser'], `${playground}/Patient/p-1`);
    assert.deepEqual(String(body['scope']).split(' ').sort(), scope!.split(' ').sort());
    assert.equal('gid' in body, false);
  });

  it('INT-02 INT-08 INT-11 of anything else tells that it does not count, and no more', async () => {
    const { access_token: access, refresh_token: refresh, id_token: idToken } = await tokens();
    for (const token of ['nothing', `${access!.slice(0, -20)}${'A'.repeat(20)}`, refresh!, idToken!]) {
      const { status, text } = await introspect(token);
      assert.equal(status, 200);
      assert.equal(text, '{"active":false}');
    }
    assert.equal((await introspect(undefined)).status, 400);
    const { url: later } = await bed.start({ clock: () => new Date(Date.now() + 3_700_000) });
    const expired = await postForm(`${later}/oauth/introspect`, { token: access }, basic(server.id, server.secret));
    assert.equal(expired.text, '{"active":false}');
  });

  it('INT-03 INT-04 INT-09 INT-12 is for who may know: the own client, and servers of the environment', async () => {
    const { access_token: access } = await tokens();
    assert.equal((await postForm(`${url}/oauth/introspect`, { token: access })).status, 401);
    assert.equal((await postForm(`${url}/oauth/introspect`, { token: access, client_id: spa.id })).status, 401);
    const wrong = await postForm(`${url}/oauth/introspect`, { token: access }, basic(server.id, 'wrong'));
    assert.equal(wrong.status, 401);
    assert.equal((await introspect(access, abroad)).text, '{"active":false}');
    assert.equal((await introspect(access, narrow)).text, '{"active":false}');
    const authorization = `Bearer ${await backendToken(server)}`;
    assert.equal(
      (await postForm(`${url}/oauth/introspect`, { token: access }, { authorization })).body['active'],
      true,
    );
    const own = await backendToken();
    assert.equal((await introspect(own, narrow)).body['active'], true);
  });

  it('INT-10 a token does not outlive its client and its person', async () => {
    const client = await newClient(bed.clients, { name: 'Vaqtincha' });
    const machine = await backendToken(client);
    const { access_token: access } = await tokens('ketgan');
    assert.deepEqual([await isActive(machine), await isActive(access!)], [true, true]);
    await bed.clients.disable(client.id);
    await accounts.disable('ketgan');
    assert.deepEqual([await isActive(machine), await isActive(access!)], [false, false]);
    const account = (await accounts.find('ketgan'))!;
    assert.ok((await feed()).includes(named(`client:${client.id}`)));
    assert.ok((await feed()).includes(named(`sub:${account.accountId}`)));
    await bed.clients.enable(client.id);
    assert.equal(await isActive(machine), false, 'what was issued before stays revoked');
  });
});

describe('revocation', () => {
  it('REV-01 REV-02 REV-04 a refresh token takes along all that came of its sign-in', async () => {
    const { access_token: access, refresh_token: refresh } = await tokens();
    const other = await tokens();
    const { status, text } = await revoke(refresh, { client_id: spa.id, token_type_hint: 'access_token' });
    assert.deepEqual([status, text], [200, '']);
    const again = await postForm(`${url}/oauth/token`, {
      grant_type: 'refresh_token',
      client_id: spa.id,
      refresh_token: refresh,
    });
    assert.equal(again.body['error'], 'invalid_grant');
    assert.equal(await isActive(access!), false);
    assert.equal(await isActive(other['access_token']!), true);
    assert.ok((await feed()).includes(named(`grant:${String(decodeJwt(access!)['gid'])}`)));
  });

  it('REV-08 an access token alone', async () => {
    const { access_token: access, refresh_token: refresh } = await tokens();
    assert.equal((await revoke(access)).status, 200);
    assert.equal(await isActive(access!), false);
    const form = { grant_type: 'refresh_token', client_id: spa.id, refresh_token: refresh };
    const next = (await postForm(`${url}/oauth/token`, form)).body['access_token'] as string;
    assert.equal(await isActive(next), true);
    assert.ok((await feed()).includes(named(`jti:${String(decodeJwt(access!).jti)}`)));
  });

  it('REV-03 REV-05 REV-06 REV-07 REV-09 revokes nothing of others, and needs a client and a token', async () => {
    const { access_token: access, refresh_token: refresh } = await tokens();
    const stranger = { client_id: server.id, client_secret: server.secret };
    for (const token of ['unknown', access!, refresh!]) assert.equal((await revoke(token, stranger)).status, 200);
    assert.equal(await isActive(access!), true);
    assert.equal((await revoke(access, {})).status, 401);
    assert.equal((await revoke(access, { client_id: server.id, client_secret: 'wrong' })).status, 401);
    assert.equal((await revoke(access, { client_id: server.id })).status, 401);
    assert.equal((await revoke(undefined)).status, 400);
    for (const path of ['/oauth/revoke', '/oauth/introspect']) assert.equal((await fetch(url + path)).status, 405);
  });

  it('CORE-21 a code that is used twice takes along the access token of the first time', async () => {
    const { verifier, query } = pkce();
    const ask = {
      client_id: spa.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid patient/*.rs',
      ...query,
    };
    const back = await signIn(new Browser(url), authorizeAddress(ask), {
      username: 'olim',
      password: 'staple and then some',
    });
    const code = back.searchParams.get('code')!;
    const form = {
      grant_type: 'authorization_code',
      client_id: spa.id,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    };
    const { body } = await postForm(`${url}/oauth/token`, form);
    assert.equal(await isActive(body['access_token'] as string), true);
    assert.equal((await postForm(`${url}/oauth/token`, form)).body['error'], 'invalid_grant');
    assert.equal(await isActive(body['access_token'] as string), false);
  });

  it('the feed has what is new since a time, and nothing that could be used', async () => {
    const { access_token: access } = await tokens();
    const since = new Date().toISOString();
    // Ended grants are reported with a time some seconds later.
    const before = await feed(since);
    await revoke(access);
    const told = await feed(since);
    assert.deepEqual(
      told.filter((one) => !before.includes(one)),
      [named(`jti:${String(decodeJwt(access!).jti)}`)],
    );
    assert.deepEqual(await feed(new Date(Date.now() + 60_000).toISOString()), []);
    for (const since of [
      'yesterday',
      '99999-01-01',
      '2026-11-27T09:00:00',
      '2026-11-27T09:00:00Z&since=2026-11-27T09:00:00Z',
    ])
      assert.equal(
        (await fetch(`${url}/oauth/revocations?since=${since}`, { headers: await asServer() })).status,
        400,
        since,
      );
  });

  it('tells a token that was issued before a revocation from one issued after it in the same second', async () => {
    const second = Math.floor(Date.now() / 1000) * 1000;
    let now = second;
    const { url: here } = await bed.start({ clock: () => new Date(now) });
    const client = await newClient(bed.clients, { name: 'Tez' });
    const at = async (milliseconds: number): Promise<string> => {
      now = second + milliseconds;
      return (await postForm(`${here}/oauth/token`, client.form)).body['access_token'] as string;
    };
    const [before, during] = [await at(100), await at(500)];
    await insertRevocation(bed.sql, `client:${client.id}`, new Date(now));
    const after = await at(501);
    const states = await Promise.all(
      [before, during, after].map(async (token) => {
        const { body } = await postForm(`${here}/oauth/introspect`, { token }, basic(server.id, server.secret));
        return body['active'];
      }),
    );
    assert.deepEqual(states, [false, false, true]);
  });
});
