/** Nobody takes over an account through the content of a record: the attempted ways, each from the record to its final page. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { openAccounts, openAdministrators } from '@dhp/accounts';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { Browser, type Page } from './browser.ts';
import { wrongCode } from './one-time-codes.ts';
import { newClient, testBed } from './support.ts';
import { oneIdBed, throughOneId } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
type Found = { environment: 'playground' | 'production'; type: 'Patient' | 'Practitioner'; fhir_id: string };
/** The records with the PINFL of the person who signs in. */
let records: Found[] = [];
let source = '';
const { url } = await bed.start({
  upstreams: [oneid.upstream],
  allowedHosts: [oneid.host],
  identityEnvironments: ['production'],
  // As trustworthy as records can be: written by a source that an operator has configured.
  directory: () => Promise.resolve(records.map((one) => ({ ...one, writer: { kind: 'system', client: source } }))),
});
const redirectUri = 'https://clinic.example.uz/cb';
const password = 'correct horse battery';
const byKey = 'PKCSMETHOD';
let client: { id: string; redirectUri: string };
let people = 0;

before(async () => {
  const grants = ['authorization_code'];
  const { id } = await newClient(bed.clients, {
    grants,
    scopes: ['openid'],
    redirectUris: [redirectUri],
    public: true,
  });
  client = { id, redirectUri };
  ({ id: source } = await newClient(bed.clients, { environment: 'production' }));
  for (const environment of ['playground', 'production']) {
    for (const type of ['Patient', 'Practitioner'])
      await bed.sql`insert into sso.identity_source values (${source}, ${environment}, ${type}, now(), 'cli:a', 'test')`;
  }
});

beforeEach(() => {
  people += 1;
  records = [];
  Object.assign(oneid.claims, { pin: `3010190000${String(people).padStart(4, '0')}`, auth_method: byKey });
});

async function victim(identity: Found, o: { isAdministrator?: boolean } = {}): Promise<string> {
  const username = `victim-${String(people)}`;
  const { accountId } = await accounts.create({ username, name: 'Victim', password, identities: [identity] });
  if (o.isAdministrator === true) await openAdministrators(bed.sql, { actor: 'cli:tester' }).make(username, {});
  return accountId;
}

/** Returns the account in which the sign-in ended; undefined when it was refused. */
async function comeIn(browser = new Browser(url)): Promise<string | undefined> {
  const since = await lastEvent();
  await throughOneId(browser, client);
  const [row] = await bed.sql<{ account_id: string }[]>`
    select account_id from sso.audit_event where event = 'sign-in.succeeded' and id > ${since}`;
  return row?.account_id;
}

async function lastEvent(): Promise<string> {
  const [row] = await bed.sql<{ id: string }[]>`select coalesce(max(id), 0) as id from sso.audit_event`;
  return row!.id;
}

async function linksOf(accountId: string): Promise<number> {
  return (await bed.sql`select from sso.upstream_link where account_id = ${accountId}`).length;
}

const identitiesOf = async (accountId: string): Promise<string[]> =>
  (await bed.sql<Found[]>`select * from sso.account_identity where account_id = ${accountId}`).map(
    (one) => `${one.environment} ${one.type}/${one.fhir_id}`,
  );

describe('a record with the PINFL of who signs in', () => {
  const places = ['playground', 'production'].flatMap((environment) =>
    ['Patient', 'Practitioner'].map((type) => ({ environment, type }) as Pick<Found, 'environment' | 'type'>),
  );
  for (const place of places) {
    it(`leads into no administrator's account by a ${place.type} of the ${place.environment}`, async () => {
      const record = { ...place, fhir_id: `r-${String(people)}` };
      const administrator = await victim(record, { isAdministrator: true });
      records = [record];
      const first = await comeIn();
      assert.ok(first !== undefined && first !== administrator, 'an account of their own');
      assert.equal(await linksOf(administrator), 0);
      assert.deepEqual(await identitiesOf(first), [], 'the record of another account is not theirs');
      assert.equal(await comeIn(), first, 'and the next time');
    });
  }

  it('leads into no account of somebody who is disabled, and gives the record to no second account', async () => {
    const record = { environment: 'production', type: 'Practitioner', fhir_id: 'gone' } as const;
    const former = await victim(record);
    await accounts.disable(`victim-${String(people)}`);
    records = [record];
    const first = await comeIn();
    assert.ok(first !== undefined && first !== former);
    assert.deepEqual(await identitiesOf(first), []);
  });

  it('is one of two: the person comes in without a record, and no account is given either', async () => {
    records = ['a', 'b'].map((id) => ({ environment: 'production', type: 'Patient', fhir_id: `two-${id}` }));
    const first = await comeIn();
    assert.ok(first !== undefined);
    assert.deepEqual(await identitiesOf(first), []);
  });

  it('leads a second person of another PINFL into no account of the first', async () => {
    records = [{ environment: 'production', type: 'Patient', fhir_id: 'own-of-first' }];
    const first = await comeIn();
    assert.deepEqual(await identitiesOf(first!), ['production Patient/own-of-first']);
    // The first person has written the PINFL of the second into the own record.
    oneid.claims.pin = '30101909999999';
    const second = await comeIn();
    assert.ok(second !== undefined && second !== first);
    assert.deepEqual(await identitiesOf(second), []);
  });
});

describe('two factors at an identity system', () => {
  it('do not stand in for the factor of the account', async () => {
    const accountId = (await comeIn())!;
    const now = new Date();
    const factors = openFactors({ ...bed, issuer: 'https://sso.example.uz', clock: () => now, tell: () => undefined });
    const secret = (await factors.beginTotp(accountId, 'here'))!;
    assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(now) - 1), { place: 'here' }));
    const browser = new Browser(url);
    const page: Page = await throughOneId(browser, client);
    assert.match(page.text, /id="code"/, 'the code is asked for');
    const wrong = await browser.submit(page, { code: wrongCode(secret, now) }, 'code');
    assert.equal(wrong.status, 401);
    // Any form of the page: OneID's answer does not complete the step.
    for (const step of ['enrol', 'login', 'anything']) {
      const again = await browser.submit(page, {}, step);
      assert.match(again.text, /id="code"/, step);
    }
    const right = await browser.submit(page, { code: totpCode(secret, totpStep(new Date())) }, 'code');
    assert.match(right.text, /value="allow"/);
  });
});
