/** Profiles with one statement about one element: limits, whole values, bindings, targets, alternatives; and values that fit it or do not. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { home, profile } from '../provoked/definition.ts';

const core = (type: string): string => `http://hl7.org/fhir/StructureDefinition/${type}`;
const structure = (id: string): string => `${home}/StructureDefinition/${id}`;
const valueSet = (id: string): string => `${home}/ValueSet/${id}`;

/** An element that statements are made of, and values of it. */
interface Facet {
  readonly type: string;
  readonly path: string;
  readonly statements: readonly Json[];
  /** Statements about parts of it, by their paths below. */
  readonly parts?: readonly Readonly<Record<string, Json>>[];
  readonly values: readonly Json[];
}

const observation = (more: Json): Json => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'a' } },
  ...more,
});
const valuesOf = (name: string, all: readonly unknown[]): Json[] => all.map((one) => observation({ [name]: one }));

const ucum = (value: unknown, code: string, more: Json = {}): Json => ({
  ...{ value, unit: code, system: 'http://unitsofmeasure.org', code },
  ...more,
});
const concept = (system: string, code: string, more: Json = {}): Json => ({ coding: [{ system, code }], ...more });
const codes = 'http://provoked.test/codes';
const identity = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** Statements of a type: its limits, and some of its values as fixed values and as patterns. */
const whole = (type: string, values: readonly unknown[]): Json[] => {
  const suffix = type.charAt(0).toUpperCase() + type.slice(1);
  return values.flatMap((one) => [{ [`fixed${suffix}`]: one }, { [`pattern${suffix}`]: one }]);
};

/** A choice of Observation of one type. */
const valueFacet = (type: string, statements: readonly Json[], values: readonly unknown[]): Facet => ({
  type: 'Observation',
  path: 'value[x]',
  statements: statements.map((one) => ({ type: [{ code: type }], ...one })),
  values: [
    ...valuesOf(`value${type.charAt(0).toUpperCase()}${type.slice(1)}`, values),
    observation({}),
    observation({ valueBoolean: true }),
  ],
});

const periods = [
  { start: '2026-01-31' },
  { start: '2026-01-31', end: '2026-02-28' },
  { start: '2026-01-31T00:00:00Z', end: '2026-02-28' },
  { start: '2026-01-31', extension: [{ url: 'http://provoked.test/e', valueString: 'a' }] },
];
const quantities = [
  ucum(5, 'mg'),
  ucum(5, 'mg', { comparator: '<' }),
  { value: 5 },
  { value: 5, unit: 'mg' },
  ucum(0.005, 'g'),
  ucum(7, 'mg'),
  ucum(1, 'kg'),
];
const ranges = [{ low: ucum(1, 'mg'), high: ucum(5, 'mg') }, { low: ucum(1, 'mg') }, { low: { value: 1 } }];

const facets: readonly Facet[] = [
  valueFacet(
    'string',
    [{ maxLength: 3 }, { fixedString: 'a' }, { patternString: 'ab' }, { min: 1, maxLength: 1 }],
    ['a', 'ab', 'abc', 'abcd', 'ö😀a'],
  ),
  valueFacet(
    'integer',
    [{ minValueInteger: 2 }, { maxValueInteger: 5 }, { fixedInteger: 3 }, { minValueInteger: 2, maxValueInteger: 4 }],
    [1, 2, 3, 5, 6, -1],
  ),
  valueFacet(
    'dateTime',
    [
      { minValueDateTime: '2026-01-01' },
      { minValueDateTime: '2026-01-31T10:00:00Z' },
      { maxValueDateTime: '2026-06' },
      { fixedDateTime: '2026-01-31' },
      { maxLength: 10 },
    ],
    ['2025', '2026', '2026-01', '2026-01-31', '2026-01-31T10:00:00Z', '2026-01-31T14:00:00+05:00', '2027-01-01'],
  ),
  valueFacet(
    'time',
    [{ minValueTime: '10:00:00' }, { maxValueTime: '12:00:00' }, { fixedTime: '11:00:00' }],
    ['09:59:59', '10:00:00', '11:00:00', '12:00:00', '12:00:01', '11:00:00.000'],
  ),
  valueFacet(
    'Quantity',
    [
      { minValueQuantity: ucum(3, 'mg') },
      { maxValueQuantity: ucum(6, 'mg') },
      { minValueQuantity: ucum(0.004, 'g') },
      { maxValueQuantity: { value: 4 } },
      { minValueQuantity: { value: 4, unit: 'mg' } },
      ...whole('Quantity', quantities.slice(0, 4)),
      { type: [{ code: 'Quantity', profile: [core('SimpleQuantity')] }] },
      { type: [{ code: 'Quantity', profile: [structure('shaped-quantity')] }] },
      { binding: { strength: 'required', valueSet: valueSet('shaped-units') } },
      { binding: { strength: 'extensible', valueSet: valueSet('shaped-units') } },
    ],
    quantities,
  ),
  valueFacet(
    'Period',
    [...whole('Period', periods), { type: [{ code: 'Period', profile: [structure('shaped-period')] }] }],
    periods,
  ),
  valueFacet('Range', whole('Range', ranges), ranges),
  valueFacet(
    'Ratio',
    whole('Ratio', [{ numerator: { value: 1 }, denominator: { value: 2 } }, { numerator: { value: 1 } }]),
    [
      { numerator: { value: 1 }, denominator: { value: 2 } },
      { numerator: { value: 1 }, denominator: ucum(2, 'mg') },
      { numerator: { value: 2 } },
    ],
  ),
  valueFacet(
    'CodeableConcept',
    [
      ...whole('CodeableConcept', [concept(codes, 'a'), concept(codes, 'a', { text: 'a' }), { text: 'a' }]),
      ...['required', 'extensible', 'preferred'].flatMap((strength) =>
        ['shaped-two', 'shaped-a', 'shaped-none'].map((id) => ({ binding: { strength, valueSet: valueSet(id) } })),
      ),
      ...['required', 'extensible', 'minimum', 'maximum', 'candidate', 'current', 'preferred', 'conformance'].map(
        (purpose) => ({
          binding: {
            strength: 'preferred',
            valueSet: valueSet('shaped-two'),
            additional: [{ purpose, valueSet: valueSet('shaped-a') }],
          },
        }),
      ),
      {
        binding: {
          strength: 'required',
          valueSet: valueSet('shaped-two'),
          additional: [{ purpose: 'required', valueSet: valueSet('shaped-a'), any: true }],
        },
      },
      {
        binding: {
          strength: 'extensible',
          valueSet: valueSet('shaped-two'),
          extension: [{ url: core('elementdefinition-maxValueSet'), valueCanonical: valueSet('shaped-a') }],
        },
      },
    ],
    [
      concept(codes, 'a'),
      concept(codes, 'b'),
      concept(identity, 'MR'),
      concept(identity, 'none'),
      {
        coding: [
          { system: codes, code: 'a' },
          { system: identity, code: 'MR' },
        ],
      },
      { coding: [{ system: codes, code: 'a', display: 'a' }], text: 'a' },
      { text: 'a' },
      { coding: [{ code: 'a' }] },
      { coding: [{ system: codes }] },
      { coding: [{ display: 'a' }] },
      concept('http://provoked.test/none', 'a'),
    ],
  ),
  {
    type: 'Patient',
    path: 'birthDate',
    statements: [
      { minValueDate: '1990-01-01' },
      { maxValueDate: '2000' },
      { fixedDate: '1990-05-14' },
      { minValueDate: '1990-05-14', maxValueDate: '1990-05-14' },
      { mustHaveValue: true },
      { valueAlternatives: [structure('shaped-note')] },
      { min: 1 },
    ],
    values: [
      { birthDate: '1989' },
      { birthDate: '1990' },
      { birthDate: '1990-05' },
      { birthDate: '1990-05-14' },
      { birthDate: '2001-01-01' },
      { _birthDate: { extension: [{ url: structure('shaped-note'), valueString: 'a' }] } },
      {
        _birthDate: {
          extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
        },
      },
      {},
    ].map((one) => ({ resourceType: 'Patient', ...one })),
  },
  {
    type: 'Patient',
    path: 'name',
    statements: [
      ...whole('HumanName', [{ family: 'a' }, { use: 'official', given: ['a'] }, { given: ['a', 'b'] }]),
      { type: [{ code: 'HumanName', profile: [structure('shaped-name')] }] },
      { max: '1' },
      { min: 2 },
      { max: '0' },
    ],
    parts: [
      { family: { min: 1, maxLength: 2 } },
      { given: { max: '1' } },
      { use: { patternCode: 'official', min: 1 } },
      { period: { min: 1 }, 'period.start': { min: 1 } },
    ],
    values: [
      { name: [{ family: 'a' }] },
      { name: [{ use: 'official', given: ['a'] }] },
      { name: [{ use: 'official', given: ['a', 'b'], family: 'abc' }] },
      { name: [{ given: ['b', 'a'] }, { text: 'a' }] },
      { name: [{ family: 'a', period: { end: '2026' } }] },
      { name: [{ family: 'a', period: { start: '2026' } }, { family: 'a' }, { family: 'a' }] },
      {},
    ].map((one) => ({ resourceType: 'Patient', ...one })),
  },
  {
    type: 'Observation',
    path: 'subject',
    statements: [
      { type: [{ code: 'Reference', targetProfile: [core('Patient')] }] },
      { type: [{ code: 'Reference', targetProfile: [structure('shaped-patient')] }] },
      { type: [{ code: 'Reference', targetProfile: [core('Patient'), structure('shaped-group')] }] },
      ...['contained', 'referenced', 'bundled'].map((one) => ({
        type: [{ code: 'Reference', targetProfile: [core('Patient'), core('Group')], aggregation: [one] }],
      })),
      ...['either', 'independent', 'specific'].map((versioning) => ({
        type: [{ code: 'Reference', targetProfile: [core('Patient'), core('Group')], versioning }],
      })),
      { fixedReference: { reference: 'Patient/1' } },
      { patternReference: { display: 'a' } },
    ],
    parts: [
      { reference: { min: 1 } },
      { identifier: { min: 1 }, 'identifier.system': { fixedUri: 'http://provoked.test/a', min: 1 } },
      { display: { max: '0' } },
      { type: { min: 1, fixedUri: 'Patient' } },
    ],
    values: [
      observation({ subject: { reference: 'Patient/1' } }),
      observation({ subject: { reference: 'Patient/1/_history/2', display: 'a' } }),
      observation({ subject: { reference: 'Group/1' } }),
      observation({ subject: { reference: 'Device/1' } }),
      observation({ subject: { reference: 'http://provoked.test/fhir/Patient/1', type: 'Patient' } }),
      observation({ subject: { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' } }),
      observation({ subject: { display: 'a' } }),
      observation({ subject: { type: 'Group', identifier: { system: 'http://provoked.test/a', value: 'a' } } }),
      observation({ subject: { type: 'Device', identifier: { value: 'a' } } }),
      observation({ contained: [{ resourceType: 'Patient', id: 'p', active: true }], subject: { reference: '#p' } }),
      observation({ contained: [{ resourceType: 'Patient', id: 'p', gender: 'male' }], subject: { reference: '#p' } }),
      observation({ contained: [{ resourceType: 'Device', id: 'p' }], subject: { reference: '#p' } }),
      observation({ subject: { reference: '#none' } }),
    ],
  },
  {
    type: 'MedicationRequest',
    path: 'medication',
    statements: [
      { binding: { strength: 'required', valueSet: valueSet('shaped-two') } },
      { binding: { strength: 'extensible', valueSet: valueSet('shaped-two') } },
      { type: [{ code: 'CodeableReference', targetProfile: [structure('shaped-medication')] }] },
    ],
    parts: [
      { concept: { min: 1 } },
      { concept: { max: '0' }, reference: { min: 1 } },
      { 'concept.coding': { min: 1 }, 'concept.coding.system': { min: 1, fixedUri: codes } },
    ],
    values: [
      { concept: concept(codes, 'a') },
      { concept: concept(codes, 'c') },
      { concept: { text: 'a' } },
      { reference: { reference: 'Medication/1' } },
      { reference: { reference: '#m' } },
      { reference: { reference: 'Substance/1' } },
      { concept: concept(codes, 'b'), reference: { display: 'a' } },
    ].map((medication) => ({
      ...{
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/1' },
        medication,
      },
      ...(JSON.stringify(medication).includes('#m') && {
        contained: [{ resourceType: 'Medication', id: 'm', status: 'active' }],
      }),
    })),
  },
  {
    type: 'Questionnaire',
    path: 'item',
    statements: [{ min: 1 }, { max: '1' }],
    parts: [
      { prefix: { min: 1 } },
      { type: { patternCode: 'group' } },
      { 'item.text': { min: 1 } },
      { item: { min: 1 } },
      { 'item.item': { max: '0' } },
    ],
    values: [
      [{ linkId: '1', type: 'string', text: 'a' }],
      [{ linkId: '1', type: 'group', prefix: 'a', item: [{ linkId: '2', type: 'string' }] }],
      [
        {
          linkId: '1',
          type: 'group',
          item: [
            { linkId: '2', type: 'group', text: 'a', prefix: 'a', item: [{ linkId: '3', type: 'string', text: 'a' }] },
          ],
        },
      ],
      [],
    ].map((item) => ({
      ...{ resourceType: 'Questionnaire', url: 'http://provoked.test/q', status: 'draft' },
      ...(item.length > 0 && { item }),
    })),
  },
  {
    type: 'Observation',
    path: 'issued',
    statements: [
      { minValueInstant: '2026-01-31T10:00:00Z' },
      { maxValueInstant: '2026-01-31T10:00:00+05:00' },
      { fixedInstant: '2026-01-31T10:00:00Z' },
    ],
    values: [
      '2026-01-31T10:00:00Z',
      '2026-01-31T09:59:59.999Z',
      '2026-01-31T10:00:00+05:00',
      '2026-01-31T05:00:00Z',
      '2027-01-01T00:00:00Z',
    ].map((issued) => observation({ issued })),
  },
  {
    type: 'Observation',
    path: 'effective[x]',
    statements: [
      { type: [{ code: 'dateTime' }] },
      { type: [{ code: 'dateTime' }, { code: 'Period' }], min: 1 },
      { type: [{ code: 'Timing' }] },
      { max: '0' },
      ...whole('Period', periods.slice(0, 2)),
    ],
    values: [
      observation({ effectiveDateTime: '2026-01-31' }),
      observation({ effectivePeriod: { start: '2026-01-31' } }),
      observation({ effectivePeriod: { start: '2026-01-31', end: '2026-02-28' } }),
      observation({ effectiveTiming: { event: ['2026-01-31'] } }),
      observation({ effectiveInstant: '2026-01-31T10:00:00Z' }),
      observation({}),
    ],
  },
  {
    type: 'Patient',
    path: 'telecom',
    statements: [
      ...whole('ContactPoint', [{ system: 'phone' }, { system: 'phone', value: '1', use: 'home' }]),
      { min: 1 },
    ],
    parts: [
      { system: { min: 1 }, value: { min: 1, maxLength: 3 } },
      { rank: { maxValuePositiveInt: 2, min: 1 } },
      { rank: { minValuePositiveInt: 2 } },
      { extension: { max: '0' } },
      { use: { binding: { strength: 'required', valueSet: valueSet('shaped-uses') } } },
    ],
    values: [
      { telecom: [{ system: 'phone' }] },
      { telecom: [{ system: 'phone', value: '1', use: 'home' }] },
      {
        telecom: [
          { system: 'phone', value: '1234', use: 'home', rank: 1 },
          { system: 'email', value: 'a', use: 'work', rank: 3 },
        ],
      },
      { telecom: [{ value: '1', extension: [{ url: 'http://provoked.test/e', valueString: 'a' }], system: 'other' }] },
      {
        telecom: [
          {
            system: 'phone',
            _value: {
              extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
            },
          },
        ],
      },
    ].map((one) => ({ resourceType: 'Patient', ...one })),
  },
];

/** Definitions that statements name. */
export const facetTargets: readonly Json[] = [
  profile('shaped-quantity', 'Quantity', { 'Quantity.code': { min: 1 }, 'Quantity.comparator': { max: '0' } }),
  profile('shaped-period', 'Period', { 'Period.start': { min: 1 }, 'Period.end': { min: 1 } }),
  profile('shaped-name', 'HumanName', { 'HumanName.family': { min: 1 }, 'HumanName.given': { max: '1' } }),
  profile('shaped-patient', 'Patient', { 'Patient.active': { min: 1 } }),
  profile('shaped-group', 'Group', { 'Group.name': { min: 1 } }),
  profile('shaped-medication', 'Medication', { 'Medication.code': { min: 1 } }),
];

/** A profile with a statement of chance, and the facet that it is about. */
export function facetProfile(id: string, random: Random): { readonly definition: Json; readonly of: Facet } {
  const of = random.pick(facets);
  const root = `${of.type}.${of.path}`;
  const elements: Record<string, Json> = {};
  const partly = of.parts !== undefined && random.oneIn(3);
  elements[root] = partly ? {} : { ...random.pick(of.statements), ...(random.oneIn(4) && { min: 1 }) };
  if (partly)
    for (const [path, element] of Object.entries(random.pick(of.parts))) elements[`${root}.${path}`] = element;
  if (JSON.stringify(elements[root]).includes('"max":"0"')) elements[root] = { max: '0' };
  return { definition: profile(id, of.type, elements), of };
}

export const facetInstance = (of: Facet, random: Random): Json => random.pick(of.values);
