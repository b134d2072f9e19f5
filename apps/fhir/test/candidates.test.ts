/** Criteria find the resources that a transaction writes as if each were compared, without comparing each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { type Condition, conditionOf } from '@dhp/search-index';
import { indexRow } from '@dhp/search-index/rows';
import { candidatesAmong, type Candidates } from '../src/conditional/candidates.ts';
import { meets, type Candidate } from '../src/matching/meets.ts';

const ownBases = ['https://example.uz/fhir'];
const timeZone = 'Asia/Tashkent';

function observation(n: number): JsonResource {
  const day = `${1990 + (n % 30)}-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;
  return {
    ...{ resourceType: 'Observation', id: `o${n}`, status: n % 7 === 0 ? 'amended' : 'final' },
    identifier: [{ system: 'https://example.uz/id', value: `v${n}` }],
    code: { coding: [{ system: 'http://loinc.org', code: `${n}-${n % 10}` }], text: `Reading ${n}` },
    subject: { reference: `Patient/p${n}` },
    effectiveDateTime: `${day}T08:${String(n % 60).padStart(2, '0')}:00Z`,
    issued: `${day}T09:00:00Z`,
    valueQuantity: { value: n, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
  };
}

function patient(n: number): JsonResource {
  return {
    ...{ resourceType: 'Patient', id: `p${n}`, active: n % 2 === 0, gender: n % 3 === 0 ? 'female' : 'male' },
    identifier: [{ system: 'https://example.uz/id', value: `v${n}` }],
    name: [{ family: `Karimov ${n}`, given: [`Aziz ${n}`] }],
    birthDate: `${1900 + (n % 100)}-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`,
    managingOrganization: { reference: `Organization/g${n}` },
    telecom: [{ system: 'phone', value: `+9989${n}` }],
  };
}

type Shape = readonly [type: 'Patient' | 'Observation', query: (n: number) => string];

/** Each matches one or a few resources. */
const narrow: readonly Shape[] = [
  ['Patient', (n) => `identifier=https://example.uz/id|v${n}`],
  ['Patient', (n) => `identifier=v${n}`],
  ['Patient', (n) => `_id=p${n}`],
  ['Patient', (n) => `family=karimov ${n}`],
  ['Patient', (n) => `family:exact=Karimov ${n}`],
  ['Patient', (n) => `organization=Organization/g${n}`],
  ['Patient', (n) => `phone=%2B9989${n}`],
  ['Patient', (n) => `active=true&gender=male&identifier=v${n}`],
  ['Patient', (n) => `birthdate=gt1900&identifier=v${n}`],
  ['Patient', (n) => `identifier=v${n},v${n + 1},v${n + 2}`],
  ['Observation', (n) => `identifier=v${n}&status=final`],
  ['Observation', (n) => `code=http://loinc.org|${n}-${n % 10}`],
  ['Observation', (n) => `subject=Patient/p${n}`],
  ['Observation', (n) => `patient=p${n}&date=ge1990`],
  ['Observation', (n) => `code:text=Reading ${n}&identifier=v${n}`],
];

/** Each may name many. */
const broad: readonly Shape[] = [
  ['Patient', (n) => `name:contains=z ${n}`],
  ['Patient', (n) => `birthdate=gt${1900 + (n % 100)}`],
  ['Patient', (n) => `birthdate=le${1900 + (n % 100)}`],
  ['Patient', (n) => `birthdate=${1900 + (n % 100)}`],
  ['Patient', () => 'gender=male'],
  ['Patient', () => 'gender:not=male'],
  ['Patient', () => 'active:missing=false'],
  ['Patient', (n) => `name=karimov ${n % 10}`],
  ['Observation', (n) => `date=lt${1990 + (n % 30)}`],
  ['Observation', () => 'status=amended,final'],
];

const make = { Patient: patient, Observation: observation };

function conditionsOf(count: number, [type, query]: Shape): Condition[] {
  const options = { timeZone, now: new Date(0), ownBases, lenient: false };
  return Array.from({ length: count }, (_, n) => {
    const parameters = [...new URLSearchParams(query(n))];
    return conditionOf(type, parameters, options);
  });
}

function resources(type: Shape[0], count: number): Candidate[] {
  return Array.from({ length: count }, (_, n) => {
    const resource = make[type](n);
    const row = indexRow(resource, { timeZone, ownBases });
    return { id: String(resource['id']), row };
  });
}

function idsMeeting(candidates: Candidates<Candidate>, condition: Condition): string[] {
  return [...candidates.meeting(condition)].map(({ id }) => id);
}

for (const shape of [...narrow, ...broad]) {
  test(`${shape[0]}?${shape[1](3)} finds what comparing each one finds`, async () => {
    const all = resources(shape[0], 60);
    const candidates = await candidatesAmong(all, new Budget());
    let found = 0;
    for (const condition of conditionsOf(60, shape)) {
      const expected = all.filter((one) => meets(one, condition) === true).map(({ id }) => id);
      assert.deepEqual(idsMeeting(candidates, condition), expected);
      found += expected.length;
    }
    assert.ok(found > 0, 'the criteria find something');
  });
}

for (const shape of narrow) {
  test(`${shape[0]}?${shape[1](3)} for each of n resources takes work in proportion to n`, async () => {
    const workOf = async (count: number): Promise<number> => {
      const budget = new Budget();
      const candidates = await candidatesAmong(resources(shape[0], count), budget);
      for (const condition of conditionsOf(count, shape)) idsMeeting(candidates, condition);
      return budget.used.work;
    };
    const [once, fourTimes] = [await workOf(250), await workOf(1000)];
    assert.ok(once > 0);
    // A name may be the beginning of ten times as many others.
    assert.ok(fourTimes <= 6 * once, `${once} units for 250, ${fourTimes} for 1000`);
  });
}

test('criteria that may find each resource are stopped by the budget', async () => {
  const budget = new Budget({ work: 100_000 });
  const candidates = await candidatesAmong(resources('Patient', 500), budget);
  assert.throws(
    () => {
      for (const condition of conditionsOf(500, ['Patient', (n) => `name:contains=z ${n}`]))
        idsMeeting(candidates, condition);
    },
    { name: 'BudgetSpent', what: 'work' },
  );
});
