/** Expressions of a ViewDefinition: functions that only exist there, and JSON that keeps the digits of decimals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTypes, compile, parseExactly } from '../src/index.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p1',
  managingOrganization: { reference: 'Organization/o1' },
  link: [{ other: { reference: 'Patient/p2/_history/3' } }, { other: { reference: 'http://x/Patient/p3' } }],
  contained: [{ resourceType: 'Organization', id: 'inner' }],
};
const valuesOf = (expression: string, item: unknown = patient): unknown[] =>
  compile(expression, { context: 'View' })
    .evaluate(item)
    .map(({ value }) => value);

test('keys are ids of resources and of relative references', () => {
  assert.deepEqual(valuesOf('getResourceKey()'), ['p1']);
  assert.deepEqual(valuesOf('contained.getResourceKey()'), []);
  assert.deepEqual(valuesOf('name.getResourceKey()'), []);
  assert.deepEqual(valuesOf('link.other.getReferenceKey()'), ['p2']);
  assert.deepEqual(valuesOf('link.other.getReferenceKey(Patient)'), ['p2']);
  assert.deepEqual(valuesOf('link.other.getReferenceKey(Organization)'), []);
  assert.throws(() => valuesOf('link.other.getReferenceKey(Pateint)'), { kind: 'unknown' });
  assert.throws(() => valuesOf("link.other.getReferenceKey('Patient')"), { kind: 'syntax' });
});

test('they are functions of views alone, and nothing joins to the empty text there alone', () => {
  assert.throws(() => compile('getResourceKey()'), { kind: 'unknown' });
  assert.deepEqual(valuesOf("name.family.join(',')"), ['']);
  assert.deepEqual(compile("name.family.join(',')").evaluate(patient), []);
  const period = { resourceType: 'Encounter', actualPeriod: { start: '2020', end: '2021' } };
  assert.deepEqual(valuesOf('actualPeriod.highBoundary()', period), ['2021-12-31T23:59:59.999-12:00']);
  assert.throws(() => compile('actualPeriod.highBoundary()').evaluate(period), { kind: 'evaluation' });
});

test('decimals keep their digits where they are read exactly', () => {
  const text =
    '{"resourceType":"Observation","valueQuantity":{"value":1.00,"code":"mg","system":"http://unitsofmeasure.org"}}';
  const exact = parseExactly(text);
  assert.deepEqual(valuesOf('value.value.lowBoundary()', exact), [0.995]);
  assert.deepEqual(valuesOf('value.value.lowBoundary()', JSON.parse(text)), [0.5]);
  assert.deepEqual(valuesOf('value.value.precision()', exact), [2]);
  assert.deepEqual(valuesOf("value = 1 'mg'", exact), [true]);
  assert.deepEqual(valuesOf('value.value + 1', exact), [2]);
  assert.deepEqual(valuesOf('value.value', exact), [1]);
  assert.equal(
    JSON.stringify(valuesOf('value', exact)[0]),
    JSON.stringify((JSON.parse(text) as typeof patient & { valueQuantity: object }).valueQuantity),
  );
  assert.throws(() => parseExactly('{'), SyntaxError);
});

test('types of variables count', () => {
  const options = { types: ['Patient'], variables: ['n', 'x'], variableTypes: { n: 'System.Integer' } };
  assert.deepEqual(checkTypes('%n', options).types, ['System.Integer']);
  assert.equal(checkTypes('%x', options).types, undefined);
  assert.equal(checkTypes('%y', options).findings[0]?.id, 'FHIRPATH_UNKNOWN_CONSTANT');
});

test('variables of FHIRPath’s own types are what their text says', () => {
  const environment = { variables: { d: '1990-05' }, variableTypes: { d: 'System.Date' } };
  assert.equal(compile('birthDate = %d').test({ resourceType: 'Patient', birthDate: '1990-05' }, environment), true);
  assert.equal(compile('birthDate < %d').test({ resourceType: 'Patient', birthDate: '1989' }, environment), true);
  assert.equal(compile('$this > @2020-01-01').test('2020-01-02', { type: 'System.Date' }), true);
});
