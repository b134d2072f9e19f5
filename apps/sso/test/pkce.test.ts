/** PKCE (RFC 7636): required of public clients, optional for confidential ones unless the server or their registration requires it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { codeBed, doctor, redirectUri } from './code-bed.ts';
import { basic, newClient, postForm } from './support.ts';

const { bed, url, token, web } = await codeBed();
const strict = await bed.start({ requirePkce: true });

const registered = {
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'user/*.rs', 'offline_access'],
  redirectUris: [redirectUri],
};

const minimal = await newClient(bed.clients, { ...registered, minimalAuthorize: true });
const demanded = await newClient(bed.clients, { ...registered, requirePkce: true });
const open = await newClient(bed.clients, { ...registered, public: true });
const openMinimal = await newClient(bed.clients, { ...registered, public: true, minimalAuthorize: true });

const full = { response_type: 'code', redirect_uri: redirectUri, scope: 'openid user/*.rs', state: 's' };
const short = { redirect_uri: redirectUri, state: 's' };

/** The target of a request: the sign-in page, or the redirect with an error. */
async function ledTo(at: string, query: Record<string, string>): Promise<string> {
  const { address } = await new Browser(at).get(authorizeAddress(query));
  const { pathname, searchParams } = new URL(address);
  return searchParams.get('error') ?? (pathname.startsWith('/sign-in/') ? 'sign-in' : address);
}

interface Row {
  says: string;
  client: string;
  request: Record<string, string>;
  /** Without a challenge, at a server with defaults and at one that requires it of all clients. */
  usual: 'sign-in' | 'invalid_request';
  demanding: 'sign-in' | 'invalid_request';
}

const rows: readonly Row[] = [
  { says: 'a confidential client', client: web.id, request: full, usual: 'sign-in', demanding: 'invalid_request' },
  {
    ...{ says: 'the same with a nonce', client: web.id, request: { ...full, nonce: 'n' } },
    ...{ usual: 'sign-in', demanding: 'invalid_request' },
  },
  {
    ...{ says: 'one with the short request', client: minimal.id, request: short },
    ...{ usual: 'sign-in', demanding: 'invalid_request' },
  },
  {
    ...{ says: 'one whose registration demands it', client: demanded.id, request: full },
    ...{ usual: 'invalid_request', demanding: 'invalid_request' },
  },
  {
    ...{ says: 'a public client', client: open.id, request: full },
    ...{ usual: 'invalid_request', demanding: 'invalid_request' },
  },
  {
    ...{ says: 'a public client with a nonce', client: open.id, request: { ...full, nonce: 'n' } },
    ...{ usual: 'invalid_request', demanding: 'invalid_request' },
  },
  {
    ...{ says: 'a public client with the short request', client: openMinimal.id, request: short },
    ...{ usual: 'invalid_request', demanding: 'invalid_request' },
  },
];

describe('PKCE', () => {
  for (const { says, client, request, usual, demanding } of rows) {
    it(`of ${says}: ${usual} without it, ${demanding} where the server demands it`, async () => {
      const query = { client_id: client, ...request };
      assert.equal(await ledTo(url, query), usual);
      assert.equal(await ledTo(strict.url, query), demanding);
      for (const at of [url, strict.url]) assert.equal(await ledTo(at, { ...query, ...pkce().query }), 'sign-in');
    });
  }

  it('is asked of pushed requests alike', async () => {
    for (const [at, { id, secret }, status] of [
      [url, web, 201],
      [url, demanded, 400],
      [strict.url, web, 400],
    ] as const) {
      const pushed = await postForm(`${at}/oauth/par`, { client_id: id, ...full }, basic(id, secret));
      assert.equal(pushed.status, status, pushed.text);
    }
  });

  it('that was begun must be finished, and cannot be added afterwards', async () => {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri };
    const exchange = async (began: object, finished: { code_verifier?: string }): Promise<unknown> => {
      const back = await signIn(new Browser(url), authorizeAddress({ client_id: web.id, ...full, ...began }), doctor);
      const code = back.searchParams.get('code')!;
      const { status, body } = await postForm(token, { ...form, ...finished, code }, basic(web.id, web.secret));
      return body['error'] ?? status;
    };
    const { verifier, query } = pkce();
    assert.equal(await exchange({}, {}), 200);
    assert.equal(await exchange({}, { code_verifier: verifier }), 'invalid_grant', 'a verifier without a challenge');
    assert.equal(await exchange(query, {}), 'invalid_grant', 'a challenge without a verifier');
    assert.equal(await exchange(query, { code_verifier: pkce().verifier }), 'invalid_grant', 'another verifier');
    assert.equal(await exchange(query, { code_verifier: verifier }), 200);
  });

  it('is missed in the audit trail where a code came without it', async () => {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri };
    const client = await newClient(bed.clients, registered);
    for (const began of [{}, { nonce: 'n' }, pkce()]) {
      const { verifier, query } = 'query' in began ? began : { verifier: undefined, query: began };
      const address = authorizeAddress({ client_id: client.id, ...full, ...query });
      const code = (await signIn(new Browser(url), address, doctor)).searchParams.get('code')!;
      const sent = { ...form, code, code_verifier: verifier };
      assert.equal((await postForm(token, sent, basic(client.id, client.secret))).status, 200);
    }
    const found = await bed.sql<{ reason: string | null }[]>`
      select reason from sso.audit_event where event = 'token.issued' and client_id = ${client.id} order by id`;
    assert.deepEqual(
      found.map(({ reason }) => reason),
      ['code without PKCE and without nonce', 'code without PKCE', null],
    );
  });

  it('has the method S256 alone', async () => {
    const { code_challenge_methods_supported: methods } = (await (
      await fetch(`${url}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    assert.deepEqual(methods, ['S256']);
    const plain = { code_challenge: pkce().verifier, code_challenge_method: 'plain' };
    assert.equal(await ledTo(url, { client_id: web.id, ...full, ...plain }), 'invalid_request');
  });

  it('is demanded as soon as the registration says so', async () => {
    const client = await newClient(bed.clients, registered);
    const query = { client_id: client.id, ...full };
    assert.equal(await ledTo(url, query), 'sign-in');
    await bed.clients.change(client.id, { requirePkce: true });
    assert.equal(await ledTo(url, query), 'invalid_request');
    await bed.clients.change(client.id, { requirePkce: false });
    assert.equal(await ledTo(url, query), 'sign-in');
    await assert.rejects(newClient(bed.clients, { requirePkce: true }), /authorization_code/);
  });
});
