/** Rules of the specification beyond those in the official cases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CodeSystem,
  Coding,
  OperationOutcome,
  Parameters,
  ParametersParameter,
  ResourceBase,
  ValueSet,
} from '@dhp/fhir-model';
import { grammars } from '../src/index.ts';
import { codes, codeSystem, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const beasts = 'http://example.org/beasts';
const loose = 'http://example.org/loose';
const base = 'http://hl7.org/fhir/concept-properties#';

const beastSystem = codeSystem(
  beasts,
  [
    { code: 'cat', display: 'Cat', property: [{ code: 'weight', valueDecimal: 4.5 }], concept: [{ code: 'kitten' }] },
    { code: 'dodo', display: 'Dodo', property: [{ code: 'inactive', valueBoolean: true }] },
    { code: 'moa', display: 'Moa', property: [{ code: 'inactive', valueBoolean: true }] },
    { code: 'hound', display: 'Hound', property: [{ code: 'status', valueCode: 'deprecated' }] },
  ],
  {
    version: '1',
    property: [
      { code: 'inactive', uri: `${base}inactive`, type: 'boolean' },
      { code: 'status', uri: `${base}status`, type: 'code' },
      { code: 'weight', type: 'decimal' },
    ],
  },
);
const looseSystem = codeSystem(loose, [{ code: 'Cat', concept: [{ code: 'Kitten' }] }, { code: 'Dog' }], {
  caseSensitive: false,
});
const all = valueSet('http://example.org/all', { include: [{ system: beasts }] });

const terminology = terminologyOf([beastSystem, looseSystem, all]);

const given = (valueSetGiven: ResourceBase, ...more: ParametersParameter[]): Parameters => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'valueSet', resource: valueSetGiven as ValueSet }, ...more],
});
const expanded = (one: ResourceBase, ...more: ParametersParameter[]): string[] =>
  codes(terminology.expand(given(one, ...more)).expansion?.contains);
const checked = (one: ResourceBase, coding: Coding): unknown =>
  valueOf(terminology.validateValueSetCode(given(one, { name: 'coding', valueCoding: coding })), 'result');
const of = (compose: object): ResourceBase => valueSet('http://example.org/asked', compose);

function issuesOf(answer: Parameters): string[] {
  const outcome = valueOf(answer, 'issues') as OperationOutcome | undefined;
  return (outcome?.issue ?? []).map(({ expression, details }) => `${expression?.[0] ?? ''}: ${details?.text ?? ''}`);
}

const concept = (...list: string[]): Parameters =>
  terminology.validateValueSetCode({
    resourceType: 'Parameters',
    parameter: [
      { name: 'url', valueUri: 'http://example.org/all' },
      {
        name: 'codeableConcept',
        valueCodeableConcept: { coding: list.map((code) => ({ system: beasts, code })) },
      },
    ],
  });

test('each coding that is inactive or deprecated is named, as itself', () => {
  const first = concept('cat', 'hound');
  assert.deepEqual(issuesOf(first), [
    "CodeableConcept.coding[1]: The concept 'hound' is deprecated and its use should be reviewed",
  ]);
  assert.equal(valueOf(first, 'code'), 'cat');
  assert.equal(valueOf(first, 'status'), undefined);
  const second = concept('hound', 'dodo', 'moa');
  assert.deepEqual(issuesOf(second), [
    "CodeableConcept.coding[0]: The concept 'hound' is deprecated and its use should be reviewed",
    "CodeableConcept.coding[1]: The concept 'dodo' has a status of inactive and its use should be reviewed",
    "CodeableConcept.coding[2]: The concept 'moa' has a status of inactive and its use should be reviewed",
  ]);
  assert.equal(valueOf(second, 'status'), 'deprecated');
  assert.equal(valueOf(second, 'inactive'), undefined);
});

test('a value set without inactive concepts takes none from those that it imports', () => {
  const active = of({ inactive: false, include: [{ valueSet: ['http://example.org/all'] }] });
  assert.deepEqual(expanded(active), ['cat', 'kitten', 'hound']);
  assert.equal(checked(active, { system: beasts, code: 'dodo' }), false);
  assert.equal(checked(active, { system: beasts, code: 'cat' }), true);
});

test('a value set that is only an expansion', () => {
  const stored: ResourceBase = {
    resourceType: 'ValueSet',
    url: 'http://example.org/stored',
    status: 'active',
    expansion: {
      timestamp: '2025-01-01',
      contains: [
        {
          system: beasts,
          abstract: true,
          code: 'dodo',
          contains: [{ system: beasts, code: 'kitten', display: 'Kit' }],
        },
        { system: beasts, code: 'cat' },
      ],
    },
  } as ResourceBase;
  assert.deepEqual(expanded(stored), ['kitten', 'cat']);
  assert.equal(checked(stored, { system: beasts, code: 'kitten' }), true);
  assert.equal(checked(stored, { system: beasts, code: 'dodo' }), false);
});

test('codes in a value set are written in any case where the code system does not care', () => {
  const filter = (property: string, op: string, value: string): ResourceBase =>
    of({ include: [{ system: loose, filter: [{ property, op, value }] }] });
  const cases: [ResourceBase, string[], string][] = [
    [filter('concept', 'in', 'CAT,dog'), ['Cat', 'Dog'], 'Kitten'],
    [filter('concept', 'not-in', 'CAT,dog'), ['Kitten'], 'Cat'],
    [filter('code', '=', 'dog'), ['Dog'], 'Cat'],
    [filter('parent', 'in', 'CAT'), ['Kitten'], 'Cat'],
    [
      of({ include: [{ system: loose }], exclude: [{ system: loose, concept: [{ code: 'CAT' }] }] }),
      ['Kitten', 'Dog'],
      'Cat',
    ],
    [of({ include: [{ system: loose, concept: [{ code: 'CAT' }] }] }), ['CAT'], 'Dog'],
  ];
  for (const [one, inside, outside] of cases) {
    assert.deepEqual(expanded(one), inside);
    for (const code of inside) assert.equal(checked(one, { system: loose, code }), true, code);
    assert.equal(checked(one, { system: loose, code: outside.toLowerCase() }), false, outside);
  }
});

test('a concept that does not say whether it is inactive is not', () => {
  const filter = (op: string, value: string): string[] =>
    expanded(of({ include: [{ system: beasts, filter: [{ property: 'inactive', op, value }] }] }));
  assert.deepEqual(filter('=', 'false'), ['cat', 'kitten', 'hound']);
  assert.deepEqual(filter('=', 'true'), ['dodo', 'moa']);
  assert.deepEqual(filter('in', 'false'), ['cat', 'kitten', 'hound']);
  assert.deepEqual(filter('not-in', 'false'), ['dodo', 'moa']);
  assert.deepEqual(filter('exists', 'true'), ['dodo', 'moa']);
});

test('numbers in filters are equal however they are written; exists is true or false', () => {
  const filter = (op: string, value: string): ResourceBase =>
    of({ include: [{ system: beasts, filter: [{ property: 'weight', op, value }] }] });
  assert.deepEqual(expanded(filter('=', '4.50')), ['cat']);
  assert.throws(() => expanded(filter('exists', 'perhaps')), /exists perhaps/);
});

test('the display of a value set stands for that of the code system, which stays right', () => {
  const own = of({
    include: [{ system: beasts, concept: [{ code: 'cat', display: 'House cat' }, { code: 'hound' }] }],
  });
  const { contains = [] } = terminology.expand(given(own)).expansion ?? {};
  assert.deepEqual(
    contains.map(({ display }) => display),
    ['House cat', 'Hound'],
  );
  for (const display of ['House cat', 'Cat'])
    assert.equal(checked(own, { system: beasts, code: 'cat', display }), true);
  assert.equal(checked(own, { system: beasts, code: 'cat', display: 'Dog' }), false);
});

test('an expansion tells parents and children where they are asked for', () => {
  const { expansion } = terminology.expand(
    given(all, { name: 'property', valueString: 'parent' }, { name: 'excludeNested', valueBoolean: true }),
  );
  const kitten = expansion?.contains?.find(({ code }) => code === 'kitten');
  assert.deepEqual(kitten?.property, [{ code: 'parent', valueCode: 'cat' }]);
  assert.deepEqual(expansion?.property?.[0], { code: 'parent', uri: `${base}parent` });
});

test('a code system that comes with the request', () => {
  const brought = codeSystem('http://example.org/brought', [{ code: 'a', display: 'Ay' }]);
  const ask = (...more: ParametersParameter[]): Parameters =>
    terminology.validateSystemCode({
      resourceType: 'Parameters',
      parameter: [{ name: 'codeSystem', resource: brought as CodeSystem }, ...more],
    });
  const yes = ask({ name: 'code', valueCode: 'a' });
  assert.equal(valueOf(yes, 'result'), true);
  assert.equal(valueOf(yes, 'display'), 'Ay');
  assert.equal(valueOf(ask({ name: 'code', valueCode: 'b' }), 'result'), false);
  const coding = { system: 'http://example.org/brought', code: 'a' };
  assert.equal(valueOf(ask({ name: 'coding', valueCoding: coding }), 'result'), true);
  const named = parameters({ url: 'http://example.org/brought', code: 'a' });
  assert.equal(valueOf(terminology.validateSystemCode(named), 'result'), false);
});

test('language tags by what they state', () => {
  const languages = terminologyOf([], grammars());
  const isIn = (code: string, property: string, op: string, value: string): unknown => {
    const asked = of({ include: [{ system: 'urn:ietf:bcp:47', filter: [{ property, op, value }] }] });
    const coding = { system: 'urn:ietf:bcp:47', code };
    return valueOf(languages.validateValueSetCode(given(asked, { name: 'coding', valueCoding: coding })), 'result');
  };
  const cases: [string, string, string, string, boolean][] = [
    ['uz', 'script', 'exists', 'false', true],
    ['uz-Cyrl', 'script', 'exists', 'true', true],
    ['uz-Cyrl', 'script', '=', 'Cyrl', true],
    ['uz', 'ext-lang', 'exists', 'false', true],
    ['uz-UZ', 'language', '=', 'uz', true],
    ['uz-UZ', 'region', '=', 'KZ', false],
    ['de-CH-1996', 'variant', 'exists', 'true', true],
    ['de', 'variant', 'exists', 'true', false],
    ['en-x-own', 'private-use', 'exists', 'true', true],
  ];
  for (const [code, property, op, value, expected] of cases)
    assert.equal(isIn(code, property, op, value), expected, [code, property, op, value].join(' '));
  assert.throws(() => isIn('uz', 'script', 'exists', 'perhaps'), /exists perhaps/);
});

test('a hierarchy that runs in a circle comes to an end', () => {
  const circle = 'http://example.org/circle';
  const below = (code: string, parent: string) => ({ code, property: [{ code: 'parent', valueCode: parent }] });
  const system = codeSystem(circle, [below('x', 'y'), below('y', 'x'), below('z', 'x')], {
    property: [{ code: 'parent', uri: `${base}parent`, type: 'code' }],
  });
  const known = terminologyOf([system]);
  const all = (...more: ParametersParameter[]): string[] =>
    codes(known.expand(given(of({ include: [{ system: circle }] }), ...more)).expansion?.contains).sort();
  assert.deepEqual(all(), ['x', 'y', 'z']);
  assert.deepEqual(all({ name: 'filter', valueString: 'z' }), ['z']);
  const outcome = known.subsumes(parameters({ system: circle, codeA: 'x', codeB: 'z' }));
  assert.equal(valueOf(outcome, 'outcome'), 'subsumes');
});
