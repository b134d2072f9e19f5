/** Write access to a RelatedPerson does not decide whose record an account gets: the patient is fixed at the first use. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openPeople, type Accounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { decodeJwt } from './jose.ts';
import { languages, operateBed, password, reason } from './operate-bed.ts';
import { recordsStub } from './records-stub.ts';
import { newClient, postForm, type Answer } from './support.ts';

const records = await recordsStub();
const operators = await operateBed({ patients: undefined, fhirUrls: { playground: records.url } } as object);
const { bed, accounts, chromium, clock } = operators;
const url = chromium.issuer;
const people = openPeople(bed.sql, { actor: 'cli:tester', clock, reason });
const environment = 'playground' as const;
const redirectUri = 'https://cabinet.example.uz/cb';
const scope = 'openid offline_access launch/patient patient/*.rs';
const { id: clientId } = await newClient(bed.clients, {
  name: 'Cabinet',
  grants: ['authorization_code', 'refresh_token'],
  scopes: scope.split(' '),
  redirectUris: [redirectUri],
  public: true,
});
const admin = await newClient(bed.clients, { scopes: ['admin/users.read', 'admin/users.write'] });
const operatorPages = await operators.withoutScripts('operator');
records.put({ resourceType: 'Patient', id: 'victim', active: true });

type Account = Awaited<ReturnType<Accounts['create']>>;

interface Relative {
  account: Account;
  username: string;
  /** The ids of the RelatedPerson and of the patient that it refers to at first. */
  own: string;
  child: string;
}

let count = 0;

async function relative(): Promise<Relative> {
  count += 1;
  const [username, own, child] = [`relative-${String(count)}`, `rp-${String(count)}`, `child-${String(count)}`];
  records.put({ resourceType: 'Patient', id: child, active: true });
  const identities = [{ environment, type: 'RelatedPerson', fhir_id: own } as const];
  const account = await accounts.create({ username, name: 'Nodira Aliyeva', password, identities });
  const who = { account, username, own, child };
  names(who, child);
  return who;
}

function names({ own }: Relative, patient: string): void {
  const at = { reference: `Patient/${patient}` };
  records.put({ resourceType: 'RelatedPerson', id: own, active: true, patient: at });
}

interface BrowserSignIn {
  browser: Browser;
  page: Page;
  verifier: string;
}

/** To the page after signing in, or back at the client. */
async function begin(
  { username }: Relative,
  language = 'en',
  browser = new Browser(url, language, {}, url),
): Promise<BrowserSignIn> {
  const { verifier, query } = pkce();
  const request = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, ...query };
  let page = await browser.get(authorizeAddress({ ...request, ui_locales: language }));
  if (page.text.includes('name="password"')) page = await browser.submit(page, { username, password }, 'login');
  return { browser, page, verifier };
}

async function tokens(who: Relative): Promise<Answer> {
  const { browser, page: asks, verifier } = await begin(who);
  const page = asks.text.includes('value="allow"') ? await browser.submit(asks, {}, 'allow') : asks;
  const code = new URL(page.address).searchParams.get('code') ?? assert.fail(page.address + page.text);
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code };
  const answer = await postForm(`${url}/oauth/token`, { ...form, code_verifier: verifier });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

const refresh = ({ body }: Answer): Promise<Answer> =>
  postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'refresh_token', client_id: clientId },
    refresh_token: String(body['refresh_token']),
  });

const patientOf = ({ body }: Answer): unknown => decodeJwt(String(body['access_token']))['patient'];

const isRefused = async (who: Relative): Promise<boolean> =>
  /The relation has changed/.test((await begin(who)).page.text);

async function audited({ account }: Relative, event: string): Promise<(string | null)[]> {
  const rows = await bed.sql<{ reason: string | null }[]>`
    select reason from sso.audit_event where event = ${event} and account_id = ${account.accountId} order by id`;
  return rows.map((row) => row.reason);
}

async function patch({ username }: Relative, body: object): Promise<void> {
  const { body: token } = await postForm(`${url}/oauth/token`, { ...admin.form, scope: 'admin/users.write' });
  const answer = await fetch(`${url}/admin/users/${username}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${String(token['access_token'])}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, reason }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

const recordOf = ({ own }: Relative): object => ({ environment, reference: `RelatedPerson/${own}` });

async function atPage({ account, own }: Relative, fields: Record<string, string>): Promise<void> {
  const path = `/users/${account.accountId}/change`;
  const typed = { name: 'Nodira Aliyeva', email: '', records: `playground RelatedPerson/${own}`, ...fields };
  const { address } = await operators.act(operatorPages.browser, path, typed);
  assert.match(address, /notice=change/);
}

describe('a RelatedPerson that names another patient than at the first use', () => {
  for (const [language, expected] of Object.entries({
    uz: [/Vakillik oʻzgargan/, /operatoriga murojaat qiling/],
    ru: [/Представительство изменилось/, /Обратитесь к оператору/],
    en: [/The relation has changed/, /Ask the operator/],
  })) {
    it(`gives no patient at a sign-in, which says whom to ask (${language})`, async () => {
      const who = await relative();
      assert.equal(patientOf(await tokens(who)), who.child);
      names(who, 'victim');
      const { browser, page } = await begin(who, language);
      assert.equal(page.status, 403);
      for (const text of expected) assert.match(page.text, text);
      assert.doesNotMatch(page.text, /victim|value="allow"/);
      const back = await browser.submit(page, {}, 'refuse');
      assert.equal(new URL(back.address).searchParams.get('error'), 'access_denied');
      assert.deepEqual(await audited(who, 'account.relation-changed'), [
        `playground RelatedPerson/${who.own}: Patient/${who.child}, now Patient/victim`,
      ]);
    });
  }

  it('is no way round by a form of consent', async () => {
    const who = await relative();
    await tokens(who);
    names(who, 'victim');
    const { browser, page } = await begin(who);
    const after = await browser.submit(page, { patient: 'victim' }, 'choose');
    assert.match(after.text, /The relation has changed/);
    const allowed = await browser.submit(after, {}, 'allow');
    assert.doesNotMatch(allowed.address, /[?&]code=/);
  });

  it('ends the grant at a refresh, and an earlier grant of the session is not used', async () => {
    const who = await relative();
    const { browser } = await begin(who);
    const first = await tokens(who);
    names(who, 'victim');
    const { status, body } = await refresh(first);
    assert.deepEqual([status, body['error']], [400, 'invalid_grant']);
    assert.match(String(body['error_description']), /operator has to check the relation/);
    assert.deepEqual(await audited(who, 'grant.ended'), ['relation-changed']);
    assert.equal((await audited(who, 'account.relation-changed')).length, 1);
    assert.match((await begin(who, 'en', browser)).page.text, /The relation has changed/);
  });

  it('goes on when it names the first patient again', async () => {
    const who = await relative();
    await tokens(who);
    names(who, 'victim');
    assert.ok(await isRefused(who));
    names(who, who.child);
    assert.equal(patientOf(await tokens(who)), who.child);
  });
});

describe('the pin', () => {
  it('is stored at the first use with one audit event, and shown to operators', async () => {
    const who = await relative();
    await tokens(who);
    await refresh(await tokens(who));
    assert.deepEqual(await audited(who, 'account.relation-pinned'), [
      `playground RelatedPerson/${who.own}: Patient/${who.child}`,
    ]);
    assert.equal((await people.show(who.username)).identities[0]!.represents, who.child);
    const { text } = await operatorPages.browser.get(`/operate/users/${who.account.accountId}`);
    assert.match(text, new RegExp(`RelatedPerson/${who.own}, for Patient/${who.child}<`));
  });

  it('of a binding from before the upgrade is the patient of its grant, whatever the record says by then', async () => {
    const who = await relative();
    const first = await tokens(who);
    await bed.sql`update sso.account_identity set represents = null where account_id = ${who.account.accountId}`;
    names(who, 'victim');
    assert.equal((await refresh(first)).body['error'], 'invalid_grant');
    assert.ok(await isRefused(who));
    names(who, who.child);
    assert.equal(patientOf(await tokens(who)), who.child);
  });

  it('is one for sign-ins at the same time', async () => {
    const who = await relative();
    await Promise.all([begin(who), begin(who), begin(who)]);
    assert.equal((await audited(who, 'account.relation-pinned')).length, 1);
  });
});

describe('an operator', () => {
  const acts: Record<string, { act: (who: Relative) => Promise<unknown>; isRenewed: boolean }> = {
    'changes the name': { act: ({ username }) => people.change(username, { name: 'N. Aliyeva' }), isRenewed: false },
    'sends the same record to the API': {
      act: (who) => patch(who, { identities: [recordOf(who)] }),
      isRenewed: false,
    },
    'changes the name at the page': { act: (who) => atPage(who, { name: 'N. Aliyeva' }), isRenewed: false },
    'ties the account again in the other environment': {
      act: ({ username }) => assert.rejects(people.change(username, { tieAgain: ['production'] })),
      isRenewed: false,
    },
    'ties the account again': {
      act: ({ username }) => people.change(username, { tieAgain: [environment] }),
      isRenewed: true,
    },
    'ties the account again by the API': { act: (who) => patch(who, { tie_again: true }), isRenewed: true },
    'ties the account again at the page': { act: (who) => atPage(who, { 'tie-again': 'yes' }), isRenewed: true },
    'takes the record away and ties it anew': {
      async act(who) {
        await patch(who, { identities: [] });
        await patch(who, { identities: [recordOf(who)] });
      },
      isRenewed: true,
    },
  };
  for (const [what, { act, isRenewed }] of Object.entries(acts)) {
    it(`who ${what} ${isRenewed ? 'accepts' : 'does not accept'} the new patient`, async () => {
      const who = await relative();
      const first = await tokens(who);
      names(who, 'victim');
      assert.ok(await isRefused(who));
      await act(who);
      const headers = { authorization: `Bearer ${String(first.body['access_token'])}` };
      assert.equal((await fetch(`${url}/oauth/userinfo`, { headers })).status, isRenewed ? 401 : 200);
      if (isRenewed) assert.equal(patientOf(await tokens(who)), 'victim');
      else assert.ok(await isRefused(who));
    });
  }

  it('leaves the reason', async () => {
    const who = await relative();
    await people.change(who.username, { tieAgain: [environment] });
    assert.deepEqual(await audited(who, 'account.changed'), [`RelatedPerson tied again: ${reason}`]);
  });

  it('sees the question at the page in each language', async () => {
    const who = await relative();
    const words = { uz: 'Vakillik tekshirildi', ru: 'Представительство проверено', en: 'The relation was checked' };
    for (const language of languages) {
      const path = `/operate/users/${who.account.accountId}/change?ui_locales=${language}`;
      const { text } = await operatorPages.browser.get(path);
      assert.ok(text.includes(words[language]), language);
      assert.doesNotMatch(text, /name="tie-again" value="yes" checked/);
    }
  });
});

describe('a link of a Patient to another one', () => {
  it('is not followed: the account gets nobody', async () => {
    const who = await relative();
    await tokens(who);
    const other = { reference: 'Patient/victim' };
    records.put({ resourceType: 'Patient', id: who.child, link: [{ type: 'replaced-by', other }] });
    const { page } = await begin(who);
    const back = new URL(page.address).searchParams;
    assert.deepEqual([back.get('code'), back.get('error')], [null, 'access_denied']);
  });
});
