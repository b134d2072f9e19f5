import type { JsonResource } from '@dhp/fhir-search';
import { finds } from './searching.ts';

const loinc = 'http://loinc.org';

const ucum = 'http://unitsofmeasure.org';

const observations: JsonResource[] = [
  {
    ...coded('flat', '2823-3'),
    valueQuantity: { value: 5.5, system: ucum, code: 'mmol/L' },
    effectiveDateTime: '2020-01-01',
  },
  { ...coded('low', '2823-3'), valueQuantity: { value: 3, system: ucum, code: 'mmol/L' } },
  { ...coded('words', '2823-3'), valueString: 'Elevated' },
  { ...coded('concept', '2823-3'), valueCodeableConcept: { coding: [{ system: 'http://s', code: 'high' }] } },
  { ...coded('dated', '2823-3'), valueDateTime: '2020-05-05' },
  {
    ...coded('panel', '85354-9'),
    component: [pressure('8480-6', 107), pressure('8462-4', 60)],
  },
];

finds('composite', 'Observation', observations, [
  [`code-value-quantity=${loinc}|2823-3$gt5.4|${ucum}|mmol/L`, ['flat']],
  ['code-value-quantity=2823-3$lt5.4', ['low']],
  ['code-value-quantity=2823-3$5.5,2823-3$3', ['flat', 'low']],
  ['code-value-quantity=other$gt1', []],
  ['code-value-string=2823-3$elev', ['words']],
  [`code-value-concept=${loinc}|2823-3$http://s|high`, ['concept']],
  ['code-value-concept=2823-3$high', ['concept']],
  ['code-value-concept=2823-3$http://other|high', []],
  ['code-value-date=2823-3$ge2020-05', ['dated']],
  ['code-value-date=2823-3$lt2020-05', []],
  ['component-code-value-quantity=8480-6$107', ['panel']],
  ['component-code-value-quantity=8480-6$60', []],
  ['component-code-value-quantity=8462-4$60', ['panel']],
  ['combo-code-value-quantity=8462-4$60', ['panel']],
  ['combo-code-value-quantity=2823-3$3', ['low']],
]);

finds(
  'composite: a token and a reference',
  'DocumentReference',
  [
    {
      resourceType: 'DocumentReference',
      id: 'd',
      relatesTo: [
        { code: { coding: [{ code: 'replaces' }] }, target: { reference: 'DocumentReference/x' } },
        { code: { coding: [{ code: 'signs' }] }, target: { reference: 'DocumentReference/y' } },
      ],
    },
  ],
  [
    ['relationship=replaces$DocumentReference/x', ['d']],
    ['relationship=replaces$x', ['d']],
    ['relationship=signs$DocumentReference/x', []],
  ],
);

finds(
  'composite: the ends of a ratio',
  'Ingredient',
  [
    ratio('a', [
      [1, 10],
      [2, 20],
    ]),
    ratio('b', [
      [1, 20],
      [2, 10],
    ]),
  ],
  [
    ['strength-concentration-ratio=1$10', ['a']],
    ['strength-concentration-ratio=1$20', ['b']],
    ['strength-concentration-ratio=lt1.5$gt15', ['b']],
    ['strength-concentration-ratio=1$30', []],
  ],
);

function coded(id: string, code: string): JsonResource {
  return { resourceType: 'Observation', id, code: { coding: [{ system: loinc, code }] } };
}

function pressure(code: string, value: number) {
  return { code: { coding: [{ system: loinc, code }] }, valueQuantity: { value, system: ucum, code: 'mm[Hg]' } };
}

function ratio(id: string, ends: readonly (readonly [number, number])[]): JsonResource {
  const strength = ends.map(([numerator, denominator]) => ({
    concentrationRatio: { numerator: { value: numerator }, denominator: { value: denominator } },
  }));
  return { resourceType: 'Ingredient', id, substance: { strength } };
}
