import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Resource } from '@dhp/fhir-model';
import { demoPatientId, demoPractitionerId, expectedCounts, population, type PopulationOptions } from '../src/index.ts';

const today = '2026-11-25';

function digest(resources: Iterable<Resource>): string {
  const hash = createHash('sha256');
  for (const resource of resources) hash.update(JSON.stringify(resource));
  return hash.digest('hex');
}

/** The resources of each patient, by the patient's place in the stream; institutions under -1. */
function byPatient(options: PopulationOptions): Map<number, Resource[]> {
  const groups = new Map<number, Resource[]>([[-1, []]]);
  let place = -1;
  for (const resource of population(options)) {
    if (resource.resourceType === 'Patient') groups.set(++place, []);
    groups.get(place)!.push(resource);
  }
  return groups;
}

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'reference' && typeof inner === 'string') yield inner;
    else yield* referencesIn(inner);
  }
}

test('the same options give the same stream, another seed another one', () => {
  const first = digest(population({ patients: 40, seed: 7, today }));
  assert.equal(digest(population({ patients: 40, seed: 7, today })), first);
  assert.notEqual(digest(population({ patients: 40, seed: 8, today })), first);
});

test('patient i is the same whatever the number of patients and the start', () => {
  const many = byPatient({ patients: 60, seed: 3, today });
  const few = byPatient({ patients: 12, seed: 3, today });
  const late = byPatient({ patients: 5, from: 30, seed: 3, today });
  for (const index of [0, 5, 11]) assert.deepEqual(few.get(index), many.get(index));
  for (const index of [30, 34]) assert.deepEqual(late.get(index - 30), many.get(index));
  assert.equal(late.size, 1 + 5);
});

test('parts made apart are together the whole, each resource once', () => {
  const names = (from: number, patients: number): string[] =>
    [...population({ patients, from, seed: 1, today })].map((r) => `${r.resourceType}/${r.id!}`);
  // Patient 5000 brings new polyclinics with it.
  const whole = names(4985, 40);
  assert.ok(whole.some((name) => name.startsWith('Organization/')));
  assert.equal(new Set(whole).size, whole.length);
  assert.deepEqual([...names(4985, 10), ...names(4995, 30)].sort(), whole.sort());
});

test('every reference leads to a resource of the population, ids are UUIDs', () => {
  const resources = [...population({ patients: 80, seed: 5, today })];
  const known = new Set(resources.map((resource) => `${resource.resourceType}/${resource.id!}`));
  for (const resource of resources) {
    assert.match(resource.id!, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const target of referencesIn(resource)) {
      assert.ok(known.has(target), `${resource.resourceType}/${resource.id!} refers to ${target}, which is not there`);
    }
  }
});

test('institutions and practitioners come before the first patient', () => {
  const types = [...population({ patients: 3, seed: 2, today })].map(({ resourceType }) => resourceType);
  const shared = ['Organization', 'Location', 'HealthcareService', 'Medication', 'Practitioner', 'PractitionerRole'];
  const firstPatient = types.indexOf('Patient');
  for (const type of shared) {
    assert.ok(types.includes(type as Resource['resourceType']));
    assert.ok(types.lastIndexOf(type as Resource['resourceType']) < firstPatient, type);
  }
});

test('the demo patient and practitioner are the same in every population', () => {
  const one = byPatient({ patients: 3, seed: 1, today });
  const other = byPatient({ patients: 9, seed: 99, today: '2027-03-01' });
  const demo = one.get(0)!;
  assert.deepEqual(other.get(0), demo);
  assert.equal(demo[0]!.id, demoPatientId);
  const types = new Set(demo.map(({ resourceType }) => resourceType));
  for (const type of [
    'Encounter',
    'Condition',
    'Observation',
    'MedicationRequest',
    'DiagnosticReport',
    'Immunization',
  ]) {
    assert.ok(types.has(type as Resource['resourceType']), `the demo patient has a ${type}`);
  }
  const isDemoDoctor = (resource: Resource): boolean => resource.id === demoPractitionerId;
  const doctor = one.get(-1)!.find(isDemoDoctor);
  assert.equal(doctor?.resourceType, 'Practitioner');
  assert.deepEqual(other.get(-1)!.find(isDemoDoctor), doctor);
  const patient = demo[0]!;
  assert.ok(patient.resourceType === 'Patient');
  assert.equal(patient.generalPractitioner?.[0]?.reference, `Practitioner/${demoPractitionerId}`);
});

test('expected counts are near what comes', () => {
  for (const options of [
    { patients: 1500, seed: 11 },
    { patients: 600, seed: 4, from: 4900 },
  ]) {
    let count = 0;
    for (const _ of population({ ...options, today })) count++;
    const expected = expectedCounts(options);
    assert.equal(expected.patients, options.patients);
    assert.ok(Math.abs(expected.resources / count - 1) < 0.06, `${expected.resources} expected, ${count} came`);
  }
  assert.equal(expectedCounts({ patients: 0 }).resources, 0);
});

test('options out of range are refused', () => {
  const make = (options: Partial<PopulationOptions>) => () => {
    population({ patients: 1, seed: 1, today, ...options }).next();
  };
  assert.throws(make({ patients: -1 }), /patients must be a whole number/);
  assert.throws(make({ seed: 1.5 }), /seed must be a whole number/);
  assert.throws(make({ today: '2026-02-30' }), /not a date/);
  assert.throws(make({ today: '2025-12-31' }), /not be before 2026-01-01/);
});
