/** An OpenID Connect provider as an identity system, and a real one: a second SSO with its own people and database. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { openIdConnect } from '@dhp/accounts/identity-systems';
import { freePort } from '../../../tests/processes.ts';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { issuer, newClient, postForm, testBed } from './support.ts';

const [hospital, platform] = [await testBed(), await testBed()];
const port = await freePort();
const hospitalIssuer = `http://127.0.0.1:${String(port)}`;
await hospital.start({ issuer: hospitalIssuer, port });
const backTo = `${issuer}/upstream/hospital`;
const { id: clientId, secret: clientSecret } = await newClient(hospital.clients, {
  name: 'National platform',
  grants: ['authorization_code'],
  scopes: ['openid', 'profile'],
  redirectUris: [backTo],
});
const provider = { id: 'hospital', name: 'City hospital', issuer: hospitalIssuer, clientId, clientSecret };
const { url } = await platform.start({
  allowedHosts: [new URL(hospitalIssuer).host],
  upstreams: [openIdConnect(provider), openIdConnect({ ...provider, id: 'stranger', clientSecret: 'not the secret' })],
  directory: () => Promise.resolve([]),
});
const person = { username: 'olim', password: 'correct horse battery' };
const redirectUri = 'https://clinic.example.uz/cb';
let app = '';

before(async () => {
  await openAccounts(hospital.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Olim Usmonov' });
  const registration = { grants: ['authorization_code'], scopes: ['openid', 'profile'], redirectUris: [redirectUri] };
  app = (await newClient(platform.clients, { ...registration, public: true })).id;
  await hospital.clients.change(clientId, { redirectUris: [backTo, `${issuer}/upstream/stranger`] });
});

/**
 * From the application to the provider; the browser has a session there, or signs in. @returns the target to which the provider redirects
 * it
 */
async function atProvider(browser: Browser, there: Browser, id = 'hospital'): Promise<string> {
  const asked = { client_id: app, response_type: 'code', redirect_uri: redirectUri, scope: 'openid profile' };
  const { verifier, query } = pkce();
  verifiers.set(browser, verifier);
  const page = await browser.get(authorizeAddress({ ...asked, ...query, prompt: 'login' }));
  const away = await browser.get(`${page.address}?upstream=${id}`);
  assert.ok(away.address.startsWith(`${hospitalIssuer}/oauth/authorize?`), away.address);
  let at = await there.get(away.address);
  if (at.text.includes('name="password"')) at = await there.submit(at, person, 'login');
  if (at.text.includes('value="allow"')) at = await there.submit(at, {}, 'allow');
  return at.address;
}

const verifiers = new WeakMap<Browser, string>();
const visitor = (): [Browser, Browser] => [new Browser(url), new Browser(hospitalIssuer, 'en', {}, hospitalIssuer)];

describe('a second SSO as an identity system', () => {
  it('says who somebody is: an account is opened, found again, and the tokens say how the person came in', async () => {
    const subjects = new Set<unknown>();
    for (let n = 0; n < 2; n += 1) {
      const [browser, there] = visitor();
      const back = await atProvider(browser, there);
      assert.ok(back.startsWith(`${backTo}?code=`), back);
      let page = await browser.get(back);
      if (page.text.includes('value="allow"')) {
        assert.match(page.text, /signed in as Olim Usmonov/);
        page = await browser.submit(page, {}, 'allow');
      }
      const code = new URL(page.address).searchParams.get('code')!;
      const form = { grant_type: 'authorization_code', client_id: app, redirect_uri: redirectUri, code };
      const { body } = await postForm(`${url}/oauth/token`, { ...form, code_verifier: verifiers.get(browser)! });
      const claims = decodeJwt(String(body['id_token']));
      assert.deepEqual([claims['name'], claims['amr']], ['Olim Usmonov', ['pwd', 'hospital']]);
      subjects.add(claims.sub);
    }
    assert.equal(subjects.size, 1);
  });

  it('is asked once for each answer; a code or state that is not of this sign-in leads nowhere', async () => {
    const [browser, there] = visitor();
    const back = new URL(await atProvider(browser, there));
    const forged = new URL(back);
    forged.searchParams.set('code', 'made-up');
    const refused = await browser.get(forged.href);
    assert.equal(refused.status, 401);
    assert.equal((await browser.get(back.href)).status, 400, 'the state is used up');
    const [other] = visitor();
    assert.equal((await other.get(await atProvider(...visitor()))).status, 400, 'of another browser');
  });

  it('that does not know this server lets nobody in here', async () => {
    const [browser, there] = visitor();
    const back = await atProvider(browser, there, 'stranger');
    const refused = await browser.get(back);
    assert.equal(refused.status, 401);
    assert.match(refused.text, /did not confirm/);
  });
});
