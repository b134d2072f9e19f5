import type { Reference, Resource } from '@dhp/fhir-model';
import { daysPerYear, minuteOf, parseDay, workingDay, type Day } from './calendar.ts';
import { reference } from './codes.ts';
import { ageAt, monthOf, type Chronic, type Person } from './person.ts';
import { allergyIntolerance, socialStatus } from './resources/background.ts';
import { condition, procedure } from './resources/condition.ts';
import { encounter, episodeOfCare, type PatientVisit } from './resources/encounter.ts';
import { immunizations } from './resources/immunization.ts';
import { laboratory } from './resources/laboratory.ts';
import { prescription } from './resources/medication.ts';
import { mother, patient } from './resources/patient.ts';
import { vitalSign, type VitalSign } from './resources/vital-signs.ts';
import { acuteDiagnoses, type AcuteDiagnosis } from './tables/diagnoses.ts';
import { hospitalDiagnoses } from './tables/hospital-diagnoses.ts';

/** Encounters are recorded from here on; immunisations of children go back to their birth. */
const recordsSince = parseDay('2021-01-01');

/** Everything about one patient: the Patient first, then background, immunisations, and the visits in order of time. */
export function* life(person: Person): Generator<Resource> {
  const { random } = person;
  const age = ageAt(person, person.end);
  yield patient(person);
  if (age < 18 && random.chance(0.7)) yield mother(person);
  if (random.chance(0.08)) yield allergyIntolerance(person);
  if (age >= 7 && random.chance(0.4)) {
    const least = Math.max(recordsSince, person.birth + Math.ceil(7 * daysPerYear));
    if (least < person.end) yield socialStatus(person, random.between(least, person.end));
  }
  yield* immunizations(person);
  const known = new Map<string, Reference>();
  const episodes = new Map<string, Reference>();
  for (const { day, kind } of plan(person)) {
    if (kind === 'preventive') yield* preventiveVisit(person, day);
    else if (kind === 'chronic') yield* chronicVisit(person, day, known, episodes);
    else yield* illness(person, day, kind);
  }
}

interface Planned {
  readonly day: Day;
  readonly kind: PatientVisit['kind'];
}

/** Visits a year by age; patients with a chronic disease have additional ones for it. */
function rates(age: number, chronic: boolean): Record<PatientVisit['kind'], number> {
  return {
    preventive: age < 1 ? 4 : age < 18 ? 0.4 : age < 60 ? 0.35 : 0.6,
    acute: age < 6 ? 0.8 : age < 18 ? 0.45 : age < 60 ? 0.4 : 0.5,
    chronic: chronic ? 1.1 : 0,
    inpatient: age < 18 ? 0.02 : age < 60 ? 0.03 : 0.08,
  };
}

function plan(person: Person): Planned[] {
  const { random } = person;
  const visits: Planned[] = [];
  // The last three days stay free: laboratories report and stays end after the visit has begun.
  const end = person.end - 3;
  for (let from = Math.max(recordsSince, person.birth + 3); from < end; from += 365) {
    const to = Math.min(end, from + 364);
    const share = (to - from + 1) / 365;
    const suffering = person.chronic.some(({ onset }) => onset <= to);
    const yearly = rates(ageAt(person, from), suffering);
    for (const kind of ['preventive', 'acute', 'chronic', 'inpatient'] as const) {
      const expected = yearly[kind] * share;
      const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
      for (let i = 0; i < count; i++) {
        const day = workingDay(random.between(from, to));
        if (day <= to) visits.push({ day, kind });
      }
    }
  }
  return visits.sort((a, b) => a.day - b.day);
}

function visitOn(person: Person, day: Day, kind: PatientVisit['kind'], isSurgical = false): PatientVisit {
  const { random, network } = person;
  const start = minuteOf(day, random.between(8, 15), random.between(0, 11) * 5);
  if (kind === 'inpatient') {
    const { hospital } = network;
    const staff = hospital.staff[isSurgical ? 2 : 0]!;
    const stay = Math.max(1, Math.min(random.between(2, 9), person.end - day - 1));
    return { id: person.newId(), kind, facility: hospital, staff, start, end: start + stay * 1440 };
  }
  const end = start + random.between(4, 8) * 5;
  return { id: person.newId(), kind, facility: network.polyclinic, staff: person.doctor, start, end };
}

function* vitals(person: Person, visit: PatientVisit, signs: readonly VitalSign[], fever = false): Generator<Resource> {
  for (const sign of signs) yield vitalSign(person, visit, sign, { fever });
}

function* preventiveVisit(person: Person, day: Day): Generator<Resource> {
  const visit = visitOn(person, day, 'preventive');
  yield encounter(person, visit, { conditions: [] });
  const grown: VitalSign[] = ageAt(person, day) >= 10 ? ['bloodPressure', 'heartRate'] : ['heartRate'];
  yield* vitals(person, visit, [...grown, 'height', 'weight', 'bmi']);
  if (person.random.chance(0.35)) yield* laboratory(person, visit, 'bloodCount');
}

/** Picks one that fits age, sex and season. */
function diagnose<T extends AcuteDiagnosis>(person: Person, day: Day, list: readonly T[]): T | undefined {
  const age = ageAt(person, day);
  const month = monthOf(day);
  const fitting = list
    .filter(({ ages, only }) => age >= ages[0] && age < ages[1] && (only === undefined || only === person.gender))
    .map((diagnosis) => ({ diagnosis, weight: diagnosis.weight * (seasonal(diagnosis, month) ? 1 : 0.25) }));
  return fitting.length === 0 ? undefined : person.random.weighted(fitting).diagnosis;
}

function seasonal({ months }: AcuteDiagnosis, month: number): boolean {
  return months === undefined || months.includes(month);
}

/** An illness that passes: diagnosis, measurements, sometimes tests, medicines; in hospital also a procedure. */
function* illness(person: Person, day: Day, kind: 'acute' | 'inpatient'): Generator<Resource> {
  const { random } = person;
  const inHospital = kind === 'inpatient' ? diagnose(person, day, hospitalDiagnoses) : undefined;
  const diagnosis = inHospital ?? diagnose(person, day, acuteDiagnoses)!;
  const visit = visitOn(person, day, kind, inHospital?.surgeon);
  const id = person.newId();
  const over = day + random.between(...diagnosis.days);
  const onset = Math.max(person.birth, day - random.between(0, 3));
  yield encounter(person, visit, { conditions: [reference('Condition', id)] });
  yield condition(person, visit, diagnosis, { id, onset, abatement: over <= person.end ? over : undefined });
  const breathing: VitalSign[] = diagnosis.icd10.startsWith('J') ? ['breathing', 'oxygen'] : [];
  const pressure: VitalSign[] = ageAt(person, day) >= 14 ? ['bloodPressure'] : [];
  yield* vitals(person, visit, ['temperature', 'heartRate', ...pressure, ...breathing], diagnosis.fever);
  for (const panel of diagnosis.panels) {
    if (inHospital || random.chance(0.5)) yield* laboratory(person, visit, panel, id);
  }
  if (inHospital) yield procedure(person, visit, inHospital, id);
  for (const medicine of diagnosis.medicines) {
    // Small children are not prescribed the tablets in the list.
    if (ageAt(person, day) >= 3) yield* prescription(person, visit, medicine, id);
  }
}

/** A check of the lasting diseases: each is written down as Condition (half also as EpisodeOfCare) when first seen. */
function* chronicVisit(
  person: Person,
  day: Day,
  known: Map<string, Reference>,
  episodes: Map<string, Reference>,
): Generator<Resource> {
  const { random } = person;
  const present = person.chronic.filter(({ onset }) => onset <= day);
  if (present.length === 0) return;
  const visit = visitOn(person, day, 'chronic');
  const fresh: Chronic[] = [];
  for (const chronic of present) {
    const { key } = chronic.diagnosis;
    if (known.has(key)) continue;
    fresh.push(chronic);
    known.set(key, reference('Condition', person.newId()));
    if (random.chance(0.5)) episodes.set(key, reference('EpisodeOfCare', person.newId()));
  }
  const conditions = present.map(({ diagnosis }) => known.get(diagnosis.key)!);
  const episode = present.map(({ diagnosis }) => episodes.get(diagnosis.key)).find((found) => found !== undefined);
  yield encounter(person, visit, episode ? { conditions, episode } : { conditions });
  for (const { diagnosis, onset } of fresh) {
    const id = idOf(known.get(diagnosis.key)!);
    yield condition(person, visit, diagnosis, { id, onset });
    const care = episodes.get(diagnosis.key);
    if (care) yield episodeOfCare(person, idOf(care), known.get(diagnosis.key)!, day);
  }
  yield* vitals(person, visit, ['bloodPressure', 'heartRate', 'weight']);
  for (const { diagnosis } of present) {
    const cause = idOf(known.get(diagnosis.key)!);
    for (const panel of diagnosis.panels) if (random.chance(0.3)) yield* laboratory(person, visit, panel, cause);
    for (const medicine of diagnosis.medicines) {
      if (random.chance(0.6)) yield* prescription(person, visit, medicine, cause);
    }
  }
}

function idOf(target: Reference): string {
  return target.reference!.slice(target.reference!.indexOf('/') + 1);
}
