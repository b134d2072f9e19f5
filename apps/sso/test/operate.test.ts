/** The operators' pages without scripts: who may open them, and that each act on people makes one record. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openAdministrators, openPeople } from '@dhp/accounts';
import { openIdentitySources } from '@dhp/administration';
import { openPolicies } from '@dhp/accounts/policies';
import { Browser } from './browser.ts';
import { operateBed, password, reason } from './operate-bed.ts';
import { newClient } from './support.ts';

const pinfl = '31234567890123';
/** The client whose statements about PINFLs are trusted in production. */
let registry = '';
const { bed, chromium, accounts, clock, wait, idOf, register, giveCodes, withoutScripts, leavesBehind, act } =
  await operateBed({
    identityEnvironments: ['production'],
    directory: (asked) => {
      const writer = { kind: 'system', client: registry } as const;
      const record = { environment: 'production', type: 'Patient', fhir_id: 'p-nodira', writer } as const;
      return Promise.resolve(asked === pinfl ? [record] : []);
    },
  });
const administrators = openAdministrators(bed.sql, { actor: 'cli:tester', clock });

before(async () => {
  await register('nodira', 'Nodira Oʻktamova');
  await register('olim', 'Олим Усмонов', 'Practitioner');
  await register('gulnora', 'Gulnora Xoʻjayeva');
  await register('sardor', 'Sardor Aliyev', 'Practitioner');
  const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
  const { id } = await newClient(bed.clients, { environment: 'production' });
  registry = id;
  const sources = openIdentitySources(bed.sql, { actor: 'cli:tester', clock, reason });
  await sources.name({ client_id: registry, environment: 'production', resource_type: 'Patient' });
  const identities = (['playground', 'production'] as const).map((environment) => ({
    environment,
    type: 'Patient' as const,
    fhir_id: 'p-nodira',
  }));
  await openPeople(bed.sql, { actor: 'cli:tester', clock }).change('nodira', { identities });
  await policies.give({ username: 'olim', environment: 'playground', role: 'family-doctor', organization: 'clinic-7' });
});

const nowhere = '00000000-0000-4000-8000-000000000000';
const personActs = [
  'disable',
  'enable',
  'reset-link',
  'paper-code',
  'reset-password',
  'reset-factors',
  'unlock',
  'sign-out',
];
const bonds = ['change', 'give-role', 'take-role', 'unlink'];

/** Every page, and every act. */
const pages = (): string[] => [
  '',
  '/users',
  `/users/${idOf('nodira')}`,
  ...[...personActs, ...bonds].map((one) => `/users/${idOf('nodira')}/${one}`),
  ...['/identity', `/identity/cases/${nowhere}/decide`],
  ...['confirm', 'reject'].map((one) => `/users/${idOf('nodira')}/${one}?upstream=oneid`),
  '/clients',
  '/clients/some-client',
  ...['/add-person', '/add-client'],
  ...['approve', 'enable', 'change', 'rotate-secret', 'drop-old-secret', 'sign-out', 'disable'].map(
    (one) => `/clients/some-client/${one}`,
  ),
  ...['/sessions', '/sessions/some-session', '/sessions/some-session/end'],
  ...['/keys', '/keys/rotate?alg=ES256', '/keys/replace?alg=ES256', '/keys/retire?kid=some'],
  ...['/policies', '/policies/add', '/policies/playground/nurse/set', '/policies/playground/nurse/remove'],
  ...['/audit', '/audit/1', '/audit/export'],
];

it('an address with U+0000 names nothing, and finds what it would find without', async () => {
  const { browser } = await withoutScripts('operator');
  for (const [path, status] of [
    ['/users/%00', 404],
    ['/clients/a%00b/disable', 404],
    ['/sessions/%00', 404],
    ['/audit?actor=%00&client=a%00b', 200],
    ['/users?q=%00', 200],
  ] as const) {
    assert.equal((await browser.get(`/operate${path}`)).status, status, path);
  }
});

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
        const [asked] = path.split('?', 1);
        assert.deepEqual(left, [{ event: 'operator.refused', actor: null, reason: `/operate${asked!}` }]);
      }
      for (const path of pages().filter(
        (one) => one.split('/').length > 2 && !/^\/(audit|sessions|clients)\/[\w-]+$/.test(one),
      )) {
        const page = await browser.post(`/operate${path}`, { reason, csrf: 'x' });
        assert.ok([403, 404].includes(page.status), `${path}: ${String(page.status)}`);
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

  it('to change something with two factors alone', async () => {
    await register('malika', 'Malika Ergasheva');
    await administrators.make('malika', { reason });
    const { browser, status } = await withoutScripts('malika');
    assert.equal(status, 200, 'looking is possible without');
    const left = await leavesBehind(async () => {
      const question = await browser.get(`/operate/users/${idOf('olim')}/disable`);
      assert.match(question.text, /value="enrol"/, 'a second factor is set up first');
      const sent = await browser.post(`/operate/users/${idOf('olim')}/disable`, { reason, csrf: 'x' });
      assert.match(sent.text, /value="enrol"/);
    });
    assert.deepEqual(left, []);
    await giveCodes('malika');
    const again = await withoutScripts('malika', `/operate/users/${idOf('olim')}/disable`);
    assert.match(again.text, /Disable the account of/);
    await administrators.unmake('malika', { reason });
  });

  it('to look with two factors too, where administrators are held to them', async () => {
    const { url } = await bed.start({ issuer: 'http://localhost:1', secondFactorFor: ['administrator'], clock });
    await register('temur', 'Temur Nazarov');
    await administrators.make('temur', { reason });
    const device = (): Browser => new Browser(url, 'en', {}, 'http://localhost:1');
    const signIn = async (browser: Browser, path: string): Promise<string> =>
      (await browser.submit(await browser.get(path), { username: 'temur', password }, 'login')).text;
    assert.match(await signIn(device(), '/operate'), /value="enrol"/, 'one is set up first');
    // A session of an application that requested less does not open them either.
    const browser = device();
    assert.match(await signIn(browser, '/account'), /Temur Nazarov/);
    assert.match((await browser.get('/operate')).text, /value="enrol"/);
    await administrators.unmake('temur', { reason });
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
      /^default-src 'none'; img-src 'self'; style-src 'sha256-[^;]*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
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
      values (gen_random_uuid(), ${`many-${String(n)}`}, 'One of many', ${new Date(clock().getTime() - 86_400_000)}, ${clock()})`;
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

  it('are disabled, enabled, reset, let go on and signed out: each leaves exactly one record with who and why', async () => {
    await register('rustam', 'Rustam Sodiqov');
    const { browser } = await withoutScripts('operator');
    const actor = `account:${idOf('operator')}`;
    const theirs = await withoutScripts('rustam', '/account');
    assert.match(theirs.text, /Rustam Sodiqov/);

    assert.deepEqual(await leavesBehind(() => act(browser, `/users/${idOf('rustam')}/sign-out`)), [
      { event: 'account.signed-out', actor, reason },
    ]);
    assert.match((await theirs.browser.get('/account')).text, /name="password"/, 'the session is over');

    assert.deepEqual(await leavesBehind(() => act(browser, `/users/${idOf('rustam')}/disable`)), [
      { event: 'account.disabled', actor, reason },
    ]);
    assert.ok((await accounts.find('rustam'))?.disabled);
    assert.equal((await browser.get(`/operate/users/${idOf('rustam')}/disable`)).status, 404, 'it is so already');
    assert.deepEqual(await leavesBehind(() => act(browser, `/users/${idOf('rustam')}/enable`)), [
      { event: 'account.enabled', actor, reason },
    ]);
    assert.equal((await accounts.find('rustam'))?.disabled, undefined);

    let text = '';
    const reset = await leavesBehind(async () => {
      ({ text } = await act(browser, `/users/${idOf('rustam')}/reset-password`));
    });
    assert.deepEqual(reset, [{ event: 'account.password-set', actor, reason }]);
    const [, made = ''] = /class="secret"><code>([^<]+)</.exec(text) ?? [];
    assert.ok('account' in (await accounts.authenticate('rustam', made, '203.0.113.1')));

    for (let n = 0; n < 6; n += 1) await accounts.authenticate('rustam', 'wrong password', '203.0.113.2');
    assert.deepEqual(await accounts.authenticate('rustam', made, '203.0.113.1'), {
      refused: 'account-locked',
      accountId: idOf('rustam'),
    });
    assert.deepEqual(await leavesBehind(() => act(browser, `/users/${idOf('rustam')}/unlock`)), [
      { event: 'account.unlocked', actor, reason },
    ]);
    assert.ok('account' in (await accounts.authenticate('rustam', made, '203.0.113.1')));

    const linked = await leavesBehind(async () => {
      ({ text } = await act(browser, `/users/${idOf('rustam')}/reset-link`));
    });
    assert.deepEqual(linked, [{ event: 'account.reset-link-made', actor, reason }]);
    const [, link = ''] = /class="secret"><code>([^<]+)</.exec(text) ?? [];
    assert.ok(link.startsWith(`${chromium.issuer}/password/new?token=`), link);
    const trail = JSON.stringify(await bed.sql`select * from sso.audit_event`);
    assert.ok(!trail.includes(made) && !trail.includes(link.split('token=')[1]!), 'nothing secret is in the trail');

    await bed.sql`insert into sso.totp (account_id, secret, created_at, confirmed_at) values (${idOf('rustam')}, 'x', ${clock()}, ${clock()})`;
    assert.deepEqual(await leavesBehind(() => act(browser, `/users/${idOf('rustam')}/reset-factors`)), [
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
      wait(11 * 60_000);
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
      const left = await leavesBehind(async () => {
        assert.equal((await act(browser, `/users/${idOf('operator')}/${name}`)).status, 403, name);
      });
      assert.deepEqual(
        left.map(({ event }) => event),
        ['administration.refused'],
      );
    }
  });

  it('what is no act and nobody is a page that says so', async () => {
    const { browser } = await withoutScripts('operator');
    for (const path of [`/users/${nowhere}`, '/users/x', `/users/${idOf('olim')}/delete`]) {
      assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
    }
  });

  it('are changed, given roles and parted from them, and from identity systems', async () => {
    await register('aziz', 'Aziz Karimov', 'Practitioner');
    const { browser } = await withoutScripts('operator');
    const path = `/users/${idOf('aziz')}`;
    const actor = `account:${idOf('operator')}`;
    const held = { environment: 'playground', role: 'nurse', organization: 'clinic-7' };
    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/give-role`, held)), [
      { event: 'account.role-given', actor, reason: `nurse in Organization/clinic-7 of the playground: ${reason}` },
    ]);
    const shown = await browser.get(`/operate${path}`);
    assert.match(shown.text, /Organization\/clinic-7/);
    const wrong = await act(browser, `${path}/give-role`, { ...held, organization: 'no id!' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /is not the id of an Organization/);
    assert.match(wrong.text, /value="no id!"/, 'what was typed is still there');

    const query = new URLSearchParams(held).toString();
    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/take-role?${query}`)), [
      { event: 'account.role-taken', actor, reason: `nurse in Organization/clinic-7 of the playground: ${reason}` },
    ]);
    assert.equal((await browser.get(`/operate${path}/take-role?${query}`)).status, 404, 'it is gone already');

    const change = { name: 'Aziz Karimov-Saidov', email: 'aziz@clinic.example', records: 'production Practitioner/7' };
    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/change`, change)), [
      { event: 'account.changed', actor, reason },
    ]);
    const changed = await accounts.find('aziz');
    assert.equal(changed?.name, change.name);
    assert.equal(changed.email, change.email);
    assert.deepEqual(changed.identities, [{ environment: 'production', type: 'Practitioner', fhir_id: '7' }]);
    const bad = await act(browser, `${path}/change`, { ...change, records: 'somewhere Patient/1' });
    assert.equal(bad.status, 400);

    await bed.sql`
      insert into sso.upstream_link (upstream, subject_hash, account_id, linked_at)
      values ('oneid', sha256('someone'), ${idOf('aziz')}, ${clock()})`;
    assert.deepEqual(await leavesBehind(() => act(browser, `${path}/unlink?upstream=oneid`)), [
      { event: 'account.unlinked', actor, reason: `oneid: ${reason}` },
    ]);
    assert.equal((await bed.sql`select 1 from sso.upstream_link where account_id = ${idOf('aziz')}`).length, 0);
  });
});
