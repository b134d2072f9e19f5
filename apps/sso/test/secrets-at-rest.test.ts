/**
 * A copy of the whole database contains nothing with which its reader can impersonate anybody: every flow is run, every secret in it is
 * collected, and all tables are searched for the secrets in each encoding.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { exportJWK, generateKeyPair, SignJWT } from './jose.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';
import { everything, formsOf, foundIn } from './whole-database.ts';

const bed = await testBed();
const mail: string[] = [];
const { url } = await bed.start({ send: ({ text }) => Promise.resolve(void mail.push(text)) });

/** Secrets by their description. */
const secrets = new Map<string, string>();
const remember = (what: string, secret: string | null | undefined): string => {
  assert.ok(typeof secret === 'string' && secret.length >= 8, `${what} was not seen`);
  secrets.set(`${what} ${secrets.size}`, secret);
  return secret;
};

const person = { username: 'aziza', password: 'a long and quiet password' };
const redirectUri = 'https://app.uz/cb';
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const scope = 'openid profile offline_access user/*.rs';
const browser = new Browser(url);
let application: string;
let dump: string;

const token = (form: Record<string, string | undefined>, headers?: Record<string, string>): Promise<Answer> =>
  postForm(`${url}/oauth/token`, form, headers);

function keep(answer: Answer): Answer {
  assert.equal(answer.status, 200, answer.text);
  for (const name of ['access_token', 'refresh_token', 'id_token']) {
    const value = answer.body[name];
    if (typeof value === 'string') remember(name, value);
  }
  return answer;
}

before(async () => {
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
  await accounts.create({ ...person, name: 'Aziza Karimova', email: 'aziza@example.uz' });
  remember('password', person.password);
  ({ id: application } = await newClient(bed.clients, {
    grants: ['authorization_code', 'refresh_token', device],
    scopes: scope.split(' '),
    redirectUris: [redirectUri],
    public: true,
  }));
  await clientsThatActForThemselves();
  await people();
  await devices();
  await forgotten();
  dump = await everything(bed.sql);
});
after(() => secrets.clear());

async function clientsThatActForThemselves(): Promise<void> {
  const { id, secret, form } = await newClient(bed.clients);
  remember('client secret', secret);
  keep(await token(form));
  remember('wrong client secret', 'a guess of somebody');
  await token({ ...form, client_secret: 'a guess of somebody' });
  const rotated = await bed.clients.rotateSecret(id, { keepOld: true });
  remember('rotated client secret', rotated.secret);

  const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', use: 'sig', alg: 'ES384' };
  const signer = await newClient(bed.clients, { jwks: { keys: [jwk] } });
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES384', kid: 'k' })
    .setIssuer(signer.id)
    .setSubject(signer.id)
    .setAudience(`${issuer}/oauth/token`)
    .setIssuedAt()
    .setExpirationTime('2m')
    .sign(privateKey);
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  remember('client assertion', assertion);
  keep(await token({ grant_type: 'client_credentials', client_assertion_type, client_assertion: assertion }));

  const software = await newClient(bed.clients, { scopes: ['dhp.launch'] });
  const { id: launched } = await newClient(bed.clients, {
    grants: ['authorization_code'],
    scopes: ['launch', 'patient/*.rs'],
    redirectUris: [redirectUri],
    public: true,
  });
  const { client_id = '', client_secret = '' } = software.form;
  remember('secret of the launching software', client_secret);
  const launch = await postForm(`${url}/oauth/launch`, {
    client_id,
    client_secret,
    application: launched,
    patient: 'p-1',
  });
  remember('launch', String(launch.body['launch']));
}

async function people(): Promise<void> {
  const { verifier, query } = pkce();
  remember('code verifier', verifier);
  const asked = { response_type: 'code', client_id: application, redirect_uri: redirectUri, scope, ...query };
  const first = await browser.get(authorizeAddress(asked));
  remember('address of a sign-in under way', /\/sign-in\/([^/?]+)/.exec(first.address)?.[1]);
  for (const [, field = ''] of first.text.matchAll(/name="csrf" value="([^"]+)"/g)) remember('csrf', field);
  const wrong = remember('wrong password', 'not the password at all');
  const again = await browser.submit(first, { ...person, password: wrong }, 'login');
  let page: Page = await browser.submit(again, person, 'login');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  const code = remember('code', new URL(page.address).searchParams.get('code'));
  for (const [name, { value }] of browser.cookies) remember(`cookie ${name}`, decodeURIComponent(value));
  const form = { client_id: application, redirect_uri: redirectUri };
  const exchanged = keep(await token({ grant_type: 'authorization_code', code, code_verifier: verifier, ...form }));
  const refreshed = keep(
    await token({
      ...{ grant_type: 'refresh_token', client_id: application },
      refresh_token: String(exchanged.body['refresh_token']),
    }),
  );
  const bearer = { authorization: `Bearer ${String(refreshed.body['access_token'])}` };
  assert.equal((await fetch(`${url}/oauth/userinfo`, { headers: bearer })).status, 200);
  await postForm(`${url}/oauth/revoke`, { client_id: application, token: String(refreshed.body['access_token']) });

  const pushed = await postForm(`${url}/oauth/par`, {
    ...asked,
    client_id: application,
    code_challenge: query.code_challenge,
  });
  assert.equal(pushed.status, 201, pushed.text);
  remember('request_uri', String(pushed.body['request_uri']).split(':').at(-1));
  const left = await signIn(browser, authorizeAddress(asked), person);
  remember('code that nobody exchanged', left.searchParams.get('code'));
}

async function devices(): Promise<void> {
  const begun = await postForm(`${url}/oauth/device_authorization`, { client_id: application, scope });
  assert.equal(begun.status, 200, begun.text);
  const code = remember('device code', String(begun.body['device_code']));
  remember('user code', String(begun.body['user_code']));
  remember('user code without its dash', String(begun.body['user_code']).replace('-', ''));
  await token({ grant_type: device, client_id: application, device_code: code });
}

async function forgotten(): Promise<void> {
  await postForm(`${url}/password/forgotten`, { username: person.username });
  for (let n = 0; mail.length === 0 && n < 1500; n += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const link = /https:\S+/.exec(mail[0] ?? '')?.[0] ?? '';
  remember('link for a password', URL.parse(link)?.searchParams.get('token'));
}

describe('a copy of the database', () => {
  it('was made after every flow', () => {
    assert.ok(secrets.size > 25, String(secrets.size));
    for (const event of ['token.issued', 'token.refused', 'token.revoked', 'sign-in.refused', 'launch.registered']) {
      assert.ok(dump.includes(event), event);
    }
    for (const clear of [application, 'Aziza Karimova', person.username]) assert.ok(dump.includes(clear), clear);
  });

  it('holds none of the secrets, in no form', () => {
    assert.deepEqual(foundIn(dump, secrets), []);
  });

  it('is searched by a search that finds', () => {
    // Control: the same search finds values that the database does contain.
    assert.ok(formsOf(application).some((form) => dump.includes(form)));
    assert.ok(formsOf('Aziza Karimova').some((form) => dump.includes(form)));
  });
});
