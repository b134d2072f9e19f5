/**
 * The return from a sign-in for one's own token: it ends in the session that started it, however old that is, and in no other; and the fate
 * of the token when the session is renewed, or has ended.
 */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { sealed } from '../src/session/sealed.ts';
import { fakeService, install } from './installation.ts';

const key = randomBytes(32);
const exchanged: string[] = [];
const revoked: string[] = [];
/** The person who signs in. */
let sub = 'aziza';
const sso = await fakeService((request, response) => {
  const { url = '' } = request;
  if (url === '/oauth/token') exchanged.push(url);
  if (url === '/oauth/revoke') request.on('data', (piece) => revoked.push(String(piece)));
  response.writeHead(200, { 'content-type': 'application/json' });
  const token = { access_token: 'a.b.c', expires_in: 600, scope: 'patient/*.rs' };
  if (url === '/metadata') return void response.end(JSON.stringify({ rest: [{ resource: [{ type: 'Patient' }] }] }));
  response.end(JSON.stringify(url === '/oauth/token' ? token : { sub, name: 'Aziza', organizations: [] }));
});
const portal = await install((usual) => ({
  ...usual,
  signIn: {
    ...{ clientId: 'portal', clientSecret: 'secret', ssoInternal: sso.url, fhirInternal: sso.url },
    ...{ key, relayKey: randomBytes(32) },
  },
}));
after(() => Promise.all([portal.close(), sso.close()]));

/** A session that began this many seconds ago, and ends in so many. */
async function session(since: number, left: number): Promise<{ cookie: string; formKey: string }> {
  const now = Math.floor(Date.now() / 1000);
  const formKey = randomBytes(32).toString('base64url');
  const text = await new EncryptJWT({ token: 'a.b.c', sub: 'aziza', name: 'Aziza', formKey })
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

/** Signs in while the browser has a session. @returns the key of the forms of the session that begins */
async function renew(cookie: string): Promise<string> {
  const begun = await fetch(`${portal.url}/sign-in`, { headers: { cookie }, redirect: 'manual' });
  const [way = ''] = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0]!);
  const state = new URL(begun.headers.get('location')!).searchParams.get('state')!;
  const back = await fetch(`${portal.url}/signed-in?code=c&state=${state}`, {
    ...{ headers: { cookie: `${cookie}; ${way}` }, redirect: 'manual' },
  });
  const set = back.headers.getSetCookie().find((line) => line.startsWith('dhp_portal='))!;
  const { payload } = await jwtDecrypt(set.slice('dhp_portal='.length).split(';', 1)[0]!, key);
  return String(payload['formKey']);
}

it('is held on while the session of the same person is renewed, and by no session of somebody else', async () => {
  const { cookie, formKey } = await session(3000, 600);
  assert.equal(await renew(cookie), formKey);
  sub = 'bobur';
  assert.notEqual(await renew(cookie), formKey);
  sub = 'aziza';
  const forged = await new EncryptJWT({ token: 'a.b.c', sub: 'aziza', name: 'Aziza', formKey: 'known' })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'session' })
    .setIssuedAt()
    .setExpirationTime('600 s')
    .encrypt(randomBytes(32));
  assert.notEqual(await renew(`dhp_portal=${forged}`), 'known', 'one that somebody else has sealed is none');
});

it('is revoked when its page is sent after the session has ended', async () => {
  const owner = hash('sha256', 'x', 'base64url');
  const claims = { token: 'token-of-the-page', owner, client: 'page', application: 'Page', scope: 'patient/*.rs' };
  const held = await sealed(key, 'explorer-token', claims, 600);
  const send = (text: string): Promise<Response> =>
    fetch(`${portal.url}/explorer`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ held: text }) });
  assert.equal((await send(held)).status, 303, 'to sign in');
  // People who are sent to sign in do not wait for it.
  for (let n = 0; n < 300 && revoked.length === 0; n += 1) await delay(100);
  assert.match(revoked.join(), /token=token-of-the-page&client_id=page/);
  const before = revoked.length;
  assert.equal((await send('nothing')).status, 303);
  assert.equal(revoked.length, before);
});

it('has beside it a page that offers what can follow, to each person so often in a minute', async () => {
  const sessionOf = async (person: string): Promise<string> => {
    const text = await new EncryptJWT({ token: 'a.b.c', sub: person, name: person, formKey: person })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'session' })
      .setIssuedAt()
      .setExpirationTime('3600 s')
      .encrypt(key);
    return `dhp_portal=${text}`;
  };
  const offered = async (cookie: string, path: string): Promise<number> => {
    const answer = await fetch(`${portal.url}/explorer/${path}`, { headers: { cookie } });
    return ((await answer.json()) as unknown[]).length;
  };
  const [eager, other] = [await sessionOf('eager'), await sessionOf('other')];
  assert.equal(await offered(eager, 'suggestions?path=/Pat'), 1);
  const began = performance.now();
  const counts: number[] = [];
  while (counts.length < 1_000)
    counts.push(...(await Promise.all(Array.from({ length: 20 }, () => offered(eager, 'suggestions?path=/Pat')))));
  const seconds = (performance.now() - began) / 1000;
  // The quota refills by ten per second.
  assert.ok(counts.filter((count) => count > 0).length <= 600 + 10 * seconds);
  if (seconds < 30) assert.ok(counts.includes(0));
  assert.equal(await offered(other, 'suggestions?path=/Pat'), 1, 'others go on');
});
