/** A person changes the own name and address, names passkeys, and deletes the account: in a browser, with the messages that go out. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openAccounts, openAdministrators, openPeople } from '@dhp/accounts';
import { eraseClosed, openClosing, openEmailChange } from '@dhp/accounts/own';
import type { Identity } from '@dhp/accounts/rows';
import { makePasswordLink, usePasswordLink } from '@dhp/accounts/sign-in';
import { pageLanguages } from '../../../tests/sample.ts';
import { chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const mails: { to: string; subject: string; text: string }[] = [];
const chromium = await chromiumBed(bed, {
  clock,
  send: async (mail) => void mails.push(mail),
  messagePollSeconds: 1,
  accountDeletionDays: 14,
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';

async function person(username: string, identities: Identity[] = []): Promise<string> {
  const email = `${username}@example.uz`;
  const account = await accounts.create({ username, name: 'Aziza Karimova', email, password, identities });
  return account.accountId;
}

async function enter(page: Page, username: string): Promise<void> {
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('button[value=login]');
}

/** Signs in and opens the page. */
async function open(page: Page, path: string, username: string): Promise<void> {
  await page.goto(chromium.issuer + path);
  await enter(page, username);
  await page.waitForURL(`**${path}`);
}

/** The link in the newest message to an address; the message may still be in transit. */
async function linkTo(address: string): Promise<string> {
  const found = (): string | undefined =>
    mails.filter(({ to }) => to === address).map(({ text }) => /http\S+/.exec(text)?.[0])[0];
  for (const until = Date.now() + 30_000; found() === undefined && Date.now() < until;)
    await new Promise((later) => setTimeout(later, 100));
  const link = found();
  assert.ok(link, `no message to ${address}`);
  mails.splice(0, mails.length, ...mails.filter(({ to }) => to !== address));
  return link;
}

/** @param before milliseconds before now */
async function addPasskey(accountId: string, name: string, before = 0): Promise<void> {
  await bed.sql`
    insert into sso.passkey (credential_id, account_id, public_key, counter, name, created_at)
    values (${`${accountId} ${name}`}, ${accountId}, 'x', 0, ${name}, ${new Date(clock().getTime() - before)})`;
}

async function emailOf(accountId: string): Promise<string | null> {
  const [row] = await bed.sql<
    { email: string | null }[]
  >`select email from sso.account where account_id = ${accountId}`;
  return row!.email;
}

const events = async (accountId: string): Promise<string[]> => {
  const rows = await bed.sql<{ event: string }[]>`
    select event from sso.audit_event where account_id = ${accountId} order by id`;
  return rows.map(({ event }) => event);
};

async function askFor(page: Page, address: string): Promise<void> {
  await page.goto(`${chromium.issuer}/account/edit`);
  await page.fill('#email', address);
  await page.click('button[value=email]');
  await page.waitForLoadState();
}

describe('one’s own name and address', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`are changed on a page that is fit in ${language}`, async () => {
      await person(`fit-${language}`);
      const size = language === 'ru' ? desktop : phone;
      const { page, context } = await chromium.visit({ language, size, dark: language === 'ru' });
      await open(page, '/account/edit', `fit-${language}`);
      await isFit(page, `account-edit.${language}`);
      await page.goto(`${chromium.issuer}/account/close`);
      await isFit(page, `account-close.${language}`);
      await context.close();
    });
  }

  it('the name, but not that of who acts on records of others', async () => {
    const id = await person('renamed');
    const { page, context } = await chromium.visit();
    await open(page, '/account/edit', 'renamed');
    await page.fill('#name', '  Aziza <b>Aliyeva</b> ');
    await page.click('button[value=name]');
    await page.waitForURL('**/account?notice=done');
    assert.match(await page.innerText('dl.facts'), /Aziza <b>Aliyeva<\/b>/);
    assert.ok((await events(id)).includes('account.changed'));
    await context.close();
    await person('doctor', [{ environment: 'playground', type: 'Practitioner', fhir_id: 'd1' }]);
    const other = await chromium.visit();
    await open(other.page, '/account/edit', 'doctor');
    assert.equal(await other.page.locator('#name').count(), 0);
    assert.match(await other.page.innerText('main'), /Only an administrator can change it/);
    const csrf = await other.page.locator('input[name=csrf]').first().inputValue();
    const cookie = (await other.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const body = new URLSearchParams({ csrf, step: 'name', name: 'Somebody Else' });
    const forced = await fetch(`${chromium.issuer}/account/edit`, { method: 'POST', body, headers: { cookie } });
    assert.equal(forced.status, 400);
    const [row] = await bed.sql<{ name: string }[]>`select name from sso.account where username = 'doctor'`;
    assert.equal(row?.name, 'Aziza Karimova');
    await other.context.close();
  });

  it('the address when the new one has confirmed itself; the old one takes it back', async () => {
    const id = await person('moved');
    const { page, context } = await chromium.visit();
    await open(page, '/account/edit', 'moved');
    await addPasskey(id, 'own', 86_400_000);
    await askFor(page, 'moved@example.uz');
    assert.match(await page.innerText('[role=alert]'), /already the address/);
    await askFor(page, 'Thief@Example.uz');
    assert.match(await page.innerText('[role=status]'), /sent a link/);
    assert.equal(await emailOf(id), 'moved@example.uz');
    const link = await linkTo('thief@example.uz');
    await person('stranger');
    const stranger = await chromium.visit();
    await stranger.page.goto(link);
    await enter(stranger.page, 'stranger');
    await stranger.page.waitForSelector('h1');
    assert.equal(await stranger.page.innerText('h1'), 'This link is no longer valid');
    await stranger.context.close();
    await page.goto(link);
    assert.equal(await emailOf(id), 'moved@example.uz', 'looking at the link changes nothing');
    await page.click('main button');
    await page.waitForURL('**/account/edit?own=confirmed');
    assert.equal(await emailOf(id), 'thief@example.uz');
    await page.goto(link);
    assert.equal(await page.innerText('h1'), 'This link is no longer valid', 'once');
    await addPasskey(id, 'thief’s');
    const undo = await linkTo('moved@example.uz');
    await askFor(page, 'second@example.uz');
    await page.goto(await linkTo('second@example.uz'));
    await page.click('main button');
    const thiefsUndo = await linkTo('thief@example.uz');
    const owner = await chromium.visit();
    await owner.page.goto(undo);
    assert.equal(await emailOf(id), 'second@example.uz', 'looking at the link changes nothing');
    await owner.page.click('main button');
    assert.equal(await owner.page.innerText('h1'), 'The address is yours again');
    assert.equal(await emailOf(id), 'moved@example.uz');
    const left = await bed.sql`select credential_id from sso.passkey where account_id = ${id}`;
    assert.deepEqual([...left], [{ credential_id: `${id} own` }], 'the thief has no way back');
    await page.goto(`${chromium.issuer}/account`);
    assert.equal(await page.locator('#password').count(), 1, 'the session of who changed it is over');
    await owner.page.goto(thiefsUndo);
    assert.equal(await owner.page.innerText('h1'), 'This link is no longer valid', 'the thief has no way back');
    await owner.context.close();
    await context.close();
  });

  it('not by a link of yesterday, and not with a sign-in of long ago', async () => {
    const id = await person('late');
    const { page, context } = await chromium.visit();
    await open(page, '/account/edit', 'late');
    await askFor(page, 'late2@example.uz');
    const link = await linkTo('late2@example.uz');
    now = new Date(now.getTime() + 61 * 60_000);
    await page.goto(link);
    assert.equal(await page.innerText('h1'), 'This link is no longer valid');
    assert.equal(await emailOf(id), 'late@example.uz');
    await page.goto(`${chromium.issuer}/account/edit`);
    assert.equal(await page.locator('#password').count(), 1);
    await enter(page, 'late');
    await page.waitForURL('**/account/edit');
    for (const n of [1, 2, 3]) await askFor(page, `more${String(n)}@example.uz`);
    await askFor(page, 'more4@example.uz');
    assert.match(await page.innerText('[role=alert]'), /too many requests/);
    await context.close();
  });
});

describe('the end of an account', { skip: withoutBrowser }, () => {
  before(async () => {
    await person('root');
    await openAdministrators(bed.sql, { actor: 'cli:tester', clock }).make('root');
  });

  it('wants the word typed, ends sessions at once, and can be taken back', async () => {
    const id = await person('leaver');
    const { page, context } = await chromium.visit();
    await open(page, '/account/close', 'leaver');
    assert.match(await page.innerText('main'), /For 14 days you can undo this/);
    await page.fill('#word', 'yes');
    await page.click('main button.danger');
    assert.match(await page.innerText('[role=alert]'), /does not match/);
    await page.fill('#word', 'Delete');
    await page.click('main button.danger');
    assert.equal(await page.innerText('h1'), 'Your account is closed');
    const shown = await page.locator('main a').innerText();
    await page.goto(`${chromium.issuer}/account`);
    await enter(page, 'leaver');
    await page.waitForSelector('[role=alert]');
    assert.equal(await accounts.find('leaver').then((one) => one?.disabledReason), 'closed by the person');
    assert.match(await linkTo('leaver@example.uz'), /\/account\/reopen\?token=/);
    assert.equal(await eraseClosed(bed.sql, now, 20), 0);
    await page.goto(shown);
    await page.click('main button');
    assert.equal(await page.innerText('h1'), 'Your account is open again');
    await page.goto(shown);
    assert.equal(await page.innerText('h1'), 'This link is no longer valid');
    await open(page, '/account', 'leaver');
    assert.equal(await eraseClosed(bed.sql, new Date(now.getTime() + 15 * 86_400_000), 20), 0, 'it is open');
    assert.deepEqual(
      (await events(id)).filter((one) => /closed|reopened/.test(one)),
      ['account.closed', 'account.reopened'],
    );
    await context.close();
  });

  it('erases after the days what is of the person; the name of who saw records of patients stays', async () => {
    const patient = await person('gone', [{ environment: 'playground', type: 'Patient', fhir_id: 'p1' }]);
    const doctor = await person('retired', [{ environment: 'playground', type: 'Practitioner', fhir_id: 'd2' }]);
    for (const username of ['gone', 'retired']) {
      const { page, context } = await chromium.visit();
      await open(page, '/account/close', username);
      await page.fill('#word', 'delete');
      await page.click('main button.danger');
      await page.waitForSelector('h1');
      await context.close();
    }
    const late = new Date(now.getTime() + 14 * 86_400_000 + 1000);
    const done = await Promise.all([eraseClosed(bed.sql, late, 20), eraseClosed(bed.sql, late, 20)]);
    assert.deepEqual(done.sort(), [0, 2], 'two servers at once erase each once');
    const rows = await bed.sql<Record<string, unknown>[]>`
      select account_id, name, email, password_hash, username = 'erased-' || account_id as is_renamed
      from sso.account where account_id in (${patient}, ${doctor}) order by name`;
    assert.deepEqual(
      rows.map(({ account_id: id, ...row }) => [id, row]),
      [
        [doctor, { name: 'Aziza Karimova', email: null, password_hash: null, is_renamed: true }],
        [patient, { name: '—', email: null, password_hash: null, is_renamed: true }],
      ].sort(([, a], [, b]) => ((a as { name: string }).name < (b as { name: string }).name ? -1 : 1)),
    );
    const [left] = await bed.sql<{ n: number }[]>`
      select count(*)::int as n from sso.account_identity where account_id in (${patient}, ${doctor})`;
    assert.equal(left?.n, 0);
    await assert.rejects(accounts.enable(`erased-${patient}`), /was erased/);
    assert.ok((await accounts.create({ username: 'gone', name: 'Another', password })).accountId !== patient);
    assert.ok((await events(patient)).includes('account.erased'));
  });

  it('not of the only administrator; of two at once one stays', async () => {
    const { page, context } = await chromium.visit();
    await open(page, '/account/close', 'root');
    assert.match(await page.innerText('[role=alert]'), /only administrator/);
    assert.equal(await page.locator('#word').count(), 0);
    await person('root2');
    await openAdministrators(bed.sql, { actor: 'cli:tester', clock }).make('root2');
    const second = await chromium.visit();
    await open(second.page, '/account/close', 'root2');
    await page.reload();
    for (const one of [page, second.page]) await one.fill('#word', 'delete');
    await Promise.all([page, second.page].map((one) => one.click('main button.danger')));
    const open2 = await bed.sql`
      select 1 from sso.platform_administrator join sso.account using (account_id) where disabled_at is null`;
    assert.equal(open2.length, 1);
    await second.context.close();
    await context.close();
  });

  it('is taken back by an operator, too, and then nothing is erased', async () => {
    await person('rescued');
    const { page, context } = await chromium.visit();
    await open(page, '/account/close', 'rescued');
    await page.fill('#word', 'delete');
    await page.click('main button.danger');
    await page.waitForSelector('h1');
    await accounts.enable('rescued');
    await accounts.disable('rescued', { reason: 'other' });
    await eraseClosed(bed.sql, new Date(now.getTime() + 30 * 86_400_000), 20);
    assert.equal((await accounts.find('rescued'))?.disabledReason, 'other');
    await context.close();
  });
});

describe('the end of an account, without a page', () => {
  const { issuer } = chromium;
  const closing = openClosing({ sql: bed.sql, queue: undefined, issuer, timeZone: 'UTC', days: 14, clock });

  it('erases the person from every table but those of the account itself and of the audit trail', async () => {
    const id = await person('traced', [{ environment: 'playground', type: 'Patient', fhir_id: 'p9' }]);
    await bed.sql`
      insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
      values (gen_random_uuid(), ${id}, 'playground', 'Patient', 'several', '{p9,p10}', sha256('pinfl'), now())`;
    await bed.sql`
      insert into sso.grant_basis (grant_hash, account_id, patient, had_role, expires_at)
      values (sha256('grant'), ${id}, 'p9', false, now() + interval '30 days')`;
    assert.notEqual(await closing.close(id, 'en'), undefined);
    await eraseClosed(bed.sql, new Date(now.getTime() + 15 * 86_400_000), 20);
    const tables = await bed.sql<{ name: string }[]>`
      select table_name as name from information_schema.columns
      where table_schema = 'sso' and column_name = 'account_id' and table_name not like 'audit%'`;
    assert.ok(tables.length > 20);
    const left: string[] = [];
    for (const { name } of tables) {
      const rows = await bed.sql.unsafe(`select 1 from sso.${name} where account_id::text = '${id}'`);
      if (rows.length > 0) left.push(name);
    }
    assert.deepEqual(left, ['account']);
  });

  it('leaves the account as an operator has just left it', async () => {
    const id = await person('blocked');
    await accounts.disable('blocked', { reason: 'misuse' });
    assert.equal(await closing.close(id, 'en'), undefined);
    assert.equal((await accounts.find('blocked'))?.disabledReason, 'misuse');
  });
});

describe('an address that is taken back', () => {
  const links: string[] = [];
  const emailChange = openEmailChange({
    ...{ sql: bed.sql, issuer: chromium.issuer, clock },
    queue: async (_sql, { text }) => void links.push(/token=([\w-]+)/.exec(text)![1]!),
  });
  /** Changes to another address, which is confirmed. @returns the link that undoes it */
  async function moved(username: string): Promise<{ id: string; undo: string }> {
    const id = await person(username);
    await emailChange.ask(id, `thief-of-${username}@example.uz`, 'en');
    assert.equal(await emailChange.confirm(id, links.at(-1)!, 'en'), true);
    return { id, undo: links.at(-1)! };
  }
  const opens = async (username: string, given: string): Promise<boolean> =>
    'account' in (await accounts.authenticate(username, given, '10.0.0.1'));
  const other = 'a thief’s own password';

  it('takes the password with it that was set by a link to the other one', async () => {
    const { id, undo } = await moved('robbed');
    const path = await makePasswordLink(bed.sql, id, 'reset', clock());
    assert.deepEqual(await usePasswordLink(bed.sql, path.slice(path.indexOf('=') + 1), other, clock()), {
      accountId: id,
    });
    assert.equal(await opens('robbed', other), true);
    assert.equal(await emailChange.undo(undo), true);
    assert.deepEqual([await opens('robbed', other), await opens('robbed', password)], [false, false]);
    assert.equal(await emailOf(id), 'robbed@example.uz');
  });

  it('leaves a password of before, and one that an operator has given since', async () => {
    const kept = await moved('keeper');
    assert.equal(await emailChange.undo(kept.undo), true);
    assert.equal(await opens('keeper', password), true);
    const helped = await moved('helped');
    await accounts.setPassword('helped', other);
    assert.equal(await emailChange.undo(helped.undo), true);
    assert.equal(await opens('helped', other), true);
  });
});

describe('an address that an operator gives an account', () => {
  it('is not changed by links of the person’s own changes of before', async () => {
    const id = await person('moving');
    const links: string[] = [];
    const emailChange = openEmailChange({
      ...{ sql: bed.sql, issuer: chromium.issuer, clock },
      queue: async (_sql, { text }) => void links.push(/token=([\w-]+)/.exec(text)![1]!),
    });
    await emailChange.ask(id, 'second@example.uz', 'en');
    assert.equal(await emailChange.confirm(id, links[0]!, 'en'), true);
    await emailChange.ask(id, 'third@example.uz', 'en');
    const [, undo, third] = links;
    assert.deepEqual(
      [await emailChange.canUndo(undo!), await emailChange.asked(id, third!)],
      [true, 'third@example.uz'],
    );
    await openPeople(bed.sql, { actor: 'cli:tester', clock }).change('moving', { email: 'desk@example.uz' });
    assert.deepEqual([await emailChange.undo(undo!), await emailChange.confirm(id, third!, 'en')], [false, false]);
    assert.equal(await emailOf(id), 'desk@example.uz');
  });
});
