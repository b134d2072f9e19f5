/** The measured searches, with values from the stored population. */
import { hasStatus, type Ask } from '../tests/fhir.ts';

export interface SearchShape {
  readonly name: string;
  /** Below the base URL; each with other values. */
  readonly paths: readonly string[];
  /** Milliseconds that the median at one connection aims to stay below. */
  readonly bar?: number;
}

/** Values that searches of the population use. */
interface Pools {
  readonly patients: readonly Resource[];
  readonly observations: readonly Resource[];
  readonly encounters: readonly Resource[];
  readonly conditions: readonly Resource[];
}

type Resource = Record<string, unknown> & { readonly id: string };

const variants = 200;

/** Reads from the server the values to search for. */
export async function readPools(ask: Ask): Promise<Pools> {
  const some = async (path: string): Promise<Resource[]> => {
    const bundle = hasStatus(await ask('GET', path), 200).json();
    const entries = (bundle['entry'] ?? []) as { resource: Resource }[];
    return entries.map(({ resource }) => resource);
  };
  const [patients, observations, encounters, conditions] = await Promise.all([
    some('Patient?_count=500&_sort=_id'),
    some('Observation?_count=1000&_sort=_id'),
    some('Encounter?_count=500&_sort=_id'),
    some('Condition?_count=500&_sort=_id'),
  ]);
  // Patients that only fill the database for reads and updates have neither a record nor distinct names.
  return { patients: patients.filter(({ id }) => !id.startsWith('bench-')), observations, encounters, conditions };
}

/** The shapes that the project set itself bars for, at one connection. */
export function barShapes(pools: Pools): SearchShape[] {
  const { patients, observations } = pools;
  const of = (name: string, bar: number, from: readonly Resource[], path: Path): SearchShape => ({
    ...{ name, bar, paths: pathsOf(from, path) },
  });
  const measured = observations.filter((each) => at(each, 'valueQuantity', 'value') !== undefined);
  return [
    of('Patient by identifier', 1, patients, (each) => `Patient?identifier=${identifierOf(each)}`),
    of('patient + code, newest 20', 1.5, observations, (each) => {
      return `Observation?patient=${subjectOf(each)}&code=${codeOf(each)}&_count=20`;
    }),
    of('code + month', 1.5, observations, (each) => {
      return `Observation?code=${codeOf(each)}&date=${String(each['effectiveDateTime']).slice(0, 7)}&_count=50`;
    }),
    of('patient + category', 2, observations, (each) => {
      return `Observation?patient=${subjectOf(each)}&category=${text(each, 'category', 0, 'coding', 0, 'code')}&_count=50`;
    }),
    of('chained patient.identifier', 1.5, patients, (each) => {
      return `Observation?patient.identifier=${identifierOf(each)}&_count=20`;
    }),
    of('_revinclude of 20', 2, patients, (each) => `Patient?_id=${each.id}&_revinclude=Encounter:subject`),
    of('name prefix', 1, patients, (each) => `Patient?family=${prefixOf(familyOf(each), 5)}&_count=20`),
    of('code + quantity > x', 3, measured, (each) => {
      const value = String(at(each, 'valueQuantity', 'value'));
      return `Observation?code=${codeOf(each)}&value-quantity=gt${value}&_count=20`;
    }),
  ];
}

/** Shapes whose cost depends on the amount of stored data rather than on the number of matches. */
export function broadShapes(pools: Pools): SearchShape[] {
  const { patients, observations, conditions } = pools;
  const of = (name: string, from: readonly Resource[], path: Path): SearchShape => ({
    ...{ name, paths: pathsOf(from, path) },
  });
  const fixed = (name: string, path: string): SearchShape => ({ name, paths: [path] });
  const measured = observations.filter((each) => at(each, 'valueQuantity', 'value') !== undefined);
  const valueOf = (each: Resource): number => Number(at(each, 'valueQuantity', 'value'));
  return [
    of('_has by code of Observations', observations, (each) => {
      return `Patient?_has:Observation:patient:code=${codeOf(each)}&_count=20`;
    }),
    of('_has by code of Conditions', conditions, (each) => {
      return `Patient?_has:Condition:patient:code=${codeOf(each)}&_count=20`;
    }),
    of('quantity range, wide', measured, (each) => `Observation?value-quantity=gt${valueOf(each)}&_count=20`),
    of('quantity range, narrow', measured, (each) => {
      return `Observation?value-quantity=ge${valueOf(each)}&value-quantity=lt${valueOf(each) + 0.001}&_count=20`;
    }),
    of('quantity of a unit, high', measured, (each) => {
      return `Observation?value-quantity=gt${2 * valueOf(each)}%7C%7C${text(each, 'valueQuantity', 'code')}&_count=20`;
    }),
    of('quantity that is another', measured, (each) => `Observation?value-quantity=ne${valueOf(each)}&_count=20`),
    fixed('total of a type', 'Observation?_summary=count'),
    fixed('total of those without a code', 'Patient?gender:not=male&_summary=count'),
    fixed('total of those without a value', 'Observation?value-quantity:missing=true&_summary=count'),
    fixed('a word that many have', 'Observation?_content=blood&_count=5'),
    fixed('sorted by date and code', 'Observation?_sort=-date,code&_count=20'),
    fixed('sorted by name and birth', 'Patient?_sort=family,birthdate&_count=20'),
    of('chained name', patients, (each) => `Observation?patient.name=${familyOf(each)}&_count=20`),
  ];
}

const loinc = (code: string): string => encodeURIComponent(`http://loinc.org|${code}`);

/** A mix of thirty shapes that resembles the use of a registry: simple and broad ones, counts and full text; all are equally likely. */
export function mixShapes(pools: Pools): SearchShape[] {
  const { patients, observations, encounters, conditions } = pools;
  const fixed = (path: string): SearchShape => ({ name: path, paths: [path] });
  const of = (name: string, from: readonly Resource[], path: Path): SearchShape => ({
    ...{ name, paths: pathsOf(from, path) },
  });
  const ofPatient = (query: string): SearchShape =>
    of(query.replace('$', 'Patient/{id}'), observations, (each) => query.replace('$', subjectOf(each)));
  const letters = [...new Set(patients.map((each) => prefixOf(familyOf(each), 1)))];
  const conditionCode = (each: Resource): string => codeOf(each);
  return [
    fixed('metadata'),
    fixed('Observation?_count=10'),
    fixed('Observation?_count=1&_total=accurate'),
    fixed(`Observation?code=${loinc('8480-6')}&_count=1&_total=accurate`),
    fixed(`Observation?combo-code=${loinc('8480-6')}&_count=1&_total=accurate`),
    fixed('Patient?gender=male&_count=5&_total=accurate'),
    { name: 'Patient?family={letter}&_count=5', paths: letters.map((each) => `Patient?family=${each}&_count=5`) },
    { name: 'Patient?given={letter}&_count=5', paths: letters.map((each) => `Patient?given=${each}&_count=5`) },
    {
      name: 'Patient?gender=female&family={letter}&_count=5',
      paths: letters.map((each) => `Patient?gender=female&family=${each}&_count=5`),
    },
    ...['8302-2', '29463-7', '72514-3'].map((code) =>
      fixed(`Observation?code=${loinc(code)}&_count=5&_total=accurate`),
    ),
    fixed('Observation?date=ge2020-01-01&_count=5'),
    of('Patient/{id}', patients, (each) => `Patient/${each.id}`),
    of('Patient?family={family}&_count=5', patients, (each) => `Patient?family=${familyOf(each)}&_count=5`),
    ofPatient('Observation?patient=$&_count=20'),
    ofPatient('Condition?patient=$'),
    of('Condition?code={code}&_count=5', conditions, (each) => `Condition?code=${conditionCode(each)}&_count=5`),
    of('Procedure?code={code}&_count=5', conditions, (each) => `Procedure?code=${conditionCode(each)}&_count=5`),
    ofPatient('Encounter?patient=$&_count=10'),
    ofPatient('MedicationRequest?patient=$&_count=10'),
    of('Encounter?participant=Practitioner/{id}&_count=10', encounters, (each) => {
      return `Encounter?participant=${text(each, 'participant', 0, 'actor', 'reference')}&_count=10`;
    }),
    of('Encounter?location=Location/{id}&_count=10', encounters, (each) => {
      const location = at(each, 'location', 0, 'location', 'reference');
      return `Encounter?location=${typeof location === 'string' ? location : 'Location/none'}&_count=10`;
    }),
    fixed('Patient?_content=Karimova&_count=5'),
    fixed('Observation?_content=blood&_count=5'),
    fixed('Condition?_content=hypertension&_count=5'),
    fixed('Patient?name:text=karim&_count=5'),
    fixed('Patient?address:text=Toshkent&_count=5'),
    fixed('Patient?_text=Karimova&_count=5'),
    fixed('Condition?code:text=hypertensive&_count=5'),
  ];
}

/** The mix, with equal likelihood per shape, whatever the number of its paths; adjacent paths are of different shapes. */
export function mixedPaths(pools: Pools): string[] {
  const mix = mixShapes(pools);
  const length = Math.max(...mix.map(({ paths }) => paths.length));
  return Array.from({ length }, (_, i) => mix.map(({ paths }) => paths[i % paths.length]!)).flat();
}

type Path = (resource: Resource) => string;

/** Paths that differ, of resources spread over the pool. */
function pathsOf(from: readonly Resource[], path: Path): string[] {
  const step = Math.max(1, Math.floor(from.length / variants));
  return [...new Set(from.filter((_, index) => index % step === 0).map(path))].slice(0, variants);
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string | number, unknown> | undefined)?.[key], value);
}

/** A text that must be there, encoded. */
function text(resource: Resource, ...path: readonly (string | number)[]): string {
  const found = at(resource, ...path);
  if (typeof found !== 'string') throw new Error(`${String(resource['resourceType'])} has no ${path.join('.')}`);
  return encodeURIComponent(found);
}

const subjectOf = (resource: Resource): string => decodeURIComponent(text(resource, 'subject', 'reference'));
/** The prefix of an encoded text. */
const prefixOf = (encoded: string, letters: number): string =>
  encodeURIComponent(Array.from(decodeURIComponent(encoded)).slice(0, letters).join(''));
const familyOf = (resource: Resource): string => text(resource, 'name', 0, 'family');
const codeOf = (resource: Resource): string =>
  `${text(resource, 'code', 'coding', 0, 'system')}%7C${text(resource, 'code', 'coding', 0, 'code')}`;
const identifierOf = (resource: Resource): string =>
  `${text(resource, 'identifier', 0, 'system')}%7C${text(resource, 'identifier', 0, 'value')}`;
