/** The operators' pages, in a real browser and without one: who may enter, what they show, and that each act leaves one record. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chainAuditEvents, openAccounts, openAdministrators, openClients, openPolicies, type Account } from '@dhp/sso';
import { Browser } from './browser.ts';
import { chromiumBed, desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const pinfl = '31234567890123';
const chromium = await chromiumBed(bed, {
  clock,
  chainSeconds: 3600,
  directory: (asked) =>
    Promise.resolve(asked === pinfl ? [{ environment: 'playground', type: 'Patient', fhir_id: 'p-nodira' }] : []),
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
const administrators = openAdministrators(bed.sql, { actor: 'cli:tester', clock });
const password = 'correct horse battery';
const reason = 'asked for by telephone, checked';
const languages = ['uz', 'ru', 'en'] as const;
const people: Record<string, Account> = {};

async function register(
  username: string,
  name: string,
  type: 'Patient' | 'Practitioner' = 'Patient',
): Promise<Account> {
  const identities = [{ environment: 'playground', type, fhir_id: `p-${username}` } as const];
  const account = await accounts.create({ username, name, password, identities });
  people[username] = account;
  return account;
}

before(async () => {
  await register('operator', 'Dilshod Rahimov', 'Practitioner');
  await administrators.make('operator', { reason: 'first of them' });
  await register('nodira', 'Nodira Oʻktamova');
  await register('olim', 'Олим Усмонов', 'Practitioner');
  await register('gulnora', 'Gulnora Xoʻjayeva');
  await register('sardor', 'Sardor Aliyev', 'Practitioner');
  const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
  await policies.give({ username: 'olim', environment: 'playground', role: 'family-doctor', organization: 'clinic-7' });
  await newClient(bed.clients, { name: 'Shahar laboratoriyasi' });
  const unapproved = openClients(bed.sql, { actor: 'client:desk', clock, approves: false });
  for (const name of ['Toshkent viloyat shifoxonasi', 'Клиника «Шифо»']) {
    await unapproved.create({
      name,
      environment: 'production',
      grants: ['client_credentials'],
      scopes: ['system/Patient.rs'],
    });
  }
});

async function enter(page: Page, username = 'operator', secret = password): Promise<void> {
  await page.fill('#username', username);
  await page.fill('#password', secret);
  await page.click('button[value=login]');
}

interface Visitor {
  page: Page;
  close: () => Promise<void>;
}

async function operator(visit: Parameters<typeof chromium.visit>[0] = {}, path = '/operate'): Promise<Visitor> {
  const { page, context } = await chromium.visit(visit);
  await page.goto(chromium.issuer + path);
  await enter(page);
  await page.waitForURL(`**${path}`);
  return { page, close: () => context.close() };
}

/** A person at a browser without scripts, signed in by way of a page. */
async function withoutScripts(
  username: string,
  path = '/operate',
): Promise<{ browser: Browser; status: number; text: string }> {
  const browser = new Browser(chromium.issuer, 'en', {}, chromium.issuer);
  let page = await browser.get(path);
  page = await browser.submit(page, { username, password }, 'login');
  return { browser, status: page.status, text: page.text };
}

interface Recorded {
  event: string;
  actor: string | null;
  reason: string | null;
}

/** What an act leaves behind in the audit trail, but for the sign-ins that it took. */
async function leavesBehind(act: () => Promise<unknown>): Promise<Recorded[]> {
  await new Promise((resolve) => setTimeout(resolve, 100)); // what is written beside the requests before
  const [last] = await bed.sql<{ id: string }[]>`select coalesce(max(id), 0) as id from sso.audit_event`;
  await act();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const rows = await bed.sql<Recorded[]>`
    select event, actor, reason from sso.audit_event where id > ${last!.id} and event not like 'sign-in.%' order by id`;
  return [...rows];
}

async function spread(): Promise<void> {
  const hours = Array.from({ length: 24 }, (_, at) => at);
  for (const at of hours) {
    const count = Math.round(14 + 11 * Math.sin((at - 3) / 3.6));
    await bed.sql`
      insert into sso.audit_event (recorded, event, reason, account_id, address)
      select ${now}::timestamptz - ${String(at)}::int * interval '1 hour', case when n % 6 = 0 then 'sign-in.refused' else 'sign-in.succeeded' end,
             case when n % 6 = 0 then 'wrong-password' else 'pwd' end, ${people['nodira']!.accountId}, '203.0.113.7'
      from generate_series(1, ${count}) as n`;
  }
}

describe('the operators’ pages', { skip: withoutBrowser }, () => {
  before(async () => {
    await spread();
    for (let n = 0; n < 6; n += 1) await accounts.authenticate('gulnora', 'not the password', '203.0.113.9');
    await bed.sql`insert into sso.audit_event (recorded, event, reason, account_id) values
      (${now}, 'sign-in.refused', 'account-locked', ${people['gulnora']!.accountId})`;
    await accounts.disable('sardor', { reason: 'left the clinic' });
    await chainAuditEvents(bed.sql);
  });

  for (const language of languages) {
    it(`are fit in ${language}`, async () => {
      const size = language === 'ru' ? phone : desktop;
      const { page, close } = await operator({ language, size, dark: language === 'en' });
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await isFit(page, `operate.${language}`);
      await page.goto(`${chromium.issuer}/operate/users`);
      await isFit(page, `operate-users.${language}`);
      await page.goto(`${chromium.issuer}/operate/users/${people['gulnora']!.accountId}`);
      await isFit(page, `operate-user.${language}`);
      await page.goto(`${chromium.issuer}/operate/users/${people['gulnora']!.accountId}/disable`);
      await isFit(page, `operate-question.${language}`);
      await page.goto(`${chromium.issuer}/operate/users/00000000-0000-0000-0000-000000000000`);
      await isFit(page, `operate-missing.${language}`);
      assert.deepEqual(
        complaints.filter((one) => !/status of 404/.test(one)),
        [],
      );
      await close();
    });
  }
});

const nowhere = '00000000-0000-4000-8000-000000000000';
const idOf = (username: string): string => people[username]?.accountId ?? nowhere;
const personActs = ['disable', 'enable', 'reset-password', 'reset-factors', 'unlock', 'sign-out'];

/** Every page, and every act. */
const pages = (): string[] => [
  '',
  '/users',
  `/users/${idOf('nodira')}`,
  ...personActs.map((act) => `/users/${idOf('nodira')}/${act}`),
];

describe('who may enter the operators’ pages', () => {
  it('nobody without a sign-in: every page leads to one, and no form does anything', async () => {
    for (const path of pages()) {
      const address = `${chromium.issuer}/operate${path}`;
      const [shown, sent] = [
        await fetch(address, { redirect: 'manual' }),
        await fetch(address, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ reason }) }),
      ];
      assert.equal(shown.status, 303, path);
      assert.match(shown.headers.get('location') ?? '', /^\/oauth\/authorize\?/);
      assert.ok([303, 404].includes(sent.status), `${path}: ${String(sent.status)}`);
    }
    assert.equal((await accounts.find('nodira'))?.disabled, undefined);
  });

  for (const [username, who] of [
    ['nodira', 'a patient'],
    ['olim', 'a health worker with a role in an organisation'],
  ] as const) {
    it(`not ${who}: each page and act is refused with the same page, and recorded once`, async () => {
      const { browser, status } = await withoutScripts(username);
      assert.equal(status, 403);
      for (const path of pages()) {
        const left = await leavesBehind(async () => {
          const page = await browser.get(`/operate${path}`);
          assert.equal(page.status, 403, path);
          assert.match(page.text, /for platform administrators/);
          assert.ok(!page.text.includes('Sardor'), 'it tells nothing');
        });
        assert.deepEqual(left, [{ event: 'operator.refused', actor: null, reason: `/operate${path}` }]);
      }
      for (const act of personActs) {
        const page = await browser.post(`/operate/users/${idOf('gulnora')}/${act}`, { reason, csrf: 'x' });
        assert.equal(page.status, 403, act);
      }
      assert.equal((await accounts.find('gulnora'))?.disabled, undefined);
    });
  }

  it('a platform administrator, until that is over', async () => {
    await register('zafar', 'Zafar Toʻrayev');
    const made = await leavesBehind(() => administrators.make('zafar', { reason }));
    assert.deepEqual(made, [{ event: 'account.administrator-made', actor: 'cli:tester', reason }]);
    assert.deepEqual(await leavesBehind(() => administrators.make('zafar')), [], 'twice is once');
    const { browser, status } = await withoutScripts('zafar');
    assert.equal(status, 200);
    const unmade = await leavesBehind(() => administrators.unmake('zafar', { reason }));
    assert.deepEqual(unmade, [{ event: 'account.administrator-unmade', actor: 'cli:tester', reason }]);
    assert.equal((await browser.get('/operate')).status, 403);
    await assert.rejects(administrators.make('nobody'), /There is no account/);
  });

  it('with two factors where administrators are held to them', async () => {
    const { url } = await bed.start({ issuer: 'http://localhost:1', secondFactorFor: ['administrator'], clock });
    const device = (): Browser => new Browser(url, 'en', {}, 'http://localhost:1');
    const signIn = async (browser: Browser, path: string): Promise<string> =>
      (await browser.submit(await browser.get(path), { username: 'operator', password }, 'login')).text;
    assert.match(await signIn(device(), '/operate'), /value="enrol"/, 'one is set up first');
    // A session of an application that asked for less does not open them either.
    const browser = device();
    assert.match(await signIn(browser, '/account'), /Dilshod Rahimov/);
    assert.match((await browser.get('/operate')).text, /value="enrol"/);
  });

  it('and back to the page that was asked for, but to no other place', async () => {
    const { browser } = await withoutScripts('operator', `/operate/users?q=olim`);
    const page = await browser.get('/operate/users?q=olim');
    assert.match(page.text, /Олим/);
    for (const state of [
      'https://elsewhere.example',
      '//elsewhere.example',
      '/operate/../account',
      '/operatexyz',
      '',
    ]) {
      const query = new URLSearchParams({ state }).toString();
      const sent = await fetch(`${chromium.issuer}/operate/signed-in?${query}`, { redirect: 'manual' });
      assert.equal(sent.headers.get('location'), '/operate', state);
    }
  });

  it('by pages that run no script and may not be framed', async () => {
    const { browser } = await withoutScripts('operator');
    const { headers, text } = await browser.get('/operate');
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; style-src 'sha256-[^;]*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    assert.ok(!/<script|javascript:|\son\w+=|\sstyle=/.test(text));
    assert.equal(headers.get('cache-control'), 'no-store');
  });
});

describe('people', () => {
  it('are found by any word of the name in any script, by user name and by PINFL, which comes into no address', async () => {
    const { browser } = await withoutScripts('operator');
    const found = async (q: string, state = 'any'): Promise<string[]> => {
      const page = await browser.submit(await browser.get('/operate/users'), { q, state }, '');
      return [...page.text.matchAll(/<small>(\w+)<\/small><\/span><\/span>/g)].map(([, name]) => name!);
    };
    assert.deepEqual(await found('Usmonov'), ['olim']);
    assert.deepEqual(await found('усм олим'), ['olim']);
    assert.deepEqual(await found('Ўктамова'), ['nodira']);
    assert.deepEqual(await found("o'ktam"), ['nodira']);
    assert.deepEqual(await found('хўжаева'), ['gulnora']);
    assert.deepEqual(await found('gulnora', 'disabled'), []);
    assert.deepEqual(await found('nobody of that name'), []);
    assert.deepEqual(await found('%'), await found(''), 'no pattern');
    const page = await browser.submit(await browser.get('/operate/users'), { q: '3123 4567 890 123' }, '');
    assert.ok(page.address.endsWith(`/operate/users/${idOf('nodira')}`));
    assert.deepEqual(await found('31234567890124'), []);
  });

  it('who were renamed are found by the new name alone', async () => {
    await register('lola', 'Lola Nazarova');
    const { browser } = await withoutScripts('operator');
    const isFound = async (q: string): Promise<boolean> =>
      (await browser.get(`/operate/users?q=${q}`)).text.includes('>lola<');
    assert.equal(await isFound('Nazarova'), true);
    await bed.sql`update sso.account set name = 'Lola Yoʻldosheva' where username = 'lola'`;
    assert.deepEqual(
      [await isFound('Nazarova'), await isFound('йулдошева'), await isFound('йўлдошева')],
      [false, false, true],
    );
  });

  it('are listed a page at a time, each once', async () => {
    const before = await bed.sql`select 1 from sso.account`;
    for (let n = 0; n < 60; n += 1)
      await bed.sql`
      insert into sso.account (account_id, username, name, created_at, updated_at)
      values (gen_random_uuid(), ${`many-${String(n)}`}, 'One of many', ${new Date(now.getTime() - 86_400_000)}, ${now})`;
    const { browser } = await withoutScripts('operator');
    const seen: string[] = [];
    let address: string | undefined = '/operate/users';
    let count = 0;
    while (address !== undefined) {
      const { text } = await browser.get(address);
      seen.push(...[...text.matchAll(/href="\/operate\/users\/([\da-f-]{36})"/g)].map(([, id]) => id!));
      const [, older] = /href="(\?[^"]*after=[^"]*)"/.exec(text) ?? [];
      address = older === undefined ? undefined : `/operate/users${older.replaceAll('&#38;', '&')}`;
      count += 1;
    }
    assert.equal(count, 2);
    assert.equal(seen.length, before.length + 60);
    assert.equal(new Set(seen).size, seen.length);
  });

  /** Asks for the act at its page, as a person would, and sends the form with the reason. */
  async function act(browser: Browser, username: string, name: string, why: string = reason): Promise<string> {
    const question = await browser.get(`/operate/users/${idOf(username)}/${name}`);
    assert.equal(question.status, 200, `${name}: ${question.text}`);
    const page = await browser.submit(question, { reason: why }, '');
    return page.text;
  }

  it('are disabled, enabled, reset, let go on and signed out: each leaves exactly one record with who and why', async () => {
    await register('rustam', 'Rustam Sodiqov');
    const { browser } = await withoutScripts('operator');
    const actor = `account:${idOf('operator')}`;
    const theirs = await withoutScripts('rustam', '/account');
    assert.match(theirs.text, /Rustam Sodiqov/);

    assert.deepEqual(await leavesBehind(() => act(browser, 'rustam', 'sign-out')), [
      { event: 'account.signed-out', actor, reason },
    ]);
    assert.match((await theirs.browser.get('/account')).text, /name="password"/, 'the session is over');

    assert.deepEqual(await leavesBehind(() => act(browser, 'rustam', 'disable')), [
      { event: 'account.disabled', actor, reason },
    ]);
    assert.ok((await accounts.find('rustam'))?.disabled);
    assert.equal((await browser.get(`/operate/users/${idOf('rustam')}/disable`)).status, 404, 'it is so already');
    assert.deepEqual(await leavesBehind(() => act(browser, 'rustam', 'enable')), [
      { event: 'account.enabled', actor, reason },
    ]);
    assert.equal((await accounts.find('rustam'))?.disabled, undefined);

    let text = '';
    const reset = await leavesBehind(async () => (text = await act(browser, 'rustam', 'reset-password')));
    assert.deepEqual(reset, [{ event: 'account.password-set', actor, reason }]);
    const [, made = ''] = /class="secret"><code>([^<]+)</.exec(text) ?? [];
    assert.ok('account' in (await accounts.authenticate('rustam', made, '203.0.113.1')));

    for (let n = 0; n < 6; n += 1) await accounts.authenticate('rustam', 'wrong password', '203.0.113.2');
    assert.deepEqual(await accounts.authenticate('rustam', made, '203.0.113.1'), {
      refused: 'account-locked',
      accountId: idOf('rustam'),
    });
    assert.deepEqual(await leavesBehind(() => act(browser, 'rustam', 'unlock')), [
      { event: 'account.unlocked', actor, reason },
    ]);
    assert.ok('account' in (await accounts.authenticate('rustam', made, '203.0.113.1')));

    await bed.sql`insert into sso.totp (account_id, secret, created_at, confirmed_at) values (${idOf('rustam')}, 'x', ${now}, ${now})`;
    assert.deepEqual(await leavesBehind(() => act(browser, 'rustam', 'reset-factors')), [
      { event: 'account.factors-reset', actor, reason },
    ]);
    assert.equal((await bed.sql`select 1 from sso.totp where account_id = ${idOf('rustam')}`).length, 0);
  });

  it('are left alone without a reason, without the key of the session, and when the sign-in is old', async () => {
    const { browser } = await withoutScripts('operator');
    const address = `/operate/users/${idOf('olim')}/disable`;
    const nothing = await leavesBehind(async () => {
      const question = await browser.get(address);
      const again = await browser.submit(question, { reason: ' x ' }, '');
      assert.equal(again.status, 400);
      assert.match(again.text, /role="alert"/);
      const tooLong = await browser.submit(question, { reason: 'x'.repeat(301) }, '');
      assert.equal(tooLong.status, 400);
      const forged = await browser.post(address, { reason, csrf: 'AAAA' });
      assert.match(forged.text, /Disable the account of/, 'the question is asked');
      now = new Date(now.getTime() + 11 * 60_000);
      assert.equal((await browser.get('/operate/users')).status, 200, 'looking is possible for longer');
      const old = await browser.submit(question, { reason }, '');
      assert.match(old.text, /name="password"/);
    });
    assert.deepEqual(nothing, []);
    assert.equal((await accounts.find('olim'))?.disabled, undefined);
  });

  it('an administrator does not lock out the one who is at it', async () => {
    const { browser } = await withoutScripts('operator');
    for (const name of ['disable', 'reset-password', 'reset-factors']) {
      assert.equal((await browser.get(`/operate/users/${idOf('operator')}/${name}`)).status, 404, name);
    }
  });

  it('what is no act and nobody is a page that says so', async () => {
    const { browser } = await withoutScripts('operator');
    for (const path of [`/users/${nowhere}`, '/users/x', `/users/${idOf('olim')}/delete`]) {
      assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
    }
  });
});
