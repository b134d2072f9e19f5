/** The operators' page "Identity": pending cases are listed, each decision makes one record, and nobody decides about the own account. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Browser } from './browser.ts';
import { addCase, addUnconfirmed, pinflHash } from './identity-bed.ts';
import { languages, operateBed, reason } from './operate-bed.ts';

const { bed, clock, idOf, register, withoutScripts, leavesBehind, act } = await operateBed();
const { sql } = bed;
let browser: Browser;
let actor = '';

const kinds = ['unproven', 'several', 'taken', 'lost'] as const;
const cases: Record<string, string> = {};

before(async () => {
  for (const [index, kind] of kinds.entries()) {
    await register(kind, `Person ${kind}`);
    const ids = kind === 'several' ? ['s-1', 's-2'] : kind === 'taken' ? ['p-lost'] : [`r-${kind}`];
    cases[kind] = await addCase(sql, idOf(kind), { kind, ids, at: new Date(clock().getTime() + index) });
  }
  await register('wait', 'Person wait', 'Practitioner');
  const record = { environment: 'production', type: 'Patient', id: 'w-1' };
  await addUnconfirmed(sql, idOf('wait'), { upstream: 'oneid', record, at: clock() });
  cases['own'] = await addCase(sql, idOf('operator'), { kind: 'several', ids: ['o-1', 'o-2'], at: clock() });
  await addUnconfirmed(sql, idOf('operator'), { upstream: 'oneid', at: clock() });
  ({ browser } = await withoutScripts('operator'));
  actor = `account:${idOf('operator')}`;
});

const decide = (kind: string, id?: string): string =>
  `/identity/cases/${cases[kind]!}/decide${id === undefined ? '' : `?id=${id}`}`;

describe('the page of identities', () => {
  it('explains each kind of case with a sentence in each language, and shows no hash of a PINFL', async () => {
    for (const language of languages) {
      const { text } = await browser.get(`/operate/identity?ui_locales=${language}`);
      const sentences = kinds.map((kind) => {
        const from = text.indexOf(`Person ${kind}<`);
        return /<p>([^<]{40,})<\/p>/.exec(text.slice(from))?.[1];
      });
      assert.equal(new Set(sentences).size, kinds.length, language);
      assert.ok(!sentences.includes(undefined), language);
      assert.ok(!text.includes(pinflHash.toString('hex')) && !text.includes(pinflHash.toString('base64')));
    }
    await browser.get('/operate?ui_locales=en');
  });

  it('has a way to decide about others, none about oneself', async () => {
    const { text } = await browser.get('/operate/identity');
    for (const path of [decide('several', 's-1'), decide('several'), `/users/${idOf('wait')}/confirm?upstream=oneid`])
      assert.ok(text.includes(`href="/operate${path}"`), path);
    assert.ok(!text.includes(cases['own']!) && !text.includes(`/users/${idOf('operator')}/confirm`));
    assert.match(text, /Only another administrator can change your own account/);
  });

  it('has pages of both lists', async () => {
    const { text } = await browser.get(`/operate/identity?case=${cases['taken']!}&person=operator`);
    assert.ok(!text.includes(`/cases/${cases['several']!}/`) && text.includes(`/cases/${cases['lost']!}/`));
    assert.ok(text.includes(`/users/${idOf('wait')}/confirm`) && text.includes('To the beginning'));
    assert.equal((await browser.get('/operate/identity?case=none')).status, 400);
  });

  it('has its number at the overview', async () => {
    assert.match((await browser.get('/operate')).text, /<a href="\/operate\/identity">7<\/a>/);
  });

  it('asks about nothing that does not wait', async () => {
    for (const path of [
      decide('several', 's-3'),
      '/identity/cases/none/decide',
      `/identity/cases/${idOf('several')}/decide`,
      `/users/${idOf('wait')}/confirm`,
      `/users/${idOf('wait')}/reject?upstream=other`,
      `/users/${idOf('wait')}/confirm?environment=playground&reference=Patient/w-1`,
    ]) {
      assert.equal((await browser.get(`/operate${path}`)).status, 404, path);
    }
  });
});

describe('a decision', () => {
  it('about the own account is refused', async () => {
    for (const path of [decide('own', 'o-1'), decide('own'), `/users/${idOf('operator')}/confirm?upstream=oneid`]) {
      const left = await leavesBehind(async () => assert.equal((await act(browser, path)).status, 403, path));
      assert.deepEqual(
        left.map(({ event }) => event),
        ['administration.refused'],
        path,
      );
    }
  });

  it('wants a reason, and does nothing without', async () => {
    const left = await leavesBehind(async () => {
      assert.equal((await act(browser, decide('several', 's-2'), { reason: '' })).status, 400);
    });
    assert.deepEqual(left, []);
  });

  it('names the account that has the record already', async () => {
    assert.match((await browser.get(`/operate${decide('taken', 'p-lost')}`)).text, /Belongs now to[\s\S]*Person lost/);
  });

  for (const [name, path, event, said, done] of [
    [
      'that a record is theirs',
      () => decide('several', 's-2'),
      'identity-case.decided',
      'several: playground Patient/s-2',
      /belongs to the person now/,
    ],
    [
      'that none is',
      () => decide('unproven'),
      'identity-case.decided',
      'unproven: playground no record',
      /decision is recorded/,
    ],
    [
      'that a link counts',
      () => `/users/${idOf('wait')}/confirm?upstream=oneid`,
      'account.link-confirmed',
      'oneid',
      /link is confirmed/,
    ],
    [
      'that a record counts',
      () => `/users/${idOf('wait')}/confirm?environment=production&reference=Patient/w-1`,
      'account.record-confirmed',
      'production Patient/w-1',
      /record is confirmed/,
    ],
  ] as const) {
    it(`${name} leaves one record, and no longer waits`, async () => {
      const left = await leavesBehind(async () => assert.match((await act(browser, path())).text, done));
      assert.deepEqual(left, [{ event, actor, reason: `${said}: ${reason}` }]);
      assert.equal((await browser.get(`/operate${path()}`)).status, 404);
    });
  }

  it('to reject a link or record takes it away', async () => {
    const record = { environment: 'playground', type: 'Patient', id: 'w-2' };
    await addUnconfirmed(sql, idOf('lost'), { upstream: 'oneid', record, at: clock() });
    const left = await leavesBehind(async () => {
      for (const query of ['upstream=oneid', 'environment=playground&reference=Patient/w-2'])
        assert.equal((await act(browser, `/users/${idOf('lost')}/reject?${query}`)).status, 200, query);
    });
    assert.deepEqual(left, [
      { event: 'account.link-rejected', actor, reason: `oneid: ${reason}` },
      { event: 'account.record-rejected', actor, reason: `playground Patient/w-2: ${reason}` },
    ]);
    const rows = await sql`select from sso.unconfirmed_link where account_id = ${idOf('lost')}`;
    assert.equal(rows.length, 0);
  });

  it('made the record that was named the one of the person', async () => {
    const rows = await sql`
      select fhir_id, proof from sso.account_identity where account_id = ${idOf('several')} and type = 'Patient'`;
    assert.deepEqual([...rows], [{ fhir_id: 's-2', proof: 'operator' }]);
  });
});
