/** A request of the portal to the SSO for a person bears the address of that person's browser. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, it } from 'node:test';
import { maskedKey, relayedAddress, relayedAddressField } from '@dhp/web-kit';
import { sealed } from '../src/session/sealed.ts';
import { fakeService, install } from './installation.ts';

const [key, relayKey] = [randomBytes(32), randomBytes(32)];
const told: { path: string; address: string | undefined }[] = [];
const sso = await fakeService(({ url = '', headers }, response) => {
  const { authorization = '', [relayedAddressField]: field } = headers;
  told.push({ path: url, address: relayedAddress(field, { key: relayKey, authorization, now: Date.now() }) });
  response.writeHead(200, { 'content-type': 'application/json' });
  const person = { name: 'Aziza', organizations: [] };
  response.end(JSON.stringify(url === '/oauth/token' ? { access_token: 'a.b.c', expires_in: 600 } : person));
});
const portal = await install((usual) => ({
  ...usual,
  signIn: {
    ...{ clientId: 'portal', clientSecret: 'secret', ssoInternal: sso.url, fhirInternal: sso.url },
    key,
    relayKey,
  },
}));
after(() => Promise.all([portal.close(), sso.close()]));

/** The answer to a browser at an address of this machine. */
function from(localAddress: string, path: string, headers: Record<string, string>, form?: Record<string, string>) {
  const { port } = new URL(portal.url);
  const method = form === undefined ? 'GET' : 'POST';
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise<{ cookies: string[]; location: string; text: string }>((resolve, reject) => {
    const asked = { host: '127.0.0.1', port, path, localAddress, method, headers: { ...headers, ...type } };
    const sent = request(asked, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        const { location = '', 'set-cookie': cookies = [] } = response.headers;
        resolve({ cookies: cookies.map((one) => one.split(';')[0]!), location, text });
      });
    });
    sent.on('error', reject).end(form && new URLSearchParams(form).toString());
  });
}

it('a page, and a sign-in, of two browsers have two addresses; what a browser writes itself is not told on', async () => {
  const claims = { token: 'a.b.c', name: 'Aziza', formKey: randomBytes(32).toString('base64url') };
  const cookie = `dhp_portal=${await sealed(key, 'session', claims, 600)}`;
  for (const address of ['127.0.0.8', '127.0.0.9']) {
    told.length = 0;
    await from(address, '/applications', {
      cookie,
      [relayedAddressField]: '1;192.0.2.1;x',
      'x-forwarded-for': '192.0.2.2',
    });
    const { cookies, location } = await from(address, '/sign-in', {});
    const state = new URL(location).searchParams.get('state')!;
    await from(address, `/signed-in?code=c&state=${state}`, { cookie: cookies.join('; ') });
    assert.ok(told.some(({ path }) => path === '/oauth/token') && told.length >= 3, JSON.stringify(told));
    assert.deepEqual([...new Set(told.map((one) => one.address))], [address]);
  }
});

it('so have the sign-in for a token of one’s own in the explorer, and its end', async () => {
  const formKey = randomBytes(32).toString('base64url');
  const cookie = `dhp_portal=${await sealed(key, 'session', { token: 'a.b.c', name: 'Aziza', formKey }, 1000)}`;
  const begun = { verifier: 'v', client: 'page', name: 'Page', owner: hash('sha256', formKey, 'base64url') };
  const state = await sealed(key, 'explorer-sign-in', begun, 600);
  for (const address of ['127.0.0.8', '127.0.0.9']) {
    told.length = 0;
    const { text } = await from(address, `/explorer/signed-in?code=c&state=${state}`, { cookie });
    const held = /name="held" value="([^"]+)"/.exec(text)?.[1] ?? '';
    await from(address, '/explorer', { cookie }, { csrf: maskedKey(formKey), held, forget: '1' });
    const ofSso = told.filter(({ path }) => /^\/(?:oauth|developer)/.test(path));
    for (const path of ['/oauth/token', '/oauth/revoke'])
      assert.ok(
        ofSso.some((one) => one.path === path),
        path,
      );
    assert.deepEqual([...new Set(ofSso.map((one) => one.address))], [address]);
  }
});
