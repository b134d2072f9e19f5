/** The operators' pages in a real browser: fit in every language, light and dark, on a telephone and a desk; by keyboard; cross-site. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openClients } from '@dhp/clients';
import { openPolicies } from '@dhp/accounts/policies';
import { openKeys } from '@dhp/signing-keys';
import { askPage } from '../../../tests/browser.ts';
import { inTurn, isFull, pageLanguages } from '../../../tests/sample.ts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { chainAll } from './chain-all.ts';
import { desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { addCase, addUnconfirmed } from './identity-bed.ts';
import { operateBed, password, reason } from './operate-bed.ts';
import { newClient } from './support.ts';

const { bed, chromium, accounts, clock, wait, idOf, register, operator, leavesBehind } = await operateBed({
  keyRotation: { intervalSeconds: 90 * 86_400 },
});
let clinic: string;
let identityCase: string;

async function spread(): Promise<void> {
  const hours = Array.from({ length: 24 }, (_, at) => at);
  for (const at of hours) {
    const count = Math.round(14 + 11 * Math.sin((at - 3) / 3.6));
    await bed.sql`
      insert into sso.audit_event (recorded, event, reason, account_id, address)
      select ${clock()}::timestamptz - ${String(at)}::int * interval '1 hour', case when n % 6 = 0 then 'sign-in.refused' else 'sign-in.succeeded' end,
             case when n % 6 = 0 then 'wrong-password' else 'pwd' end, ${idOf('nodira')}, '203.0.113.7'
      from generate_series(1, ${count}) as n`;
  }
}

before(async () => {
  await register('nodira', 'Nodira Oʻktamova');
  await register('olim', 'Олим Усмонов', 'Practitioner');
  await register('gulnora', 'Gulnora Xoʻjayeva');
  await register('sardor', 'Sardor Aliyev', 'Practitioner');
  const policies = openPolicies(bed.sql, { actor: 'cli:aziza', clock });
  const set = (environment: 'playground' | 'production', role: string, scopes: string[]): Promise<unknown> =>
    policies.set({ environment, role, scopes });
  await set('production', 'family-doctor', [
    'user/Patient.rs',
    'user/Encounter.cruds?service-provider={organization}',
    'user/Observation.cruds?encounter.service-provider={organization}',
    'user/MedicationRequest.crus?requester={practitioner}',
  ]);
  await set('production', 'nurse', ['user/Patient.rs', 'user/Observation.crs', 'user/Immunization.cruds']);
  for (const username of ['olim', 'sardor']) {
    await policies.give({ username, environment: 'production', role: 'family-doctor', organization: 'clinic-7' });
  }
  await newClient(bed.clients, {
    name: 'Bemor kabineti',
    clientId: 'patient-cabinet',
    grants: ['authorization_code'],
    scopes: ['openid', 'fhirUser', 'launch/patient', 'patient/*.rs'],
    redirectUris: [chromium.redirectUri, 'https://cabinet.example.uz/cb'],
    public: true,
  });
  await newClient(bed.clients, { name: 'Shahar laboratoriyasi', clientId: 'city-laboratory' });
  const unapproved = openClients(bed.sql, { actor: 'client:desk', clock, approves: false });
  for (const name of ['Toshkent viloyat shifoxonasi', 'Клиника «Шифо»']) {
    const { client } = await unapproved.create({
      ...{ name, environment: 'production', grants: ['client_credentials'] },
      scopes: ['system/Patient.rs', 'system/Encounter.cruds'],
    });
    clinic = client.clientId;
  }
  for (const [username, agent] of [
    ['nodira', 'Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36'],
    ['olim', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0'],
  ] as const) {
    const visitor = new Browser(chromium.issuer, 'uz', { 'user-agent': agent }, chromium.issuer);
    const request = { client_id: 'patient-cabinet', response_type: 'code', redirect_uri: chromium.redirectUri };
    const address = authorizeAddress({ ...request, scope: 'openid fhirUser', ...pkce().query });
    await signIn(visitor, address, { username, password });
  }
  await spread();
  const at = clock();
  await addCase(bed.sql, idOf('olim'), { kind: 'several', ids: ['doctor-17', 'doctor-71'], type: 'Practitioner', at });
  identityCase = await addCase(bed.sql, idOf('gulnora'), { kind: 'taken', ids: ['p-nodira'], at });
  await addCase(bed.sql, idOf('nodira'), { kind: 'unproven', ids: ['patient-204'], environment: 'production', at });
  await addCase(bed.sql, idOf('operator'), { kind: 'lost', ids: ['x'.repeat(64)], at });
  const record = { environment: 'production', type: 'Practitioner', id: 'doctor-5' };
  await addUnconfirmed(bed.sql, idOf('sardor'), { upstream: 'oneid', record, at });
  await addUnconfirmed(bed.sql, idOf('operator'), { upstream: 'oneid', at });
  for (let n = 0; n < 6; n += 1) await accounts.authenticate('gulnora', 'not the password', '203.0.113.9');
  // Further failures prolong the delay, so that the pages still show it.
  for (const seconds of [31, 61, 121, 241]) {
    wait(seconds * 1000);
    await accounts.authenticate('gulnora', 'not the password', '203.0.113.9');
  }
  await bed.sql`insert into sso.audit_event (recorded, event, reason, account_id) values
    (${clock()}, 'sign-in.refused', 'account-locked', ${idOf('gulnora')})`;
  await accounts.disable('sardor', { reason: 'left the clinic' });
  const keys = openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:aziza', clock });
  await bed.sql`
    update sso.signing_key set created_at = created_at - interval '40 days', signs_from = signs_from - interval '40 days'`;
  await keys.rotate('ES256');
  await chainAll(bed.sql);
});

describe('the operators’ pages', { skip: withoutBrowser }, () => {
  /** The address of each page, by the name of its picture. */
  async function places(): Promise<Record<string, string>> {
    const [event] = await bed.sql<{ id: string }[]>`
      select id from sso.audit_event where event = 'account.disabled' order by id desc limit 1`;
    const [session] = await bed.sql<{ session_uid: string }[]>`
      select session_uid from sso.session_detail where account_id = ${idOf('nodira')}`;
    return {
      operate: '',
      'operate-users': '/users',
      'operate-user': `/users/${idOf('gulnora')}`,
      'operate-user-change': `/users/${idOf('olim')}/change`,
      'operate-role': `/users/${idOf('olim')}/give-role`,
      'operate-question': `/users/${idOf('gulnora')}/disable`,
      'operate-identity': '/identity',
      'operate-identity-case': `/identity/cases/${identityCase}/decide?id=p-nodira`,
      'operate-identity-reject': `/users/${idOf('sardor')}/reject?environment=production&reference=Practitioner/doctor-5`,
      'operate-clients': '/clients',
      'operate-client': `/clients/${clinic}`,
      'operate-approve': `/clients/${clinic}/approve`,
      'operate-client-change': '/clients/patient-cabinet/change',
      'operate-sessions': '/sessions',
      'operate-session': `/sessions/${session!.session_uid}`,
      'operate-keys': '/keys',
      'operate-policies': '/policies',
      'operate-policy-change': '/policies/production/family-doctor/set',
      'operate-access': '/access',
      'operate-access-environment': '/access/production',
      'operate-access-draft': '/access/production/draft',
      'operate-access-version': '/access/production/versions/1',
      'operate-access-rollback': '/access/production/rollback/1',
      'operate-access-explain': '/access/production/explain',
      'operate-glass': '/glass',
      'operate-glass-review': '/glass/production/7/review',
      'operate-holds': '/holds?all=yes',
      'operate-hold-set': '/holds/production/set',
      'operate-jobs': '/jobs',
      'operate-subscriptions': '/subscriptions',
      'operate-audit': '/audit',
      'operate-audit-record': `/audit/${event!.id}`,
      'operate-export': '/audit/export?kind=client*',
      'operate-missing': `/users/00000000-0000-0000-0000-000000000000`,
    };
  }

  for (const language of pageLanguages) {
    it(`are fit in ${language}`, async () => {
      const size = language === 'ru' ? phone : desktop;
      const { page, close } = await operator({ language, size, dark: language !== 'uz' });
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      assert.equal(await page.getAttribute('html', 'lang'), language);
      for (const [n, [name, path]] of Object.entries(await places()).entries()) {
        await page.goto(`${chromium.issuer}/operate${path}`);
        const isTurn = n % pageLanguages.length === pageLanguages.indexOf(language);
        await isFit(page, `${name}.${language}`, { axe: isFull || isTurn });
        if (!isFull && !isTurn) continue;
        const [width] = size === phone ? desktop : phone;
        const asked = { width, expression: 'document.documentElement.scrollWidth' };
        assert.deepEqual(await askPage(page, [asked]), [width], `${name} at ${String(width)}`);
      }
      assert.deepEqual(
        complaints.filter((one) => !/status of 404/.test(one)),
        [],
      );
      await close();
    });
  }

  it('fit the other way around: light and dark, telephone and desk', async () => {
    for (const [language, size, dark] of inTurn(
      [
        ['uz', phone, true],
        ['en', phone, false],
        ['ru', [3840, 2160], true],
      ] as const,
      3,
    )) {
      const { page, close } = await operator({ language, size, dark });
      for (const path of [`/users/${idOf('olim')}`, '/identity', '/policies', '/audit']) {
        await page.goto(`${chromium.issuer}/operate${path}`);
        await isFit(page);
      }
      await close();
    }
  });

  it('fit with what a draft would take, what is wrong with it, and why somebody may not read something', async () => {
    for (const [language, size, dark] of inTurn(
      [
        ['uz', phone, true],
        ['ru', desktop, false],
      ] as const,
      2,
    )) {
      const { page, close } = await operator({ language, size, dark });
      await page.goto(`${chromium.issuer}/operate/access/production/draft`);
      await page.click('button[value=try]');
      await page.waitForSelector('table.matrix');
      await isFit(page);
      await page.fill('#policies', '{ "wrong": true }');
      await page.click('button[value=check]');
      await page.waitForSelector('.alarm[role=alert]');
      await isFit(page);
      await page.goto(`${chromium.issuer}/operate/access/playground/explain`);
      await page.fill('#resource', 'Observation/7');
      await page.fill('#client_id', 'city-laboratory');
      await page.click('form button');
      await page.waitForSelector('table.matrix');
      await isFit(page);
      await close();
    }
  });

  it('are worked by the keyboard alone', async () => {
    const { page, close } = await operator({ size: desktop });
    await page.goto(`${chromium.issuer}/operate/users`);
    await page.focus('#q');
    await page.keyboard.type('усмонов');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    await page.focus('.pages a, a.entry');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/users/${idOf('olim')}`);
    await page.focus('.doings a:has-text("Disable")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#reason');
    assert.equal(await page.evaluate('document.activeElement.id'), 'reason', 'the reason is where one begins');
    const left = await leavesBehind(async () => {
      await page.keyboard.type(reason);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.notice[role=status]');
    });
    assert.deepEqual(left, [{ event: 'account.disabled', actor: `account:${idOf('operator')}`, reason }]);
    await close();
  });
});

describe('another site', { skip: withoutBrowser }, () => {
  let elsewhere: Server;
  const address = (): string => `http://127.0.0.1:${String((elsewhere.address() as AddressInfo).port)}`;
  before(async () => {
    elsewhere = createServer((_request, response) => {
      const target = `${chromium.issuer}/operate/users/${idOf('nodira')}/disable`;
      response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>elsewhere</title>
        <form method="post" action="${target}"><input name="reason" value="${reason}"><input name="csrf" value="guessed"><button>win a prize</button></form>
        <iframe src="${chromium.issuer}/operate"></iframe>`);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  after(() => elsewhere.close());

  it('does nothing by a form, and shows none of it in a frame', async () => {
    const { page, close } = await operator({ size: desktop });
    const left = await leavesBehind(async () => {
      await page.goto(address());
      assert.ok(!(await page.frames()[1]!.content()).includes('Dilshod'), 'the frame is empty');
      await page.click('button');
      await page.waitForURL(`${chromium.issuer}/**`);
    });
    assert.deepEqual(left, []);
    assert.equal((await accounts.find('nodira'))?.disabled, undefined);
    assert.ok('account' in (await accounts.authenticate('nodira', password, '203.0.113.1')));
    await close();
  });
});
