/** The duration of sessions by the kind of person: without use, in total, and on shared workstations. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openAdministrators } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const minutes = (count: number): void => void (now = new Date(now.getTime() + count * 60_000));
const hour = 3600;
const groups = new Map([
  ['patients', { idle: 2 * hour, absolute: 6 * hour }],
  ['relatives', { idle: 3 * hour, absolute: 6 * hour }],
  ['health-workers', { idle: hour, absolute: 4 * hour }],
  ['administrators', { idle: hour / 2, absolute: 5 * hour }],
  ['night-nurse', { idle: 3 * hour, absolute: 3 * hour }],
]);
const everybody = { idle: 8 * hour, absolute: 12 * hour };
const limited = await bed.start({ clock, session: { ...everybody, groups } });
const shared = await bed.start({ clock, session: { ...everybody, sharedWorkstations: true } });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const environment = 'playground' as const;
const redirectUri = 'https://cabinet.example.uz/cb';
const password = 'correct horse battery';
let clientId: string;

type Identity = 'Patient' | 'Practitioner' | 'RelatedPerson';
const people: Record<
  string,
  { types: Identity[]; role?: string; administrator?: true; idle: number; longest: number }
> = {
  nobody: { types: [], idle: 8 * 60, longest: 12 * 60 },
  patient: { types: ['Patient'], idle: 120, longest: 360 },
  relative: { types: ['RelatedPerson'], idle: 180, longest: 360 },
  doctor: { types: ['Practitioner'], idle: 60, longest: 240 },
  'doctor-and-patient': { types: ['Practitioner', 'Patient'], idle: 60, longest: 240 },
  'nurse-of-the-night': { types: ['Practitioner'], role: 'night-nurse', idle: 60, longest: 180 },
  administrator: { types: [], administrator: true, idle: 30, longest: 300 },
  'doctor-who-administers': { types: ['Practitioner'], administrator: true, idle: 30, longest: 240 },
  'administrator-of-a-clinic': { types: ['Practitioner'], role: 'organization-administrator', idle: 30, longest: 240 },
};

before(async () => {
  const scopes = ['openid', 'online_access', 'offline_access', 'patient/*.rs', 'user/*.rs'];
  ({ id: clientId } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code', 'refresh_token'], scopes, redirectUris: [redirectUri], public: true },
  }));
  for (const [username, { types, role, administrator }] of Object.entries(people)) {
    const identities = types.map((type) => ({ environment, type, fhir_id: `${username}-${type}` }));
    await accounts.create({ username, name: 'Nodira Aliyeva', password, identities });
    if (role !== undefined) await openPolicies(bed.sql).give({ username, environment, role, organization: 'org-1' });
    if (administrator === true) await openAdministrators(bed.sql).make(username);
  }
});

const request = (more: Record<string, string> = {}): string =>
  authorizeAddress({
    ...{ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...pkce().query },
    ...more,
  });

async function signedIn(username: string, at = limited.url): Promise<Browser> {
  const browser = new Browser(at);
  const back = await signIn(browser, request(), { username, password });
  assert.ok(back.searchParams.get('code'), back.href);
  return browser;
}

const isLive = async (browser: Browser): Promise<boolean> =>
  new URL((await browser.get(request({ prompt: 'none' }))).address).searchParams.get('code') !== null;

/** With a refresh token. */
async function tokens(username: string, scope: string, at: string): Promise<{ browser: Browser; first: Answer }> {
  const browser = new Browser(at);
  const { verifier, query } = pkce();
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, prompt: 'consent' };
  const back = await signIn(browser, authorizeAddress({ ...asked, ...query }), { username, password });
  const form = {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const first = await postForm(`${at}/oauth/token`, { ...form, code: back.searchParams.get('code') ?? back.href });
  assert.equal(first.status, 200, first.text);
  return { browser, first };
}

const refresh = (at: string, { body }: Answer): Promise<Answer> =>
  postForm(`${at}/oauth/token`, {
    ...{ grant_type: 'refresh_token', client_id: clientId, refresh_token: String(body['refresh_token']) },
  });

describe('a session', () => {
  for (const [username, { idle, longest }] of Object.entries(people)) {
    it(`of ${username} ends after ${String(idle)} minutes without use, and after ${String(longest)}`, async () => {
      const unused = await signedIn(username);
      minutes(idle - 1);
      assert.ok(await isLive(unused), 'just before');
      minutes(idle + 1);
      assert.ok(!(await isLive(unused)), 'without use');

      const busy = await signedIn(username);
      const step = Math.min(idle - 1, 25);
      for (let used = step; used < longest; used += step) {
        minutes(step);
        assert.ok(await isLive(busy), `in use, after ${String(used)} minutes`);
      }
      minutes(step);
      assert.ok(!(await isLive(busy)), 'at the most');
    });
  }

  it('is in use at the pages of the account, and where tokens that end with it are renewed', async () => {
    const browser = await signedIn('doctor');
    for (let n = 0; n < 3; n += 1) {
      minutes(50);
      assert.match((await browser.get('/account')).text, /Nodira Aliyeva/);
    }
    assert.ok(await isLive(browser));
    const online = await tokens('doctor', 'openid online_access user/*.rs', limited.url);
    let held = online.first;
    for (let n = 0; n < 3; n += 1) {
      minutes(50);
      held = await refresh(limited.url, held);
      assert.equal(held.status, 200, held.text);
    }
    assert.ok(await isLive(online.browser));
    minutes(100);
    assert.equal((await refresh(limited.url, held)).body['error'], 'invalid_grant', 'what is bound to it ends with it');
  });

  it('is not in use by what applications do on their own, and leaves them what was given for longer', async () => {
    const offline = await tokens('doctor', 'openid offline_access user/*.rs', limited.url);
    let held = offline.first;
    for (let n = 0; n < 2; n += 1) {
      minutes(50);
      held = await refresh(limited.url, held);
      assert.equal(held.status, 200, held.text);
    }
    assert.ok(!(await isLive(offline.browser)));
    assert.equal((await refresh(limited.url, held)).status, 200);
  });
});

describe('at a shared workstation', () => {
  const cookieOf = ({ lines }: Browser, name: string): string | undefined =>
    lines.filter((line) => line.startsWith(`${name}=`) && !line.includes('1970')).at(-1);

  it('a health worker is signed out after a quarter of an hour, with all that was given', async () => {
    const browser = await signedIn('doctor', shared.url);
    minutes(14);
    assert.ok(await isLive(browser));
    minutes(16);
    assert.ok(!(await isLive(browser)));
    const offline = await tokens('doctor', 'openid offline_access user/*.rs', shared.url);
    minutes(10);
    const renewed = await refresh(shared.url, offline.first);
    assert.equal(renewed.status, 200, renewed.text);
    minutes(16);
    assert.equal((await refresh(shared.url, renewed)).body['error'], 'invalid_grant');
  });

  it('the browser of a health worker keeps nothing beyond the session; that of a patient does', async () => {
    const [doctor, patient] = [await signedIn('doctor', shared.url), await signedIn('patient', shared.url)];
    assert.doesNotMatch(cookieOf(doctor, '__Host-session')!, /expires|max-age/i);
    assert.match(cookieOf(patient, '__Host-session')!, /expires/i);
    const isDevice = (line: string): boolean => /device/i.test(line.split('=')[0]!);
    assert.deepEqual(doctor.lines.filter(isDevice), []);
    assert.equal(patient.lines.some(isDevice), true);
    minutes(16);
    const again = await doctor.get(request());
    assert.match(again.text, /name="password"/);
    assert.doesNotMatch(again.text, /Nodira|value="doctor"/, 'the page does not know who was there');
    minutes(60);
    assert.ok(await isLive(patient), 'others are not held to it');
  });
});
