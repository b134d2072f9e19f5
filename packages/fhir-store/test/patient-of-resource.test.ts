/**
 * The patient that is noted beside a version is that of its row of the index, whichever way it was stored; earlier versions are noted in steps; and the
 * notes that a server of the previous release leaves are not used for its own versions. Every suite that writes also asserts the first at its end
 * (`index-wholeness.ts`).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { typeName } from '@dhp/fhir-model';
import { patientCompartmentPaths } from '@dhp/fhir-model/compartment';
import type { Sql } from '@dhp/postgres';
import { consentHash } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import type { FhirStore } from '../src/index.ts';
import { isWriteConflict } from '../src/statements/write-conflict.ts';
import { nobody, randomOf } from './consent-world.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';

const underTest = await storeUnderTest('patient_of_resource');
let store: FhirStore;
let sql: Sql;
before(async () => {
  store = await underTest.open();
  ({ sql } = underTest.database); // of the owner
});

const patients = ['p0', 'p1', 'p2'];
const to = (patient: string): object => ({ reference: `Patient/${patient}` });
/** A body of one patient, of two, or of none. */
const bodyOf = (random: (below: number) => number): Body => {
  const patient = patients[random(patients.length)]!;
  const several = { participant: patients.slice(0, 2).map((each) => ({ actor: to(each), status: 'accepted' })) };
  return [
    { resourceType: 'Observation', status: 'final', subject: to(patient) },
    { resourceType: 'Observation', status: 'final', subject: { reference: 'Group/all' } },
    { resourceType: 'Appointment', status: 'booked', ...several },
    { resourceType: 'Consent', status: 'active', subject: to(patient), decision: 'permit' },
  ][random(4)]!;
};

/** Of the current versions of one patient those beside which the patient is noted, and how many these are. */
async function noted(): Promise<{ noted: number; all: number }> {
  const [row] = await sql<{ noted: number; all: number }[]>`
    select count(*) filter (where r.pat = s.pat and r.pat_of & 4294967295 = r.ver)::int as noted, count(*)::int as all
    from fhir.resource r join fhir.search s using (rid, shard) where s.pat is not null`;
  return row!;
}

async function assertNoted(): Promise<void> {
  const { noted: known, all } = await noted();
  assert.ok(all > 0);
  assert.equal(known, all);
  const others = await sql`
    select r.ty, r.id from fhir.resource r left join fhir.search s using (rid, shard) where s.pat is null and r.pat_of is not null`.values();
  assert.deepEqual([...others], []);
}

/** The state that a migration and servers of the previous release leave. */
const forget = (): unknown => sql`update fhir.resource set pat = null, pat_of = null`;

/** The same of two thirds, beside who writes: on divided tables PostgreSQL ends an update that meets a row on its way to another part. */
async function forgetSome(but: number): Promise<void> {
  for (;;)
    try {
      await sql`update fhir.resource set pat = null, pat_of = null where rid % 3 <> ${but}`;
      return;
    } catch (error) {
      if (!isWriteConflict(error)) throw error;
    }
}

const changed = (body: Body, n: number): Body => ({ ...body, language: ['uz', 'ru', 'en'][n % 3] });

describe('the patient beside a version', () => {
  it('is that of the index after a random history of all ways to write', async () => {
    const random = randomOf(3);
    await store.bulkInsert(
      (async function* () {
        await Promise.resolve();
        for (let n = 0; n < 20; n += 1) yield { ...newVersion(bodyOf(random)), id: `b${String(n)}` };
      })(),
    );
    for (let n = 0; n < 120; n += 1) {
      const body = changed(bodyOf(random), n);
      const id = `r${String(random(25))}`;
      const type = body.resourceType;
      const ways: (() => Promise<unknown>)[] = [
        () => store.create(newVersion(body)),
        () => store.update({ ...newVersion(body), id, ...unconditional }),
        () => store.update({ ...newVersion(body), id: `b${String(random(20))}`, ...unconditional }),
        () => store.delete({ type, id }),
        () =>
          store.transaction([
            { kind: 'update', ...newVersion(body), id, ...unconditional },
            { kind: 'update', ...newVersion(changed(bodyOf(random), n + 1)), id: `t${String(n)}`, ...unconditional },
          ]),
        () =>
          Promise.all(
            [0, 1, 2].map((k) => store.update({ ...newVersion(body), id: `r${String(k)}`, ...unconditional })),
          ),
      ];
      await ways[random(ways.length)]!();
    }
    await assertNoted();
  });

  it('is noted in steps of what was stored before, beside who writes', async () => {
    await forget();
    await store.notePatients();
    await assertNoted();
    const random = randomOf(5);
    const over = new AbortController();
    const writing = (async () => {
      for (let n = 0; !over.signal.aborted; n += 1)
        await store.update({ ...newVersion(changed(bodyOf(random), n)), id: `r${String(n % 10)}`, ...unconditional });
    })();
    for (let n = 0; n < 20; n += 1) {
      await forgetSome(n % 3);
      await sql`delete from fhir.consent_build`;
      await store.notePatients();
    }
    over.abort();
    await writing;
    await assertNoted();
  });

  it('is noted of what a server of before has written, once that is indexed or written anew', async () => {
    await store.update({ ...newVersion(observation('silent')), id: 'before', ...unconditional });
    await store.create(newVersion({ resourceType: 'Consent', status: 'active', subject: to('p9'), decision: 'deny' }));
    const asked = { consents: { ...nobody, callers: [consentHash.client('clinic')] } };
    const isTold = async (): Promise<boolean> =>
      (await store.read('Observation', 'before', asked))?.unrefused !== undefined;
    assert.equal(await isTold(), true);
    const other = await underTest.open();
    const next = await other.update({ ...newVersion(observation('p9')), id: 'before', ...unconditional });
    assert.ok('version' in next);
    // As an older server leaves them: of the previous version, and of a patient without consents.
    const silent = String(hash64('Patient/silent'));
    await sql`update fhir.resource set pat = ${silent}::bigint, pat_of = pat_of - 1 where id = 'before'`;
    assert.equal(await isTold(), false);
    await store.update({ ...newVersion(observation('p9', 'ru')), id: 'before', ...unconditional });
    assert.equal(await isTold(), false);
    await store.update({ ...newVersion(observation('silent')), id: 'before', ...unconditional });
    assert.equal(await isTold(), true);
  });
});

/**
 * A resource that changes its patient, or has several or none; and consents of a patient, created, deleted and restored in every way.
 * @param step decides the names: few resources at a time, and soon others, since a server remembers for which it has asked more
 */
function historyOf(random: (below: number) => number, step: number): (other: FhirStore) => Promise<unknown> {
  const anyPatient = (): string => patients[random(patients.length)]!;
  const named = (type: string): string => `h-${type}-${String(Math.floor(step / 8))}`;
  const body =
    random(2) === 0 ? observation('states-nothing') : { ...bodyOf(random), language: ['uz', 'ru'][random(2)] };
  const id = `c${String(random(4))}`;
  const consent = (status: string): Body => ({
    ...{ resourceType: 'Consent', status, decision: ['deny', 'permit'][random(2)]!, subject: to(anyPatient()) },
  });
  const updateOf = (one: Body, of: string) => ({ ...newVersion(one), id: of, ...unconditional });
  const ways: ((by: FhirStore) => Promise<unknown>)[] = [
    (by) => by.update(updateOf(consent('active'), id)), // perhaps moved to another patient, or back after a deletion
    (by) => by.update(updateOf(consent('inactive'), id)),
    (by) => by.delete({ type: 'Consent', id }),
    (by) => by.update(updateOf(body, named(body.resourceType))),
    (by) => by.update(updateOf(observation(anyPatient()), named('Observation'))),
    (by) => by.delete({ type: 'Observation', id: named('Observation') }),
    (by) =>
      by.transaction([
        { kind: 'update', ...updateOf(consent('active'), id) },
        { kind: 'update', ...updateOf(observation(anyPatient()), named('Observation')) },
      ]),
    (by) =>
      by.update(updateOf({ resourceType: 'Patient', link: [{ other: to(anyPatient()), type: 'replaces' }] }, 'p1')),
    () => sql`update fhir.resource set pat = null, pat_of = null where rid % 2 = 0`,
    () => sql`delete from fhir.consent_build where definition > 1000`,
    (by) => by.notePatients(),
  ];
  return ways[random(ways.length)]!;
}

it('never tells of a version that no consent refuses it where one does, through a random history', async () => {
  const random = randomOf(11);
  const stores = [store, await underTest.open()];
  const clinic = { ...nobody, callers: [consentHash.client('clinic')] };
  const counts = { told: 0, refused: 0 };
  for (let n = 0; n < 400; n += 1) {
    await historyOf(random, n)(stores[random(2)]!);
    const last = String(Math.floor(n / 8));
    const names = {
      Observation: `h-Observation-${last}`,
      Appointment: `h-Appointment-${last}`,
      Consent: 'c0',
      Patient: 'p1',
    };
    for (const [type, id] of Object.entries(names)) {
      const version = await stores[random(2)]!.read(type, id, { consents: clinic });
      if (version === undefined || version.deleted) continue;
      const found = await store.find(type, { op: 'all', of: [{ op: 'id', any: [id] }, clinic] }, 1);
      if (found.length === 0) counts.refused += 1;
      if (version.unrefused === undefined) continue;
      counts.told += 1;
      assert.equal(found.length, 1, `${type}/${id} after ${String(n)}`);
    }
  }
  assert.ok(counts.told > 100 && counts.refused > 100, JSON.stringify(counts));
});

it('is noted in the way that has this number: where patients are told otherwise, both are changed', async () => {
  const types = Array.from({ length: 400 }, (_, n) => typeName(n)).filter((type) => type !== undefined);
  const told = types.map((type) => [type, patientCompartmentPaths(type)]);
  const way = createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16);
  const [row] = await sql<{ number: string }[]>`select max(pat_of >> 32) as number from fhir.resource`;
  assert.deepEqual([way, row!.number], ['6d6f7349f4bc9451', '1']);
});

const observation = (patient: string, language = 'uz'): Body => ({
  ...{ resourceType: 'Observation', status: 'final', language, subject: to(patient) },
});
