/** Provocations in reports of measures that they contain: the reference validator does not read measures from packages. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { home, type Provocations } from './definition.ts';

const colours = `${home}/CodeSystem/colours`;
const scoringOf = (code: string): Json => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-scoring', code }],
});
const coded = (code: string): Json => ({ code: { coding: [{ system: colours, code }] } });
const initial: Json = {
  code: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-population', code: 'initial-population' }],
  },
};

/** Groups of a measure: one that is named by linkId, one by its code alone. */
const first: Json = {
  linkId: 'g',
  ...coded('red'),
  population: [{ linkId: 'p', ...initial }],
  stratifier: [{ linkId: 's', ...coded('green') }],
};
const second: Json = { ...coded('green'), population: [{ ...initial }], stratifier: [{ ...coded('blue') }] };
const plain: Json = { ...coded('red'), population: [{ ...initial }] };
const named: Json = {
  ...coded('red'),
  population: [{ id: 'q', ...initial }],
  stratifier: [{ id: 't', ...coded('green') }],
};

const measureOf = (scoring: string, groups: readonly Json[], more: Json = {}): Json => ({
  ...{ resourceType: 'Measure', id: 'm', status: 'active', scoring: scoringOf(scoring) },
  group: groups,
  ...more,
});

const report = (measure: Json, groups: readonly Json[], more: Json = {}): Json => ({
  ...{ resourceType: 'MeasureReport', contained: [measure], status: 'complete', type: 'summary', measure: '#m' },
  period: { start: '2026-01-01', end: '2026-02-01' },
  group: groups,
  ...more,
});

const counted: Json = { ...initial, count: 1 };
const score: Json = { measureScoreQuantity: { value: 0.5 } };
const two = measureOf('proportion', [first, second]);
const right: Json = { ...coded('green'), ...score, population: [counted], stratifier: [coded('blue')] };
const rightFirst: Json = {
  linkId: 'g',
  ...score,
  population: [{ linkId: 'p', count: 1 }],
  stratifier: [{ linkId: 's' }],
};

const groups: Provocations = {
  'report of groups': [
    report(two, [rightFirst, right]),
    report(two, [rightFirst]),
    report(two, [rightFirst], { type: 'data-collection' }),
    report(two, [rightFirst, right, { ...score }]),
    report(two, [rightFirst, right, { linkId: 'none' }]),
    report(two, [rightFirst, right, coded('blue')]),
    report(two, [rightFirst, right, { id: 'none', ...coded('blue') }]),
    report(two, [rightFirst, right, right]),
    report(two, [{ ...rightFirst, ...coded('blue') }, right]),
    report(measureOf('proportion', [plain]), [{ ...coded('blue'), ...score, population: [counted] }]),
    report(measureOf('proportion', [plain]), [{ code: { text: 'red' }, ...score, population: [counted] }]),
    report(measureOf('proportion', [plain]), [
      { code: { coding: [{ code: 'red' }] }, ...score, population: [counted] },
    ]),
    report(measureOf('proportion', [first]), [
      { linkId: 'other', ...coded('red'), ...score, population: [{ linkId: 'p', count: 1 }] },
    ]),
    report(measureOf('proportion', []), [right]),
  ],
  'report of populations': [
    [{}],
    [counted, counted],
    [{ ...coded('red'), count: 1 }],
    [{ linkId: 'none', count: 1 }],
    [{ id: 'none', count: 1 }],
    [],
    [{ ...initial }],
    [{ ...counted, subjectResults: { reference: 'List/1' } }],
  ].map((population) => report(measureOf('proportion', [plain]), [{ ...score, population }])),
  'report of named populations': [
    [{ id: 'q', count: 1 }],
    [{ id: 'q', ...coded('red'), count: 1 }],
    [{ id: 'none', count: 1 }],
  ].map((population) =>
    report(measureOf('proportion', [named]), [{ ...score, population, stratifier: [{ id: 't' }] }]),
  ),
  'report of stratifiers': [
    [{}],
    [{ linkId: 's' }, { linkId: 's' }],
    [{ linkId: 's', ...coded('red') }],
    [{ linkId: 'none' }],
    [{ id: 'none' }],
    [coded('red')],
    [coded('green')],
    [],
  ].map((stratifier) =>
    report(measureOf('proportion', [first]), [{ ...score, population: [{ linkId: 'p', count: 1 }], stratifier }]),
  ),
  'report of subjects': [
    [1, ['Patient/1']],
    [2, ['Patient/1']],
    [2, ['Patient/1', 'Practitioner/2']],
    [1, ['Observation/1']],
    [1, ['List/1']],
    [1, ['Group/1']],
    [2, ['#l']],
    [1, ['#l']],
  ].map(([count, references]) =>
    report(
      measureOf('proportion', [plain]),
      [
        {
          ...score,
          population: (references as string[]).map((reference) => ({
            ...initial,
            count,
            subjectResults: { reference },
          })),
        },
      ],
      {
        type: 'subject-list',
        contained: [
          measureOf('proportion', [plain]),
          {
            ...{ resourceType: 'List', id: 'l', status: 'current', mode: 'working' },
            entry: [{ item: { reference: 'Patient/1' } }],
          },
        ],
      },
    ),
  ),
};

const scored = (scoring: string, more: Json, rest: Json = {}, ofReport: Json = {}): Json =>
  report(measureOf(scoring, [plain], rest), [{ ...more, population: [counted] }], ofReport);
const unit: Json = {
  extension: [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit',
      valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' },
    },
  ],
};
const amounts: readonly Json[] = [
  { value: -1 },
  { value: 2 },
  { value: 0.5, unit: 'kg' },
  { value: 0.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  { value: 0.5, unit: 'g', system: 'http://unitsofmeasure.org', code: 'g' },
  { value: 0.5, unit: 'kg', system: `${home}/units`, code: 'kg' },
  { unit: 'kg' },
];

const scores: Provocations = {
  'score of a report': ['cohort', 'proportion', 'ratio', 'continuous-variable', 'composite'].flatMap((scoring) => [
    scored(scoring, {}),
    scored(scoring, { measureScoreDateTime: '2026-01-01' }),
    ...amounts.map((measureScoreQuantity) => scored(scoring, { measureScoreQuantity })),
  ]),
  'score with a stated unit': ['ratio', 'continuous-variable'].flatMap((scoring) =>
    amounts.map((measureScoreQuantity) => scored(scoring, { measureScoreQuantity }, unit)),
  ),
  'score that is collected': [
    scored('proportion', score, {}, { type: 'data-collection' }),
    scored('proportion', {}, {}, { type: 'data-collection' }),
  ],
};

export const measureProvocations: Provocations = { ...groups, ...scores };
