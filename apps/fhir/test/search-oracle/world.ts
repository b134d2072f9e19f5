/** Resources that searches are compared on: few values of each element, so that many resources share them, with the gaps and odd letters of real data. */
import { randomSource } from '../../../../tests/random.ts';

/** The gifts of `randomSource`, as functions that can be taken apart. */
export interface Chance {
  readonly below: (n: number) => number;
  readonly pick: <Value>(choices: readonly Value[]) => Value;
  readonly oneIn: (n: number) => boolean;
}

export type Json = Record<string, unknown>;
export type Resource = Json & { resourceType: string; id: string };

export const loinc = 'http://loinc.org';
export const local = 'https://example.uz/codes';
export const ucum = 'http://unitsofmeasure.org';
export const ids = 'https://id.example.uz';

/** One name in both scripts, and others that searches must not take for it. */
export const families = [
  ...['Karimov', 'Каримов', 'Karimova', 'Usmonov', 'Усмонов', "O'ktamov", 'Oʻktamov', 'Ўктамов', 'G‘ulomov', 'Ғуломов'],
  ...['Sharipov', 'Шарипов', 'Qodirov', 'Қодиров', 'José', 'JOSE', 'de la Cruz', 'Smith, Jr.', 'A|B', 'C$D', 'E\\F'],
];
export const givens = ['Aziz', 'Азиз', 'Bobur', 'Malika', 'Малика', 'Anna Maria', 'Åsa', '100%', 'a+b'];
/** Codes with every letter that has a meaning in a search. */
export const codes = ['8480-6', '8462-4', '718-7', 'a,b', 'a|b', 'a$b', 'a\\b', 'A b', 'code'];
export const texts = ['Sugar', 'sugar in blood', 'Pressure of blood', 'Қон босими', 'Натрий', '100% pure'];
export const units = ['mg', 'g', 'kg', 'mmol/L'];
/** The tree of the code system `local`: each code below the one before the slash. */
export const parents: Readonly<Record<string, string>> = { lab: 'all', vital: 'all', blood: 'lab', urine: 'lab' };
export const categories = ['all', 'lab', 'vital', 'blood', 'urine', 'other'];
/** Codes of the value set `https://example.uz/ValueSet/some`, by their system. */
export const members: readonly (readonly [string, string])[] = [
  [loinc, '8480-6'],
  [loinc, 'a,b'],
  [local, 'a$b'],
  [local, 'code'],
];

const two = (n: number): string => String(n).padStart(2, '0');

/** A date of any precision, and a time with any zone or none. */
export function dateIn({ below, pick }: Chance): string {
  const [year, month, day] = [2019 + below(3), 1 + below(12), 1 + below(28)];
  const zone = pick(['Z', '+05:00', '-11:30', '+14:00']);
  const time = pick([`${two(below(24))}:${two(below(60))}:${two(below(60))}`, '00:00:00', '23:59:59']);
  return pick(
    [`${year}`, `${year}-${two(month)}`, `${year}-${two(month)}-${two(day)}`].flatMap((date, n) =>
      n === 2 ? [date, date, `${date}T${time}${zone}`, `${date}T${time}${zone}`] : [date],
    ),
  );
}

function periodIn(random: Chance): Json {
  const [start, end] = [dateIn(random), dateIn(random)].map((date) => date.slice(0, 10)).toSorted();
  return random.pick<Json>([{ start, end }, { start }, { end }, { start, end: start }]);
}

/** A decimal as it is written, with its last digits. */
export function decimalIn({ below, pick }: Chance): string {
  return pick([
    `${below(60)}`,
    `${below(60)}.${below(10)}`,
    `${below(20)}.${below(10)}0`,
    `0.${two(below(100))}`,
    `${1 + below(9)}000`,
  ]);
}

interface Making {
  readonly random: Chance;
  /** How many of each type there are. */
  readonly counts: Readonly<Record<string, number>>;
  readonly maybe: <Value>(percent: number, make: () => Value) => Value | undefined;
  readonly list: <Value>(most: number, make: () => Value) => Value[] | undefined;
  readonly reference: (...types: string[]) => Json;
}

const prefixOf: Readonly<Record<string, string>> = {
  ...{ Patient: 'p', Practitioner: 'd', Organization: 'g', Encounter: 'e', Observation: 'o', Condition: 'c' },
  ...{
    RiskAssessment: 'r',
    DiagnosticReport: 't',
    Location: 'l',
    Questionnaire: 'q',
    QuestionnaireResponse: 'a',
    List: 'i',
    Group: 'u',
  },
};
export const types = Object.keys(prefixOf);

/** Returns the id of one of the resources of a type. */
export function idOf(type: string, n: number): string {
  return `${prefixOf[type]}${n}`;
}

const concept = ({ random: { pick }, maybe }: Making, from: readonly string[], systems = [loinc, local]): Json => ({
  coding: [
    { system: pick(systems), code: pick(from), display: maybe(50, () => pick(texts)) },
    ...(maybe(30, () => [{ code: pick(from) }]) ?? []),
  ],
  text: maybe(50, () => pick(texts)),
});

const quantity = ({ random, maybe }: Making): Json => {
  const unit = random.pick(units);
  const isCoded = random.below(10) < 8;
  return {
    value: `#${decimalIn(random)}`,
    ...(isCoded ? { system: ucum, code: unit } : {}),
    unit: isCoded ? maybe(40, () => 'a unit') : unit,
  };
};

const makers: Readonly<Record<string, (making: Making, n: number) => Json>> = {
  Patient: ({ random: { pick, below }, maybe, list, reference }) => ({
    identifier: list(2, () => ({
      system: pick([ids, 'urn:oid:1.2.3', undefined]),
      value: pick([`${below(40)}`, 'x,y', 'X']),
      type: maybe(40, () => ({ coding: [{ system: local, code: pick(['MR', 'PPN']) }] })),
    })),
    active: pick([true, false, undefined]),
    name: list(3, () => ({
      family: pick(families),
      given: list(2, () => pick(givens)),
      text: maybe(20, () => `Dr ${pick(families)}`),
    })),
    telecom: list(2, () => ({
      system: pick(['phone', 'email']),
      value: pick(['+998901', '+998902', 'A@x.uz', 'a@x.uz']),
      use: pick(['home', 'work', undefined]),
    })),
    gender: pick(['male', 'female', 'unknown', undefined]),
    birthDate: maybe(80, () =>
      pick([
        `19${60 + below(40)}-0${1 + below(9)}-1${below(10)}`,
        `19${60 + below(40)}-0${1 + below(9)}`,
        `19${60 + below(40)}`,
      ]),
    ),
    ...pick<Json>([
      {},
      {},
      { deceasedBoolean: false },
      { deceasedBoolean: true },
      { deceasedDateTime: '2020-03-04T10:00:00+05:00' },
    ]),
    address: list(2, () => ({
      city: pick(['Toshkent', 'Тошкент', 'Samarqand', 'Nukus']),
      line: list(2, () => pick(['Navoiy 1', 'Bobur 2'])),
      postalCode: pick(['100000', '140100']),
    })),
    generalPractitioner: list(2, () => reference('Practitioner', 'Organization')),
    managingOrganization: maybe(50, () => reference('Organization')),
    link: maybe(20, () => [{ other: reference('Patient'), type: 'seealso' }]),
  }),
  Practitioner: ({ random: { pick } }) => ({
    name: [{ family: pick(families), given: [pick(givens)] }],
    gender: pick(['male', 'female']),
  }),
  Organization: ({ random: { pick }, reference, maybe }, n) => ({
    name: pick(['Clinic', 'Klinika', 'Hospital', 'Шифохона']),
    alias: maybe(30, () => [pick(['Old clinic', 'Eski'])]),
    partOf: n === 0 ? undefined : maybe(70, () => reference('Organization')),
  }),
  Encounter: ({ random, maybe, list, reference }, n) => ({
    status: random.pick(['planned', 'completed', 'in-progress']),
    class: list(2, () => ({ coding: [{ system: local, code: random.pick(categories) }] })),
    subject: maybe(90, () => reference('Patient')),
    actualPeriod: maybe(80, () => periodIn(random)),
    partOf: n === 0 ? undefined : maybe(30, () => ({ reference: `Encounter/${idOf('Encounter', random.below(n))}` })),
    serviceProvider: maybe(50, () => reference('Organization')),
  }),
  Observation: (making) => {
    const { random, maybe, list, reference } = making;
    const { pick } = random;
    return {
      status: pick(['final', 'amended', 'preliminary']),
      category: list(2, () => concept(making, categories, [local])),
      code: concept(making, codes),
      subject: maybe(90, () => reference('Patient', 'Patient', 'Patient', 'Location')),
      encounter: maybe(50, () => reference('Encounter')),
      performer: list(2, () => reference('Practitioner', 'Patient', 'Organization')),
      ...pick<() => Json>([
        () => ({ effectiveDateTime: dateIn(random) }),
        () => ({ effectivePeriod: periodIn(random) }),
        () => ({ effectiveInstant: `2020-0${1 + random.below(9)}-11T10:20:30+05:00` }),
        () => ({}),
      ])(),
      ...pick<() => Json>([
        () => ({ valueQuantity: quantity(making) }),
        () => ({ valueQuantity: quantity(making) }),
        () => ({ valueCodeableConcept: concept(making, codes) }),
        () => ({}),
      ])(),
      component: maybe(30, () => list(3, () => ({ code: concept(making, codes), valueQuantity: quantity(making) }))),
      hasMember: maybe(20, () => [reference('Observation')]),
    };
  },
  Condition: (making) => {
    const { random, maybe, reference } = making;
    return {
      clinicalStatus: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
            code: random.pick(['active', 'resolved', 'remission']),
          },
        ],
      },
      code: maybe(90, () => concept(making, codes)),
      subject: reference('Patient'),
      encounter: maybe(40, () => reference('Encounter')),
      recordedDate: maybe(60, () => dateIn(random)),
      ...random.pick<() => Json>([
        () => ({ onsetDateTime: dateIn(random) }),
        () => ({ onsetPeriod: periodIn(random) }),
        () => ({ onsetString: random.pick(texts) }),
        () => ({}),
      ])(),
    };
  },
  RiskAssessment: (making) => {
    const { random, maybe, list, reference } = making;
    return {
      status: 'final',
      subject: reference('Patient'),
      occurrenceDateTime: maybe(60, () => dateIn(random)),
      prediction: list(2, () => ({ outcome: concept(making, codes), probabilityDecimal: `#${decimalIn(random)}` })),
    };
  },
  DiagnosticReport: (making) => {
    const { random, maybe, list, reference } = making;
    return {
      status: random.pick(['final', 'partial']),
      code: concept(making, codes),
      subject: maybe(90, () => reference('Patient')),
      result: list(3, () => reference('Observation')),
      issued: maybe(50, () => `2020-0${1 + random.below(9)}-11T10:20:30+05:00`),
    };
  },
  Location: ({ random: { pick, below }, reference, maybe }, n) => ({
    name: pick(['Ward', 'Palata', 'Палата']),
    partOf: n === 0 ? undefined : maybe(80, () => ({ reference: `Location/${idOf('Location', below(n))}` })),
    status: pick(['active', 'inactive']),
    managingOrganization: maybe(50, () => reference('Organization')),
  }),
  Questionnaire: ({ random: { pick }, maybe }, n) => ({
    url: `https://example.uz/${pick(['a', 'a/b', 'a/b/c', 'ab', 'a%20b', 'A'])}${n % 2 === 0 ? '' : `/q${n}`}`,
    version: pick(['1', '1.2', '1.2.3', '2']),
    status: pick(['draft', 'active']),
    title: maybe(60, () => pick(texts)),
    date: maybe(60, () => `2020-0${1 + (n % 9)}`),
  }),
  QuestionnaireResponse: ({ random: { pick }, maybe, reference }) => ({
    status: 'completed',
    questionnaire: `https://example.uz/${pick(['a', 'a/b', 'ab'])}${pick(['', '|1', '|1.2', '|1.2.3', '|12'])}`,
    subject: maybe(80, () => reference('Patient')),
    author: maybe(40, () => reference('Practitioner', 'Patient')),
  }),
  List: ({ list, reference }) => ({
    status: 'current',
    mode: 'working',
    entry: list(6, () => ({ item: reference('Patient', 'Observation') })),
  }),
  Group: ({ list, reference }) => ({
    type: 'person',
    membership: 'enumerated',
    member: list(6, () => ({ entity: reference('Patient') })),
  }),
};

/** Returns some resources of each type; those of one seed are the same. Decimals are strings that begin with `#`, until `sourceOf`. */
export function worldOf(seed: number, counts: Readonly<Record<string, number>>): Resource[] {
  return types.flatMap((type) =>
    Array.from({ length: counts[type] ?? 0 }, (_, n) => {
      const random = randomSource(seed, types.indexOf(type) * 10_000_000 + n);
      const maybe = <Value>(percent: number, make: () => Value): Value | undefined =>
        random.below(100) < percent ? make() : undefined;
      const making: Making = {
        ...{ random, counts, maybe },
        list: (most, make) => {
          const length = random.below(most + 1);
          return length === 0 ? undefined : Array.from({ length }, make);
        },
        reference: (...among) => {
          const target = random.pick(among);
          const to = `${target}/${idOf(target, random.below(counts[target]!))}`;
          const form = random.below(20);
          return {
            reference:
              form === 0
                ? `https://playground.test/fhir/${to}`
                : form === 1
                  ? `https://other.test/fhir/${to}`
                  : form === 2
                    ? `${to}/_history/1`
                    : to,
            identifier: maybe(10, () => ({ system: ids, value: `${random.below(9)}` })),
            display: maybe(30, () => random.pick(families)),
          };
        },
      };
      const text = maybe(30, () => ({
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${random.pick(['sugar', 'pressure'])} ${random.pick(['high', 'low'])}</div>`,
      }));
      const meta = maybe(30, () => ({ tag: [{ system: local, code: random.pick(codes) }] }));
      const resource = { resourceType: type, id: idOf(type, n), meta, text, ...makers[type]!(making, n) };
      return JSON.parse(JSON.stringify(resource)) as Resource;
    }),
  );
}

/** The JSON of a resource, with decimals as they are to be written. */
export function sourceOf(resource: Json): string {
  return JSON.stringify(resource).replaceAll(/"#([\d.]+)"/g, '$1');
}

/** The questions of `:in`, `:below` and `:above`. */
export const terminology: readonly Resource[] = [
  {
    ...{
      resourceType: 'CodeSystem',
      id: 'codes',
      url: local,
      status: 'active',
      content: 'complete',
      caseSensitive: true,
    },
    concept: [
      { code: 'all', concept: [{ code: 'lab', concept: [{ code: 'blood' }, { code: 'urine' }] }, { code: 'vital' }] },
      ...['other', ...codes].map((code) => ({ code })),
    ],
  },
  {
    ...{ resourceType: 'ValueSet', id: 'some', url: 'https://example.uz/ValueSet/some', status: 'active' },
    compose: {
      include: [loinc, local].map((system) => ({
        system,
        concept: members.filter(([of]) => of === system).map(([, code]) => ({ code })),
      })),
    },
  },
];
