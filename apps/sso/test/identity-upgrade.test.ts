/** The upgrade of a database with links and records made under the old rule: which remain, which wait, which end. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { migrate } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { migrations } from '@dhp/sso/administration';
import { openPeople, openUnconfirmed } from '@dhp/accounts';
import { policiesOf } from '@dhp/accounts/policies';

const { directory, schema } = migrations;
const old = await mkdtemp(join(tmpdir(), 'dhp-old-'));
await mkdir(join(old, 'migrations'));
for (const name of await readdir(directory)) {
  if (Number(name.slice(0, 4)) <= 25) await cp(new URL(name, directory), join(old, 'migrations', name));
}
const database = await testDatabase({
  name: 'sso',
  migrations: [{ directory: pathToFileURL(`${join(old, 'migrations')}/`), schema }],
});
const { sql } = database;
after(async () => {
  await database.drop();
  await rm(old, { recursive: true });
});

interface Case {
  is: string;
  /** The actor who created the account; null if the audit trail does not record it. */
  by: string | null;
  records: string[];
  /** Seconds after the account was opened at which the system was linked; absent: never. */
  linked?: number;
  /** Other events, in this order, before and after the link. */
  events?: string[];
  /** The link was removed again. */
  isGone?: boolean;
  link: 'stays' | 'waits' | 'none';
  kept: string[];
}

const [patient, practitioner, relative] = ['Patient', 'Practitioner', 'RelatedPerson'];
const cases: Case[] = [
  {
    is: 'made by an operator and never linked',
    by: 'cli:a',
    records: [patient, practitioner],
    link: 'none',
    kept: [patient, practitioner],
  },
  {
    is: 'made by an operator with one record and linked by it',
    by: 'cli:a',
    records: [practitioner],
    linked: 900,
    link: 'waits',
    kept: [practitioner],
  },
  {
    is: 'made by a client with one record and linked by it',
    by: 'client:c',
    records: [patient],
    linked: 900,
    link: 'waits',
    kept: [patient],
  },
  {
    is: 'made by an operator, with two records by now',
    by: 'cli:a',
    records: [patient, practitioner],
    linked: 900,
    link: 'waits',
    kept: [],
  },
  {
    is: 'made by an operator and changed after the link',
    by: 'cli:a',
    records: [patient],
    linked: 900,
    events: ['account.linked', 'account.changed'],
    link: 'waits',
    kept: [],
  },
  {
    is: 'made by an operator and linked within the first minute',
    by: 'cli:a',
    records: [patient],
    linked: 5,
    link: 'waits',
    kept: [patient],
  },
  {
    is: 'opened by the first sign-in',
    by: 'upstream:oneid',
    records: [patient],
    linked: 0.01,
    link: 'stays',
    kept: [],
  },
  {
    is: 'opened by another system and linked later',
    by: 'upstream:hospital',
    records: [patient],
    linked: 900,
    link: 'waits',
    kept: [],
  },
  {
    is: 'opened by the first sign-in, unlinked, and linked again',
    by: 'upstream:oneid',
    records: [patient],
    linked: 20,
    events: ['account.linked', 'account.unlinked', 'account.linked'],
    link: 'waits',
    kept: [],
  },
  {
    is: 'linked once and not any longer',
    by: 'cli:a',
    records: [patient, practitioner],
    linked: 900,
    isGone: true,
    events: ['account.linked', 'account.unlinked'],
    link: 'none',
    kept: [],
  },
  { is: 'of unknown origin and linked', by: null, records: [patient], linked: 900, link: 'waits', kept: [] },
  {
    is: 'of a relative, tied by an operator',
    by: 'upstream:oneid',
    records: [relative, patient],
    linked: 0.01,
    link: 'stays',
    kept: [relative],
  },
];
const ids = new Map(cases.map((one) => [one, randomUUID()]));

before(async () => {
  const begun = new Date('2026-01-01T00:00:00Z');
  for (const [n, one] of cases.entries()) {
    const id = ids.get(one)!;
    const linkedAt = new Date(begun.getTime() + (one.linked ?? 0) * 1000);
    const hash = one.linked === undefined || one.isGone === true ? null : Buffer.alloc(32, n + 1);
    await sql`insert into sso.account (account_id, username, name, pinfl_hash, created_at, updated_at)
              values (${id}, ${`user-${String(n)}`}, 'N', ${hash}, ${begun}, ${begun})`;
    for (const type of one.records)
      await sql`insert into sso.account_identity values (${id}, 'production', ${type}, ${`r-${String(n)}`})`;
    const events = one.events ?? (one.linked === undefined ? [] : ['account.linked']);
    if (one.by !== null)
      await sql`insert into sso.audit_event (recorded, event, actor, account_id) values (${begun}, 'account.created', ${one.by}, ${id})`;
    for (const event of events)
      await sql`insert into sso.audit_event (recorded, event, actor, account_id) values (${linkedAt}, ${event}, 'x', ${id})`;
    if (hash !== null) await sql`insert into sso.upstream_link values ('oneid', ${hash}, ${id}, ${linkedAt})`;
    await sql`insert into sso.artifact (model, id_hash, content, uid, account_id, expires_at)
              values ('Session', ${Buffer.alloc(32, n + 1)}, ${Buffer.alloc(1)}, ${`s-${String(n)}`}, ${id}, now() + interval '1 hour')`;
    await sql`insert into sso.account_role values (${id}, 'production', 'nurse', 'o-1')`;
  }
  await sql`insert into sso.access_policy values ('nurse', 'production', '{user/Patient.rs}', now(), 'cli:a')`;
  assert.ok((await migrate(sql, migrations)).some((name) => name.startsWith('0026')));
});

const keptOf = async (id: string): Promise<string[]> =>
  (await sql<{ type: string }[]>`select type from sso.account_identity where account_id = ${id} order by type`).map(
    ({ type }) => type,
  );

describe('after the upgrade an account', () => {
  for (const one of cases) {
    it(`${one.is}: the link ${one.link}, ${one.kept.join(' and ') || 'no record'} counts`, async () => {
      const id = ids.get(one)!;
      const [links, waiting] = [
        await sql`select from sso.upstream_link where account_id = ${id}`,
        await sql`select from sso.unconfirmed_link where account_id = ${id}`,
      ];
      assert.deepEqual([links.length, waiting.length], { stays: [1, 0], waits: [0, 1], none: [0, 0] }[one.link]);
      assert.deepEqual(await keptOf(id), [...one.kept].sort());
      const unconfirmed = await sql<
        { type: string }[]
      >`select type from sso.unconfirmed_identity where account_id = ${id}`;
      const lost = one.records.filter((type) => !one.kept.includes(type));
      assert.deepEqual(unconfirmed.map(({ type }) => type).sort(), lost.sort());
      const isTouched = one.link === 'waits' || lost.length > 0;
      const sessions = await sql`select from sso.artifact where account_id = ${id}`;
      const revoked = await sql`select from sso.revocation where subject = ${`sub:${id}`}`;
      assert.deepEqual([sessions.length, revoked.length], isTouched ? [0, 1] : [1, 0], 'sessions and tokens');
      const events = await sql<{ event: string }[]>`
        select event from sso.audit_event where account_id = ${id} and actor = 'platform:upgrade'`;
      assert.equal(events.length, lost.length + (one.link === 'waits' ? 1 : 0));
      const [{ pinfl_hash: pinfl } = { pinfl_hash: null }] = await sql<{ pinfl_hash: Buffer | null }[]>`
        select pinfl_hash from sso.account where account_id = ${id}`;
      assert.equal(pinfl !== null, one.link === 'stays');
      const asked = { accountId: id, environment: 'production', practitioner: undefined } as const;
      assert.deepEqual((await policiesOf(sql, asked))?.policies, lost.length > 0 ? [] : ['user/Patient.rs'], 'roles');
    });
  }
});

describe('an operator', () => {
  const acts = openUnconfirmed(sql, { actor: 'cli:tester', reason: 'seen in person' });
  const nameOf = (is: string): string => `user-${String(cases.findIndex((one) => one.is === is))}`;
  const record = (
    username: string,
    type: string,
  ): { identity: { environment: 'production'; type: 'Patient'; fhir_id: string } } => ({
    identity: { environment: 'production', type: type as 'Patient', fhir_id: username.replace('user', 'r') },
  });

  it('sees everybody with something unconfirmed, a page at a time', async () => {
    const expected = cases.flatMap((one, n) =>
      one.link === 'waits' || one.kept.length < one.records.length ? [`user-${String(n)}`] : [],
    );
    const first = await acts.list({ count: 3 });
    const rest = await acts.list({ after: first.next });
    assert.deepEqual([...first.items, ...rest.items].map(({ username }) => username).sort(), expected.sort());
    assert.equal(first.total, expected.length);
  });

  it('decides nothing without a reason', async () => {
    const silent = openUnconfirmed(sql, { actor: 'cli:tester', reason: ' ' });
    await assert.rejects(
      silent.confirm(nameOf('made by an operator, with two records by now'), { upstream: 'oneid' }),
      {
        kind: 'invalid-value',
      },
    );
  });

  it('confirms a link and a record, which then count; the roles wait for the last record', async () => {
    const is = 'made by an operator, with two records by now';
    const [username, id] = [nameOf(is), ids.get(cases.find((one) => one.is === is)!)!];
    await acts.confirm(username, { upstream: 'oneid' });
    await acts.confirm(username, record(username, practitioner));
    assert.deepEqual(await keptOf(id), [practitioner]);
    const asked = { accountId: id, environment: 'production', practitioner: undefined } as const;
    assert.deepEqual((await policiesOf(sql, asked))?.policies, []);
    await acts.reject(username, record(username, patient));
    assert.deepEqual((await policiesOf(sql, asked))?.policies, ['user/Patient.rs']);
    assert.equal((await sql`select from sso.upstream_link where account_id = ${id}`).length, 1);
    await assert.rejects(acts.confirm(username, { upstream: 'oneid' }), { kind: 'unknown-proof' });
    const events = await sql<{ event: string; reason: string }[]>`
      select event, reason from sso.audit_event where account_id = ${id} and actor = 'cli:tester' order by id`;
    assert.deepEqual(
      events.map(({ event, reason }) => `${event} ${reason}`),
      [
        'account.link-confirmed oneid: seen in person',
        'account.record-confirmed production Practitioner/r-3: seen in person',
        'account.record-rejected production Patient/r-3: seen in person',
      ],
    );
  });

  it('settles a record by saying what the account is, and not by changing the name alone', async () => {
    const is = 'opened by the first sign-in';
    const [username, id] = [nameOf(is), ids.get(cases.find((one) => one.is === is)!)!];
    const people = openPeople(sql, { actor: 'cli:tester', reason: 'a spelling' });
    await people.change(username, { name: 'Other' });
    assert.equal((await acts.of(username)).identities.length, 1);
    await people.change(username, { identities: [{ environment: 'production', type: 'Patient', fhir_id: 'right' }] });
    assert.equal((await acts.of(username)).identities.length, 0);
    assert.deepEqual(await keptOf(id), [patient]);
  });

  it('rejects a link: it is gone', async () => {
    const username = nameOf('of unknown origin and linked');
    await acts.reject(username, { upstream: 'oneid' });
    assert.deepEqual((await acts.of(username)).links, []);
  });
});
