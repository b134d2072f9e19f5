/** Static types of expressions: the findings, and none in HL7's published expressions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementsOf, typeOf } from '@dhp/fhir-model';
import { checkTypes } from '../src/index.ts';
import { invariants, searchParameters } from './published.ts';

const errorsOf = (expression: string, types?: readonly string[]): string[] =>
  checkTypes(expression, types === undefined ? {} : { types, resource: types[0]! })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ id }) => id);

/** An expression on a type, and the ids of its findings. */
const faults: readonly (readonly [type: string, expression: string, ...ids: string[]])[] = [
  ['Patient', 'name.given1', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'Encounter.name.given', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'name.where(giv = 1)', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'contact.select(nmae)', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'name.exists(family.start)', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'name.given.upper().family', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'name.type().nmae', 'FHIRPATH_UNKNOWN_NAME'],
  ['Observation', 'valueQuantity.unit', 'FHIRPATH_UNKNOWN_NAME'],
  ['Observation', '(value as Period).unit', 'FHIRPATH_UNKNOWN_NAME'],
  ['Observation', 'value.ofType(Quantity).start', 'FHIRPATH_UNKNOWN_NAME'],
  ['Questionnaire', 'repeat(itme)', 'FHIRPATH_UNKNOWN_NAME'],
  ['Questionnaire', 'repeat(item).lnikId', 'FHIRPATH_UNKNOWN_NAME'],
  ['Patient', 'name.length()', 'FHIRPATH_STRING_SING_ONLY'],
  ['Patient', "identifier.startsWith('x')", 'FHIRPATH_STRING_SING_ONLY'],
  ['Patient', "active.matches('x')", 'FHIRPATH_STRING_SING_ONLY'],
  ['Patient', 'name.family.first().substring(2, length()-5)', 'FHIRPATH_STRING_SING_ONLY'],
  ['Patient', 'name.join()', 'FHIRPATH_STRING_ORD_ONLY'],
  ['Patient', 'active.abs()', 'FHIRPATH_NUMERICAL_ONLY'],
  ['Patient', 'birthDate.sqrt()', 'FHIRPATH_DECIMAL_ONLY'],
  ['Patient', 'name.lowBoundary()', 'FHIRPATH_CONTINUOUS_ONLY'],
  ['Patient', 'name.toString()', 'FHIRPATH_PRIMITIVE_ONLY'],
  ['Patient', "name.memberOf('x')", 'FHIRPATH_CODED_ONLY'],
  ['Patient', 'birthDate.resolve()', 'FHIRPATH_REFERENCE_ONLY'],
  ['Patient', 'name.where(family)', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'name.exists(1)', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'name.all(family)', 'FHIRPATH_PARAM_WRONG'],
  ['Encounter', 'type.subsetOf(id)', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'name.supersetOf(telecom)', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'children().skip(1)', 'FHIRPATH_ORDERED_ONLY'],
  ['Patient', 'descendants().first()', 'FHIRPATH_ORDERED_ONLY'],
  ['Patient', 'children()[0]', 'FHIRPATH_ORDERED_ONLY'],
  ['Patient', 'children().where(true).tail()', 'FHIRPATH_ORDERED_ONLY'],
  ['Patient', '(name | children()).last()', 'FHIRPATH_ORDERED_ONLY'],
  ['Patient', "name.skip('1')", 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'name[true]', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'id.startsWith(1)', 'FHIRPATH_PARAM_WRONG'],
  ['Patient', 'birthDate + 7', 'FHIRPATH_ARITHMETIC_PLUS'],
  ['Patient', "birthDate - 'x'", 'FHIRPATH_ARITHMETIC_MINUS'],
  ['Patient', "'a' * 2", 'FHIRPATH_OP_INCOMPATIBLE'],
  ['Patient', "name + 'x'", 'FHIRPATH_OP_INCOMPATIBLE'],
  ['Patient', 'select(%fam.given)', 'FHIRPATH_UNKNOWN_CONSTANT'],
  ['Patient', "defineVariable('a', 1).active | select(%a)", 'FHIRPATH_UNKNOWN_CONSTANT'],
  ['Patient', "defineVariable('a').defineVariable('a')", 'FHIRPATH_REDEFINE_VARIABLE'],
  ['Patient', "defineVariable('context', 1)", 'FHIRPATH_REDEFINE_VARIABLE'],
  ['Patient', 'iif(1 | 2, 3)', 'FHIRPATH_UNABLE_BOOLEAN'],
  ['Patient', "iif('x', 3)", 'FHIRPATH_UNABLE_BOOLEAN'],
];

/** Expressions without findings. */
const sound: readonly (readonly [type: string, expression: string])[] = [
  ['Patient', 'Patient.name.given'],
  ['Patient', 'Resource.id'],
  ['Patient', 'DomainResource.contained.name.anything'],
  [
    'Patient',
    "extension('x').value.start.empty() and name.family.value.exists() or extension.value.ofType(Quantity).unit = 'g'",
  ],
  ['Patient', 'name.given.select(length() + 1).sum()'],
  ['Patient', "name.defineVariable('n').select(%n.given | given)"],
  ['Patient', 'name.aggregate($total + 1, 0) > 2'],
  ['Patient', 'birthDate + 1 year < today()'],
  ['Patient', "{}.startsWith('x') or {}.nothing.exists()"],
  ['Observation', 'value.unit | value.start | component.value.code'],
  ['Observation', 'Observation.value.ofType(Quantity).value > 1'],
  ['Questionnaire', 'repeat(item).answerOption.value'],
  ['Questionnaire', 'descendants().linkId.distinct().count()'],
  ['ValueSet', 'expansion.repeat(contains).code.upper()'],
  ['Bundle', 'entry.first().resource.ofType(Composition).section.title'],
];

/** Expressions that are valid for one item, and the warnings if there may be several. */
const doubtful: readonly (readonly [type: string, expression: string, ...ids: string[]])[] = [
  ['Patient', "name.given = 'a'", 'FHIRPATH_COLLECTION_STATUS_OPERATION_LEFT'],
  ['Patient', "'a' = name.given", 'FHIRPATH_COLLECTION_STATUS_OPERATION_RIGHT'],
  ['Patient', 'name.given = contact.name.given'],
  ['Patient', "birthDate > @2020-01-01 and name.family & 'x' = 'ax'", 'FHIRPATH_COLLECTION_STATUS_OPERATION_LEFT'],
  ['Patient', 'name.period.start < @2020-01-01', 'FHIRPATH_COLLECTION_STATUS_OPERATION_LEFT'],
  ['Patient', "name.where(family = 'a').exists() and name.all(use = 'usual')"],
  ['Patient', "name.first().family = 'a' and name.count() > 1"],
  ['Patient', 'birthDate.first()', 'FHIRPATH_NOT_A_COLLECTION'],
  ['Patient', 'name.first().first()', 'FHIRPATH_NOT_A_COLLECTION'],
  ['Patient', 'id.startsWith(name.family)', 'FHIRPATH_COLLECTION_STATUS_PARAMETER'],
  ['Patient', 'name.iif(true, 1)', 'FHIRPATH_COLLECTION_STATUS_CONTEXT'],
  ['Observation', 'component.value is Quantity', 'FHIRPATH_COLLECTION_STATUS_OPERATION_LEFT'],
  ['Observation', 'value is Quantity and (value as Quantity).value > 1'],
  ['Observation', "subject.resolve().anything = 'a'"],
];

describe('types are checked before there is data', () => {
  for (const [type, expression, ...ids] of doubtful)
    it(`is in doubt about ${type}: ${expression}`, () => {
      const { findings } = checkTypes(expression, { types: [type], resource: type });
      assert.deepEqual(
        findings.map(({ id }) => id),
        ids,
      );
      assert.ok(findings.every(({ severity }) => severity === 'warning'));
    });

  for (const [type, expression, ...ids] of faults)
    it(`${type}: ${expression}`, () => {
      assert.deepEqual(errorsOf(expression, [type]), ids);
    });

  for (const [type, expression] of sound)
    it(`nothing is wrong with ${expression}`, () => {
      assert.deepEqual(errorsOf(expression, [type]), []);
    });

  it('takes on trust what starts from anything', () => {
    assert.deepEqual(errorsOf('name.givn.anything.upper()'), []);
    assert.deepEqual(errorsOf('Patient.nmae'), ['FHIRPATH_UNKNOWN_NAME']);
  });

  it('tells of a type that cannot be, and of choices by their names in JSON only where they are not wanted', () => {
    const [finding] = checkTypes('name.ofType(Quantity)', { types: ['Patient'] }).findings;
    assert.deepEqual([finding?.severity, finding?.id], ['warning', 'FHIRPATH_OFTYPE_IMPOSSIBLE']);
    const [called] = checkTypes('birthDate.as(Quantity)', { types: ['Patient'] }).findings;
    assert.equal(called?.id, 'FHIRPATH_OFTYPE_IMPOSSIBLE');
    assert.deepEqual(checkTypes('birthDate as Quantity', { types: ['Patient'] }).findings, []);
    const options = { types: ['Observation'], polymorphicNames: true };
    assert.deepEqual(checkTypes('valueQuantity.unit', options).findings, []);
    assert.equal(checkTypes('valueQuantity.start', options).findings[0]?.id, 'FHIRPATH_UNKNOWN_NAME');
  });

  it('says where', () => {
    const [finding] = checkTypes('name.exists() and\n  name.nothing', { types: ['Patient'] }).findings;
    assert.deepEqual([finding?.at.line, finding?.at.column], [2, 8]);
  });

  it('ends for every expression that can be read, however deep', () => {
    assert.deepEqual(errorsOf(`name${'.where(true)'.repeat(100)}`, ['Patient']), []);
    const nested = `${'repeat('.repeat(6)}item${')'.repeat(6)}`;
    assert.deepEqual(errorsOf(nested, ['Questionnaire']), []);
  });
});

/** Types that are patterns: their invariants are about elements of the types that follow them. */
const patterns = ['Event'];

/** The types at a path: that of the element if it is a type or backbone element, else those that the element may have. */
function typesAt(path: string): readonly string[] {
  if (typeOf(path) !== undefined) return [path];
  const [type = '', ...names] = path.split('.');
  let types: readonly string[] = [type];
  for (const name of names) types = types.flatMap((each) => elementsOf(each)?.get(name)?.types ?? []);
  return types;
}

it('finds nothing wrong with the invariants of R5', () => {
  const found = invariants().flatMap(({ key, path, expression }) => {
    const types = typesAt(path);
    const { findings } = checkTypes(expression, types.length === 0 ? {} : { types });
    return findings
      .filter(({ severity }) => severity === 'error' && !patterns.includes(path))
      .map(({ text }) => `${key} (${path}): ${text} in ${expression}`);
  });
  assert.deepEqual(found, []);
});

it('finds nothing wrong with the search parameters of R5', () => {
  const found = searchParameters().flatMap(({ code, base, expression }) =>
    expression === undefined
      ? []
      : // Each branch of a union is for one type.
        checkTypes(expression)
          .findings.filter(({ severity }) => severity === 'error')
          .map(({ text }) => `${base.join()} ${code}: ${text} in ${expression}`),
  );
  assert.deepEqual(found, []);
});
