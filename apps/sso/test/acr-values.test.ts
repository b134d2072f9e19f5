/** acr_values: classes in order of preference, voluntary (OpenID Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newAuthenticator } from '../../../tests/checklist/authenticator.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { codeBed, doctor, patient } from './code-bed.ts';
import { decodeJwt } from './jose.ts';

const { bed, url, accounts, request, exchange, tokens } = await codeBed();
const strict = await bed.start({ secondFactorFor: ['Practitioner'] });
const [one, two] = ['urn:dhp:acr:one-factor', 'urn:dhp:acr:two-factors'];

/** Signs in, with a password if required. @returns the result, or the page with the next question */
async function reach(browser: Browser, query: Record<string, string>, person = doctor): Promise<string> {
  const { verifier, query: challenge } = pkce();
  let page = await browser.get(authorizeAddress({ ...request, scope: 'openid user/*.rs', ...challenge, ...query }));
  if (page.text.includes('name="password"')) page = await browser.submit(page, person, 'login');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  if (page.text.includes('value="enrol"')) return 'sets one up';
  if (page.text.includes('value="passkey"')) return 'shows it';
  const { searchParams } = new URL(page.address);
  const { body } = await exchange({ code: searchParams.get('code') ?? '', code_verifier: verifier });
  const error = searchParams.get('error');
  if (error !== null) return error;
  const { acr } = decodeJwt(body['id_token'] as string);
  assert.equal(decodeJwt(body['access_token'] as string)['acr'], acr, 'of the access token');
  return String(acr);
}

const rows: readonly [asked: string, says: string][] = [
  [one, one],
  [two, 'sets one up'],
  [`${two} ${one}`, one],
  [`${one} ${two}`, one],
  ['urn:example:loa3', one],
  [`urn:example:loa3 ${two}`, 'sets one up'],
  [`urn:example:loa3 ${one} ${two}`, one],
];

describe('acr_values of a person without a second factor', () => {
  for (const [asked, says] of rows) {
    it(`${asked}: ${says}, and the same in a session that there is`, async () => {
      assert.equal(await reach(new Browser(url), { acr_values: asked }), says);
      const browser = new Browser(url);
      assert.equal(await reach(browser, {}), one);
      assert.equal(await reach(browser, { acr_values: asked }), says);
      assert.equal(await reach(browser, { acr_values: asked, prompt: 'none' }), one, 'never an error');
    });
  }
});

describe('acr_values of a person with a second factor', () => {
  it('has it shown where that is preferred, also in a session that began before there was one', async () => {
    const before = new Browser(url);
    assert.equal(await reach(before, {}, patient), one);
    const browser = new Browser(url);
    const begun = await browser.get(
      authorizeAddress({ ...request, ...pkce().query, scope: 'openid user/*.rs', acr_values: two }),
    );
    const page = await browser.submit(begun, patient, 'login');
    const made = await browser.submit(page, { credential: newAuthenticator().make(askedOn(page)) }, 'make-passkey');
    await browser.submit(made, {}, 'allow');
    assert.equal(await reach(before, { acr_values: `${one} ${two}` }, patient), one);
    assert.equal(await reach(before, { acr_values: `${two} ${one}` }, patient), 'shows it');
    assert.equal(await reach(before, { acr_values: `${two} ${one}`, prompt: 'none' }, patient), one);
    assert.equal(await reach(browser, { acr_values: two, prompt: 'none' }, patient), two);
  });
});

describe('an open session of long ago', () => {
  it('lets nobody set up a factor without the first one', async () => {
    const owner = new Browser(url);
    assert.equal(await reach(owner, {}), one);
    const later = await bed.start({ clock: () => new Date(Date.now() + 11 * 60_000) });
    const finder = new Browser(later.url);
    for (const [name, { value }] of owner.cookies) finder.plant(name, value);
    const address = authorizeAddress({ ...request, ...pkce().query, scope: 'openid user/*.rs', acr_values: two });
    const asked = await finder.get(address);
    assert.match(asked.text, /name="password"/);
    assert.doesNotMatch(asked.text, /value="enrol"|value="make-passkey"/);
    // The page has no such form, but one can be sent by hand.
    const credential = newAuthenticator().make(askedOn(asked));
    for (const [step, fields] of Object.entries({ 'make-passkey': { credential }, enrol: { code: '123456' } }))
      assert.match((await finder.submit(asked, fields, step)).text, /name="password"/, step);
    const made = await bed.sql`
      select from sso.passkey join sso.account using (account_id) where username = ${doctor.username}
      union all select from sso.totp join sso.account using (account_id) where username = ${doctor.username}`;
    assert.equal(made.length, 0);
    assert.match((await finder.submit(asked, doctor, 'login')).text, /value="enrol"/, 'with the password it goes on');
    await later.close();
  });
});

describe('a session from before two factors were demanded of its person', () => {
  it('is not enough for what the record of the person gives, which an identity system has proved meanwhile', async () => {
    const nobody = { username: 'zafar', password: 'quiet words on paper' };
    const { accountId } = await accounts.create({ ...nobody, name: 'Zafar Aliyev' });
    const browser = new Browser(strict.url);
    assert.equal(await reach(browser, { scope: 'openid' }, nobody), one);
    await bed.sql`
      insert into sso.account_identity (account_id, environment, type, fhir_id)
      values (${accountId}, 'playground', 'Practitioner', 'pr-9')`;
    assert.equal(await reach(browser, { prompt: 'none' }, nobody), 'login_required');
    assert.equal(await reach(browser, {}, nobody), 'sets one up');
  });

  it('is not enough where the operator demands them from now on', async () => {
    const browser = new Browser(url);
    assert.equal(await reach(browser, {}), one);
    const after = new Browser(strict.url);
    for (const [name, { value }] of browser.cookies) after.plant(name, value);
    assert.equal(await reach(after, { prompt: 'none' }), 'login_required');
    assert.equal(await reach(after, { acr_values: one }), 'sets one up');
  });
});

it('access tokens say when the person signed in, and a refreshed one says the same', async () => {
  const first = await tokens({ scope: 'openid offline_access user/*.rs' });
  const form = { grant_type: 'refresh_token', refresh_token: first['refresh_token'], client_id: request.client_id };
  const { body } = await exchange(form);
  const [id, old, renewed] = [first['id_token'], first['access_token'], body['access_token'] as string].map((token) => {
    const { acr, auth_time: at } = decodeJwt(token!);
    return { acr, at };
  });
  assert.equal(typeof old!.at, 'number');
  assert.equal(old!.acr, one);
  assert.deepEqual(renewed, old);
  assert.equal(id!.acr, old!.acr);
});

function askedOn({ text }: Page): { challenge: string; origin: string; rpId: string } {
  const [, json = ''] = /data-passkey="([^"]*)"/.exec(text) ?? [];
  const options = json.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const { challenge } = JSON.parse(options) as { challenge: string };
  return { challenge, origin: 'https://sso.example.uz', rpId: 'sso.example.uz' };
}
