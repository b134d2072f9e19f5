import type { Resource } from '@dhp/fhir-model';
import { parseDay } from './calendar.ts';
import { CareNetworks, facilitiesOf, patientsPerGeneration } from './facilities.ts';
import { life } from './life.ts';
import { demoToday, personOf } from './person.ts';
import { medications } from './resources/medication.ts';
import { authorities, healthcareService, location, organization } from './resources/organization.ts';
import { practitioner } from './resources/practitioner.ts';

export { demoPatientId, demoPractitionerId } from './demo.ts';

export interface PopulationOptions {
  /** Number of patients, with the demo patient (index 0). */
  readonly patients: number;
  /** 0 to 4294967295. Other seed, other patients; institutions and the demo patient are the same in all. */
  readonly seed: number;
  /** Index of the first patient, default 0: parts of one population can be made separately, in any order. */
  readonly from?: number;
  /** `yyyy-mm-dd`, not before 2026-01-01: no date is later. */
  readonly today: string;
}

/**
 * A population as FHIR R5 resources that claim the national profiles, one after the other, in constant memory: institutions, medicines and
 * practitioners first, then each patient followed by everything about that patient (so patients done can be counted by their Patient
 * resources). Patient i is the same for any number of patients and any start. Every reference leads to a resource of the population; of a
 * part (`from`), to one of the whole.
 *
 * All people carry the security label HTEST; their national numbers have a 0 in the first place of the area, passports the series ZT,
 * phones the block 000, tax numbers 000 in front: none is a real one.
 *
 * @throws RangeError for an option out of its range
 */
export function* population(options: PopulationOptions): Generator<Resource> {
  const { first, last, seed, today } = checked(options);
  for (let generation = 0; generation * patientsPerGeneration < last; generation++) {
    if (generation * patientsPerGeneration >= first) yield* institutions(generation);
  }
  const networks = new CareNetworks();
  for (let index = first; index < last; index++) yield* life(personOf(seed, index, today, networks));
}

function* institutions(generation: number): Generator<Resource> {
  if (generation === 0) {
    yield* authorities();
    yield* medications();
  }
  for (const facility of facilitiesOf(generation)) {
    yield organization(facility);
    yield location(facility);
    yield healthcareService(facility);
    for (const member of facility.staff) yield* practitioner(facility, member);
  }
}

function checked({ patients, seed, from = 0, today }: PopulationOptions) {
  const whole = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw new RangeError(`${name} must be a whole number from 0 to ${most}, not ${value}`);
    }
  };
  whole('seed', seed, 0xffff_ffff);
  // Up to here birth date and serial make every national number unique (identity.ts).
  whole('from', from, 6_400_000);
  whole('patients', patients, 6_400_000 - from);
  const day = parseDay(today);
  if (day < demoToday) throw new RangeError(`today must not be before 2026-01-01, not ${today}`);
  return { first: from, last: from + patients, seed, today: day };
}

/**
 * About how many resources {@link population} will yield, for a progress bar: institutions exactly, patients by the
 * mean of the records (measured over 20,000 patients; off by some per cent for small numbers).
 */
export function expectedCounts(o: Pick<PopulationOptions, 'patients' | 'from'>): {
  patients: number;
  resources: number;
} {
  const first = o.from ?? 0;
  const generationsBefore = (index: number): number => Math.ceil(index / patientsPerGeneration);
  const generations = generationsBefore(first + o.patients) - generationsBefore(first);
  const base = first === 0 && o.patients > 0 ? resourcesOfFirstGeneration - resourcesOfGeneration : 0;
  return {
    patients: o.patients,
    resources: base + generations * resourcesOfGeneration + Math.round(o.patients * resourcesPerPatient),
  };
}

const resourcesOfFirstGeneration = 455;
const resourcesOfGeneration = 154;
const resourcesPerPatient = 78.36;
