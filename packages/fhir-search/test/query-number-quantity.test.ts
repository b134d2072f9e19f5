import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refuses } from './searching.ts';
import { decimalOf } from '../src/query/types/number.ts';

describe('number: what the digits mean', () => {
  const rows: readonly (readonly [text: string, low: number, high: number])[] = [
    ['100', 99.5, 100.5],
    ['100.00', 99.995, 100.005],
    ['1e2', 95, 105],
    ['1.0e2', 95, 105],
    ['12e2', 1150, 1250],
    ['-1e2', -105, -95],
    ['5.40e-3', 0.005395, 0.005405],
    ['0.02', 0.015, 0.025],
    ['-3', -3.5, -2.5],
    ['0', -0.5, 0.5],
    ['007', 6.5, 7.5],
    ['66.89999999999999', 66.89999999999999, 66.9],
  ];
  for (const [text, low, high] of rows) {
    it(text, () => assert.deepEqual(decimalOf(text), { decimal: text, value: Number(text), low, high }));
  }
  for (const text of ['', '.5', '5.', '1e', 'e3', '0x10', 'Infinity', '1e400', '1_000', '1 000', '--1']) {
    it(`${text} is none`, () => assert.equal(decimalOf(text), undefined));
  }
});

refuses('number: refusals', 'RiskAssessment', [
  ['probability=high', ['bad-value'], /prefix/],
  ['probability=gt', ['bad-value']],
  ['probability=gtx5', ['bad-value']],
  ['probability=1,x,y', ['bad-value', 'bad-value']],
  ['probability:exact=1', ['unknown-modifier'], /number/],
]);

const ucum = 'http://unitsofmeasure.org';

refuses('quantity: refusals', 'Observation', [
  ['value-quantity=mg', ['bad-value'], /number\|system\|code/],
  [`value-quantity=5.4|${ucum}`, ['bad-value']],
  [`value-quantity=5.4|${ucum}|`, ['bad-value']],
  ['value-quantity=5.4|a|b|c', ['bad-value']],
  ['value-quantity=5.4|mg', ['bad-value']],
]);
