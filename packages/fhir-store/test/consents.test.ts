/** Rows of consents: they are stored with the versions, and made for the earlier ones. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Consented } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import { consentHash } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import { indexRow } from '@dhp/search-index/rows';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { consentOf, nobody } from './consent-world.ts';
import { newVersion, unconditional } from './database.ts';

const options = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
let database: TestDatabase;
let store: FhirStore;
let sql: Sql;
before(async () => {
  database = await testDatabase({ name: 'consents', migrations: [migrations] });
  store = await openStore({ url: database.url, ...options });
  sql = database.sql; // of the owner: a server takes no row away
});
after(async () => {
  await store.close();
  await database.drop();
});

function candidateOf(resource: JsonResource & { id: string }): Parameters<FhirStore['consented']>[0] {
  return { type: resource.resourceType, id: resource.id, row: indexRow(resource, { ...options }) };
}

const observationOf = (patient: string): JsonResource & { id: string } => ({
  ...{ resourceType: 'Observation', id: 'o', status: 'final', subject: { reference: `Patient/${patient}` } },
});
const isLeft = (patient: string, asked: Partial<Consented> = {}): Promise<boolean> =>
  store.consented(candidateOf(observationOf(patient)), { ...nobody, ...asked });

describe('the row of a Consent', () => {
  it('is stored with each version, by every way to store one', async () => {
    assert.equal(await isLeft('w'), true);
    await store.update({ ...newVersion(consentOf('w')), id: 'w', ...unconditional });
    assert.equal(await isLeft('w'), false);
    await store.update({ ...newVersion(consentOf('w', { status: 'inactive' })), id: 'w', ...unconditional });
    assert.equal(await isLeft('w'), true);
    await store.transaction([
      { kind: 'update', id: 'w', ...newVersion(consentOf('w')), ...unconditional },
      { kind: 'create', id: 'w2', ...newVersion(consentOf('w2')) },
    ]);
    assert.deepEqual([await isLeft('w'), await isLeft('w2')], [false, false]);
    await store.delete({ type: 'Consent', id: 'w' });
    assert.equal(await isLeft('w'), true);
    await store.create(newVersion(consentOf('w3')));
    assert.equal(await isLeft('w3'), false);
    await store.bulkInsert(
      (async function* () {
        yield await Promise.resolve({ ...newVersion(consentOf('w4')), id: 'w4' });
      })(),
    );
    assert.equal(await isLeft('w4'), false);
  });

  it('moves to the patient that a later version names', async () => {
    await store.update({ ...newVersion(consentOf('m1')), id: 'm', ...unconditional });
    await store.update({ ...newVersion(consentOf('m2')), id: 'm', ...unconditional });
    assert.deepEqual([await isLeft('m1'), await isLeft('m2')], [true, false]);
  });

  it('is not stored where the write is not', async () => {
    await store.update({ ...newVersion(consentOf('n')), id: 'n', ...unconditional });
    const result = await store.update({
      ...newVersion(consentOf('n', { status: 'inactive' })),
      id: 'n',
      ifMatch: [7],
      requireMatch: true,
      createAllowed: false,
    });
    assert.ok(!('version' in result), JSON.stringify(result));
    assert.equal(await isLeft('n'), false);
  });

  it('refuses all to others than the patient, however the patient asks', async () => {
    await store.create(newVersion(consentOf('s')));
    await store.create(newVersion(consentOf('s', { decision: 'permit', grantee: [{ reference: 'RelatedPerson/1' }] })));
    const [own, persons] = [[hash64('Patient/s')], [consentHash.actor('Patient/s')]];
    const asked = (each: Partial<Consented>): Promise<boolean> => isLeft('s', each);
    assert.equal(await asked({}), false);
    assert.equal(await asked({ own: [hash64('Patient/another')] }), false);
    assert.equal(await asked({ own }), true);
    assert.equal(await asked({ own, persons }), true);
    assert.equal(await asked({ opened: own }), true);
    assert.equal(await asked({ persons: [consentHash.actor('RelatedPerson/1')] }), true);
    assert.equal(await asked({ persons: [consentHash.actor('RelatedPerson/2')] }), false);
  });

  it('is asked at its time', async () => {
    const [past, coming] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    await store.update({ ...newVersion(consentOf('t1', { period: { end: past } })), id: 't1', ...unconditional });
    await store.update({ ...newVersion(consentOf('t2', { period: { start: coming } })), id: 't2', ...unconditional });
    await store.update({
      ...newVersion(consentOf('t3', { period: { start: past, end: coming } })),
      id: 't3',
      ...unconditional,
    });
    assert.deepEqual([await isLeft('t1'), await isLeft('t2'), await isLeft('t3')], [true, true, false]);
  });
});

describe('a group that a consent names', () => {
  const group = { resourceType: 'Group', id: 'g', membership: 'enumerated' };
  const me = careHash.reference('Practitioner/1');
  const refusing = consentOf('g', {
    ...{ decision: 'permit', provision: [{ actor: [{ reference: { reference: 'Group/g' } }] }] },
  });
  const isLeftToMe = (): Promise<boolean> => isLeft('g', { members: [me], hands: [careHash.subject('me')] });
  before(async () => {
    await store.update({ ...newVersion(group), id: 'g', ...unconditional });
    await store.create(newVersion(refusing));
    await store.buildMembers();
  });

  it('refuses who is in more of them than are looked up', async () => {
    assert.equal(await isLeftToMe(), true);
    await sql`insert into fhir.care_link (rid, own, kind, target, actor, since, until)
      select 0, n, 10, n, ${String(me)}::bigint, '-infinity', 'infinity' from generate_series(1, 2000) n`;
    assert.equal(await isLeftToMe(), false);
    await sql`delete from fhir.care_link where rid = 0 and own = 1999`;
    await sql`delete from fhir.care_link where rid = 0 and own = 2000`;
    assert.equal(await isLeftToMe(), true);
  });

  it('is known while a later program has made its links, too', async () => {
    const group = typeNumber('Group')!;
    await sql`insert into fhir.care_build (definition, ty, upto, complete) values (99, ${group}, '', true)`;
    assert.equal(await isLeftToMe(), true);
    await sql`delete from fhir.care_build where definition = 99`;
  });
});

describe('an active Consent of no patient here', () => {
  it('is told, until it names one or is withdrawn', async () => {
    const told = (): Promise<string[]> => store.consentsOfNobody(100);
    const write = async (id: string, members: object): Promise<void> => {
      await store.update({ ...newVersion(consentOf('x', members)), id, ...unconditional });
    };
    assert.deepEqual(await told(), []);
    await write('ofnobody1', { subject: { identifier: { value: '1' } } });
    await write('ofnobody2', { subject: { reference: 'Group/1' } });
    await write('ofnobody3', { subject: { reference: 'Group/1' }, status: 'draft' });
    assert.deepEqual(await told(), ['ofnobody1', 'ofnobody2']);
    assert.deepEqual(await store.consentsOfNobody(1), ['ofnobody1']);
    await sql`delete from fhir.consent where own in (select own from fhir.consent where pat is null)`;
    await sql`delete from fhir.consent_build`;
    assert.deepEqual(await told(), []);
    await store.buildConsents();
    assert.deepEqual(await told(), ['ofnobody1', 'ofnobody2'], 'of those that were stored before');
    await write('ofnobody1', { subject: { reference: 'Patient/x' } });
    await store.delete({ type: 'Consent', id: 'ofnobody2' });
    assert.deepEqual(await told(), []);
    await store.delete({ type: 'Consent', id: 'ofnobody1' });
  });
});

describe('rows for the Consents of before', () => {
  it('are made in steps, of which each stays, and not over what is newer', async () => {
    const ids = Array.from({ length: 450 }, (_, n) => `b${String(n).padStart(3, '0')}`);
    await store.bulkInsert(
      (async function* () {
        for (const id of ids) yield await Promise.resolve({ ...newVersion(consentOf(id)), id });
      })(),
    );
    await store.delete({ type: 'Consent', id: 'b001' });
    await sql`delete from fhir.consent`; // as if a release before had stored them
    await sql`delete from fhir.consent_build`;
    assert.equal(await store.consentsComplete(), false);
    await store.update({ ...newVersion(consentOf('b000', { status: 'inactive' })), id: 'b000', ...unconditional });
    const stopped = new AbortController();
    const first = await store.buildConsents({ onProgress: () => stopped.abort(), signal: stopped.signal });
    assert.ok(first > 0 && first < ids.length, String(first));
    assert.equal(await store.consentsComplete(), false);
    const made: number[] = [];
    const rest = await store.buildConsents({ onProgress: (count) => made.push(count) });
    assert.equal(await store.consentsComplete(), true);
    const [all] = await sql<{ count: number }[]>`select count(*)::int as count from fhir.consent`;
    assert.equal(first + rest, all!.count, 'none is made twice');
    assert.ok(made.length >= 2, 'it tells how far it is');
    assert.deepEqual(await Promise.all(['b000', 'b001', 'b002', 'b449'].map((id) => isLeft(id))), [
      true,
      true,
      false,
      false,
    ]);
    assert.equal(await store.buildConsents(), 0);
  });

  it('are made once by two servers that make them together', async () => {
    await sql`delete from fhir.consent`;
    await sql`delete from fhir.consent_build`;
    const made = await Promise.all([store.buildConsents(), store.buildConsents()]);
    const [all] = await sql<{ count: number }[]>`select count(*)::int as count from fhir.consent`;
    assert.equal(made[0] + made[1], all!.count);
  });
});
