import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { understandSearch } from '../src/index.ts';
import { finds, options, parametersOf } from './searching.ts';

const assessments: JsonResource[] = [99.49, 99.5, 99.995, 100, 100.004, 100.005, 100.5, 150, 50, -2].map((value) => ({
  resourceType: 'RiskAssessment',
  id: String(value),
  prediction: [{ probabilityDecimal: value }],
}));

finds('number', 'RiskAssessment', assessments, [
  ['probability=100', ['99.5', '99.995', '100', '100.004', '100.005']],
  ['probability=100.00', ['99.995', '100', '100.004']],
  ['probability=1e2', ['99.49', '99.5', '99.995', '100', '100.004', '100.005', '100.5']],
  ['probability=1.00e2', ['99.5', '99.995', '100', '100.004', '100.005']],
  ['probability=lt100', ['99.49', '99.5', '99.995', '50', '-2']],
  ['probability=le100', ['99.49', '99.5', '99.995', '100', '50', '-2']],
  ['probability=gt100', ['100.004', '100.005', '100.5', '150']],
  ['probability=ge100', ['100', '100.004', '100.005', '100.5', '150']],
  ['probability=sa100', ['100.004', '100.005', '100.5', '150']],
  ['probability=eb100', ['99.49', '99.5', '99.995', '50', '-2']],
  ['probability=ne100', ['99.49', '100.5', '150', '50', '-2']],
  ['probability=ap140', ['150']],
  ['probability=ap-2.1', ['-2']],
  ['probability=-2', ['-2']],
  ['probability=%2B150', ['150']],
  ['probability=150,50', ['150', '50']],
  ['probability=ge100&probability=lt100.005', ['100', '100.004']],
  ['probability:missing=true', []],
]);

finds('number: whole numbers', 'ImmunizationRecommendation', [], [['target-disease=1', []]]);

describe('quantity: || behind the number asks for no unit', () => {
  for (const prefix of ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']) {
    for (const query of [
      `value-quantity=${prefix}130`,
      `code-value-quantity=http://loinc.org|8480-6$${prefix}130`,
      `component-code-value-quantity=8480-6$${prefix}130`,
      `combo-value-quantity=${prefix}130`,
    ]) {
      it(`${query}||`, () => {
        const conditionIn = (asked: string) =>
          understandSearch({ type: 'Observation' }, parametersOf(asked), options).query;
        assert.deepEqual(conditionIn(`${query}||`), conditionIn(query));
      });
    }
    if (prefix === '') continue;
    it(`_filter=value-quantity ${prefix} 130||`, () => {
      const conditionIn = (value: string) =>
        understandSearch({ type: 'Observation' }, [['_filter', `value-quantity ${prefix} ${value}`]], options).query;
      assert.deepEqual(conditionIn('130||'), conditionIn('130'));
    });
  }
});

const ucum = 'http://unitsofmeasure.org';

const observations: JsonResource[] = [
  observation('mg', { value: 5.4, system: ucum, code: 'mg', unit: 'milligram' }),
  observation('close', { value: 5.44, system: ucum, code: 'mg' }),
  observation('words', { value: 5.4, unit: 'mg' }),
  observation('other', { value: 5.4, system: 'http://other', code: 'mg' }),
  observation('mmol', { value: 5.4, system: ucum, code: 'mmol' }),
  observation('six', { value: 6, system: ucum, code: 'mg' }),
  observation('over', { value: 7, comparator: '>', system: ucum, code: 'mg' }),
  observation('under', { value: 3, comparator: '<', system: ucum, code: 'mg' }),
  { resourceType: 'Observation', id: 'none' },
];

finds('quantity', 'Observation', observations, [
  [`value-quantity=5.4|${ucum}|mg`, ['mg', 'close']],
  [`value-quantity=5.40|${ucum}|mg`, ['mg']],
  ['value-quantity=5.4||mg', ['mg', 'close', 'words', 'other']],
  ['value-quantity=5.4||milligram', ['mg']],
  ['value-quantity=5.4', ['mg', 'close', 'words', 'other', 'mmol']],
  [`value-quantity=le5.4|${ucum}|mg`, ['mg', 'under']],
  [`value-quantity=lt5.4|${ucum}|mg`, ['under']],
  [`value-quantity=gt5.4|${ucum}|mg`, ['close', 'six', 'over']],
  [`value-quantity=sa6.5|${ucum}|mg`, ['over']],
  [`value-quantity=eb5|${ucum}|mg`, ['under']],
  [`value-quantity=ap5.6|${ucum}|mg`, ['mg', 'close', 'six']],
  [`value-quantity=ne6|${ucum}|mg`, ['mg', 'close', 'over', 'under']],
  [`value-quantity=lt4|${ucum}|mg,gt6.5|${ucum}|mg`, ['over', 'under']],
  ['value-quantity:missing=true', ['none']],
  ['combo-value-quantity=6', ['six']],
]);

function observation(id: string, valueQuantity: object): JsonResource {
  return { resourceType: 'Observation', id, valueQuantity };
}
