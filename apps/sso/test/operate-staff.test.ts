/** Administrators of an organisation: the content and acts of their page, which include nothing of another organisation. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { openPaperCodes } from '@dhp/accounts/sign-in';
import { openStaff } from '@dhp/administration/testing';
import type { EnvironmentName } from '@dhp/sso-kit';
import { pageLanguages } from '../../../tests/sample.ts';
import type { Browser } from './browser.ts';
import { desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { operateBed, reason } from './operate-bed.ts';

/** The records of the organisations, as the FHIR server of the playground has them. */
const asked: { path: string; token: Record<string, unknown> }[] = [];
const records = createServer(({ url = '', headers }, response) => {
  const [, claims = ''] = headers.authorization?.split('.') ?? [];
  asked.push({ path: url, token: JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown> });
  const extension = [
    { url: 'lang', valueCode: 'ru' },
    { url: 'content', valueString: 'Поликлиника № 7' },
  ];
  const translated = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/translation', extension }] };
  const found = url.startsWith('/fhir/Organization/clinic-7?');
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/fhir+json' });
  const organization = { resourceType: 'Organization', id: 'clinic-7', name: '7-son poliklinika', _name: translated };
  response.end(JSON.stringify(found ? organization : { resourceType: 'OperationOutcome' }));
});
await new Promise<void>((resolve) => records.listen(0, '127.0.0.1', resolve));
after(() => records.close());
const { port } = records.address() as AddressInfo;

const { bed, chromium, clock, idOf, register, giveCodes, withoutScripts, operator, leavesBehind, act } =
  await operateBed({
    ...{ fhirUrls: { playground: `http://127.0.0.1:${String(port)}/fhir` }, send: () => Promise.resolve() },
  });
const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
const ownRole = 'organization-administrator';
const at = { environment: 'playground', organization: 'clinic-7' } as const;
const place = '/staff/playground/clinic-7';

const rolesOf = async (username: string): Promise<string[]> =>
  (await policies.rolesOf(username, 'playground')).map(({ role, organization }) => `${role} ${organization}`);
/** Signs in the administrator of clinic-7 with two factors. */
const manager = async (): Promise<Browser> => (await withoutScripts('lola', `/operate${place}/give`)).browser;

before(async () => {
  await register('lola', 'Lola Yunusova', 'Practitioner');
  await register('rustam', 'Rustam Qodirov', 'Practitioner');
  await register('olim', 'Олим Усмонов', 'Practitioner');
  await register('sardor', 'Sardor Aliyev', 'Practitioner');
  await register('nodira', 'Nodira Oʻktamova');
  const set = (role: string, delegated?: boolean): Promise<unknown> =>
    policies.set({
      environment: 'playground',
      role,
      scopes: ['user/Encounter.rs?service-provider={organization}'],
      delegated,
    });
  await set('nurse', true);
  await set('family-doctor', true);
  await set('statistician');
  await policies.set({ environment: 'production', role: 'registrar', scopes: ['user/Patient.rs'], delegated: true });
  const give = (username: string, role: string, organization: string): Promise<void> =>
    policies.give({ username, environment: 'playground', role, organization });
  await give('lola', ownRole, 'clinic-7');
  await give('rustam', ownRole, 'clinic-8');
  await give('olim', 'family-doctor', 'clinic-7');
  await give('olim', 'nurse', 'clinic-9');
  await give('olim', 'statistician', 'clinic-7');
  await give('sardor', 'nurse', 'clinic-8');
  await giveCodes('lola');
});

describe('an administrator of an organisation', () => {
  it('reads what the organisation is called, in the own language, asked of its record with a token for nothing else', async () => {
    const browser = await manager();
    const page = async (language: string): Promise<string> =>
      (await browser.get(`/operate${place}?ui_locales=${language}`)).text;
    assert.match(await page('uz'), /<h2>7-son poliklinika /);
    assert.match(await page('ru'), /<h2>Поликлиника № 7 /);
    const english = await page('en');
    assert.match(english, /<title>7-son poliklinika/);
    assert.match(english, /<small class="quiet">Organization\/clinic-7<\/small>/);
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['/fhir/Organization/clinic-7?_elements=name'],
      'asked once',
    );
    const { scope, client_id: client } = asked[0]!.token;
    assert.deepEqual([scope, client], ['system/Organization.r', 'dhp-sso']);
  });

  it('comes from the first page to the own organisation, and sees its staff with the roles there', async () => {
    const { text } = await withoutScripts('lola');
    assert.match(text, /Organization\/clinic-7/);
    assert.match(text, /Олим Усмонов/);
    assert.match(text, /family-doctor/);
    assert.ok(!text.includes('Sardor'), 'nobody of another organisation');
    assert.ok(!text.includes('clinic-9') && !/>nurse</.test(text), 'no role elsewhere');
    assert.ok(!/href="\/operate\/(users|clients|audit)/.test(text), 'no way to the pages of the platform');
    const { browser } = await withoutScripts('lola');
    assert.match((await browser.get(`/operate${place}?q=usmonov`)).text, /Олим/, 'found in another script');
    assert.ok(!(await browser.get(`/operate${place}?q=sardor`)).text.includes('Sardor Aliyev'));
  });

  it('gives a delegated role to a health worker, and takes it, each with one record', async () => {
    const browser = await manager();
    const given = await leavesBehind(() => act(browser, `${place}/give`, { username: 'Sardor', role: 'nurse' }));
    const actor = `account:${idOf('lola')}`;
    const what = 'nurse in Organization/clinic-7 of the playground';
    assert.deepEqual(given, [{ event: 'account.role-given', actor, reason: `${what}: ${reason}` }]);
    assert.deepEqual(await rolesOf('sardor'), ['nurse clinic-7', 'nurse clinic-8']);
    const taken = await leavesBehind(() => act(browser, `${place}/take?username=sardor&role=nurse`));
    assert.deepEqual(taken, [{ event: 'account.role-taken', actor, reason: `${what}: ${reason}` }]);
    assert.deepEqual(await rolesOf('sardor'), ['nurse clinic-8'], 'that of the other organisation stays');
  });

  it('does nothing without a reason', async () => {
    const browser = await manager();
    const left = await leavesBehind(async () => {
      const page = await act(browser, `${place}/give`, { username: 'sardor', role: 'nurse', reason: '' });
      assert.match(page.text, /3 to 300 characters/);
    });
    assert.deepEqual(left, []);
  });

  for (const [what, username, role, guard] of [
    ['a role that is not delegated', 'sardor', 'statistician', 'undelegated-role'],
    ['a role that is delegated in another environment', 'sardor', 'registrar', 'undelegated-role'],
    ['the own role', 'sardor', ownRole, 'undelegated-role'],
    ['anything to a patient', 'nodira', 'nurse', undefined],
    ['anything to nobody', 'unknown.person', 'nurse', undefined],
    ['anything to oneself', 'lola', 'nurse', 'own-account'],
    ['anything to another administrator', 'rustam', 'nurse', 'administrator-of-any-kind'],
  ] as const) {
    it(`gives not ${what}`, async () => {
      const browser = await manager();
      const before = await bed.sql`select * from sso.account_role order by 1, 2, 3, 4`;
      const left = await leavesBehind(async () => {
        const page = await act(browser, `${place}/give`, { username, role });
        assert.equal(page.status, guard === undefined ? 400 : 403);
      });
      assert.deepEqual(
        left.map(({ event, reason: why }) => [event, why?.split(' ')[0]]),
        guard === undefined ? [] : [['administration.refused', guard]],
      );
      assert.deepEqual(await bed.sql`select * from sso.account_role order by 1, 2, 3, 4`, before);
    });
  }

  it('is told the same of a patient as of nobody', async () => {
    const browser = await manager();
    const said = async (username: string): Promise<string | undefined> =>
      /lang="en">(No health worker[^<]*)</
        .exec((await act(browser, `${place}/give`, { username, role: 'nurse' })).text)?.[1]
        ?.replace(username, 'X');
    assert.ok((await said('nodira')) !== undefined);
    assert.equal(await said('nodira'), await said('unknown.person'));
  });

  it('takes no role that is not delegated, and none of who has it elsewhere alone', async () => {
    const browser = await manager();
    const left = await leavesBehind(async () => {
      assert.equal((await act(browser, `${place}/take?username=olim&role=statistician`)).status, 403);
      assert.equal((await act(browser, `${place}/take?username=olim&role=nurse`)).status, 400);
    });
    assert.deepEqual(
      left.map(({ event }) => event),
      ['administration.refused'],
    );
    assert.deepEqual(await rolesOf('olim'), ['family-doctor clinic-7', 'nurse clinic-9', 'statistician clinic-7']);
  });

  it('gets nothing of another organisation, environment or page', async () => {
    const browser = await manager();
    for (const path of [
      '/staff/playground/clinic-8',
      '/staff/production/clinic-7',
      '/staff/playground/clinic-8/give',
    ]) {
      const page = await browser.get(`/operate${path}`);
      assert.equal(page.status, 404, path);
      assert.ok(!page.text.includes('Sardor'));
    }
    const page = await browser.get(`/operate${place}/give`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)![1]!;
    const left = await leavesBehind(async () => {
      const form = { csrf, reason, username: 'olim', role: 'nurse' };
      assert.equal((await browser.post('/operate/staff/playground/clinic-8/give', form)).status, 404);
      assert.equal(
        (await browser.post('/operate/staff/playground/clinic-8/take?username=sardor&role=nurse', form)).status,
        404,
      );
    });
    assert.deepEqual(
      left.map(({ event, reason: why }) => [event, why?.split(' ')[0]]),
      [
        ['administration.refused', 'other-organization'],
        ['administration.refused', 'other-organization'],
      ],
    );
    for (const path of [
      '/users',
      `/users/${idOf('sardor')}`,
      '/clients',
      '/sessions',
      '/keys',
      '/policies',
      '/audit',
    ]) {
      assert.equal((await browser.get(`/operate${path}`)).status, 403, path);
    }
    const staff = openStaff(bed.sql, {
      accountId: idOf('lola'),
      clock,
      paperCodes: openPaperCodes({ sql: bed.sql, encryptionKey: bed.encryptionKey, clock }),
    });
    const other = { ...at, organization: 'clinic-8' };
    const all = { searched: [], after: undefined, limit: 10 };
    await assert.rejects(staff.members(other, all), /do not administer/);
    await assert.rejects(staff.give({ ...other, username: 'olim', role: 'nurse', reason }), /do not administer/);
    await assert.rejects(staff.take({ ...other, username: 'sardor', role: 'nurse', reason }), /do not administer/);
  });

  it('sees many by pages', async () => {
    for (let n = 10; n < 62; n += 1) {
      await register(`nurse${String(n)}`, `Nurse ${String(n)}`, 'Practitioner');
      await policies.give({ username: `nurse${String(n)}`, ...at, role: 'nurse' });
    }
    const browser = await manager();
    const first = await browser.get(`/operate${place}`);
    const [, older = ''] = /href="(\?[^"]*after=[^"]*)"/.exec(first.text) ?? [];
    const second = await browser.get(`/operate${place}${older.replaceAll('&amp;', '&')}`);
    const named = ({ text }: { text: string }): string[] => text.match(/<strong>Nurse \d+/g) ?? [];
    const all = [...named(first), ...named(second)];
    assert.equal(all.length, 52);
    assert.equal(new Set(all).size, 52);
    for (let n = 10; n < 62; n += 1) await policies.take({ username: `nurse${String(n)}`, ...at, role: 'nurse' });
  });

  it('changes something with two factors alone', async () => {
    const { browser, status } = await withoutScripts('rustam', '/operate/staff/playground/clinic-8');
    assert.equal(status, 200);
    assert.match((await browser.get('/operate/staff/playground/clinic-8/give')).text, /value="enrol"/);
  });

  describe('at the desk for patients', () => {
    const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
    const codes = async (): Promise<string[]> => {
      const rows = await bed.sql<{ username: string }[]>`
        select username from sso.paper_code join sso.account using (account_id) order by username`;
      return rows.map(({ username }) => username);
    };
    const invite = async (username: string, type: 'Patient' | 'Practitioner', environment: EnvironmentName) => {
      await accounts.invite({ username, name: username, identities: [{ environment, type, fhir_id: username }] });
    };
    const assignment = { username: 'lola', ...at, role: 'patient-desk' } as const;

    it('makes no code without the role that operators give', async () => {
      await policies.set({ environment: 'playground', role: 'patient-desk', scopes: ['user/Patient.rs'] });
      const browser = await manager();
      assert.ok(!(await browser.get(`/operate${place}`)).text.includes('/paper-code'));
      assert.equal((await browser.get(`/operate${place}/paper-code`)).status, 404);
    });

    it('makes a code for a patient without a way in, which is printed, used, and kept in mind', async () => {
      await invite('dilnoza', 'Patient', 'playground');
      await policies.give(assignment);
      const browser = await manager();
      assert.ok((await browser.get(`/operate${place}`)).text.includes(`${place}/paper-code`));
      let text = '';
      const left = await leavesBehind(async () => {
        ({ text } = await act(browser, `${place}/paper-code`, { username: 'dilnoza' }));
      });
      const [, code = ''] = /<code translate="no">([2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5})<\/code>/.exec(text) ?? [];
      assert.notEqual(code, '', text);
      assert.deepEqual(left, [
        {
          ...{ event: 'account.paper-code-made', actor: `account:${idOf('lola')}` },
          reason: `${reason} (Organization/clinic-7 of the playground)`,
        },
      ]);
      const held = await bed.sql`select 1 from sso.custody where holder = ${`account:${idOf('lola')}`}`;
      assert.equal(held.length, 1, 'who has seen the code could sign in with it');
      const opened = await fetch(`${chromium.issuer}/invited`, {
        ...{ method: 'POST', body: new URLSearchParams({ code }), redirect: 'manual' },
      });
      assert.equal(opened.status, 303);
    });

    it('makes none for somebody who has a way in, is more than a patient, or is not known, and tells them not apart', async () => {
      await invite('elsewhere', 'Patient', 'production');
      await invite('both', 'Patient', 'playground');
      await bed.sql`
        insert into sso.account_identity (account_id, environment, type, fhir_id)
        select account_id, 'production', 'Patient', 'both' from sso.account where username = 'both'`;
      await invite('midwife', 'Practitioner', 'playground');
      await invite('gone', 'Patient', 'playground');
      await accounts.disable('gone');
      await invite('linked', 'Patient', 'playground');
      await bed.sql`
        insert into sso.upstream_link (account_id, upstream, subject_hash, linked_at)
        select account_id, 'oneid', sha256('linked'), ${clock()} from sso.account where username = 'linked'`;
      await invite('helper', 'Patient', 'playground');
      await policies.give({ username: 'helper', environment: 'playground', role: 'nurse', organization: 'clinic-9' });
      await register('shirin', 'Shirin Aliyeva', 'Patient');
      const before = await codes();
      const browser = await manager();
      const said = new Set<string>();
      for (const username of [
        'elsewhere',
        'both',
        'midwife',
        'gone',
        'linked',
        'helper',
        'shirin',
        'lola',
        'nobody-at-all',
      ]) {
        const { status, text } = await act(browser, `${place}/paper-code`, { username });
        assert.equal(status, 400, username);
        said.add(/No patient without a way in signs in as [^<]*/.exec(text)?.[0].replace(username, '') ?? text);
      }
      assert.equal(said.size, 1, [...said].join('\n'));
      assert.deepEqual(await codes(), before);
    });

    it('makes none for another organisation, nor when the role is taken', async () => {
      await invite('zilola', 'Patient', 'playground');
      const paperCodes = openPaperCodes({ sql: bed.sql, encryptionKey: bed.encryptionKey, clock });
      const staff = openStaff(bed.sql, { accountId: idOf('lola'), clock, paperCodes });
      const other = { environment: 'playground', organization: 'clinic-8', username: 'zilola', reason } as const;
      const left = await leavesBehind(() => assert.rejects(staff.paperCode(other), /do not administer/));
      assert.deepEqual(
        left.map(({ event, reason: why }) => [event, why?.split(' ')[0]]),
        [['administration.refused', 'other-organization']],
      );
      await policies.take({ ...assignment, reason });
      await assert.rejects(staff.paperCode({ ...other, organization: 'clinic-7' }), /do not administer/);
      assert.ok(!(await codes()).includes('zilola'));
    });
  });

  it('is none any more from the next page on when the role is taken', async () => {
    const browser = await manager();
    await policies.take({ username: 'lola', ...at, role: ownRole, reason });
    const page = await browser.get(`/operate${place}`);
    assert.equal(page.status, 403);
    assert.ok(!page.text.includes('Олим'));
    await policies.give({ username: 'lola', ...at, role: ownRole, reason });
  });
});

describe('an administrator of many organisations', () => {
  it('sees all of them, while no more than fifty records are asked for', async () => {
    const many = Array.from({ length: 60 }, (_, n) => `region-${String(n)}`);
    for (const organization of many)
      await policies.give({ username: 'rustam', environment: 'playground', role: ownRole, organization });
    asked.length = 0;
    const { text } = await withoutScripts('rustam', '/operate/staff');
    for (const organization of many) assert.match(text, new RegExp(`Organization/${organization}<`));
    assert.equal(
      asked.filter(({ path }) => path.includes('/region-')).length,
      49,
      'clinic-8 is the first of the fifty',
    );
  });
});

describe('who administers no organisation', () => {
  it('is refused: a health worker, and a platform administrator', async () => {
    for (const username of ['olim', 'operator']) {
      const { browser } = await withoutScripts(username, '/account');
      const left = await leavesBehind(async () => {
        assert.equal((await browser.get(`/operate${place}`)).status, 403, username);
      });
      assert.deepEqual(left, [{ event: 'operator.refused', actor: null, reason: `/operate${place}` }]);
    }
  });

  it('does not become one by what is delegated: the own role cannot be', async () => {
    await assert.rejects(
      policies.set({ environment: 'playground', role: ownRole, scopes: ['user/PractitionerRole.rs'], delegated: true }),
      /by the platform alone/,
    );
    await assert.rejects(
      bed.sql`insert into sso.access_policy (role, environment, scopes, delegated, updated_at, updated_by)
              values (${ownRole}, 'production', array['user/Patient.rs'], true, now(), 'x')`,
    );
  });
});

describe('what is delegated', () => {
  it('stays as it was where a change does not say it', async () => {
    const scopes = ['user/Patient.rs'];
    const change = (delegated?: boolean): Promise<{ delegated: boolean }> =>
      policies.set({ environment: 'production', role: 'porter', scopes, delegated });
    assert.equal((await change()).delegated, false);
    assert.equal((await change(true)).delegated, true);
    assert.equal((await change()).delegated, true);
    assert.equal((await change(false)).delegated, false);
  });

  it('is marked at the page of the policy', async () => {
    const { browser } = await withoutScripts('operator', '/operate/policies/production/porter/set');
    await act(browser, '/policies/production/porter/set', { scopes: 'user/Patient.rs', delegated: 'yes' });
    const porter = (await policies.list()).find(({ role }) => role === 'porter');
    assert.equal(porter?.delegated, true);
    assert.match((await browser.get('/operate/policies')).text, /organisations may give it/);
    await act(browser, '/policies/production/porter/set', { scopes: 'user/Patient.rs', delegated: '' });
    assert.equal((await policies.list()).find(({ role }) => role === 'porter')?.delegated, false);
  });
});

describe('the page of an organisation', { skip: withoutBrowser }, () => {
  for (const language of pageLanguages) {
    it(`is fit in ${language}`, async () => {
      const size = language === 'ru' ? phone : desktop;
      const { page, close } = await operator({ language, size, dark: language !== 'uz' }, `/operate${place}`, 'lola');
      await isFit(page, `operate-staff.${language}`);
      await page.goto(`${chromium.issuer}/operate${place}/give`);
      await isFit(page, `operate-staff-give.${language}`);
      const [width, height] = size === phone ? desktop : phone;
      await page.setViewportSize({ width, height });
      await isFit(page);
      await close();
    });
  }
});
