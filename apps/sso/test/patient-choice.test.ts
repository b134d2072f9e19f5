/** A health worker selects whose record an application uses; patients and relatives are not asked. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { PatientsError, type Patients, type PatientSummary } from '@dhp/accounts/records';
import { pageLanguages } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

type Asked = Parameters<Patients['search']>;

/** The records, as a FHIR server returns them to callers with access. */
const records: PatientSummary[] = [
  {
    id: 'p-1',
    name: 'Karimova Aziza',
    birthDate: '1990-05-14',
    gender: 'female',
    pinflEnd: '0011',
    place: 'Toshkent, Chilonzor',
  },
  {
    id: 'p-2',
    name: 'Karimova Nodira',
    birthDate: '1990-11-02',
    gender: 'female',
    pinflEnd: '0022',
    place: 'Buxoro, Gʻijduvon',
  },
  { id: 'p-3', name: 'Karimov Olim', gender: 'male' },
];
const asked: Asked[] = [];
let fails: 'unreachable' | 'not-permitted' | undefined;
let represented: string | undefined = 'p-2';
const isSeen = (id: string): boolean => id !== 'p-3';
const patients: Patients = {
  async search(...call) {
    asked.push(call);
    if (fails !== undefined) throw new PatientsError(fails);
    const [, , query] = call;
    const found = records.filter(
      ({ id, name }) => isSeen(id) && query.getAll('name').every((word) => name.includes(word)),
    );
    return { patients: found, more: query.has('birthdate') };
  },
  read: async (_environment, _asker, id) => (isSeen(id) ? records.find((one) => one.id === id) : undefined),
  resource: async () => undefined,
  representedBy: async () => represented,
  stateOf: async () => 'in-use',
};

const bed = await testBed();
const { url } = await bed.start({ patients });
const chromium = await chromiumBed(bed, { patients });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const password = 'correct horse battery';
const environment = 'playground' as const;
const redirectUri = 'https://growth.example.uz/cb';
const scope = 'openid fhirUser launch/patient patient/Observation.rs patient/Patient.r';
let clientId: string;

before(async () => {
  const people = {
    doctor: ['Practitioner'],
    both: ['Practitioner', 'Patient'],
    patient: ['Patient'],
    relative: ['RelatedPerson'],
  } as const;
  for (const [username, types] of Object.entries(people)) {
    const identities = types.map((type) => ({
      environment,
      type,
      fhir_id: type === 'Patient' ? 'own' : `${username}-1`,
    }));
    await accounts.create({ username, name: 'Laylo Rahimova', password, identities });
  }
  ({ id: clientId } = await newClient(bed.clients, {
    name: 'Oʻsish jadvali',
    grants: ['authorization_code', 'refresh_token'],
    scopes: [...scope.split(' '), 'offline_access'],
    redirectUris: [redirectUri, chromium.redirectUri],
    public: true,
  }));
  await openPolicies(bed.sql).set({
    role: 'doctor',
    environment,
    scopes: ['user/Patient.rs?organization={organization}'],
  });
});
beforeEach(() => {
  fails = undefined;
});

interface BrowserSignIn {
  browser: Browser;
  page: Page;
  verifier: string;
}

/** To the page after signing in. */
async function begin(username: string, asks = scope, browser = new Browser(url)): Promise<BrowserSignIn> {
  const { verifier, query } = pkce();
  const request = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: asks, ...query };
  let page = await browser.get(authorizeAddress(request));
  if (page.text.includes('name="password"')) page = await browser.submit(page, { username, password }, 'login');
  return { browser, page, verifier };
}

/** Submits a form of the current page with its button. */
async function send(signIn: BrowserSignIn, fields: Record<string, string>, step: string): Promise<void> {
  signIn.page = await signIn.browser.submit(signIn.page, fields, step);
}

async function tokens({ page, verifier }: BrowserSignIn): Promise<Answer> {
  const code = new URL(page.address).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code };
  return postForm(`${url}/oauth/token`, { ...form, code_verifier: verifier });
}

const errorOf = ({ page }: BrowserSignIn): string | null => new URL(page.address).searchParams.get('error');

describe('a health worker', () => {
  it('searches, chooses, allows, and the token is for that patient, within what the roles permit', async () => {
    const role = { username: 'doctor', environment, role: 'doctor', organization: 'org-1' };
    await openPolicies(bed.sql).give(role);
    const signIn = await begin('doctor', `${scope} offline_access`);
    assert.match(signIn.page.text, /Choose a patient/);
    await send(signIn, { q: 'Karimova 30101900000011' }, 'search');
    assert.match(signIn.page.text, /Karimova Aziza/);
    assert.doesNotMatch(signIn.page.text, /Karimov Olim/);
    assert.match(signIn.page.text, /born 14\.05\.1990, female, PINFL …0011/);
    const [where, asker, query] = asked.at(-1)!;
    assert.equal(where, environment);
    assert.equal(asker.fhirUser, 'https://playground.example.uz/fhir/Practitioner/doctor-1');
    assert.deepEqual(asker.policies, ['user/Patient.rs?organization=Organization/org-1']);
    assert.deepEqual(query.getAll('name'), ['Karimova']);
    await send(signIn, { patient: 'p-2' }, 'choose');
    assert.match(signIn.page.text, /Chosen patient.*Karimova Nodira/s);
    assert.match(signIn.page.text, /Record of the chosen patient/);
    await send(signIn, {}, 'allow');
    const { body, status } = await tokens(signIn);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['patient'], 'p-2');
    const claims = decodeJwt(String(body['access_token']));
    assert.equal(claims['patient'], 'p-2');
    assert.equal(claims['patient_policies'], true);
    assert.deepEqual(claims['policies'], ['user/Patient.rs?organization=Organization/org-1']);
    const refresh = { grant_type: 'refresh_token', client_id: clientId, refresh_token: String(body['refresh_token']) };
    const again = (await postForm(`${url}/oauth/token`, refresh)).body;
    assert.equal(again['patient'], 'p-2', 'also when it is renewed');
    assert.equal(decodeJwt(String(again['access_token']))['patient_policies'], true);
    await openPolicies(bed.sql).take(role);
  });

  it('chooses anew for every launch, and may change the mind before allowing', async () => {
    const browser = new Browser(url);
    const signIn = await begin('doctor', scope, browser);
    await send(signIn, { patient: 'p-1' }, 'choose');
    // Everything was allowed before: the only question is whose record it is.
    assert.equal((await tokens(signIn)).body['patient'], 'p-1');
    const next = await begin('doctor', scope, browser);
    assert.match(next.page.text, /Choose a patient/);
    await send(next, { patient: 'p-2' }, 'choose');
    assert.equal((await tokens(next)).body['patient'], 'p-2');
    const asks = await begin('doctor', `${scope} offline_access`, browser);
    const more = { ...asks, page: await browser.get(asks.page.address) };
    assert.match(more.page.text, /Choose a patient/);
    const both = await begin('both');
    await send(both, { patient: 'p-1' }, 'choose');
    assert.match(both.page.text, /Karimova Aziza/);
    await send(both, {}, 'choose-again');
    assert.match(both.page.text, /Choose a patient/);
  });

  it('who is a patient too may choose the own record, which no role narrows', async () => {
    const signIn = await begin('both');
    assert.match(signIn.page.text, /My own record/);
    await send(signIn, { patient: 'own' }, 'choose');
    await send(signIn, {}, 'allow');
    const { body } = await tokens(signIn);
    assert.equal(body['patient'], 'own');
    assert.equal(decodeJwt(String(body['access_token']))['patient_policies'], undefined);
  });

  it('SM-06 gets no record that the own roles do not show', async () => {
    for (const patient of ['p-3', 'own', 'nobody', '../Practitioner/1', '']) {
      const signIn = await begin('doctor');
      await send(signIn, { patient }, 'choose');
      assert.equal(errorOf(signIn), 'access_denied', patient);
    }
    const [{ count } = { count: 0 }] = await bed.sql<{ count: number }[]>`
      select count(*)::int as count from sso.audit_event where event = 'patient.refused'`;
    assert.equal(count, 5);
  });

  it('is told what is missing, and may say no', async () => {
    const signIn = await begin('doctor');
    await send(signIn, { q: 'K' }, 'search');
    assert.deepEqual([signIn.page.status, /at least two letters/.test(signIn.page.text)], [422, true]);
    await send(signIn, { q: 'Nobody' }, 'search');
    assert.match(signIn.page.text, /Nobody was found/);
    await send(signIn, { q: 'Karimova', birthdate: '1990-05-14' }, 'search');
    assert.match(signIn.page.text, /There are more/);
    fails = 'not-permitted';
    await send(signIn, { q: 'Karimova' }, 'search');
    assert.deepEqual([signIn.page.status, /does not let you see patients/.test(signIn.page.text)], [403, true]);
    fails = 'unreachable';
    await send(signIn, { q: 'Karimova' }, 'search');
    assert.equal(signIn.page.status, 503);
    await send(signIn, {}, 'refuse');
    assert.equal(errorOf(signIn), 'access_denied');
  });

  it('cannot be made to choose by another site, nor in another browser', async () => {
    const { page } = await begin('doctor');
    const other = new Browser(url);
    assert.equal((await other.post(page.address, { step: 'choose', patient: 'p-1' })).status, 400);
    const forged = await begin('doctor');
    forged.page = await forged.browser.post(forged.page.address, { step: 'choose', patient: 'p-1', csrf: 'guessed' });
    assert.equal(forged.page.status, 400);
  });

  it('leaves one record of each search and choice, without what was typed', async () => {
    const rows = await bed.sql<{ event: string; reason: string; account_id: string }[]>`
      select event, reason, account_id from sso.audit_event where event like 'patient%' order by id`;
    assert.deepEqual([rows[0]!.event, rows[0]!.reason], ['patients.searched', 'name identifier: 2 found']);
    assert.deepEqual([rows[1]!.event, rows[1]!.reason], ['patient.chosen', 'Patient/p-2']);
    for (const { account_id: id, ...told } of rows) {
      assert.match(id, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/); // may hold any digits
      assert.doesNotMatch(JSON.stringify(told), /Karimova|3010190/);
    }
  });
});

describe('nobody else is asked', () => {
  it('a patient has the own record', async () => {
    const signIn = await begin('patient');
    assert.doesNotMatch(signIn.page.text, /Choose a patient/);
    await send(signIn, {}, 'allow');
    assert.equal((await tokens(signIn)).body['patient'], 'own');
  });

  it('a relative has the record of the one who is represented, or none', async () => {
    const signIn = await begin('relative');
    assert.doesNotMatch(signIn.page.text, /Choose a patient/);
    await send(signIn, {}, 'allow');
    const { body } = await tokens(signIn);
    assert.equal(body['patient'], 'p-2');
    assert.equal(decodeJwt(String(body['access_token']))['patient_policies'], undefined);
    represented = undefined;
    assert.equal(errorOf(await begin('relative')), 'access_denied');
  });
});

describe('the page in a browser', { skip: withoutBrowser }, () => {
  for (const [language, dark] of [
    ['uz', false],
    ['ru', true],
    ['en', false],
  ] as const) {
    if (!pageLanguages.includes(language)) continue;
    it(`is fit in ${language}, and needs the keyboard alone`, async () => {
      const { page, context } = await chromium.visit({ language, dark, size: dark ? desktop : phone });
      await page.goto(beginning(chromium, clientId, { scope, prompt: 'consent' }));
      await page.fill('#username', 'both');
      await page.fill('#password', password);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#q');
      await isFit(page, `patient-search.${language}`);
      assert.equal(await page.evaluate('document.activeElement.id'), 'q');
      await page.keyboard.type('Karimova');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#found');
      await isFit(page, `patient-found.${language}`);
      await page.focus('#found');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForSelector('button[value=allow]');
      assert.match(await page.innerText('.chosen'), /Karimova Aziza/);
      await isFit(page, `patient-consent.${language}`);
      await page.click('button[value=allow]');
      await page.waitForURL(`${chromium.redirectUri}**`);
      await context.close();
    });
  }
});
