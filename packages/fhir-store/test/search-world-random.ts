import type { Resource } from './search-world.ts';

/** The same numbers for the same seed (mulberry32). */
export function generator(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const maybe = <T>(share: number, make: () => T): T | undefined => (next() < share ? make() : undefined);
  return { next, below, pick, maybe };
}
type Generator = ReturnType<typeof generator>;

const families = ['Karimov', 'Karimova', 'Usmonov', 'Усмонов', "O'ktamov", 'Rahimov', 'Aliyev'];
const givens = ['Aziz', 'Aziza', 'Bobur', 'Ulugʻbek', 'Malika'];
const codes = ['8480-6', '8462-4', '718-7', '2345-7'];
const units = ['mg', 'g', 'mmol/L'];
const loinc = 'http://loinc.org';
const local = 'https://example.org/codes';

function dateIn({ below, pick }: Generator): string {
  const [year, month, day] = [2020 + below(4), 1 + below(12), 1 + below(28)];
  const two = (n: number): string => String(n).padStart(2, '0');
  return pick([
    `${year}`,
    `${year}-${two(month)}`,
    `${year}-${two(month)}-${two(day)}`,
    `${year}-${two(month)}-${two(day)}T${two(below(24))}:30:00+05:00`,
  ]);
}

function periodIn(random: Generator): object {
  const [start, end] = [dateIn(random), dateIn(random)].map((date) => date.slice(0, 10)).toSorted();
  return random.pick<object>([{ start, end }, { start }, { end }, { start, end: start }]);
}

/** Some of everything, with the gaps and repetitions that real data have. */
export function population(seed: number): Resource[] {
  const random = generator(seed);
  const { below, pick, maybe } = random;
  const list = <T>(most: number, make: () => T): T[] | undefined => {
    const length = below(most + 1);
    return length === 0 ? undefined : Array.from({ length }, make);
  };
  const patients = Array.from({ length: 24 }, (_, n): Resource => ({
    resourceType: 'Patient',
    id: `p${n}`,
    identifier: list(2, () => ({ system: pick(['urn:a', 'urn:b']), value: `${below(30)}` })),
    active: pick([true, false, undefined]),
    name: list(3, () => ({ family: pick(families), given: list(2, () => pick(givens)) })),
    gender: pick(['male', 'female', undefined]),
    birthDate: maybe(0.8, () => `19${60 + below(40)}-0${1 + below(9)}-11`),
    generalPractitioner: list(2, () => ({ reference: `Practitioner/d${below(4)}` })),
    link: maybe(0.2, () => [{ other: { reference: `Patient/p${below(24)}` }, type: 'seealso' }]),
    managingOrganization: maybe(0.5, () => ({ reference: `Organization/g${below(3)}` })),
  }));
  const practitioners = Array.from({ length: 4 }, (_, n): Resource => ({
    resourceType: 'Practitioner',
    id: `d${n}`,
    name: [{ family: pick(families) }],
    gender: pick(['male', 'female']),
  }));
  const organizations = Array.from({ length: 3 }, (_, n): Resource => ({
    resourceType: 'Organization',
    id: `g${n}`,
    name: `Clinic ${n}`,
    partOf: n === 0 ? undefined : { reference: `Organization/g${n - 1}` },
  }));
  const encounters = Array.from({ length: 30 }, (_, n): Resource => ({
    resourceType: 'Encounter',
    id: `e${n}`,
    status: pick(['planned', 'completed', 'in-progress']),
    subject: maybe(0.9, () => ({ reference: `Patient/p${below(24)}` })),
    actualPeriod: maybe(0.8, () => periodIn(random)),
    participant: list(2, () => ({
      actor: { reference: pick([`Practitioner/d${below(4)}`, `Patient/p${below(24)}`]) },
    })),
  }));
  const observations = Array.from({ length: 90 }, (_, n): Resource => ({
    resourceType: 'Observation',
    id: `o${n}`,
    status: pick(['final', 'amended', 'preliminary']),
    category: list(2, () => ({ coding: [{ system: local, code: pick(['lab', 'vital']) }] })),
    code: {
      coding: [
        { system: pick([loinc, local]), code: pick(codes) },
        ...(maybe(0.4, () => [{ code: pick(codes) }]) ?? []),
      ],
      text: pick(['Sugar', 'Pressure of blood', 'sodium', undefined]),
    },
    subject: maybe(0.9, () => ({ reference: `Patient/p${below(24)}`, display: pick(families) })),
    encounter: maybe(0.5, () => ({ reference: `Encounter/e${below(30)}` })),
    performer: list(2, () => ({
      reference: pick([`Practitioner/d${below(4)}`, `Patient/p${below(24)}`, `Organization/g${below(3)}`]),
    })),
    ...pick<() => object>([
      () => ({ effectiveDateTime: dateIn(random) }),
      () => ({ effectivePeriod: periodIn(random) }),
      () => ({}),
    ])(),
    ...pick<() => object>([
      () => ({
        valueQuantity: { value: below(50), system: 'http://unitsofmeasure.org', code: pick(units), unit: 'x' },
      }),
      () => ({ valueString: pick(['positive', 'Negative', 'не найдено']) }),
      () => ({ valueCodeableConcept: { coding: [{ system: local, code: pick(['yes', 'no']) }] } }),
      () => ({}),
    ])(),
    component: maybe(0.3, () =>
      list(3, () => ({
        code: maybe(0.8, () => ({ coding: [{ system: pick([loinc, local]), code: pick(codes) }] })) ?? { text: 'none' },
        valueQuantity: { value: below(50), system: 'http://unitsofmeasure.org', code: pick(units) },
      })),
    ),
  }));
  const conditions = Array.from({ length: 20 }, (_, n): Resource => ({
    resourceType: 'Condition',
    id: `c${n}`,
    clinicalStatus: { coding: [{ system: local, code: pick(['active', 'resolved']) }] },
    code: { coding: [{ system: local, code: pick(codes) }] },
    subject: { reference: `Patient/p${below(24)}` },
    recordedDate: maybe(0.6, () => dateIn(random)),
    onsetDateTime: maybe(0.6, () => dateIn(random)),
    abatementDateTime: maybe(0.3, () => dateIn(random)),
  }));
  const locations = Array.from({ length: 12 }, (_, n): Resource => ({
    resourceType: 'Location',
    id: `l${n}`,
    name: `Ward ${n}`,
    position: maybe(0.8, () => ({ latitude: 41 + below(20) / 10, longitude: 69 + below(20) / 10 })),
  }));
  const all = [
    ...patients,
    ...practitioners,
    ...organizations,
    ...encounters,
    ...observations,
    ...conditions,
    ...locations,
  ];
  return JSON.parse(JSON.stringify(all)) as Resource[];
}

const prefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'];

/** One criterion of each kind, by type. */
function criteria(random: Generator): Record<string, (() => string)[]> {
  const { below, pick } = random;
  const date = (): string => encodeURIComponent(`${pick(prefixes)}${dateIn(random)}`);
  const code = (): string => pick([pick(codes), `${loinc}|${pick(codes)}`, `${local}|`, `|${pick(codes)}`]);
  const wholeCode = (): string => pick([pick(codes), `${loinc}|${pick(codes)}`, `|${pick(codes)}`]);
  const name = (): string => encodeURIComponent(pick([...families, 'kar', 'Усм', 'a', 'zzz']));
  const missing = (parameter: string) => (): string => `${parameter}:missing=${pick(['true', 'false'])}`;
  const quantity = (): string =>
    `${pick(prefixes)}${below(50)}${pick(['', `|http://unitsofmeasure.org|${pick(units)}`, '||g'])}`;
  return {
    Patient: [
      () => `identifier=${pick(['urn:a|', 'urn:b|', ''])}${below(30)}`,
      () => `active=${pick(['true', 'false'])}`,
      () => `name${pick(['', ':contains', ':exact'])}=${name()}`,
      () => `family=${name()},${name()}`,
      () => `gender${pick(['', ':not'])}=${pick(['male', 'female', 'male,female'])}`,
      () => `birthdate=${pick(prefixes)}19${60 + below(40)}`,
      () => `_id=p${below(24)},p${below(24)},zz`,
      () => `general-practitioner=Practitioner/d${below(4)}`,
      () => `general-practitioner.family=${name()}`,
      () => `organization.partof.name=clinic`,
      () => `_has:Observation:patient:code=${code()}`,
      () => `_has:Observation:performer:status=final`,
      () => `_has:Encounter:patient:status=completed`,
      () => `_has:Observation:patient:encounter.status=${pick(['planned', 'completed'])}`,
      missing('gender'),
      missing('birthdate'),
      () => `_lastUpdated=${pick(['gt', 'lt'])}2020-01-01`,
    ],
    Observation: [
      () => `code=${code()}`,
      () => `code=${code()},${code()}`,
      () => `code:not=${code()}`,
      () => `code:text=${pick(['s', 'pressure', 'sod'])}`,
      () => `category=${pick(['lab', `${local}|vital`, 'lab,vital'])}`,
      () => `status=${pick(['final', 'amended', 'final,preliminary'])}`,
      () => `combo-code=${code()}`,
      () => `date=${date()}`,
      () => `date=${date()}`,
      () => `date=${date()},${date()}`,
      () => `patient=p${below(24)}`,
      () => `patient=p${below(24)},p${below(24)}`,
      () => `subject=Patient/p${below(24)}`,
      () => `performer=Patient/p${below(24)}`,
      () => `performer=d${below(4)}`,
      () => `encounter=e${below(30)}`,
      () => `value-quantity=${quantity()}`,
      () => `combo-value-quantity=${quantity()}`,
      () => `value-concept=${pick(['yes', 'no', `${local}|yes`])}`,
      () => `code-value-quantity=${pick(codes)}$${pick(prefixes)}${below(50)}`,
      () => `code-value-quantity=${wholeCode()}$${quantity()}`,
      () => `component-value-quantity=${quantity()}`,
      () => `component-code-value-quantity=${wholeCode()}$${quantity()}`,
      () => `combo-code-value-quantity=${wholeCode()}$${quantity()}`,
      () => `patient.gender=${pick(['male', 'female'])}`,
      () => `patient.name=${name()}`,
      () => `subject:Patient.general-practitioner.family=${name()}`,
      () => `encounter.date=${date()}`,
      () => `patient._has:Condition:patient:code=${pick(codes)}`,
      () => `performer:Practitioner.gender=male`,
      missing('date'),
      missing('value-quantity'),
      missing('encounter'),
    ],
    Encounter: [
      () => `status=${pick(['planned', 'completed'])}`,
      () => `date=${date()}`,
      () => `patient=p${below(24)}`,
      () => `participant=Practitioner/d${below(4)}`,
      () => `_has:Observation:encounter:status=final`,
      missing('date'),
    ],
    Condition: [
      () => `onset-date=${date()}`,
      () => `abatement-date=${date()}`,
      () => `recorded-date=${date()}`,
      () => `clinical-status=${pick(['active', 'resolved'])}`,
      () => `patient.birthdate=lt1980`,
      () => `code=${pick(codes)}`,
      missing('abatement-date'),
    ],
    Location: [
      () => `near=${41 + below(20) / 10}|${69 + below(20) / 10}|${pick([1, 30, 80])}|km`,
      () => `name=ward`,
      missing('name'),
    ],
  };
}

const sorts: Record<string, readonly string[]> = {
  Patient: ['family', 'birthdate', '_id', '_lastUpdated', 'gender', 'name', 'identifier', 'general-practitioner'],
  Observation: ['date', 'code', 'value-quantity', '_lastUpdated', 'status', 'value-concept', '_id'],
  Encounter: ['date', 'status', '_lastUpdated'],
  Condition: ['onset-date', 'recorded-date', 'abatement-date', 'code'],
  Location: ['name', '_id'],
};

export interface RandomSearch {
  readonly type: string;
  readonly query: string;
  readonly count: number;
}

export function queries(seed: number, rounds: number): RandomSearch[] {
  const random = generator(seed * 1000 + 1);
  const { below, pick, maybe } = random;
  const all = criteria(random);
  return Array.from({ length: rounds }, () => {
    const type = pick(['Patient', 'Observation', 'Observation', 'Observation', ...Object.keys(all)]);
    const parts = Array.from({ length: pick([0, 1, 1, 1, 2, 2, 3]) }, () => pick(all[type]!)());
    const keys = Array.from({ length: pick([1, 1, 1, 2]) }, () => `${pick(['', '-'])}${pick(sorts[type]!)}`);
    const sort = maybe(0.5, () => `_sort=${keys.join(',')}`);
    return { type, query: [...parts, ...(sort === undefined ? [] : [sort])].join('&'), count: 1 + below(12) };
  });
}
