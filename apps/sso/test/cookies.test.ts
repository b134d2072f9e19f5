/** The engine's cookies are valid only as they were signed. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const person = { username: 'kuki', password: 'a long and quiet password' };
const redirectUri = 'https://clinic.example.uz/cb';
const scopes = ['openid', 'user/*.rs'];
const app = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes, redirectUris: [redirectUri], public: true },
});
const signedIn = new Browser(url);

function address(query: Record<string, string> = {}): string {
  const asked = { client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope: scopes.join(' ') };
  return authorizeAddress({ ...asked, ...pkce().query, ...query });
}

before(async () => {
  const identities = [{ environment: 'playground', type: 'Practitioner', fhir_id: 'k' }] as const;
  await openAccounts(bed.sql, { actor: 'cli:tester' }).create({ ...person, name: 'Kuki', identities: [...identities] });
  await signIn(signedIn, address(), person);
});

/** Whether a browser with these cookies is signed in. */
async function isSignedIn(cookies: ReadonlyMap<string, string>): Promise<boolean> {
  const browser = new Browser(url);
  for (const [name, value] of cookies) browser.plant(name, value);
  const back = new URL((await browser.get(address({ prompt: 'none' }))).address);
  const [code, error] = [back.searchParams.get('code'), back.searchParams.get('error')];
  assert.ok(code !== null || error === 'login_required', back.href);
  return code !== null;
}

describe('the cookie of a session', () => {
  it('is good in another browser only as it was signed', async () => {
    const name = '__Host-session';
    const [value, signature] = [name, `${name}.sig`].map((each) => signedIn.cookies.get(each)?.value ?? '');
    assert.ok(value !== undefined && value !== '' && signature !== undefined && signature !== '');
    const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const cookies = (text: string, signed: string): Map<string, string> =>
      new Map([
        [name, text],
        [`${name}.sig`, signed],
      ]);
    for (const wrong of ['', other, signature.slice(0, -1), `${signature}A`]) {
      assert.equal(await isSignedIn(cookies(value, wrong)), false, wrong);
    }
    assert.equal(await isSignedIn(new Map([[name, value]])), false, 'without a signature');
    assert.equal(
      await isSignedIn(cookies(`${value}x`, signature)),
      false,
      'another value under the signature of this one',
    );
    assert.equal(await isSignedIn(cookies(value, signature)), true);
  });
});
