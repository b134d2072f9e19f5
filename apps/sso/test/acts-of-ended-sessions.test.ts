/**
 * Each act on the own account, with each act that ends its session, at each point: the end comes before each statement of the act. Whatever
 * the order, nothing of the act is stored after the end: somebody who has lost access to an account leaves no change in it.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAccounts, openPeople } from '@dhp/accounts';
import { openEmailChange } from '@dhp/accounts/own';
import { isPasswordLink, makePasswordLink, openFactors, usePasswordLink } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { openSessions } from '@dhp/administration';
import { selectSessions } from '@dhp/grants';
import { connect } from '@dhp/postgres';
import { isFull } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newPasskey } from './soft-passkey.ts';
import { statementGate } from './statement-gate.ts';
import { issuer, newClient, testBed } from './support.ts';
import { oneIdBed } from './upstream-bed.ts';

const bed = await testBed();
const oneid = await oneIdBed();
const gate = await statementGate(bed.databaseUrl);
const mails: { to: string; text: string }[] = [];
const sql = connect(gate.through(bed.databaseUrl), { max: 4, reads: 2 });
const { url } = await bed.start({
  sql,
  upstreams: [oneid.upstream],
  allowedHosts: [oneid.host],
  directory: () => Promise.resolve([]),
  send: ({ to, text }) => Promise.resolve(void mails.push({ to, text })),
  ...{ noticePollSeconds: 3600, keyPollSeconds: 3600, chainSeconds: 3600, messagePollSeconds: 3600 },
});
const options = { actor: 'cli:tester', reason: 'test' };
const accounts = openAccounts(bed.sql, options);
const people = openPeople(bed.sql, options);
const clock = (): Date => new Date();
const factors = openFactors({ ...bed, issuer, clock });
/** Tokens of the links in messages. */
const links: string[] = [];
const emailChange = openEmailChange({
  ...{ sql: bed.sql, issuer, clock },
  queue: async (_sql, { text }) => void links.push(/token=([\w-]+)/.exec(text)![1]!),
});
const password = 'correct horse battery';
/** More statements than any act has. */
const mostStatements = 30;
let clientId = '';
let count = 0;

before(async () => {
  const registered = { grants: ['authorization_code'], scopes: ['openid'], public: true };
  ({ id: clientId } = await newClient(bed.clients, { ...registered, redirectUris: ['https://clinic.example.uz/cb'] }));
});

interface Person {
  accountId: string;
  username: string;
  /** The link that restores the previous address. */
  undo: string;
}

/** A person whose address was just changed, which can still be undone. */
async function somebody(): Promise<Person> {
  const username = `person-${String((count += 1))}`;
  const { accountId } = await accounts.create({ username, name: 'Olim Usmonov', password, email: `${username}@a.uz` });
  await emailChange.ask(accountId, `${username}@b.uz`, 'en');
  await emailChange.confirm(accountId, links.at(-1)!, 'en');
  return { accountId, username, undo: links.at(-1)! };
}

/** An act that is about to run. */
interface Standing {
  person: Person;
  act: () => Promise<Page>;
}

async function signedIn(path: string): Promise<{ person: Person; browser: Browser; page: Page }> {
  const person = await somebody();
  const browser = new Browser(url);
  const { username } = person;
  await browser.submit(await browser.get('/account'), { username, password }, 'login');
  return { person, browser, page: await browser.get(path) };
}

const keyOf = ({ text }: Page): string => /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? assert.fail(text);
const secretOf = ({ text }: Page): Buffer => {
  const [, grouped = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(text) ?? [];
  const base32 = grouped.replaceAll(' ', '');
  const bits = Array.from(base32, (one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};
/** An answer to the page by a new passkey. */
const credentialOf = ({ text }: Page): string => {
  const [, challenge] = /challenge&#34;:&#34;([\w-]+)/.exec(text) ?? assert.fail(text);
  return JSON.stringify(newPasskey(issuer, challenge).response);
};

/** An act of the form of the account. */
async function ofAccount(step: string, fields: Record<string, string>): Promise<Standing> {
  const { person, browser, page } = await signedIn('/account/security');
  return { person, act: () => browser.post('/account', { csrf: keyOf(page), step, ...fields }) };
}

async function withCodes({ accountId }: Person): Promise<void> {
  const secret = (await factors.beginTotp(accountId, 'here'))!;
  assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(clock())), { place: 'here' }));
}

async function withPasskey({ accountId }: Person): Promise<string> {
  const id = `${accountId} phone`;
  await bed.sql`
    insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
    values (${id}, ${accountId}, 'x', 0, 'phone', now() - interval '1 day')`;
  return id;
}

/** On the page of a sign-in that enrols a factor. */
async function atEnrolment(): Promise<{ person: Person; browser: Browser; page: Page }> {
  const person = await somebody();
  const browser = new Browser(url);
  const asked = { client_id: clientId, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb' };
  const request = { ...asked, scope: 'openid', acr_values: 'urn:dhp:acr:two-factors', ...pkce().query };
  const { username } = person;
  const page = await browser.submit(await browser.get(authorizeAddress(request)), { username, password }, 'login');
  return { person, browser, page };
}

const acts: Record<string, () => Promise<Standing>> = {
  'another password': () => ofAccount('change-password', { current: password, new: 'the password of a thief' }),
  async 'codes are set up'() {
    const { person, browser, page } = await signedIn('/account/codes');
    const code = totpCode(secretOf(page), totpStep(clock()));
    return { person, act: () => browser.post('/account', { csrf: keyOf(page), step: 'enrol', code }) };
  },
  async 'other recovery codes'() {
    const standing = await ofAccount('new-recovery-codes', {});
    await withCodes(standing.person);
    return standing;
  },
  async 'codes are removed'() {
    const standing = await ofAccount('remove-codes', {});
    await withCodes(standing.person);
    return standing;
  },
  async 'a passkey is added'() {
    const { person, browser, page } = await signedIn('/account/security');
    const fields = { csrf: keyOf(page), step: 'add-passkey', credential: credentialOf(page), name: 'thief' };
    return { person, act: () => browser.post('/account', fields) };
  },
  async 'a passkey is removed'() {
    const { person, browser, page } = await signedIn('/account/security');
    const fields = { csrf: keyOf(page), step: 'remove-passkey', credential_id: await withPasskey(person) };
    return { person, act: () => browser.post('/account', fields) };
  },
  async 'another address is asked for'() {
    const { person, browser, page } = await signedIn('/account/edit');
    return { person, act: () => browser.post('/account/edit', { csrf: keyOf(page), step: 'email', email: 't@t.uz' }) };
  },
  async 'another address is confirmed'() {
    const { person, browser } = await signedIn('/account');
    await emailChange.ask(person.accountId, `thief-${person.username}@t.uz`, 'en');
    const token = links.at(-1)!;
    const page = await browser.get(`/account/email?token=${token}`);
    return { person, act: () => browser.post('/account/email', { csrf: keyOf(page), token }) };
  },
  async 'the account is closed'() {
    const { person, browser, page } = await signedIn('/account/close');
    return { person, act: () => browser.post('/account/close', { csrf: keyOf(page), word: 'delete' }) };
  },
  async 'an identity system is connected'() {
    oneid.claims.pin = `301019${String((count += 1)).padStart(8, '0')}`;
    const { person, browser, page } = await signedIn('/account/security');
    const [, href = ''] = /href="(\/account\/connect\?[^"]*)"/.exec(page.text) ?? [];
    const away = await browser.get(href.replaceAll('&#38;', '&'));
    const state = new URL(away.address).searchParams.get('state') ?? '';
    const back = new URLSearchParams({ code: 'c', state }).toString();
    return { person, act: () => browser.get(`/upstream/oneid?${back}`) };
  },
  async 'codes are set up on the way in'() {
    const { person, browser, page } = await atEnrolment();
    const code = totpCode(secretOf(page), totpStep(clock()));
    return { person, act: () => browser.submit(page, { code }, 'enrol') };
  },
  async 'a passkey is made on the way in'() {
    const { person, browser, page } = await atEnrolment();
    const credential = credentialOf(page);
    return { person, act: () => browser.submit(page, { credential }, 'make-passkey') };
  },
};
const onTheWayIn = /on the way in$/;

const ends: Record<string, (person: Person) => Promise<unknown>> = {
  async 'a password by a link'({ accountId }) {
    const link = await makePasswordLink(bed.sql, accountId, 'reset', clock());
    const used = await usePasswordLink(bed.sql, link.slice(link.indexOf('=') + 1), 'quiet words on paper', clock());
    // The act may come in between and consume the link.
    assert.ok(used === 'no-link' || typeof used === 'object', JSON.stringify(used));
  },
  'everything is signed out': ({ username }) => openSessions(bed.sql, options).endAllOf(username),
  'the account is disabled': ({ username }) => accounts.disable(username),
  'the factors are taken away': ({ username }) => people.resetFactors(username),
  'the address is taken back': ({ undo }) => emailChange.undo(undo),
  async 'the session is ended'({ accountId }) {
    for (const { session_uid: uid } of await selectSessions(bed.sql, accountId, clock()))
      await openSessions(bed.sql, options).end(uid);
  },
};

/** All that an act may change. */
async function stateOf({ accountId }: Person): Promise<unknown> {
  const [row] = await bed.sql`
    select a.password_hash, a.email, a.closed_at,
           (select encode(secret, 'hex') from sso.totp t where t.account_id = a.account_id) as codes,
           (select string_agg(encode(code_hash, 'hex'), ' ' order by code_hash) from sso.recovery_code r
            where r.account_id = a.account_id) as recovery,
           (select string_agg(credential_id, ' ' order by credential_id) from sso.passkey k
            where k.account_id = a.account_id) as passkeys,
           (select count(*) from sso.upstream_link l where l.account_id = a.account_id) as systems,
           (select count(*) from sso.own_link l where l.account_id = a.account_id and purpose <> 'undo-email') as links
    from sso.account a where a.account_id = ${accountId}`;
  return { ...row };
}

interface Order {
  readonly end: string;
  readonly n: number | RegExp;
}

/** The end that leaves no session, at each statement, and the other ends at the start of the act. */
const ordersOf = ([first = '', ...others]: readonly string[]): Order[] => [
  ...Array.from({ length: mostStatements }, (_, n) => ({ end: first, n })),
  ...others.map((end) => ({ end, n: begins })),
];

const begins = /\bbegin\b/i;

let turn = 0;
/** Two of the ends, at the start of the act's transaction: the data for it has been read then. */
function shortOf(possible: readonly string[]): Order[] {
  turn += 1;
  const at = (n: number): string => possible[n % possible.length]!;
  return [at(turn), at(turn + 3)].map((end) => ({ end, n: begins }));
}

describe('nothing of an act comes behind the end of its session', () => {
  for (const [act, begin] of Object.entries(acts)) {
    it(`of the act that ${act}`, async (t) => {
      const faults: string[] = [];
      /** By the end, the number of statements of the act. */
      const done = new Map<string, number>();
      const possible = Object.keys(ends).filter((end) => end !== 'the session is ended' || !onTheWayIn.test(act));
      let tried = 0;
      for (const { end, n } of isFull ? ordersOf(possible) : shortOf(possible)) {
        if (typeof n === 'number' && n > (done.get(end) ?? Infinity)) continue;
        const standing = await begin();
        let behind: unknown;
        const { met } = await gate.meet(n, standing.act, async () => {
          await ends[end]!(standing.person);
          behind = await stateOf(standing.person);
        });
        tried += 1;
        if (!met && typeof n === 'number') done.set(end, n);
        const last = await stateOf(standing.person);
        if (JSON.stringify(last) !== JSON.stringify(behind)) {
          faults.push(`${end}, before statement ${String(n)}: ${JSON.stringify([behind, last])}`);
        }
      }
      t.diagnostic(`${String(tried)} orders`);
      assert.deepEqual(faults, []);
    });

    it(`the act that ${act} is done where nothing ends it`, async () => {
      const { person, act: work } = await begin();
      const first = await stateOf(person);
      await work();
      assert.notDeepEqual(await stateOf(person), first);
    });
  }
});

it('a link that confirms an address ends with whatever ends the session in which it was asked for', async () => {
  const good: string[] = [];
  for (const [end, carryOut] of Object.entries(ends)) {
    if (end === 'the session is ended') continue;
    const person = await somebody();
    await emailChange.ask(person.accountId, `${person.username}@thief.uz`, 'en');
    const token = links.at(-1)!;
    assert.equal(await emailChange.asked(person.accountId, token), `${person.username}@thief.uz`);
    await carryOut(person);
    // Anybody who signs in from now on is the owner, to whom the one who requested the link may show it.
    if (await emailChange.confirm(person.accountId, token, 'en')) good.push(end);
  }
  assert.deepEqual(good, []);
});

describe('a link for a forgotten password', () => {
  // A connection sends a statement that it sent before without its text.
  const places = { 'while it is made': /insert into sso\.password_link/, 'before it is made': begins };
  for (const [place, text] of Object.entries(places)) {
    it(`is of no use at an address that the account has lost ${place}`, async () => {
      const person = await somebody();
      const { accountId, username } = person;
      await emailChange.ask(accountId, `${username}@new.uz`, 'en');
      const token = links.at(-1)!;
      const sent = (): typeof mails => mails.filter((one) => one.to.startsWith(`${username}@`));
      const ask = async (): Promise<void> => {
        await new Browser(url).post('/password/forgotten', { username });
        for (const until = Date.now() + 30_000; sent().length === 0 && Date.now() < until;)
          await new Promise((later) => setTimeout(later, 20));
      };
      const { met } = await gate.meet(text, ask, () => emailChange.confirm(accountId, token, 'en'));
      assert.ok(met);
      const [mail] = sent();
      const [, link = ''] = /token=([\w-]+)/.exec(mail?.text ?? '') ?? [];
      const isGood = await isPasswordLink(bed.sql, link, clock());
      assert.deepEqual([mail?.to, isGood], isGood ? [`${username}@new.uz`, true] : [`${username}@b.uz`, false]);
    });
  }
});
