/** The way back from a sign-in for a token of one’s own: it ends in the session that began it, however old that is, and in no other. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, it } from 'node:test';
import { EncryptJWT } from 'jose';
import { sealed } from '../src/session/sealed.ts';
import { fakeService, install } from './installation.ts';

const key = randomBytes(32);
const exchanged: string[] = [];
const sso = await fakeService(({ url = '' }, response) => {
  if (url === '/oauth/token') exchanged.push(url);
  response.writeHead(200, { 'content-type': 'application/json' });
  const token = { access_token: 'a.b.c', expires_in: 600, scope: 'patient/*.rs' };
  response.end(JSON.stringify(url === '/oauth/token' ? token : { name: 'Aziza', organizations: [] }));
});
const portal = await install((usual) => ({
  ...usual,
  signIn: {
    ...{ clientId: 'portal', clientSecret: 'secret', ssoInternal: sso.url, fhirInternal: sso.url },
    ...{ key, relayKey: randomBytes(32) },
  },
}));
after(() => Promise.all([portal.close(), sso.close()]));

/** A session that began so many seconds ago, and ends in so many. */
async function session(since: number, left: number): Promise<{ cookie: string; formKey: string }> {
  const now = Math.floor(Date.now() / 1000);
  const formKey = randomBytes(32).toString('base64url');
  const text = await new EncryptJWT({ token: 'a.b.c', name: 'Aziza', formKey })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'session' })
    .setIssuedAt(now - since)
    .setExpirationTime(now + left)
    .encrypt(key);
  return { cookie: `dhp_portal=${text}`, formKey };
}

async function comeBack(cookie: string, formKey: string): Promise<Response> {
  const begun = { verifier: 'v', client: 'page', name: 'Page', owner: hash('sha256', formKey, 'base64url') };
  const state = await sealed(key, 'explorer-sign-in', begun, 600);
  const address = `${portal.url}/explorer/signed-in?code=c&state=${state}`;
  return fetch(address, { headers: { cookie, 'accept-language': 'en' }, redirect: 'manual' });
}

for (const [name, since, left] of [
  ['a new session', 0, 3600],
  ['one that other pages renew', 3000, 600],
  ['one of the last seconds', 3590, 10],
] as const)
  it(`ends with a token in ${name}`, async () => {
    const { cookie, formKey } = await session(since, left);
    const answer = await comeBack(cookie, formKey);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /name="held" value="ey/);
    const page = await fetch(`${portal.url}/explorer`, { headers: { cookie }, redirect: 'manual' });
    assert.equal(page.status, left < 900 ? 303 : 200, 'and other pages are as they were');
  });

it('ends without one in the session of somebody else, and asks the SSO for nothing', async () => {
  const [own, other] = [await session(0, 3600), await session(0, 3600)];
  const before = exchanged.length;
  const answer = await comeBack(own.cookie, other.formKey);
  assert.equal(answer.status, 400);
  assert.doesNotMatch(await answer.text(), /name="held"/);
  assert.equal(exchanged.length, before);
});
