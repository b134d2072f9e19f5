import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile, FhirPathError } from '../src/index.ts';
import { cases, patient } from './cases.ts';

const withValue = (value: unknown) => value !== undefined;

for (const [section, list] of Object.entries(cases)) {
  describe(section, () => {
    for (const [expression, expected] of list) {
      it(expression, () => {
        const path = compile(expression);
        if (expected === undefined) {
          assert.throws(() => path.evaluate(patient), { name: 'FhirPathError', kind: 'evaluation' });
          return;
        }
        const items = path.evaluate(patient);
        assert.deepEqual(items.map(({ value }) => value).filter(withValue), expected);
        assert.equal(path.exists(patient), items.length > 0);
        const [only] = items;
        if (items.length > 1) assert.throws(() => path.test(patient), FhirPathError);
        else assert.equal(path.test(patient), singletonTruth(only?.value));
      });
    }
  });
}

const singletonTruth = (value: unknown) =>
  value === undefined ? undefined : typeof value === 'boolean' ? value : true;
