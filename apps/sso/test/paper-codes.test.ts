/** First access with a code on paper: an operator prints it, the person types it and sets a password; nobody else can find it. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openPeople } from '@dhp/accounts';
import { deleteExpiredPaperCodes } from '@dhp/accounts/rows';
import { openPaperCodes } from '@dhp/accounts/sign-in';
import { pageLanguages } from '../../../tests/sample.ts';
import type { Browser } from './browser.ts';
import { desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { languages, operateBed, password, reason } from './operate-bed.ts';

const mail: { to: string; subject: string; text: string }[] = [];
const { bed, chromium, accounts, clock, wait, idOf, register, withoutScripts, operator, leavesBehind, act } =
  await operateBed({ trustProxy: true, send: (message) => Promise.resolve(void mail.push(message)) });
let browser: Browser;

before(async () => {
  for (const [username, name] of [
    ['aziza', 'Aziza Karimova'],
    ['bobur', 'Bobur Aliyev'],
  ] as const)
    await register(username, name, 'Patient');
  ({ browser } = await withoutScripts('operator'));
});

const codes = openPaperCodes({ sql: bed.sql, encryptionKey: bed.encryptionKey, clock });
const people = openPeople(bed.sql, { actor: 'cli:tester', clock });
const make = async (username: string): Promise<string> =>
  (await codes.make(username, { actor: 'cli:tester', reason: undefined })).code;

let network = 0;
/** From a separate network by default. */
const type = (code: string, from = `10.${String(++network)}.0.1`, headers = {}): Promise<Response> =>
  fetch(`${chromium.issuer}/invited`, {
    ...{ method: 'POST', body: new URLSearchParams({ code }), redirect: 'manual' },
    headers: { 'x-forwarded-for': from, 'accept-language': 'en', ...headers },
  });

const stored = async (): Promise<number> =>
  (await bed.sql<{ count: number }[]>`select count(*)::int as count from sso.paper_code`)[0]!.count;

describe('a code on paper', () => {
  it('is printed by an operator, in three languages, once, and opens the way to a password', async () => {
    let text = '';
    const events = await leavesBehind(async () => {
      ({ text } = await act(browser, `/users/${idOf('aziza')}/paper-code`));
    });
    assert.deepEqual(
      events.map(({ event, reason: why }) => [event, why]),
      [['account.paper-code-made', reason]],
    );
    for (const lang of languages) assert.ok(text.includes(`class="paper" lang="${lang}"`), lang);
    const code = /<code translate="no">([2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5})<\/code>/.exec(text)![1]!;
    assert.equal(text.split(code).length, 4);
    const opened = await type(` ${code.toLowerCase().replaceAll('-', ' ')} `);
    assert.equal(opened.status, 303);
    const link = opened.headers.get('location')!;
    assert.match(link, /^\/password\/new\?token=/);
    const set = await fetch(chromium.issuer + link.replace(/&.*/, ''), {
      method: 'POST',
      body: new URLSearchParams({ token: new URL(link, 'http://x').searchParams.get('token')!, new: password }),
    });
    assert.equal(set.status, 200);
    assert.equal((await type(code)).status, 400, 'once');
    const [row] = await bed.sql`select event from sso.audit_event where event = 'account.paper-code-used'`;
    assert.ok(row);
  });

  it('is used by one of those who type it at the same moment', async () => {
    const code = await make('bobur');
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => type(code)))).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [303, 400, 400, 400, 400, 400]);
  });

  it('ends with another one, after three days, and with the account', async () => {
    const [first, second] = [await make('bobur'), await make('bobur')];
    assert.equal((await type(first)).status, 400);
    assert.equal(await stored(), 1);
    await accounts.disable('bobur');
    assert.equal((await type(second)).status, 400);
    await assert.rejects(make('bobur'), /is disabled/);
    await assert.rejects(make('nobody'), /no account/);
    await accounts.enable('bobur');
    wait(3 * 86_400_000 + 1000);
    assert.equal((await type(second)).status, 400);
    await deleteExpiredPaperCodes(bed.sql, clock());
    assert.equal(await stored(), 0);
  });

  it('ends with all that ends links for a password, also at the same moment', async () => {
    const code = await make('bobur');
    await accounts.setPassword('bobur', password);
    assert.equal((await type(code)).status, 400);
    const held = await make('bobur');
    const { typed } = await bed.sql.begin(async (act) => {
      await act`select from sso.account where username = 'bobur' for update`;
      const answer = type(held);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await act`delete from sso.paper_code where account_id = ${idOf('bobur')}`;
      return { typed: answer };
    });
    assert.equal((await typed).status, 400);
    const [{ links }] = await bed.sql<[{ links: number }]>`
      select count(*)::int as links from sso.password_link where account_id = ${idOf('bobur')} and created_at >= ${clock()}`;
    assert.equal(links, 0);
  });

  it('ends the links of before with it, and both end with the account, for good', async () => {
    const linkOf = async (code: string): Promise<string> => (await type(code)).headers.get('location')!;
    const statusOf = async (link: string): Promise<number> => (await fetch(chromium.issuer + link)).status;
    const [stolen, given] = [await linkOf(await make('bobur')), (await people.resetLink('bobur')).link];
    assert.equal(await statusOf(stolen), 400, 'a link of an operator ends that of a code');
    const [own, held] = [await linkOf(await make('bobur')), await make('bobur')];
    assert.deepEqual([await statusOf(given), await statusOf(own)], [400, 400], 'and a code ends both');
    const last = await linkOf(held);
    assert.equal(await statusOf(last), 200);
    await accounts.disable('bobur');
    await accounts.enable('bobur');
    assert.equal(await statusOf(last), 400);
    const printed = await make('bobur');
    await accounts.disable('bobur');
    await accounts.enable('bobur');
    assert.equal((await type(printed)).status, 400);
  });

  it('is in the database under a key alone, and is no good under another', async () => {
    const code = await make('bobur');
    const [row] = await bed.sql<{ all: string }[]>`select to_jsonb(c)::text as all from sso.paper_code c`;
    assert.ok(!row!.all.includes(code.slice(0, 4)));
    const other = openPaperCodes({ sql: bed.sql, encryptionKey: Buffer.alloc(32, 7), clock });
    assert.equal(await other.use(code, '10.200.0.1'), undefined);
    assert.equal((await type(code)).status, 303);
  });

  it('is tried ten times by a network, which then waits, whatever it types; a right one ends the count', async () => {
    const tries = async (count: number): Promise<number[]> => {
      const statuses = [];
      for (let n = 0; n < count; n += 1) statuses.push((await type(`WRONG-${String(n)}`, '192.0.2.7')).status);
      return statuses;
    };
    assert.deepEqual(await tries(9), Array(9).fill(400));
    assert.equal((await type(await make('bobur'), '192.0.2.7')).status, 303);
    assert.deepEqual(await tries(11), [...Array<number>(10).fill(400), 429]);
    const good = await make('bobur');
    const refused = await type(good, '192.0.2.7');
    assert.equal(refused.status, 429, 'a right one, too');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await type(good, '198.51.100.1')).status, 303, 'another one');
    const at = await Promise.all(Array.from({ length: 15 }, () => type('AT-ONCE', '203.0.113.9')));
    assert.equal(at.filter(({ status }) => status === 400).length, 10, 'also at the same moment');
  });

  it('is not typed by a page of somebody else, which uses up no tries of a network', async () => {
    const code = await make('bobur');
    for (const site of ['cross-site', 'same-site'])
      for (let n = 0; n < 12; n += 1) {
        const answer = await type(n === 0 ? code : 'WRONG', '192.0.2.77', { 'sec-fetch-site': site });
        assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/invited']);
      }
    const forgotten = await fetch(`${chromium.issuer}/password/forgotten`, {
      ...{ method: 'POST', body: new URLSearchParams({ username: 'bobur' }), redirect: 'manual' },
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    assert.deepEqual([forgotten.status, forgotten.headers.get('location')], [303, '/password/forgotten']);
    const own = await type(code, '192.0.2.77', { 'sec-fetch-site': 'same-origin' });
    assert.match(own.headers.get('location') ?? '', /^\/password\/new\?token=/);
  });

  it('shows what was typed to nobody, and takes what is no code', async () => {
    for (const code of ['', '<script>alert(1)</script>', 'x'.repeat(10_000), '\u0000', 'ÄÖÜ']) {
      const answer = await type(code);
      assert.equal(answer.status, 400, code.slice(0, 20));
      assert.doesNotMatch(await answer.text(), /alert\(1\)|xxxx/);
    }
  });
});

describe('the pages', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages)
    it(`are fit, in ${language}`, async () => {
      const { page, context } = await chromium.visit({ size: language === 'uz' ? phone : desktop, language });
      await page.goto(`${chromium.issuer}/invited?ui_locales=${language}`);
      await isFit(page, `paper-code.${language}`);
      await page.fill('#code', 'WRONG');
      await page.click('main button');
      await page.locator('#wrong').waitFor();
      await isFit(page);
      await context.close();
      const operatorPage = await operator({ size: desktop, language }, `/operate/users/${idOf('aziza')}/paper-code`);
      await operatorPage.page.fill('#reason', reason);
      await operatorPage.page.click('main form button');
      await operatorPage.page.locator('.paper').first().waitFor();
      await isFit(operatorPage.page, `operate-paper.${language}`);
      await operatorPage.page.emulateMedia({ media: 'print' });
      assert.equal(await operatorPage.page.locator('.unprinted').first().isVisible(), false);
      assert.equal(await operatorPage.page.locator('.paper').first().isVisible(), true);
      await operatorPage.close();
    });
});
