/** Web pages of other origins: what they may send, and what they may read, at each endpoint. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newClient, postForm, testBed, type Answer } from './support.ts';

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
  grants: ['authorization_code'],
  scopes: ['user/*.rs'],
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
      const got = await ask(path, { client_id: id, client_secret: secret, token: 'x' }, app);
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
