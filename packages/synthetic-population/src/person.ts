import { demoPatientId } from './demo.ts';
import { calendarDate, daysPerYear, parseDay, type Day } from './calendar.ts';
import { demoRegion, type CareNetwork, type CareNetworks, type StaffMember } from './facilities.ts';
import { birthDayOf, nextUuid, purpose, type Gender } from './identity.ts';
import { nameFor, type FullName } from './naming.ts';
import { Random } from './random.ts';
import { chronicDiagnoses, type ChronicDiagnosis } from './tables/chronic-diagnoses.ts';
import { uzbek } from './tables/names.ts';
import { regions, type Place, type Region } from './tables/places.ts';

/** The demo patient's record ends here on whatever day it is generated, so that its content never changes. */
export const demoToday: Day = parseDay('2026-01-01');

export interface Chronic {
  readonly diagnosis: ChronicDiagnosis;
  readonly onset: Day;
}

/** Identity of a patient; all records of the patient follow from it and from its random streams. */
export interface Person {
  readonly index: number;
  readonly id: string;
  readonly gender: Gender;
  readonly birth: Day;
  readonly death: Day | undefined;
  /** The last day of the record: today, or the day before death. */
  readonly end: Day;
  readonly name: FullName;
  readonly region: Region;
  readonly district: Place;
  readonly network: CareNetwork;
  readonly doctor: StaffMember;
  readonly chronic: readonly Chronic[];
  /** Constant deviations of the body from the mean of age and sex, as factors near 1. */
  readonly build: { readonly height: number; readonly mass: number };
  /** For events of the patient; values are drawn from it in one fixed order. */
  readonly random: Random;
  readonly newId: () => string;
}

/** Share of each five years of age, from 0 to 4 up to 85 to 89, as the country has them: half are younger than 28. */
const pyramid = [11.5, 10.8, 9.6, 7.6, 7, 7.6, 8.9, 8.3, 6.6, 5.5, 5, 4.3, 3.6, 2.6, 1.5, 0.7, 0.4, 0.25].map(
  (weight, band) => ({ weight, from: band * 5 }),
);

export function ageAt(person: Pick<Person, 'birth'>, day: Day): number {
  return (day - person.birth) / daysPerYear;
}

/** The patient of an index; index 0 is the demo patient. The same for the same seed, index and today. */
export function personOf(seed: number, index: number, today: Day, networks: CareNetworks): Person {
  if (index === 0) return demoPerson(networks);
  const random = new Random(seed, purpose.life, index);
  const ids = new Random(seed, purpose.patientIds, index);
  const region = random.weighted(regions);
  const gender: Gender = random.chance(0.497) ? 'female' : 'male';
  const years = random.weighted(pyramid).from + random.unit() * 5;
  const birth = birthDayOf(index, today - Math.floor(years * daysPerYear));
  const death = years > 50 && random.chance((years - 50) / 800) ? today - random.between(30, 900) : undefined;
  const regionIndex = regions.indexOf(region);
  const network = networks.of(regionIndex, index);
  const end = death === undefined ? today : death - 1;
  return {
    index,
    id: nextUuid(ids),
    gender,
    birth,
    death,
    end,
    name: nameFor(random, region, gender),
    region,
    district: random.pick(region.districts),
    network,
    doctor: years < 18 ? network.polyclinic.staff[2]! : network.polyclinic.staff[index % 2]!,
    chronic: chronicFor(random, birth, end, gender),
    build: { height: random.around(1, 0.03), mass: random.around(1, 0.12) },
    random,
    newId: () => nextUuid(ids),
  };
}

function chronicFor(random: Random, birth: Day, end: Day, gender: Gender): Chronic[] {
  const age = (end - birth) / daysPerYear;
  return chronicDiagnoses
    .filter(({ only, ages, prevalence }) => {
      const [from] = ages;
      const share = Math.min(1.2, Math.max(0, (age - from + 4) / (64 - from)));
      // Drawn for everyone, so that one more disease in the list shifts no other draw.
      return random.chance(prevalence * share) && age > from + 1 && (only === undefined || only === gender);
    })
    .map((diagnosis) => {
      const least = Math.ceil(diagnosis.ages[0] * daysPerYear);
      return { diagnosis, onset: birth + least + Math.floor(random.unit() * (end - birth - least)) };
    });
}

/** A stream that no seed can name, picked because this record has a bit of everything. */
const demoStream = 2 ** 40 + 118;

/** A woman born in 1979 with high blood pressure and diabetes, in the care of the demo practitioner. */
function demoPerson(networks: CareNetworks): Person {
  const ids = new Random(demoStream, purpose.patientIds, 0);
  const region = regions[demoRegion]!;
  const network = networks.of(demoRegion, 0);
  const chronic = (key: ChronicDiagnosis['key'], since: string): Chronic => ({
    diagnosis: chronicDiagnoses.find((diagnosis) => diagnosis.key === key)!,
    onset: parseDay(since),
  });
  return {
    index: 0,
    id: demoPatientId,
    gender: 'female',
    birth: birthDayOf(0, parseDay('1979-05-20')),
    death: undefined,
    end: demoToday,
    name: {
      people: uzbek,
      family: ['Karimov', 'Каримов'],
      given: ['Nilufar', 'Нилуфар'],
      patronymic: ['Rustam qizi', 'Рустамовна'],
    },
    region,
    district: region.districts[0]!,
    network,
    doctor: network.polyclinic.staff[0]!,
    chronic: [chronic('hypertension', '2019-04-11'), chronic('diabetes', '2021-09-06')],
    build: { height: 1, mass: 1.1 },
    random: new Random(demoStream, purpose.life, 0),
    newId: () => nextUuid(ids),
  };
}

/** Height in cm and mass in kg, by age, sex and build; children along a simplified growth curve. */
export function body(person: Person, day: Day): { height: number; mass: number } {
  const age = Math.max(0, ageAt(person, day));
  const adult = person.gender === 'male' ? 173 : 161;
  const grown =
    age < 1 ? 50 + 25 * age : age < 2 ? 75 + 12 * (age - 1) : Math.min(adult, 87 + (age - 2) * ((adult - 87) / 15));
  const height = grown * person.build.height;
  const index = age < 1 ? 13.5 + 3.5 * age : age < 6 ? 17 - 0.25 * (age - 1) : Math.min(27, 15.75 + (age - 6) * 0.36);
  const obese = person.chronic.some(({ diagnosis }) => diagnosis.key === 'obesity') ? 1.25 : 1;
  return { height, mass: index * (height / 100) ** 2 * person.build.mass * obese };
}

export function hasChronic(person: Person, key: ChronicDiagnosis['key'], day: Day): boolean {
  return person.chronic.some(({ diagnosis, onset }) => diagnosis.key === key && onset <= day);
}

export function monthOf(day: Day): number {
  return calendarDate(day).month;
}
