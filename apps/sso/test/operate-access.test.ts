/**
 * Access policies, the queue of emergency accesses, the jobs and the subscriptions on the operators' pages. Tests of the FHIR server cover
 * their effects; here queries are sent as the signed-in person.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAdministrators } from '@dhp/accounts';
import { accessStub, type Asked } from './access-stub.ts';
import type { Browser, Page } from './browser.ts';
import { withoutBrowser } from './chromium.ts';
import { operateBed, reason } from './operate-bed.ts';
import { newClient } from './support.ts';

const asked: Asked[] = [];
const { bed, clock, wait, idOf, register, withoutScripts, operator, signInAnew, leavesBehind, act } = await operateBed({
  accessAdministration: accessStub(asked),
});
let browser: Browser;
let actor: string;

before(async () => {
  await register('nodira', 'Nodira Oʻktamova');
  await newClient(bed.clients, { name: 'Laboratory', clientId: 'city-lab' });
  actor = `account:${idOf('operator')}`;
  ({ browser } = await withoutScripts('operator'));
});

const get = (path: string): Promise<Page> => browser.get(`/operate${path}`);
/** The acts sent to environments meanwhile, with the subject. */
async function asks(work: () => Promise<unknown>): Promise<string[]> {
  asked.length = 0;
  await work();
  return asked.map(({ environment, subject, act: name }) => `${name} ${environment} ${subject}`);
}
/** Sends the form of the draft unchanged, except for these fields. */
async function draft(fields: Record<string, string>, environment = 'production'): Promise<Page> {
  const usual = { policies: '{}', base: '2', purpose: '' };
  return browser.submit(await get(`/access/${environment}/draft`), { ...usual, ...fields }, '');
}

describe('the page of access policies', () => {
  it('tells of each environment what is in force, and that consents are not enforced', async () => {
    const { text } = await get('/access');
    assert.equal([...text.matchAll(/Version 2 is in force/g)].length, 2);
    assert.equal([...text.matchAll(/Consents are not enforced here/g)].length, 2);
    assert.match(text, /Care: being prepared/);
    const one = (await get('/access/production')).text;
    assert.match(one, /order 12/);
    assert.match(one, /versions\/1"/);
    for (const none of ['/access/elsewhere', '/access/production/versions/9', '/access/production/rollback/9'])
      assert.equal((await get(none)).status, 404, none);
  });

  it('asks in the name of who signed in', async () => {
    const subject = idOf('operator');
    assert.deepEqual(await asks(() => get('/access/playground')), [
      `state playground ${subject}`,
      `versions playground ${subject}`,
    ]);
  });
});

describe('a draft', () => {
  it('is checked and tried, and nothing is changed', async () => {
    const left = await leavesBehind(async () => {
      const wrong = await draft({ policies: '{ "wrong": 1 }', do: 'check' });
      assert.match(wrong.text, /Line 3/);
      assert.doesNotMatch(wrong.text, /value="activate"/, 'one with faults is not put into force');
      const right = await draft({ do: 'check' });
      assert.match(right.text, /The document has no errors/);
      const tried = await draft({ do: 'try', purpose: 'HRESCH' });
      for (const part of [/status=final/, /urn:l\|HIV/, /hidden:/, /only records of patients in their care/, /dhp-sso/])
        assert.match(tried.text, part);
    });
    assert.deepEqual(left, []);
    assert.equal(asked.at(-1)?.asked['purpose'], 'HRESCH');
  });

  it('is put into force with a reason, in the name of the operator', async () => {
    const left = await leavesBehind(async () => {
      const page = await draft({ do: 'activate', reason, policies: '{}\r\n' });
      assert.match(page.text, /The document is in force/);
    });
    const why = `version 3 in production: ${reason}`;
    assert.deepEqual(left, [{ event: 'access-policies.activated', actor, reason: why }]);
    const { act: name, asked: values } = asked.find((one) => one.act === 'activate')!;
    assert.deepEqual([name, values], ['activate', { text: '{}\n', base: 2, by: actor, reason }]);
  });

  it('is not without a reason, where somebody was faster, or with another base, and stays on the page', async () => {
    const text = '{ "mine": 1 }';
    const left = await leavesBehind(async () => {
      const [silent, stale, forged] = [
        await draft({ do: 'activate', reason: '', policies: text }),
        await draft({ do: 'activate', reason, policies: text, base: '1' }),
        await draft({ do: 'activate', reason, policies: text, base: 'x' }),
      ];
      assert.deepEqual([silent.status, stale.status, forged.status], [400, 409, 400]);
      assert.match(stale.text, /Somebody else has changed the policies meanwhile/);
      for (const page of [silent, stale, forged]) assert.match(page.text, /&#34;mine&#34;/);
    });
    assert.deepEqual(left, []);
  });

  it('is not by a form of another page, and not after ten minutes; then it stays on the page', async () => {
    const page = await get('/access/production/draft');
    const left = await leavesBehind(async () => {
      await browser.submit(page, { do: 'activate', reason, csrf: 'guessed', policies: '{}', base: '2' }, '');
      wait(11 * 60_000);
      const late = await draft({ do: 'activate', reason, policies: '{"m":1}' });
      assert.equal(late.status, 403);
      assert.match(late.text, /signed in more than 10 minutes ago/);
      assert.match(late.text, /&#34;m&#34;/);
    });
    assert.deepEqual(left, []);
    assert.ok(!(await asks(() => Promise.resolve())).some((one) => one.startsWith('activate')));
    ({ browser } = await withoutScripts('operator'));
  });
});

describe('a draft at a real browser', { skip: withoutBrowser }, () => {
  it('is kept while somebody signs in anew in another tab, and so is the reason', async () => {
    const { page, close } = await operator({ language: 'en' }, '/operate/access/production/draft');
    await page.fill('#policies', '{ "kept": 1 }');
    await page.click('button[value=check]');
    await page.fill('#reason', 'order of the ministry');
    // The session has ended, and another one has begun: forms of the first have another key.
    await page.context().clearCookies();
    const tab = await page.context().newPage();
    await tab.goto(new URL('/operate/access', page.url()).href);
    await signInAnew(tab);
    await tab.waitForURL('**/operate/access');
    await tab.close();
    const nothing = await leavesBehind(async () => {
      await page.click('button[value=activate]');
      await page.waitForSelector('text=You have signed in again meanwhile');
    });
    assert.deepEqual(nothing, []);
    assert.equal(await page.inputValue('#policies'), '{ "kept": 1 }');
    assert.equal(await page.inputValue('#reason'), 'order of the ministry');
    const left = await leavesBehind(async () => {
      await page.click('button[value=activate]');
      await page.waitForSelector('text=The document is in force');
    });
    assert.deepEqual(
      left.map(({ event }) => event),
      ['access-policies.activated'],
    );
    await close();
    ({ browser } = await withoutScripts('operator'));
  });

  it('is not taken over from another site, which the browser tells', async () => {
    const page = await get('/access/production/draft');
    const forged = await browser.submit(page, { csrf: 'guessed', do: 'check', policies: '{ "theirs": 1 }' }, '');
    assert.doesNotMatch(forged.text, /theirs/);
  });
});

describe('earlier policies', () => {
  it('are put back by an act with its question', async () => {
    const left = await leavesBehind(() => act(browser, '/access/playground/rollback/1', { base: '2' }));
    assert.deepEqual(left, [
      { event: 'access-policies.rolled-back', actor, reason: `version 1 in playground: ${reason}` },
    ]);
    const stale = await act(browser, '/access/playground/rollback/0', { base: '1' });
    assert.equal(stale.status, 409);
  });
});

describe('the simulator', () => {
  it('asks for a client, or a person at it, and says what it was told', async () => {
    const page = await get('/access/playground/explain');
    const told = await browser.submit(page, { resource: 'Observation/7', client_id: 'city-lab' }, '');
    assert.match(told.text, /No, it may not/);
    assert.match(told.text, /hides this record/);
    const absent = await browser.submit(page, { resource: 'Observation/7', client_id: 'none' }, '');
    assert.deepEqual([absent.status, /There is no client/.test(absent.text)], [400, true]);
  });
});

describe('the queue of broken glass', () => {
  it('is shown, and reviewed once with a verdict, never by whose emergency it was', async () => {
    assert.match((await get('/glass')).text, /unconscious after a fall/);
    const left = await leavesBehind(() => act(browser, '/glass/production/7/review', { verdict: 'unjustified' }));
    assert.deepEqual(left, [
      { event: 'broken-glass.reviewed', actor, reason: `entry 7 in production, unjustified: ${reason}` },
    ]);
    const own = await act(browser, '/glass/production/8/review', { verdict: 'justified' });
    assert.equal(own.status, 403);
    assert.match(own.text, /You cannot review your own emergency access/);
  });
});

describe('the page of subscriptions', () => {
  it('shows of both environments what waits, what fails and what can be done, and of receivers no path', async () => {
    const { text } = await get('/subscriptions');
    for (const part of [
      /The oldest event has waited for 1 hour\./,
      /4 live, 1 in error, 2 with waiting events, 1 with a failing receiver/,
      /12 of 40 accepted/,
      /failed 5 times/,
      /the receiver answered 503/,
      /paused since/,
      /https:\/\/clinic\.example</,
    ])
      assert.match(text, part);
    const links = [...text.matchAll(/\/operate\/subscriptions\/production\/(\w+)\/([\w-]+)"/g)].map(
      ([, id, act]) => `${act!} ${id!}`,
    );
    assert.deepEqual(links.sort(), [
      ...['pause 3', 'pause 5', 'pause 7', 'resume 6', 'turn-off 4', 'turn-off 5', 'turn-off 6', 'turn-off 7'],
    ]);
  });

  it('holds back, lets go on and turns off with a reason, and records what has changed', async () => {
    for (const [what, event] of [
      ['pause', 'subscription.paused'],
      ['resume', 'subscription.resumed'],
      ['turn-off', 'subscription.turned-off'],
    ]) {
      const left = await leavesBehind(async () => {
        const { text, address } = await act(browser, `/subscriptions/production/7/${what!}`);
        assert.match(address, new RegExp(`/operate/subscriptions\\?notice=${what!}`));
        assert.match(text, /class="notice"/);
      });
      assert.deepEqual(left, [{ event, actor, reason: `production/7: ${reason}` }]);
    }
    assert.deepEqual(
      await leavesBehind(() => act(browser, '/subscriptions/production/6/pause')),
      [],
      'it was held back before',
    );
    for (const none of ['4/pause', '3/turn-off', '9/pause', '7/remove', '7/replay'])
      assert.equal((await get(`/subscriptions/production/${none}`)).status, 404, none);
    // A subscription that another operator turns off while the question is read.
    assert.equal((await act(browser, '/subscriptions/production/5/turn-off')).status, 404);
  });
});

describe('the page of legal holds', () => {
  it('shows what is held, by whom and why, and with `all` also what was', async () => {
    const { text } = await get('/holds');
    for (const part of [/Patient\/42/, /case 7 of the city court/, /cli:aziza/, /until it is lifted/])
      assert.match(text, part);
    assert.doesNotMatch(text, /Patient\/43/);
    const all = (await get('/holds?all=yes')).text;
    for (const part of [/Patient\/43/, /case 6 is closed/, /client:desk/, /Observation\/9/]) assert.match(all, part);
    const links = [...all.matchAll(/\/operate\/holds\/production\/(\w+(?:\/lift)?)"/g)].map(([, link]) => link!);
    assert.deepEqual(links.sort(), ['5/lift', '6/lift', '7/lift', 'set']);
  });

  it('sets one with a reason, shows again what was wrong with what was typed, and lifts one', async () => {
    const set = { on: ' Patient/44 ', until: '2999-01-31' };
    assert.deepEqual(await leavesBehind(() => act(browser, '/holds/production/set', set)), [
      { event: 'legal-hold.set', actor, reason: `production/8: ${reason}` },
    ]);
    const told = asked.findLast(({ act: name }) => name === 'set-hold');
    assert.deepEqual(told?.asked, { on: 'Patient/44', until: '2999-01-31', by: actor, reason });
    const wrong = await act(browser, '/holds/production/set', { ...set, on: 'what is this' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /value="what is this"/);
    assert.match(wrong.text, /value="2999-01-31"/);
    assert.deepEqual(await leavesBehind(() => act(browser, '/holds/production/7/lift')), [
      { event: 'legal-hold.lifted', actor, reason: `production/7: ${reason}` },
    ]);
    for (const none of ['4/lift', '9/lift', '7/set'])
      assert.equal((await get(`/holds/production/${none}`)).status, 404, none);
  });
});

describe('the page of jobs', () => {
  it('shows of both environments how far each is, and what can be done', async () => {
    const { text } = await get('/jobs');
    assert.equal([...text.matchAll(/<progress max="100" value="42"/g)].length, 2);
    assert.equal([...text.matchAll(/<progress max="100" value="25"/g)].length, 2, 'the search index');
    for (const part of [
      /ended with 500/,
      /412\.3 MB ready/,
      /waiting for attempt 2/,
      /ending/,
      /new search parameters/,
    ])
      assert.match(text, part);
    const links = [...text.matchAll(/\/operate\/jobs\/production\/(\w+)\/(\w+)"/g)].map(
      ([, id, act]) => `${act!} ${id!}`,
    );
    assert.deepEqual(links.sort(), [
      ...['cancel 2', 'cancel 3', 'cancel 4', 'cancel 5', 'cancel 6', 'cancel 7', 'retry 4', 'retry 7'],
    ]);
  });

  it('cancels one, or has it tried again, with a reason; what cannot be done is said', async () => {
    for (const [what, event] of [
      ['cancel', 'job.cancelled'],
      ['retry', 'job.retried'],
    ]) {
      const left = await leavesBehind(async () => {
        const { text, address } = await act(browser, `/jobs/production/7/${what!}`);
        assert.match(address, new RegExp(`/operate/jobs\\?notice=${what!}`));
        assert.match(text, /class="notice"/);
      });
      assert.deepEqual(left, [{ event, actor, reason: `production/7: ${reason}` }]);
    }
    for (const none of ['1/cancel', '2/retry', '3/retry', '9/cancel', '7/remove'])
      assert.equal((await get(`/jobs/production/${none}`)).status, 404, none);
    // A job that ends while the question is read.
    assert.equal((await act(browser, '/jobs/production/5/cancel')).status, 404);
  });
});

describe('who may', () => {
  it('is nobody but platform administrators, from the next request on', async () => {
    const stranger = await withoutScripts('nodira', '/operate/access');
    for (const path of [
      '/access',
      '/access/production',
      '/access/production/draft',
      '/glass',
      '/holds',
      '/holds/production/set',
      '/holds/production/7/lift',
      '/access/production/explain',
      '/jobs',
      '/jobs/production/7/cancel',
      '/subscriptions',
      '/subscriptions/production/7/pause',
    ]) {
      assert.deepEqual(await asks(() => stranger.browser.get(`/operate${path}`)), [], path);
      assert.equal((await stranger.browser.get(`/operate${path}`)).status, 403, path);
    }
    const page = await get('/access/production/draft');
    const administrators = openAdministrators(bed.sql, { actor: 'cli:tester', clock });
    await administrators.make('nodira', { reason: 'in the place of the operator' });
    await administrators.unmake('operator', { reason: 'left' });
    const events = await asks(() => browser.submit(page, { do: 'activate', reason, policies: '{}', base: '2' }, ''));
    assert.deepEqual(events, []);
    await administrators.make('operator', { reason: 'back' });
    await administrators.unmake('nodira', { reason: 'for the moment' });
  });
});
