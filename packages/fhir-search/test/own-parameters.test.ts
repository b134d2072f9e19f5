/** The values that functions make of an environment's own search parameters are made once for each set of parameters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf, ownParameters, type OwnParameters } from '@dhp/fhir-search/parameters';

const birthPlace = definitionOf(
  {
    resourceType: 'SearchParameter',
    ...{ url: 'http://example.uz/SearchParameter/birth-place', name: 'BirthPlace', status: 'active', description: 'x' },
    ...{ code: 'birth-place', base: ['Patient'], type: 'string', expression: 'Patient.address.city' },
  },
  () => undefined,
)!;

function made(generation: number): OwnParameters {
  return ownParameters(generation, [{ id: 'birth-place', definition: birthPlace, unready: undefined }]);
}

test('what a function makes of a type is made once, by each set of parameters for itself', () => {
  const asked: string[] = [];
  const codes = (type: string, own: OwnParameters): readonly string[] => {
    asked.push(`${own.generation} ${type}`);
    return [...own.parametersOf(type).keys()];
  };
  const count = (type: string, own: OwnParameters): number => own.parametersOf(type).size;
  const [one, two] = [made(1), made(2)];
  assert.deepEqual(one.prepared(codes, 'Patient'), ['birth-place']);
  assert.deepEqual(one.prepared(codes, 'Patient'), ['birth-place']);
  assert.equal(one.prepared(count, 'Patient'), 1);
  assert.deepEqual(two.prepared(codes, 'Patient'), ['birth-place']);
  assert.deepEqual(asked, ['1 Patient', '2 Patient']);
});

test('of a type without any nothing is kept', () => {
  let asked = 0;
  const own = made(1);
  const none = (): string => `${(asked += 1)}`;
  assert.deepEqual(
    ['Observation', 'Observation', 'NoType'].map((type) => own.prepared(none, type)),
    ['1', '2', '3'],
  );
});
