/**
 * A data protection officer without administrator rights: the emergency queue and the simulator of the officer's environment, and no other
 * operators' pages.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { openPolicies } from '@dhp/accounts/policies';
import { pageLanguages } from '../../../tests/sample.ts';
import { accessStub, type Asked } from './access-stub.ts';
import type { Browser } from './browser.ts';
import { desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { addUnconfirmed } from './identity-bed.ts';
import { operateBed, reason } from './operate-bed.ts';
import { newClient } from './support.ts';

const asked: Asked[] = [];
const { bed, clock, wait, idOf, register, giveCodes, withoutScripts, operator, leavesBehind, act } = await operateBed({
  accessAdministration: accessStub(asked),
});
const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
const role = 'data-protection';
const held = { environment: 'production', role, organization: 'ministry' } as const;
let browser: Browser;

before(async () => {
  for (const environment of ['production', 'playground'] as const) {
    await policies.set({ environment, role, scopes: ['user/AuditEvent.rs', 'dhp.audit'] });
    await policies.set({ environment, role: 'reader', scopes: ['user/AuditEvent.rs'] });
  }
  await register('zuhra', 'Zuhra Ismoilova', 'Practitioner');
  await policies.give({ username: 'zuhra', ...held });
  await giveCodes('zuhra');
  await register('olim', 'Olim Usmonov', 'Practitioner');
  await policies.give({ username: 'olim', ...held, role: 'reader' });
  await newClient(bed.clients, { name: 'Laboratory', clientId: 'city-lab', environment: 'production' });
  ({ browser } = await withoutScripts('zuhra', '/operate/glass'));
});

const environmentsAsked = (): string[] => [...new Set(asked.map(({ environment }) => environment))];

describe('a data protection officer', () => {
  it('comes from the first page to the queue of the own environment, in the own name', async () => {
    asked.length = 0;
    const page = await browser.get('/operate');
    assert.match(page.address, /\/operate\/glass$/);
    assert.match(page.text, /unconscious after a fall/);
    assert.deepEqual(environmentsAsked(), ['production']);
    assert.deepEqual(
      asked.map(({ act: name, subject }) => [name, subject]),
      [['glass', idOf('zuhra')]],
    );
  });

  it('is shown the way to no other page', async () => {
    const { text } = await browser.get('/operate/glass');
    const ways = [...text.matchAll(/href="(\/operate[^"?]*)/g)].map(([, path]) => path!);
    assert.deepEqual(
      [...new Set(ways)].sort(),
      ['', '/production/7/review']
        .map((path) => `/operate/glass${path}`)
        .concat('/operate/explain', '/operate/holds')
        .sort(),
    );
    const explain = await browser.get('/operate/explain');
    assert.match(explain.address, /\/operate\/access\/production\/explain$/, 'there is one environment alone');
    assert.doesNotMatch(explain.text, /href="\/operate\/access(?!\/production\/explain\?ui_locales)/);
  });

  it('reviews an emergency with a reason, and never one of the own', async () => {
    const actor = `account:${idOf('zuhra')}`;
    const left = await leavesBehind(() => act(browser, '/glass/production/7/review', { verdict: 'justified' }));
    assert.deepEqual(left, [
      { event: 'broken-glass.reviewed', actor, reason: `entry 7 in production, justified: ${reason}` },
    ]);
    const own = await act(browser, '/glass/production/8/review', { verdict: 'justified' });
    assert.equal(own.status, 403);
  });

  it('sets legal holds in the own environment, and lifts them', async () => {
    const actor = `account:${idOf('zuhra')}`;
    const left = await leavesBehind(async () => {
      assert.match((await act(browser, '/holds/production/set', { on: 'Patient/44' })).address, /notice=set/);
      assert.match((await act(browser, '/holds/production/7/lift')).address, /notice=lift/);
    });
    assert.deepEqual(
      left.map((one) => [one.event, one.actor]),
      [
        ['legal-hold.set', actor],
        ['legal-hold.lifted', actor],
      ],
    );
  });

  it('asks who may read a record, and is told all of it', async () => {
    const page = await browser.get('/operate/access/production/explain');
    const told = await browser.submit(page, { resource: 'Observation/7', client_id: 'city-lab' }, '');
    for (const part of [/No, it may not/, /hides this record/, /laboratory/, /Hidden|hidden/])
      assert.match(told.text, part);
  });

  const elsewhere = [
    '/glass/playground/7/review',
    '/access/playground/explain',
    '/holds/playground/set',
    '/holds/playground/7/lift',
  ];

  it('gets nothing of another environment, which leaves a record', async () => {
    asked.length = 0;
    const left = await leavesBehind(async () => {
      for (const path of elsewhere) assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
      const page = await browser.get('/operate/glass/production/7/review');
      const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
      const form = { csrf, reason, verdict: 'justified', resource: 'Observation/7', client_id: 'city-lab' };
      for (const path of elsewhere) assert.equal((await browser.post(`/operate${path}`, form)).status, 404, path);
    });
    assert.deepEqual(
      left.map(({ event, reason: why }) => [event, why?.split(' ')[0]]),
      Array.from({ length: 8 }, () => ['administration.refused', 'other-environment']),
    );
    assert.deepEqual(environmentsAsked(), ['production']);
  });

  it('has seen two factors within the last minutes', async () => {
    wait(11 * 60_000);
    const page = await browser.get('/operate/glass');
    assert.match(page.text, /name="password"/);
    assert.doesNotMatch(page.text, /unconscious/);
    ({ browser } = await withoutScripts('zuhra', '/operate/glass'));
  });
});

/** Each address of the operators' pages, taken from their code, with existing objects for its variables. */
function allPages(): string[] {
  const folder = new URL('../../../packages/administration/src/operate/', import.meta.url);
  const shapes = readdirSync(folder).flatMap((file) =>
    [
      ...readFileSync(new URL(file, folder), 'utf8').matchAll(
        /\b(?:controller|platform|officers)\.(?:show|take|ask)(?:<[^(]*>)?\(\s*(?:'([^']*)'|`([^`]*)`)/g,
      ),
    ].map(([, plain, template]) => (plain ?? template)!.replaceAll(/\$\{\w+\}/g, 'give')),
  );
  const values: Record<string, string> = {
    environment: 'production',
    version: '1',
    sub: idOf('operator'),
    client_id: 'city-lab',
    organization: 'ministry',
    id: '7',
    role,
  };
  return [...new Set(shapes)].map((shape) =>
    shape.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? 'something'),
  );
}

const ownPages = [
  ...['/glass', '/glass/production/7/review', '/explain', '/access/production/explain'],
  ...['/holds', '/holds/production/set', '/holds/production/7/lift'],
];

describe('every other page', () => {
  it('is refused to an officer, whatever the method, and nothing is asked', async () => {
    const own = ownPages;
    const all = allPages();
    for (const path of own) assert.ok(all.includes(path), path);
    const others = all.filter((path) => !own.includes(path) && path !== '');
    assert.ok(others.length >= 25, String(others.length));
    asked.length = 0;
    const statuses = new Set<number>();
    const left = await leavesBehind(async () => {
      for (const path of others)
        for (const page of [
          await browser.get(`/operate${path}`),
          await browser.post(`/operate${path}`, { csrf: 'x', reason }),
        ]) {
          // 404: the method does not exist, or no page matches the template.
          assert.ok([403, 404].includes(page.status), `${path} ${String(page.status)}`);
          statuses.add(page.status);
        }
    });
    assert.ok(statuses.has(403));
    assert.ok(left.length >= others.length);
    assert.deepEqual([...new Set(left.map(({ event }) => event))], ['operator.refused']);
    assert.deepEqual(asked, []);
  });
});

describe('who is no officer', () => {
  const isRefused = async (username: string): Promise<void> => {
    const { browser: other } = await withoutScripts(username, '/account');
    asked.length = 0;
    for (const path of ownPages) assert.equal((await other.get(`/operate${path}`)).status, 403, path);
    assert.deepEqual(asked, []);
  };

  it('sees none of it: a role that reads AuditEvents without dhp.audit', () => isRefused('olim'));

  it('is who has the role no longer, from the next request on', async () => {
    await policies.take({ username: 'zuhra', ...held });
    assert.equal((await browser.get('/operate/glass')).status, 403);
    await policies.give({ username: 'zuhra', ...held });
    assert.equal((await browser.get('/operate/glass')).status, 200);
  });

  it('is who has a record that nobody has confirmed', async () => {
    const record = { environment: 'production', type: 'Practitioner', id: 'doctor-5' };
    await addUnconfirmed(bed.sql, idOf('zuhra'), { record, at: clock() });
    assert.equal((await browser.get('/operate/glass')).status, 403);
    await bed.sql`delete from sso.unconfirmed_identity where account_id = ${idOf('zuhra')}`;
    assert.equal((await browser.get('/operate/glass')).status, 200);
  });
});

describe('an officer of both environments', () => {
  it('chooses whose question it is', async () => {
    await policies.give({ username: 'zuhra', ...held, environment: 'playground' });
    const page = await browser.get('/operate/explain');
    for (const environment of ['production', 'playground'])
      assert.match(page.text, new RegExp(`/operate/access/${environment}/explain"`));
    await policies.take({ username: 'zuhra', ...held, environment: 'playground' });
  });
});

describe('the pages of an officer', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`are fit in ${language}`, async () => {
      const size = language === 'ru' ? phone : desktop;
      const { page, close } = await operator({ language, size, dark: language !== 'uz' }, '/operate/glass', 'zuhra');
      await isFit(page, `operate-officer.${language}`);
      await page.click('nav.tabs a[href^="/operate/explain"]');
      await page.waitForURL('**/operate/access/production/explain');
      await isFit(page, `operate-officer-explain.${language}`);
      await page.fill('#resource', 'Observation/7');
      await page.fill('#client_id', 'city-lab');
      await page.click('main form button');
      await page.waitForSelector('table.matrix');
      await isFit(page);
      await close();
    });
  }
});
