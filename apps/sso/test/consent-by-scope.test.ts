/** Consent by scope: a token has the ticked scopes only, whatever was requested; omitted scopes are remembered and can be changed later. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { pageLanguages } from '../../../tests/sample.ts';
import { beginning, chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const chromium = await chromiumBed(bed);
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const redirectUri = 'https://clinic.example.uz/cb';
const person = { username: 'aziza', password: 'correct horse battery' };
const all = [
  'openid',
  'fhirUser',
  'profile',
  'offline_access',
  'launch/patient',
  'patient/Observation.rs',
  'patient/Condition.r',
  'patient/MedicationRequest.cruds',
  'patient/Observation.rs?category=laboratory',
];
let client: Awaited<ReturnType<typeof newClient>>;
let inBrowser: Awaited<ReturnType<typeof newClient>>;

before(async () => {
  const common = { grants: ['authorization_code', 'refresh_token'] as const, scopes: all, public: true };
  client = await newClient(bed.clients, {
    ...common,
    grants: [...common.grants],
    name: 'Klinika',
    redirectUris: [redirectUri],
  });
  const redirectUris = [chromium.redirectUri];
  inBrowser = await newClient(bed.clients, {
    ...common,
    grants: [...common.grants],
    name: 'Bemorlar kabineti',
    redirectUris,
  });
  for (const username of [person.username, 'uz', 'ru', 'en', 'later', 'old', 'random', 'narrowed', 'emptied']) {
    const identities = [{ environment: 'playground', type: 'Patient', fhir_id: `p-${username}` } as const];
    await accounts.create({ ...person, username, name: 'Aziza Karimova', identities });
  }
});

interface Begun {
  page: Page;
  browser: Browser;
  verifier: string;
}

async function begin(username: string, scope: string, o: { browser?: Browser; prompt?: string } = {}): Promise<Begun> {
  const { query, verifier } = pkce();
  const browser = o.browser ?? new Browser(url, 'en');
  const prompt = o.prompt;
  const address = authorizeAddress({
    ...{ client_id: client.id, response_type: 'code', redirect_uri: redirectUri, scope, ...query, prompt },
  });
  let page = await browser.get(address);
  if (page.text.includes('name="password"')) page = await browser.submit(page, { ...person, username }, 'login');
  return { page, browser, verifier };
}

/** The checkboxes of the page, and which of them are ticked. */
function boxesOn(page: Page): Map<string, boolean> {
  const boxes = page.text.matchAll(/<input type="checkbox" name="scope" value="([^"]*)"( checked)?/g);
  return new Map([...boxes].map(([, scope = '', ticked]) => [scope.replaceAll('&#38;', '&'), ticked !== undefined]));
}

/** Sends the form with these boxes ticked, as a browser does. */
async function allow({ page, browser }: Begun, ticked: readonly string[]): Promise<Page> {
  const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(page.text) ?? [];
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
  const form = new URLSearchParams({ csrf, boxes: 'yes', step: 'allow' });
  for (const scope of ticked) form.append('scope', scope);
  return browser.post(new URL(action.replaceAll('&#38;', '&'), page.address).href, form);
}

async function exchange({ address }: Page, verifier: string): Promise<Answer> {
  const code = new URL(address).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id: client.id, redirect_uri: redirectUri, code };
  return postForm(`${url}/oauth/token`, { ...form, code_verifier: verifier });
}

const scopesOf = ({ body }: Answer): string[] => String(body['scope']).split(' ').sort();

/** A generator of numbers from 0 to below 1, the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('consent scope by scope', () => {
  it('a token has exactly what was ticked, of whatever was asked and whatever was sent', async () => {
    const random = numbers(70);
    for (let round = 0; round < 12; round += 1) {
      await bed.sql`delete from sso.consent`;
      const asked = ['openid', ...all.slice(1).filter(() => random() < 0.6)];
      const chosen = asked.filter(() => random() < 0.5);
      const begun = await begin('random', asked.join(' '), { prompt: 'login consent' });
      assert.deepEqual([...boxesOn(begun.page).keys()].sort(), [...asked].sort());
      // A forged form contains more scopes than there were boxes.
      const back = await allow(
        begun,
        [...chosen, 'system/*.cruds', 'user/*.cruds', 'patient/*.cruds', ...all.slice(5)].filter(
          (one) => chosen.includes(one) || !asked.includes(one),
        ),
      );
      const { status, body } = await exchange(back, begun.verifier);
      assert.equal(status, 200);
      const granted = String(body['scope']).split(' ');
      const needed = asked.filter((one) => one === 'openid' || one === 'launch/patient');
      assert.deepEqual(granted.sort(), [...new Set([...chosen, ...needed])].sort(), `asked ${asked.join(' ')}`);
      assert.equal('refresh_token' in body, chosen.includes('offline_access'));
    }
  });

  it('what was left out is not asked again, only what is new; the client may want the question', async () => {
    const first = await begin('later', 'openid patient/Observation.rs patient/Condition.r');
    const back = await allow(first, ['patient/Observation.rs']);
    assert.deepEqual(scopesOf(await exchange(back, first.verifier)), ['openid', 'patient/Observation.rs']);
    const again = await begin('later', 'openid patient/Observation.rs patient/Condition.r', { browser: first.browser });
    assert.deepEqual(scopesOf(await exchange(again.page, again.verifier)), ['openid', 'patient/Observation.rs']);
    const more = await begin('later', 'openid patient/Condition.r profile', { browser: first.browser });
    assert.deepEqual(
      [...boxesOn(more.page)],
      [
        ['openid', true],
        ['patient/Condition.r', false],
        ['profile', true],
      ],
    );
    const wanted = await begin('later', 'openid patient/Observation.rs patient/Condition.r', {
      ...{ browser: first.browser, prompt: 'consent' },
    });
    assert.deepEqual([...boxesOn(wanted.page).values()], [true, true, false]);
    const both = await allow(wanted, ['patient/Observation.rs', 'patient/Condition.r']);
    assert.equal(scopesOf(await exchange(both, wanted.verifier)).length, 3);
  });

  it('nothing ticked is a refusal, where nothing is needed', async () => {
    await bed.sql`delete from sso.consent`;
    const begun = await begin('aziza', 'patient/Observation.rs');
    const back = await allow(begun, []);
    assert.equal(new URL(back.address).searchParams.get('error'), 'access_denied');
    assert.equal(new URL(back.address).searchParams.get('iss'), issuer);
  });

  it('a consent of before goes on working, and so does a page that a server of before has shown', async () => {
    const [row] = await bed.sql<
      { id: string }[]
    >`select account_id::text as id from sso.account where username = 'old'`;
    await bed.sql`
      insert into sso.consent (account_id, client_id, scopes, given_at)
      values (${row!.id}, ${client.id}, ${['openid', 'patient/Observation.rs']}, now())`;
    const known = await begin('old', 'openid patient/Observation.rs');
    assert.deepEqual(scopesOf(await exchange(known.page, known.verifier)), ['openid', 'patient/Observation.rs']);
    const more = await begin('old', 'openid patient/Condition.r profile', { browser: known.browser });
    const back = await more.browser.submit(more.page, {}, 'allow');
    assert.deepEqual(scopesOf(await exchange(back, more.verifier)), ['openid', 'patient/Condition.r', 'profile']);
  });

  it('who clears a box that was ticked before ends the tokens that had it', async () => {
    const begun = await begin('narrowed', 'openid offline_access patient/Observation.rs patient/Condition.r');
    const back = await allow(begun, ['offline_access', 'patient/Observation.rs', 'patient/Condition.r']);
    const { body } = await exchange(back, begun.verifier);
    const refresh = (): Promise<Answer> =>
      postForm(`${url}/oauth/token`, {
        ...{ grant_type: 'refresh_token', client_id: client.id, refresh_token: String(body['refresh_token']) },
      });
    const again = await begin('narrowed', 'openid patient/Condition.r', { browser: begun.browser, prompt: 'consent' });
    await allow(again, []);
    assert.equal((await refresh()).status, 400);
    const [row] = await bed.sql<{ scopes: string[]; declined: string[] }[]>`
      select c.scopes, c.declined from sso.consent c join sso.account using (account_id) where username = 'narrowed'`;
    assert.deepEqual(
      [row!.scopes.sort(), row!.declined],
      [['offline_access', 'openid', 'patient/Observation.rs'], ['patient/Condition.r']],
    );
  });

  it('who clears every box is asked again, and no token of before counts', async () => {
    const scope = 'patient/Observation.rs patient/Condition.r';
    const begun = await begin('emptied', scope);
    assert.ok(new URL((await allow(begun, scope.split(' '))).address).searchParams.has('code'));
    const { browser } = begun;
    const back = await allow(await begin('emptied', scope, { browser, prompt: 'consent' }), []);
    assert.equal(new URL(back.address).searchParams.get('error'), 'access_denied');
    const left = await bed.sql`
      select a.model from sso.artifact a join sso.account p on p.account_id::text = a.account_id
      where p.username = 'emptied' and a.client_id = ${client.id} and a.model in ('Grant', 'AuthorizationCode')`;
    assert.equal(left.length, 0);
    assert.equal(boxesOn((await begin('emptied', scope, { browser })).page).size, 2);
  });
});

describe('the pages of it', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`ask with boxes, and change the answer later, in ${language}`, async () => {
      const size = language === 'ru' ? desktop : phone;
      const { page, context } = await chromium.visit({ language, size });
      const scope = 'openid offline_access launch/patient patient/Observation.rs patient/Condition.r';
      await page.goto(beginning(chromium, inBrowser.id, { scope }));
      await page.fill('#username', language);
      await page.fill('#password', person.password);
      await page.click('button[value=login]');
      await page.waitForSelector('button[value=allow]');
      await isFit(page);
      assert.equal(await page.locator('input[name=scope]:disabled').count(), 2);
      await page.uncheck('input[value="patient/Condition.r"]');
      await page.click('button[value=allow]');
      await page.waitForURL(`${chromium.redirectUri}**`);
      await page.goto(`${chromium.issuer}/account/applications`);
      await page.click('summary');
      await isFit(page, `account-scopes.${language}`);
      assert.equal(await page.isChecked('input[value="patient/Condition.r"]'), false);
      await page.uncheck('input[value="patient/Observation.rs"]');
      await page.check('input[value="patient/Condition.r"]');
      await page.click('button[value=choose-scopes]');
      await page.waitForSelector('[role=status]');
      const [row] = await bed.sql<{ scopes: string[]; declined: string[] }[]>`
        select c.scopes, c.declined from sso.consent c join sso.account using (account_id)
        where username = ${language} and client_id = ${inBrowser.id}`;
      assert.deepEqual(row!.declined, ['patient/Observation.rs']);
      assert.deepEqual(row!.scopes.sort(), ['launch/patient', 'offline_access', 'openid', 'patient/Condition.r']);
      await context.close();
    });
  }
});
