/** Wrong names, and many names, have a bounded cost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearNames } from '../src/query/near-names.ts';
import { resultParameter } from '../src/query/result-parameters.ts';

test('a name that is longer than any is compared with none', () => {
  const known = {
    *[Symbol.iterator]() {
      yield assert.fail('it was compared');
    },
  };
  assert.deepEqual(nearNames('birthdate'.repeat(12), known), []);
  assert.deepEqual(nearNames('birthdat', ['birthdate', 'gender']), ['birthdate']);
});

test('the elements of the types are listed once for all names of _elements', () => {
  let listed = 0;
  const types = ['Patient', 'Observation'];
  const flatMap = types.flatMap.bind(types);
  types.flatMap = ((...given: Parameters<typeof flatMap>) => {
    listed += 1;
    return flatMap(...given);
  }) as typeof flatMap;
  const names = [...Array.from({ length: 50 }, () => ['name', 'status']).flat(), 'Patient.birthDate'];
  assert.deepEqual(resultParameter('_elements')!(names.join(','), '_elements', types), { elements: names });
  assert.equal(listed, 1);
});
