/**
 * People who are informed by e-mail that somebody opened their record: turned on and off on their page in a browser, for a confirmed
 * address, with a number and without names. docs/decisions/0123-mails-of-subscriptions.md
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openAccounts } from '@dhp/accounts';
import type { AskedLooks } from '@dhp/accounts/records';
import type { Identity } from '@dhp/accounts/rows';
import { chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const later = (seconds: number): void => void (now = new Date(now.getTime() + 1_000 * seconds));
const mails: { to: string; subject: string; text: string; endAt?: string }[] = [];
/** Others who have opened a record, and the queries to the FHIR server. */
const others = new Map<string, number>();
const asked: AskedLooks[] = [];
let isAway = false;
const chromium = await chromiumBed(bed, {
  ...{ clock, messagePollSeconds: 0.1, accessWatchSeconds: 0.1 },
  send: async (mail) => void mails.push(mail),
  recordLooks: async (_environment, questions) => {
    if (isAway) return undefined;
    asked.push(...questions);
    return questions.map(({ patient }) => others.get(patient) ?? 0);
  },
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';

async function person(username: string, id: string | undefined, email = `${username}@example.uz`): Promise<string> {
  const identities: Identity[] = id === undefined ? [] : [{ environment: 'playground', type: 'Patient', fhir_id: id }];
  return (await accounts.create({ username, name: 'Aziza Karimova', email, password, identities })).accountId;
}

async function open(page: Page, username: string): Promise<void> {
  await page.goto(`${chromium.issuer}/account/access?ui_locales=en`);
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('button[value=login]');
  await page.waitForURL('**/account/access');
}

async function mailsTo(username: string, count: number): Promise<typeof mails> {
  const found = (): typeof mails => mails.filter(({ to }) => to === `${username}@example.uz`);
  for (let n = 0; found().length < count && n < 600; n += 1) await delay(50);
  assert.equal(found().length, count, JSON.stringify(found()));
  return found();
}

/** Opens the page of a mail, and presses its first button. */
async function confirm(page: Page, { text }: { readonly text: string }): Promise<void> {
  await page.goto(/http\S+\/notifications\/confirm\S+/.exec(text)![0]);
  await page.click('button[value=confirm]');
  await page.waitForSelector('[role=status]');
}

const [on, off] = ['button[value=watch-access]', 'button[value=unwatch-access]'];

async function turnOn(page: Page): Promise<void> {
  await page.locator('details:has(button[value=watch-access]) summary').click();
  await page.click(on);
  await page.waitForSelector(off);
}
const events = async (accountId: string): Promise<string[]> => {
  const rows = await bed.sql<{ event: string }[]>`
    select event from sso.audit_event where account_id = ${accountId} and event like 'access-watch.%' order by id`;
  return rows.map(({ event }) => event);
};

describe('the page about who saw my data', { skip: withoutBrowser }, () => {
  it('has the notices turned on, confirmed by the address, summed by the hour, and turned off', async () => {
    const accountId = await person('aziza', 'p-aziza');
    const { page } = await chromium.visit({ size: desktop });
    await open(page, 'aziza');
    assert.equal(await page.locator(off).count(), 0);
    others.set('p-aziza', 3);
    await turnOn(page);
    assert.match(await page.innerText('main'), /aziza@example\.uz/);
    const [first] = await mailsTo('aziza', 1);
    assert.match(first!.text, /when somebody opens your record/);
    await confirm(page, first!);
    await page.goto(`${chromium.issuer}/account/access?ui_locales=en`);
    assert.match(await page.innerText('main'), /at most once an hour/);
    later(400);
    const [, told] = await mailsTo('aziza', 2);
    assert.match(told!.text, /3 people or applications/);
    assert.match(told!.text, new RegExp(`${chromium.issuer}/account/access`));
    assert.ok(!/Karimova|p-aziza|Patient/.test(told!.text + told!.subject), told!.text);
    const { account, since, until } = asked.find(({ patient }) => patient === 'p-aziza')!;
    assert.equal(account, accountId);
    assert.ok(since < until && until.getTime() <= now.getTime() - 60_000);
    // No mail within the hour, then one with the accumulated number.
    for (let n = 0; n < 4; n += 1) {
      later(600);
      await delay(300);
    }
    await mailsTo('aziza', 2);
    later(1_800);
    await mailsTo('aziza', 3);
    const times = asked.filter(({ patient }) => patient === 'p-aziza').map((one) => one.since.getTime());
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    await page.click(off);
    await page.waitForSelector(on, { state: 'attached' });
    later(7_200);
    await delay(500);
    await mailsTo('aziza', 3);
    assert.deepEqual(await events(accountId), ['access-watch.on', 'access-watch.off']);
  });

  it('is fit for all languages and a phone, and says what is needed without an address', async () => {
    await person('bobur', 'p-bobur');
    const { page } = await chromium.visit({ size: phone });
    await open(page, 'bobur');
    for (const language of ['uz', 'uz-Cyrl', 'ru', 'en']) {
      await page.goto(`${chromium.issuer}/account/access?ui_locales=${language}`);
      await page.waitForSelector(on, { state: 'attached' });
      await page.locator('main summary').first().click();
      if (language !== 'uz-Cyrl') await isFit(page, `access-watch.${language}`, { axe: language === 'en' });
    }
    await bed.sql`update sso.account set email = null where username = 'bobur'`;
    await page.reload();
    assert.equal(await page.locator(on).count(), 0);
    assert.equal(await page.locator('main a[href="/account/edit"]').count(), 1);
  });

  it('ends by the link of a mail, and can be turned on again', async () => {
    await person('dilnoza', 'p-dilnoza');
    const { page } = await chromium.visit({ size: desktop });
    await open(page, 'dilnoza');
    await turnOn(page);
    await confirm(page, (await mailsTo('dilnoza', 1))[0]!);
    others.set('p-dilnoza', 1);
    later(400);
    const [, told] = await mailsTo('dilnoza', 2);
    assert.match(told!.text, /^One person or application/);
    await page.goto(told!.endAt!);
    await page.click('main form button');
    await page.waitForSelector('[role=status]');
    await page.goto(`${chromium.issuer}/account/access?ui_locales=en`);
    await page.waitForSelector(on, { state: 'attached' });
    later(7_200);
    await delay(500);
    await mailsTo('dilnoza', 2);
    await turnOn(page);
    await confirm(page, (await mailsTo('dilnoza', 3))[2]!);
    later(400);
    await mailsTo('dilnoza', 4);
  });

  it('loses nothing while the FHIR server is away, and tells nobody of another record', async () => {
    const accountId = await person('olim', 'p-olim');
    const { page } = await chromium.visit({ size: desktop });
    await open(page, 'olim');
    await turnOn(page);
    await confirm(page, (await mailsTo('olim', 1))[0]!);
    isAway = true;
    later(3_600);
    await delay(500);
    isAway = false;
    asked.length = 0;
    others.set('p-olim', 2);
    later(400);
    await mailsTo('olim', 2);
    const question = asked.find(({ patient }) => patient === 'p-olim')!;
    assert.ok(question.until.getTime() - question.since.getTime() > 3_600_000);
    // The record is no longer the account's.
    await bed.sql`delete from sso.account_identity where account_id = ${accountId}`;
    asked.length = 0;
    later(7_200);
    await delay(500);
    assert.deepEqual(
      asked.filter(({ patient }) => patient === 'p-olim'),
      [],
    );
    await mailsTo('olim', 2);
  });
});
