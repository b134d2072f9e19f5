import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { type IndexOptions, indexValues } from '../src/rows.ts';

/** The values of one parameter, without its name, undefined members and empty lists. */
function values(resource: JsonResource, parameter: string, options?: IndexOptions): unknown[] {
  return indexValues(resource, options)
    .filter((value) => value.parameter === parameter)
    .map(({ value }) => JSON.parse(JSON.stringify(value, infinite)) as Record<string, unknown>)
    .map(({ type: _, identifierType, ...value }) =>
      Array.isArray(identifierType) && identifierType.length > 0 ? { ...value, identifierType } : value,
    );
}

/** JSON has no infinity. */
function infinite(_key: string, value: unknown): unknown {
  return value === Infinity ? 'open' : value === -Infinity ? '-open' : value;
}

type Case = readonly [name: string, resource: JsonResource, parameter: string, expected: readonly unknown[]];

function table(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const [name, resource, parameter, expected] of cases) {
      it(name, () => assert.deepEqual(values(resource, parameter), expected));
    }
  });
}

const patient = (members: object): JsonResource => ({ resourceType: 'Patient', ...members });
const observation = (members: object): JsonResource => ({ resourceType: 'Observation', ...members });
const special = 'http://terminology.hl7.org/CodeSystem/special-values';

table('token', [
  [
    'code, whose binding implies the system',
    patient({ gender: 'male' }),
    'gender',
    [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'male' }],
  ],
  [
    'code within a data type',
    patient({ address: [{ use: 'home' }] }),
    'address-use',
    [{ system: 'http://hl7.org/fhir/address-use', code: 'home' }],
  ],
  [
    'code bound to codes of several systems',
    { resourceType: 'Task', intent: 'order' },
    'intent',
    [{ system: 'http://hl7.org/fhir/request-intent', code: 'order' }],
  ],
  [
    'code of another of the systems',
    { resourceType: 'Task', intent: 'unknown' },
    'intent',
    [{ system: 'http://hl7.org/fhir/task-intent', code: 'unknown' }],
  ],
  ['code of none of them', { resourceType: 'Task', intent: 'zork' }, 'intent', [{ code: 'zork' }]],
  ['code with no required binding', { resourceType: 'SearchParameter', code: 'x' }, 'code', [{ code: 'x' }]],
  ['id', patient({ id: 'p1' }), '_id', [{ code: 'p1' }]],
  ['boolean', patient({ active: true }), 'active', [{ system: special, code: 'true' }]],
  [
    'boolean made by the expression',
    patient({ deceasedDateTime: '2020' }),
    'deceased',
    [{ system: special, code: 'true' }],
  ],
  ['boolean of what is absent', patient({}), 'deceased', [{ system: special, code: 'false' }]],
  [
    'Coding',
    patient({ meta: { tag: [{ system: 's', code: 'c', display: 'Été' }] } }),
    '_tag',
    [{ system: 's', code: 'c', text: 'ete' }],
  ],
  [
    'CodeableConcept',
    observation({ code: { coding: [{ system: 's', code: 'a' }, { code: 'b' }], text: 'Body Weight' } }),
    'code',
    [{ system: 's', code: 'a' }, { system: '', code: 'b' }, { text: 'body weight' }],
  ],
  [
    'Identifier',
    patient({
      identifier: [{ system: 's', value: 'v', type: { coding: [{ system: 't', code: 'MR' }], text: 'Record' } }],
    }),
    'identifier',
    [{ system: 's', code: 'v', text: 'record', identifierType: [{ system: 't', code: 'MR' }] }],
  ],
  ['Identifier without system', patient({ identifier: [{ value: 'v' }] }), 'identifier', [{ system: '', code: 'v' }]],
  [
    'ContactPoint',
    patient({
      telecom: [
        { system: 'phone', value: '+998 90' },
        { system: 'email', value: 'a@b.uz' },
      ],
    }),
    'phone',
    [{ code: '+998 90' }],
  ],
  [
    'CodeableReference',
    { resourceType: 'MedicationRequest', medication: { concept: { coding: [{ system: 's', code: 'm' }] } } },
    'code',
    [{ system: 's', code: 'm' }],
  ],
  ['wrong shapes', patient({ identifier: ['x', null, 3, {}], gender: 7 }), 'identifier', []],
]);

const string = (exact: string, normalised: string) => ({ exact, normalised });

table('string', [
  [
    'HumanName',
    patient({ name: [{ family: 'Muñoz', given: ['José', 'Ali'], prefix: ['Dr.'], text: 'José Muñoz' }] }),
    'name',
    [
      string('José Muñoz', 'jose munoz'),
      string('Muñoz', 'munoz'),
      string('José', 'jose'),
      string('Ali', 'ali'),
      string('Dr.', 'dr.'),
    ],
  ],
  ['part of a name', patient({ name: [{ family: 'Karimova' }] }), 'family', [string('Karimova', 'karimova')]],
  [
    'Address',
    patient({ address: [{ line: ['Navoiy 1'], city: 'Toshkent', country: 'UZ', use: 'home' }] }),
    'address',
    [string('Navoiy 1', 'navoiy 1'), string('Toshkent', 'toshkent'), string('UZ', 'uz')],
  ],
]);

const uuid = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
const subject = (reference: object) => observation({ subject: reference });

table('reference', [
  ['relative', subject({ reference: 'Patient/p1' }), 'subject', [{ targetType: 'Patient', id: 'p1' }]],
  [
    'versioned',
    subject({ reference: 'Patient/p1/_history/3' }),
    'subject',
    [{ targetType: 'Patient', id: 'p1', version: '3' }],
  ],
  [
    'absolute',
    subject({ reference: 'http://a.org/fhir/Patient/1' }),
    'subject',
    [{ targetType: 'Patient', url: 'http://a.org/fhir/Patient/1' }],
  ],
  [
    'absolute and versioned',
    subject({ reference: 'http://a.org/fhir/Patient/1/_history/2' }),
    'subject',
    [{ targetType: 'Patient', url: 'http://a.org/fhir/Patient/1', version: '2' }],
  ],
  ['urn', subject({ reference: uuid, type: 'Patient' }), 'subject', [{ targetType: 'Patient', url: uuid }]],
  [
    'logical',
    subject({ type: 'Patient', identifier: { system: 's', value: 'v' } }),
    'subject',
    [{ targetType: 'Patient', identifier: { system: 's', value: 'v' } }],
  ],
  ['contained', subject({ reference: '#p' }), 'subject', []],
  ['display', subject({ display: 'Ali Valiyev' }), 'subject', [{ text: 'ali valiev' }]],
  ['of another type', subject({ reference: 'Group/g' }), 'patient', []],
  [
    'canonical',
    { resourceType: 'QuestionnaireResponse', questionnaire: 'http://a.org/Questionnaire/q|2.0' },
    'questionnaire',
    [{ url: 'http://a.org/Questionnaire/q', version: '2.0' }],
  ],
  [
    'resource in a Bundle',
    { resourceType: 'Bundle', type: 'document', entry: [{ resource: { resourceType: 'Composition', id: 'c' } }] },
    'composition',
    [{ targetType: 'Composition', id: 'c' }],
  ],
]);

const hour = 3_600_000;
/** Tashkent has been five hours ahead of UTC since 1992. */
const tashkent = (text: string) => Date.parse(`${text}Z`) - 5 * hour;
const span = (low: string, high: string) => ({ low: tashkent(low), high: tashkent(high) });
const effective = (text: string) => observation({ effectiveDateTime: text });

table('date', [
  ['year', patient({ birthDate: '2014' }), 'birthdate', [span('2014-01-01T00:00', '2015-01-01T00:00')]],
  ['month', patient({ birthDate: '2014-12' }), 'birthdate', [span('2014-12-01T00:00', '2015-01-01T00:00')]],
  ['day', effective('2024-02-29'), 'date', [span('2024-02-29T00:00', '2024-03-01T00:00')]],
  [
    'minute of a sloppy dateTime',
    effective('2026-11-25T05:40'),
    'date',
    [span('2026-11-25T05:40', '2026-11-25T05:41')],
  ],
  ['second', effective('2026-11-25T05:40:12+03:00'), 'date', [span('2026-11-25T07:40:12', '2026-11-25T07:40:13')]],
  [
    'fraction',
    effective('2026-11-25T05:40:12.5Z'),
    'date',
    [span('2026-11-25T10:40:12.500', '2026-11-25T10:40:12.600')],
  ],
  [
    'open Period',
    observation({ effectivePeriod: { start: '2026-01-01' } }),
    'date',
    [{ low: tashkent('2026-01-01T00:00'), high: 'open' }],
  ],
  [
    'Period',
    observation({ effectivePeriod: { start: '2026-01-01', end: '2026-01' } }),
    'date',
    [span('2026-01-01T00:00', '2026-02-01T00:00')],
  ],
  [
    'Timing',
    observation({ effectiveTiming: { event: ['2026-02-01', '2026-01-01'] } }),
    'date',
    [span('2026-01-01T00:00', '2026-02-02T00:00')],
  ],
  ['no date', effective('2026-02-30'), 'date', []],
  ['neither', effective('yesterday'), 'date', []],
]);

const probability = (members: object): JsonResource => ({ resourceType: 'RiskAssessment', prediction: [members] });

table('number', [
  [
    'the smallest there is',
    probability({ probabilityDecimal: 5e-324 }),
    'probability',
    [{ value: 5e-324, low: 5e-324, high: 5e-324 }],
  ],
  ['decimal', probability({ probabilityDecimal: 0.02 }), 'probability', [{ value: 0.02, low: 0.015, high: 0.025 }]],
  [
    'integer as decimal',
    probability({ probabilityDecimal: 100 }),
    'probability',
    [{ value: 100, low: 99.5, high: 100.5 }],
  ],
  ['exponent', probability({ probabilityDecimal: 1e-7 }), 'probability', [{ value: 1e-7, low: 5e-8, high: 1.5e-7 }]],
]);

const quantity = (members: object) =>
  observation({ valueQuantity: { system: 'u', code: 'kg', unit: 'kg', ...members } });
const kilogram = { system: 'u', code: 'kg', unit: 'kg' };

table('quantity', [
  ['Quantity', quantity({ value: 5.4 }), 'value-quantity', [{ value: 5.4, low: 5.35, high: 5.45, ...kilogram }]],
  ['less than', quantity({ value: 5, comparator: '<' }), 'value-quantity', [{ low: '-open', high: 5, ...kilogram }]],
  ['more than', quantity({ value: 5, comparator: '>=' }), 'value-quantity', [{ low: 5, high: 'open', ...kilogram }]],
  [
    'SampledData',
    observation({ valueSampledData: { origin: { value: 10, code: 'mV' }, factor: 2, lowerLimit: -1, upperLimit: 3 } }),
    'value-quantity',
    [{ low: 8, high: 16, system: '', code: 'mV' }],
  ],
  [
    'Money',
    { resourceType: 'Invoice', totalNet: { value: 40, currency: 'UZS' } },
    'totalnet',
    [{ value: 40, low: 39.5, high: 40.5, system: 'urn:iso:std:iso:4217', code: 'UZS' }],
  ],
  [
    'Range',
    { resourceType: 'ActivityDefinition', useContext: [{ valueRange: { low: { value: 18, code: 'a' } } }] },
    'context-quantity',
    [{ low: 18, high: 'open', system: '', code: 'a' }],
  ],
]);

table('uri', [
  ['uri', { resourceType: 'ValueSet', url: 'http://a.org/vs' }, 'url', [{ uri: 'http://a.org/vs' }]],
  ['source', patient({ meta: { source: 'urn:x' } }), '_source', [{ uri: 'urn:x' }]],
]);

describe('composite', () => {
  it('keeps the parts of one repetition together', () => {
    const code = (c: string) => ({ coding: [{ system: 's', code: c }] });
    const component = [
      { code: code('systolic'), valueQuantity: { value: 120, code: 'mm' } },
      { code: code('diastolic'), valueQuantity: { value: 80, code: 'mm' } },
      { code: code('none') },
    ];
    const found = indexValues(observation({ component })).filter(
      ({ parameter }) => parameter === 'component-code-value-quantity',
    );
    const pairs = found.map(({ value }) => {
      assert.ok(value.type === 'composite');
      const [[first], [second]] = value.components as unknown as [[{ code: string }], [{ value: number }]];
      return [first.code, second.value];
    });
    assert.deepEqual(pairs, [
      ['systolic', 120],
      ['diastolic', 80],
    ]);
  });
});

describe('indexValues', () => {
  it('reads dates without a zone in the zone given, also where clocks change', () => {
    const [value] = values(effective('2026-03-29'), 'date', { timeZone: 'Europe/Berlin' }) as [
      { low: number; high: number },
    ];
    assert.equal(new Date(value.low).toISOString(), '2026-03-28T23:00:00.000Z');
    assert.equal(value.high - value.low, 23 * hour);
  });

  it('takes absolute references below an own base as relative', () => {
    const own = { ownBases: ['https://dhp.example/fhir'] };
    const found = values(subject({ reference: 'https://dhp.example/fhir/Patient/p1' }), 'subject', own);
    assert.deepEqual(found, [{ targetType: 'Patient', id: 'p1' }]);
  });

  it('has nothing for what is no resource type', () => {
    assert.deepEqual(indexValues({ resourceType: 'constructor' }), []);
  });
});
