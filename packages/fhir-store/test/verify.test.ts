/** A verification finds each corruption and names the resource, finds nothing in sound data, and continues where it stopped. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { typeNumber } from '@dhp/fhir-model';
import { definitionOf } from '@dhp/labels';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { ownHash } from '../src/own-hash.ts';
import { atBeginning, findingKinds, isRepairable, type VerifyState } from '../src/verify/finding.ts';
import { newVersion, unconditional, type Body } from './database.ts';
import { corruptions, type Victim } from './verify-corruptions.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
const timeouts = { lock: 60_000, statement: 120_000 };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;

/** The bodies of a resource, by its version: with its own words, labels, links and postings. */
const bodies: Readonly<Record<string, (id: string, version: number) => Body>> = {
  Patient: (id, n) => ({
    resourceType: 'Patient',
    ...{
      name: [{ family: `F${id}`, given: [`G${String(n)}`] }],
      birthDate: '1990-01-02',
      deceasedDateTime: '2026-01-03',
    },
    generalPractitioner: [{ reference: 'Practitioner/somebody' }],
  }),
  Observation: (id, n) => ({
    ...{ resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/p' } },
    code: { coding: [{ system: 'urn:c', code: 'hiv', display: `Display of ${id}` }] },
    ...{ effectiveDateTime: `2026-01-0${String(n)}`, valueQuantity: { value: n, unit: 'kg' } },
  }),
  Encounter: (id, n) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject: { reference: 'Patient/p' } },
    contained: [{ resourceType: 'Location', id: 'l', name: `Room ${id} ${String(n)}` }],
    location: [{ location: { reference: '#l' } }],
    ...{ participant: [{ actor: { reference: `Practitioner/d${id}` } }], actualPeriod: { start: '2026-01-01' } },
  }),
  Consent: (id) => ({
    ...{ resourceType: 'Consent', status: 'active', decision: 'deny', subject: { reference: 'Patient/p' } },
    ...{ date: '2026-01-01', period: { start: '2026-01-01', end: '2099-01-01' } },
    provision: [{ actor: [{ reference: { reference: `Practitioner/d${id}` } }] }],
  }),
  List: (id) => ({
    ...{ resourceType: 'List', status: 'current', mode: 'working', subject: { reference: 'Patient/p' } },
    ...{ title: id, entry: [{ item: { reference: `Observation/o${id}` } }] },
  }),
  Practitioner: (id) => ({ resourceType: 'Practitioner', name: [{ family: id }], birthDate: '1980-02-03' }),
};

/** A consent about the whole record, for the column `whole`. */
const whole = (id: string): Body => ({
  ...{ resourceType: 'Consent', id, status: 'active', decision: 'deny', subject: { reference: 'Patient/p' } },
});

const cases = corruptions.flatMap((corruption, n) =>
  corruption.types.map((type) => ({ ...corruption, type, id: `v${String(n)}-${type.toLowerCase()}` })),
);

const bodyOf = (type: string, id: string, name: string, version: number): Body =>
  name.endsWith('whole = 0') ? whole(id) : bodies[type]!(id, version);

before(async () => {
  database = await testDatabase({ name: 'verify', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options, timeouts });
  sql = database.sql; // of the owner
  await store.labels.define(definitionOf([{ labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }], []), 1);
  await store.labels.build();
  await store.buildConsents();
  await store.buildCare();
  for (const version of [1, 2, 3])
    await Promise.all(
      cases.map(({ type, id, name }) => {
        const body = bodyOf(type, id, name, version);
        // An update without a change would make no version.
        const changed = { ...body, language: ['uz', 'ru', 'en'][version - 1] };
        return store.update({ ...newVersion(changed), id, ...unconditional });
      }),
    );
  await store.update({ ...newVersion({ resourceType: 'Subscription' }), id: 'sound', ...unconditional });
  for (const type of Object.keys(bodies)) {
    await store.update({ ...newVersion(bodies[type]!('gone', 1)), id: 'gone', ...unconditional });
    await store.delete({ type, id: 'gone' });
  }
  await makeWords();
  await makeEvents();
});

/** As the work in the background leaves them. */
async function makeWords(): Promise<void> {
  await sql`insert into fhir.text (rid, shard, txid, words)
    select rid, shard, txid, fhir.entry(content) from fhir.resource where not deleted`;
  await sql`update fhir.text_state set wanted = true, rid = -1, txid = (select max(txid)::text::bigint + 1 from fhir.resource)::text::xid8`;
}

/** As the reader of the feed and the deliverer leave them. */
async function makeEvents(): Promise<void> {
  await sql`insert into fhir.subscription (id, ver, status, numbered) values ('sound', 1, 'active', 3)`;
  await sql`insert into fhir.lane (subscription, acknowledged) values ('sound', 2)`;
  await sql`insert into fhir.event (subscription, number, type, id, ver, happened)
    select 'sound', n, 'Patient', 'gone', n, now() from generate_series(1, 2) n
    union all select 'sound', 3, 'Practitioner', 'gone', 2, now()`;
}
after(async () => {
  await store.close();
  await database.drop();
});

/** The members of each that the other has less often. */
function differences(found: readonly string[], wanted: readonly string[]): { unexpected: string[]; unfound: string[] } {
  const less = (some: readonly string[], others: readonly string[]): string[] => {
    const rest = [...others];
    return some.filter((one) => {
      const at = rest.indexOf(one);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
  };
  return { unexpected: less(found, wanted), unfound: less(wanted, found) };
}

const told = ({ findings }: VerifyState): string[] =>
  findings.map(({ kind, resource = '' }) => `${resource} ${kind}`).sort();

describe('a database that is sound', () => {
  it('has nothing that is found, and is looked at whole', async () => {
    const state = await store.verify();
    assert.deepEqual(state.findings, []);
    assert.deepEqual(state.counts, {});
    assert.deepEqual(state.unchecked, []);
    assert.equal(state.resources, cases.length + Object.keys(bodies).length + 1);
    assert.equal(state.versions, 2 * cases.length + Object.keys(bodies).length);
  });

  it('nor while it is written to, in transactions, with moves and deletions', async () => {
    let isOver = false;
    let written = 0;
    const write = async (who: number): Promise<void> => {
      for (let n = 0; !isOver; n += 1) {
        const id = `w${String(who)}-${String(n % 7)}`;
        const type = Object.keys(bodies)[n % Object.keys(bodies).length]!;
        const subject = { subject: { reference: `Patient/p${String(n % 3)}` } };
        const body = { ...bodies[type]!(`${id}-${String(n)}`, 1 + (n % 9)), ...(type === 'Observation' && subject) };
        if (n % 5 === 4) await store.delete({ type, id });
        else if (n % 5 === 3)
          await store.transaction([
            { kind: 'update', id, ...newVersion(body), ...unconditional },
            { kind: 'create', id: `${id}-${String(n)}`, ...newVersion(bodies['Encounter']!(`${id}-${String(n)}`, 2)) },
          ]);
        else await store.update({ ...newVersion(body), id, ...unconditional });
        written += 1;
      }
    };
    const writers = [1, 2, 3].map(write);
    try {
      for (let run = 0; run < 3; run += 1) {
        const before = written;
        const state = await store.verify();
        assert.deepEqual(state.findings, []);
        assert.deepEqual(state.unchecked, []);
        assert.ok(written > before, 'it was written to meanwhile');
      }
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
  });
});

describe('what is told of a Subscription', () => {
  const named = (state: VerifyState): string[] => told(state).filter((one) => one.startsWith('Subscription/sound'));
  for (const [name, break_, mend, kinds] of [
    [
      'an event that is gone before a later one',
      (): unknown => sql`delete from fhir.event where subscription = 'sound' and number = 2`,
      (): unknown =>
        sql`insert into fhir.event (subscription, number, type, id, ver, happened) values ('sound', 2, 'Patient', 'gone', 2, now())`,
      ['event-missing'],
    ],
    [
      'an event about a version that is not there',
      (): unknown => sql`update fhir.event set ver = 7 where subscription = 'sound' and number = 3`,
      (): unknown => sql`update fhir.event set ver = 2 where subscription = 'sound' and number = 3`,
      ['event-stray'],
    ],
    [
      'numbers that were never given, and a receiver ahead of them',
      (): unknown => sql`update fhir.subscription set numbered = 1 where id = 'sound'`,
      (): unknown => sql`update fhir.subscription set numbered = 3 where id = 'sound'`,
      ['event-stray', 'event-stray', 'subscription-stray'],
    ],
    [
      'a version that its Subscription has not',
      (): unknown => sql`update fhir.subscription set ver = 9 where id = 'sound'`,
      (): unknown => sql`update fhir.subscription set ver = 1 where id = 'sound'`,
      ['subscription-stray'],
    ],
  ] as const)
    it(`is found with its name: ${name}`, async () => {
      await break_();
      const found = named(await store.verify());
      await mend();
      assert.deepEqual(
        found,
        kinds.map((kind) => `Subscription/sound ${kind}`),
      );
      assert.deepEqual(named(await store.verify()), []);
    });

  it('is not missed where it has ended by its age', async () => {
    await sql`update fhir.event set stored = now() - interval '2 days' where subscription = 'sound' and number = 1`;
    await sql`delete from fhir.event where subscription = 'sound' and number = 2`;
    assert.deepEqual(named(await store.verify()), []);
    await sql`delete from fhir.event where subscription = 'sound'`;
    await makeEventsAgain();
  });
});

async function makeEventsAgain(): Promise<void> {
  await sql`insert into fhir.event (subscription, number, type, id, ver, happened)
    select 'sound', n, 'Patient', 'gone', n, now() from generate_series(1, 2) n
    union all select 'sound', 3, 'Practitioner', 'gone', 2, now()`;
}

describe('a database that is corrupt', () => {
  const expected: string[] = [];
  let found: VerifyState;
  let other: FhirStore;
  let owner: FhirStore;
  after(() => Promise.all([other.close(), owner.close()]));
  before(async () => {
    // One of the corruptions prevents opening stores.
    other = await openStore({ url: database.url, ...options, timeouts });
    owner = await openStore({ url: database.ownerUrl, ...options, timeouts });
    for (const { type, id, make, found: named, unnamed } of cases) {
      const victim = await victimOf(type, id);
      await make(sql, victim);
      expected.push(...named(victim).map((kind) => `${type}/${id} ${kind}`));
      expected.push(...(unnamed?.(victim) ?? []).map((kind) => ` ${kind}`));
    }
    found = await store.verify();
  });

  it(`has ${String(cases.length)} corruptions, which are found with the resource, and nothing else is`, () => {
    assert.deepEqual(differences(told(found), expected), { unexpected: [], unfound: [] });
  });

  it('has some of each kind of finding', () => {
    // An event that is missing is found above.
    const others = findingKinds.filter((kind) => kind !== 'event-missing');
    assert.deepEqual(Object.keys(found.counts).sort(), others.sort());
  });

  it('names tables and places, and nothing of what a resource says', () => {
    for (const { detail } of found.findings)
      assert.match(
        detail,
        /^(?:fhir\.\w+(?:: [\w, /]+)?|[\w., ]+|shard -?\d+, not -?\d+|row \d+\/-?\d+|fhir\.history: row \d+\/-?\d+|fhir\.\w+: \d+ of row \d+(?:\/-?\d+)?)$/,
      );
  });

  it('has the same found when it is ended at every step, and another process goes on', async () => {
    let state: VerifyState = atBeginning;
    for (let isDone = false, turn = 0; !isDone; turn += 1) {
      const end = new AbortController();
      let steps = 0;
      const from = JSON.parse(JSON.stringify(state)) as VerifyState;
      state = await (turn % 2 === 0 ? store : other).verify({
        from,
        signal: end.signal,
        onStep: () => {
          if ((steps += 1) === 2) end.abort();
          return Promise.resolve();
        },
      });
      isDone = steps < 2;
    }
    assert.deepEqual(told(state), told(found));
    assert.equal(state.resources, found.resources);
  });

  it('is repaired as far as rows are made of versions, and what is stored stays as it was', async () => {
    const { counts } = found;
    assert.ok(
      Object.values(counts).every((count) => count <= 100),
      'all are kept',
    );
    assert.ok((await owner.repair(found.findings)) > 50);
    const after = await store.verify();
    assert.deepEqual(
      differences(told(after), told({ ...found, findings: found.findings.filter((one) => !isRepairable(one)) })),
      {
        ...{ unexpected: [], unfound: [] },
      },
    );
    assert.equal(await owner.repair(after.findings), 0);
  });
});

async function victimOf(type: string, id: string): Promise<Victim> {
  const own = ownHash(type, id);
  const ty = typeNumber(type)!;
  const [row] = await sql<{ rid: string; shard: number; posted: string[]; care: boolean }[]>`
    select d.rid, d.shard, array_remove(array[
      case when exists (select from fhir.tok t where t.rid = d.rid) then 'tok' end,
      case when exists (select from fhir.num t where t.rid = d.rid) then 'num' end,
      case when exists (select from fhir.date t where t.rid = d.rid) then 'date' end,
      case when exists (select from fhir.str t where t.rid = d.rid) then 'str' end], null) as posted,
      exists (select from fhir.care_link l where l.own = ${own}) as care
    from fhir.identity d where d.ty = ${ty} and d.id = ${id}`;
  const { rid, shard, posted, care } = row!;
  return { rid, shard, ty, own, posted, hasCare: care };
}
