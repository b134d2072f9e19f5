/** Rows of consents: they are stored with the versions, made for those of before, and mean what `decide` says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decide, readConsent, type Asked, type ConsentResource } from '@dhp/consent';
import type { JsonResource } from '@dhp/fhir-search';
import type { Sql } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { Consented } from '@dhp/search-index';
import { consentHash, consentVerbs, undecidedActors } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import { indexRow } from '@dhp/search-index/rows';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
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

const nobody: Consented = {
  ...{ op: 'consented', of: 'record', action: consentVerbs.read, callers: [], purposes: undefined },
  ...{
    unknown: undecidedActors.organizations | undecidedActors.others,
    own: [],
    opened: [],
    persons: [],
    organizations: [],
  },
};

function candidateOf(resource: JsonResource & { id: string }): Parameters<FhirStore['consented']>[0] {
  return { type: resource.resourceType, id: resource.id, row: indexRow(resource, { ...options }) };
}

const consentOf = (patient: string, members: object = {}): JsonResource => ({
  ...{ resourceType: 'Consent', status: 'active', decision: 'deny', subject: { reference: `Patient/${patient}` } },
  ...members,
});
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

/** A sequence that is the same for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('what the rows say', () => {
  const random = randomOf(5);
  const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;
  const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => random(2) === 0);
  const codes = ['x', 'y'];
  const references = ['Practitioner/1', 'Practitioner/2', 'Organization/1', 'CareTeam/1', 'RelatedPerson/1'];

  function provision(depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    const add = (name: string, of: () => unknown): void => {
      if (random(4) === 0) made[name] = of();
    };
    add('actor', () => [one(references), one(references)].map((reference) => ({ reference: { reference } })));
    add('action', () => [{ coding: [{ code: one(['access', 'collect', 'dance']) }] }]);
    add('purpose', () => [{ code: one(['TREAT', 'HRESCH']) }]);
    add('resourceType', () => [{ code: one(['Observation', 'Condition']) }]);
    add('code', () => [{ coding: [{ system: 'urn:c', code: one(codes) }] }]);
    add('securityLabel', () => [{ system: 'urn:l', code: one(codes) }]);
    add('data', () => [
      {
        meaning: one(['instance', 'related', 'dependents', 'authoredby']),
        reference: { reference: one(['Observation/o', 'Encounter/e', 'Practitioner/1']) },
      },
    ]);
    add('dataPeriod', () => ({ start: '2026-01-01', ...(random(2) === 0 && { end: '2026-01-31' }) }));
    add('period', () => one([{ end: '2020-01-01' }, { start: '2020-01-01' }]));
    if (random(12) === 0) made['expression'] = { language: 'text/cql', expression: 'x' };
    if (depth > 0 && random(2) === 0) made['provision'] = [provision(depth - 1), ...some([provision(depth - 1)])];
    return made;
  }

  function randomConsent(patient: string): JsonResource {
    const national = { meta: { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent'] } };
    return consentOf(patient, {
      decision: one(['deny', 'permit']),
      date: one(['2026-01-01', '2026-02-01']),
      ...(random(3) === 0 && national),
      ...(random(4) === 0 && { grantee: [{ reference: 'RelatedPerson/1' }] }),
      ...(random(5) > 0 && { provision: [provision(2), ...some([provision(1), provision(0)])] }),
    });
  }

  interface World {
    readonly resource: JsonResource & { id: string };
    readonly seen: ConsentResource;
  }
  function randomResource(patient: string): World {
    const type = one(['Observation', 'Condition']);
    const [code, label, practitioner] = [one(codes), one(codes), one(['Practitioner/1', 'Practitioner/2'])];
    const isDated = random(3) > 0;
    const month = one(['2026-01', '2026-03']);
    const [date, author] =
      type === 'Observation' ? ['effectiveDateTime', 'performer'] : ['recordedDate', 'participant'];
    const resource = {
      ...{
        resourceType: type,
        id: 'o',
        subject: { reference: `Patient/${patient}` },
        encounter: { reference: 'Encounter/e' },
      },
      meta: { security: [{ system: 'urn:l', code: label }] },
      code: { coding: [{ system: 'urn:c', code }] },
      ...(isDated && type === 'Observation' && { [date]: `${month}-15` }),
      [author]: type === 'Observation' ? [{ reference: practitioner }] : [{ actor: { reference: practitioner } }],
    };
    const low = Date.parse(`${month}-15T00:00:00+05:00`);
    return {
      resource: resource,
      seen: {
        ...{ reference: `${type}/o`, codes: [`urn:c|${code}`], labels: [`urn:l|${label}`] },
        references: ['Encounter/e', practitioner, `Patient/${patient}`],
        authors: type === 'Observation' ? [practitioner] : [],
        date: isDated && type === 'Observation' ? { low, high: low + 86_400_000 } : undefined,
      },
    };
  }

  function randomCaller(patient: string): { asked: Asked; condition: Consented } {
    const person = one([undefined, 'Practitioner/1', 'Practitioner/2', 'RelatedPerson/1', `Patient/${patient}`]);
    const organizations = one([undefined, ['Organization/1'], ['Organization/2']]);
    const purposes = one([undefined, ['TREAT'], ['HRESCH']]);
    const action = one(['read', 'write'] as const);
    const isPatient = person === `Patient/${patient}`;
    return {
      asked: {
        action,
        at: Date.now(),
        client: 'c',
        persons: person === undefined ? [] : [person],
        organizations,
        purposes,
        isPatient,
      },
      condition: {
        ...nobody,
        action: consentVerbs[action],
        callers: [
          consentHash.client('c'),
          ...[person, ...(organizations ?? [])].flatMap((each) => (each === undefined ? [] : consentHash.actor(each))),
        ],
        purposes: purposes?.map(consentHash.purpose),
        unknown: undecidedActors.others | (organizations === undefined ? undecidedActors.organizations : 0),
        own: isPatient ? [hash64(person)] : [],
        persons: person !== undefined && /^(RelatedPerson|Patient)/.test(person) ? [consentHash.actor(person)] : [],
      },
    };
  }

  it('is what `decide` says, over random consents, resources and callers', async () => {
    const counts = { permit: 0, deny: 0 };
    for (let n = 0; n < 120; n += 1) {
      const patient = `r${String(n)}`;
      const consents = Array.from({ length: 1 + random(3) }, () => randomConsent(patient));
      for (const each of consents) await store.create(newVersion(each)); // in this order, as later ones of a date win
      const read = consents.flatMap((each) => readConsent(each, options) ?? []);
      for (let ask = 0; ask < 12; ask += 1) {
        const { resource, seen } = randomResource(patient);
        const { asked, condition } = randomCaller(patient);
        const { decision } = decide(read, asked, seen);
        const left = await store.consented(candidateOf(resource), condition);
        assert.equal(left ? 'permit' : 'deny', decision, JSON.stringify({ consents, resource, asked }));
        counts[decision] += 1;
      }
    }
    assert.ok(Math.min(counts.permit, counts.deny) > 200, `one-sided: ${JSON.stringify(counts)}`);
  });
});
