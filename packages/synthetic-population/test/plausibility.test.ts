import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Encounter, Patient, Resource } from '@dhp/fhir-model';
import { parseDay } from '../src/calendar.ts';
import { CareNetworks } from '../src/facilities.ts';
import { testPinfl } from '../src/identity.ts';
import { population } from '../src/index.ts';
import { ageAt, personOf } from '../src/person.ts';

const today = '2026-11-25';
const todayDay = parseDay(today);

function records(patients: number, seed: number): { patient: Patient; resources: Resource[] }[] {
  const found: { patient: Patient; resources: Resource[] }[] = [];
  for (const resource of population({ patients, seed, today })) {
    if (resource.resourceType === 'Patient') found.push({ patient: resource, resources: [] });
    found.at(-1)?.resources.push(resource);
  }
  return found;
}

/** Every date and time in a resource with the name of its member; other texts are left out. */
function* datesIn(value: unknown, name = ''): Generator<[name: string, date: string]> {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(T|$)/.test(value)) yield [name, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* datesIn(inner, Array.isArray(value) ? name : key);
}

test('nothing happens before birth, after death or after today', () => {
  for (const { patient, resources } of records(150, 21)) {
    const last = patient.deceasedDateTime ?? `${today}T23:59:59+05:00`;
    for (const resource of resources) {
      for (const [name, date] of datesIn(resource)) {
        // A vaccine may be valid for years; a mother is born before her child.
        if (name === 'expirationDate' || (resource.resourceType === 'RelatedPerson' && name === 'birthDate')) continue;
        const where = `${resource.resourceType}/${resource.id!} ${name} ${date}`;
        assert.ok(date.slice(0, 10) >= patient.birthDate!, `${where} is before birth ${patient.birthDate!}`);
        assert.ok(date <= last, `${where} is after ${last}`);
        assert.ok(!date.includes('T') || date.endsWith('+05:00'), `${where} is not in the zone of Tashkent`);
      }
    }
  }
});

test('an encounter contains the observations and specimens taken in it', () => {
  let observations = 0;
  for (const { resources } of records(60, 9)) {
    const encounters = new Map(
      resources
        .filter((resource): resource is Encounter => resource.resourceType === 'Encounter')
        .map((encounter) => [`Encounter/${encounter.id!}`, encounter.actualPeriod!]),
    );
    for (const resource of resources) {
      if (resource.resourceType !== 'Observation' || !resource.encounter) continue;
      const period = encounters.get(resource.encounter.reference!)!;
      assert.ok(resource.effectiveDateTime! >= period.start! && resource.effectiveDateTime! <= period.end!);
      observations++;
    }
  }
  assert.ok(observations > 1000);
});

test('ages follow the pyramid of the country, both sexes and all regions occur', () => {
  const networks = new CareNetworks();
  const people = Array.from({ length: 8000 }, (_, index) => personOf(1, index + 1, todayDay, networks));
  const share = (test: (age: number) => boolean): number =>
    people.filter((person) => test(ageAt(person, todayDay))).length / people.length;
  const near = (value: number, expected: number, tolerance: number): void => {
    assert.ok(Math.abs(value - expected) < tolerance, `${value} is not near ${expected}`);
  };
  near(
    share((age) => age < 15),
    0.316,
    0.025,
  );
  near(
    share((age) => age >= 15 && age < 65),
    0.633,
    0.025,
  );
  near(
    share((age) => age >= 65),
    0.054,
    0.012,
  );
  near(people.filter(({ gender }) => gender === 'female').length / people.length, 0.497, 0.02);
  assert.equal(new Set(people.map(({ region }) => region.code)).size, 14);
  assert.ok(Math.max(...people.map((person) => ageAt(person, todayDay))) < 91);
});

test('diseases follow age: adults have high blood pressure, children have vaccines', () => {
  const found = records(400, 2);
  const ageOf = (patient: Patient): number => (todayDay - parseDay(patient.birthDate!)) / 365.25;
  for (const { patient, resources } of found) {
    const age = ageOf(patient);
    for (const resource of resources) {
      if (resource.resourceType !== 'Condition') continue;
      const code = resource.code?.coding?.[0]?.code;
      if (code === 'I10') assert.ok(age > 30);
      if (code === 'N39.0' || code === 'D50.9') assert.equal(patient.gender, 'female');
    }
    const doses = resources.filter(({ resourceType }) => resourceType === 'Immunization').length;
    if (age > 2 && age < 18) assert.ok(doses >= 12, `${doses} doses at the age of ${age}`);
  }
  const mean = found.reduce((sum, { resources }) => sum + resources.length, 0) / found.length;
  assert.ok(mean > 40 && mean < 95, `${mean} resources a patient`);
});

test('national numbers have the public shape and check digit, are marked as tests, and never occur twice', () => {
  // The example of the national guide, whose last digit follows from the other thirteen.
  const weights = [7, 3, 1];
  const checkDigit = (digits: string): number =>
    Array.from(digits.slice(0, 13), Number).reduce((sum, digit, i) => sum + digit * weights[i % 3]!, 0) % 10;
  assert.equal(checkDigit('30211975910033'), 3);
  const networks = new CareNetworks();
  const seen = new Set<string>();
  for (let index = 1; index <= 30_000; index++) {
    const { birth, gender } = personOf(6, index, todayDay, networks);
    const number = testPinfl(birth, gender, index);
    assert.match(number, /^[3-6]\d{6}0\d{6}$/);
    assert.equal(Number(number[13]), checkDigit(number));
    assert.ok(!seen.has(number), `${number} twice`);
    seen.add(number);
  }
  for (const { patient } of records(20, 4)) assert.equal(patient.meta?.security?.[0]?.code, 'HTEST');
});
