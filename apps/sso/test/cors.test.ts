/** Web pages of other origins: which requests they may send, and which answers they may read, at each endpoint. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { answer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const trusting = await bed.start({ corsOrigins: ['https://console.example.uz'] });

const app = 'https://app.uz';
const { client } = await bed.clients.create({
  name: 'Application in a page',
  grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  scopes: ['openid', 'user/*.rs'],
  redirectUris: [`${app}/cb`],
  environment: 'playground',
  public: true,
});
const form = { client_id: client.clientId };
const confidential = await newClient(bed.clients, {
  redirectUris: [`${app}/cb`],
  grants: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
  scopes: ['user/*.rs', 'system/*.rs'],
});

const programs = ['/oauth/token', '/oauth/par', '/oauth/device_authorization', '/oauth/revoke'];
const open = ['/oauth/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
const closed = ['/oauth/introspect', '/oauth/authorize', '/oauth/logout', '/admin/clients', '/oauth/launch'];

function preflight(path: string, origin: string, method: string): Promise<Response> {
  const headers = { origin, 'access-control-request-method': method, 'access-control-request-headers': 'dpop' };
  return fetch(url + path, { method: 'OPTIONS', headers });
}

const readerOf = ({ headers }: Pick<Answer, 'headers'>): string | null => headers.get('access-control-allow-origin');

describe('preflights', () => {
  for (const path of [...programs, '/oauth/userinfo']) {
    it(`${path} takes a proof, a client in the header and a form`, async () => {
      const got = await preflight(path, 'https://any.example', 'POST');
      assert.equal(got.status, 204);
      assert.equal(readerOf(got), '*');
      assert.match(got.headers.get('access-control-allow-methods')!, /POST/);
      for (const name of ['DPoP', 'Authorization', 'Content-Type']) {
        assert.ok(got.headers.get('access-control-allow-headers')!.includes(name), name);
      }
      assert.equal(got.headers.get('access-control-allow-credentials'), null);
    });
    it(`${path} tells OPTIONS that is none what it takes`, async () => {
      const got = await fetch(url + path, { method: 'OPTIONS' });
      assert.equal(got.status, 405);
      assert.match(got.headers.get('allow')!, /POST$/);
      assert.equal(readerOf(got), null);
    });
  }
  for (const path of open) {
    it(`${path} is for everybody to read`, async () => {
      assert.equal(readerOf(await preflight(path, 'https://any.example', 'GET')), '*');
      assert.equal(readerOf(await fetch(url + path, { headers: { origin: 'https://any.example' } })), '*');
    });
  }
  for (const path of closed) {
    it(`${path} is for no page of another origin`, async () => {
      const got = await preflight(path, app, 'POST');
      assert.notEqual(got.status, 204);
      assert.equal(readerOf(got), null);
      const asked = await fetch(url + path, { method: 'POST', redirect: 'manual', headers: { origin: app } });
      assert.equal(readerOf(asked), null);
    });
  }
});

describe('answers', () => {
  const ask = (path: string, given: Record<string, string>, origin: string, at = url): Promise<Answer> =>
    postForm(at + path, given, { origin });

  for (const path of programs) {
    it(`${path} may be read by the pages of a public client, also where it refuses`, async () => {
      const got = await ask(path, { ...form, grant_type: 'refresh_token', refresh_token: 'x', token: 'x' }, app);
      assert.equal(readerOf(got), app);
      assert.match(got.headers.get('vary')!, /Origin/);
      assert.match(got.headers.get('access-control-expose-headers')!, /DPoP-Nonce/);
      assert.equal(got.headers.get('access-control-allow-credentials'), null);
    });
    it(`${path} by no other page, and not for a client with a secret`, async () => {
      for (const origin of ['https://evil.example', `${app}.evil.example`, 'http://app.uz', 'null']) {
        const got = await ask(path, { ...form, token: 'x' }, origin);
        assert.equal(readerOf(got), null, origin);
        assert.match(got.headers.get('vary')!, /Origin/);
      }
      const { id, secret } = confidential;
      const query = { redirect_uri: `${app}/cb`, response_type: 'code', grant_type: 'client_credentials', token: 'x' };
      const got = await ask(path, { client_id: id, client_secret: secret, ...query }, app);
      assert.ok(got.status < 300, got.text);
      assert.equal(readerOf(got), null);
    });
    it(`${path} by pages of the origins that are set, whatever the client`, async () => {
      const { id, secret } = confidential;
      for (const given of [{ client_id: id, client_secret: secret, token: 'x' }, { client_id: 'nobody' }]) {
        assert.equal(
          readerOf(await ask(path, given, 'https://console.example.uz', trusting.url)),
          'https://console.example.uz',
        );
        assert.equal(readerOf(await ask(path, given, 'https://evil.example', trusting.url)), null);
      }
    });
  }

  it('who the person is may be read by any page that has the token', async () => {
    const got = await fetch(`${url}/oauth/userinfo`, { headers: { origin: 'https://any.example' } });
    assert.equal(got.status, 401);
    assert.equal(readerOf(got), '*');
    assert.match(got.headers.get('access-control-expose-headers')!, /DPoP-Nonce, WWW-Authenticate/);
  });
});

describe('refusals', () => {
  const type = 'application/x-www-form-urlencoded';
  type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };
  const send = (path: string, init: Init, at = url): Promise<Response> =>
    fetch(at + path, { method: 'POST', ...init, headers: { origin: app, ...init.headers } });
  const of = (body: string, headers: Record<string, string> = {}): Init => ({
    body,
    headers: { 'content-type': type, ...headers },
  });

  /** Requests without a known client, or with a client other than that of the page. */
  const refused: readonly [what: string, init: Init, query?: string][] = [
    ['an unknown client', of('client_id=nobody&grant_type=refresh_token&refresh_token=x')],
    ['no client', of('grant_type=refresh_token&refresh_token=x')],
    ['a client with a secret', of(`client_id=${confidential.id}&client_secret=wrong&grant_type=x`)],
    ['an empty body', {}],
    ['JSON', { body: '{}', headers: { 'content-type': 'application/json' } }],
    ['another charset', of('a=b', { 'content-type': `${type}; charset=utf-16` })],
    ['a compressed body', of('a=b', { 'content-encoding': 'gzip' })],
    ['a body that is too large', of(`a=${'b'.repeat(70_000)}`)],
    ['a secret in the URL', of('a=b'), '?client_secret=x'],
    ['a header that is not Basic', of('a=b', { authorization: 'Bearer x' })],
    ['a header that cannot be read', of('a=b', { authorization: 'Basic ???' })],
    ['a parameter twice', of('client_id=a&client_id=b')],
    ['another method', { method: 'PUT', body: 'x' }],
  ];
  for (const path of programs) {
    for (const [what, init, query = ''] of refused) {
      it(`${path} with ${what} may be read by the pages of public clients, and by no others`, async () => {
        const got = await send(path + query, init);
        assert.ok(got.status >= 400, String(got.status));
        assert.equal(readerOf(got), app);
        assert.match(got.headers.get('access-control-expose-headers')!, /Retry-After/);
        assert.equal(got.headers.get('vary')!.match(/origin/gi)?.length, 1);
        const foreign = await send(path + query, {
          ...init,
          headers: { ...init.headers, origin: 'https://evil.example' },
        });
        assert.equal(readerOf(foreign), null);
        assert.equal(foreign.status, got.status);
      });
    }
  }

  it('of a limit may be read, and the preflight before it is not refused', async () => {
    const { url: busy } = await bed.start({ limits: { perClient: 0, perAddress: 1 } });
    for (const path of programs) {
      await send(path, of('a=b'), busy);
      const got = await send(path, of('a=b'), busy);
      assert.deepEqual([got.status, readerOf(got)], [429, app], path);
      const headers = { origin: app, 'access-control-request-method': 'POST' };
      assert.equal((await fetch(busy + path, { method: 'OPTIONS', headers })).status, 204);
    }
  });

  it('of a client that sends too much may be read too', async () => {
    const { url: busy } = await bed.start({ limits: { perClient: 1, perAddress: 0 } });
    for (const path of programs) {
      const asked = of('client_id=nobody&token=x&grant_type=refresh_token');
      await send(path, asked, busy);
      const got = await send(path, asked, busy);
      assert.deepEqual([got.status, readerOf(got)], [429, app], path);
    }
  });

  it('of a server without its database may be read, by what it knew before', async () => {
    const sql = connect(bed.databaseUrl, { max: 2 });
    const { url: failing } = await bed.start({ sql });
    const asked = of(`client_id=${client.clientId}&token=x&grant_type=refresh_token&refresh_token=x`);
    assert.equal(readerOf(await send('/oauth/token', asked, failing)), app);
    await sql.end({ timeout: 0 });
    for (const path of programs) {
      const got = await answer(await send(path, { ...asked, signal: AbortSignal.timeout(20_000) }, failing));
      assert.ok(got.status >= 500, got.text);
      assert.equal(readerOf(got), app, path);
    }
  });

  it('depends on the clients that there are now', async () => {
    const origin = 'https://new.uz';
    const ask = async (at: string): Promise<string | null> =>
      readerOf(await send('/oauth/token', of('a=b', { origin }), at));
    const { url: node } = await bed.start();
    assert.equal(await ask(node), null);
    const made = await newClient(bed.clients, {
      ...{ grants: ['authorization_code'], scopes: ['openid'], public: true },
      redirectUris: [`${origin}/cb`, 'com.example.app:/cb'],
    });
    const { url: another } = await bed.start();
    assert.equal(await ask(another), origin);
    await bed.clients.disable(made.id);
    const { url: third } = await bed.start();
    assert.equal(await ask(third), null);
  });
});
