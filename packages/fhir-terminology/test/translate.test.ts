import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parameters, ResourceBase } from '@dhp/fhir-model';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const from = 'http://example.org/from';
const to = 'http://example.org/to';

const map = (more: object = {}, unmapped?: object): ResourceBase =>
  ({
    resourceType: 'ConceptMap',
    url: 'http://example.org/map',
    version: '1.0.0',
    status: 'active',
    group: [
      {
        source: from,
        target: `${to}|2`,
        element: [
          { code: 'a', target: [{ code: 'A', relationship: 'equivalent' }] },
          { code: 'b', target: [{ code: 'B', relationship: 'source-is-narrower-than-target' }] },
          { code: 'c', noMap: true },
          {
            code: 'd',
            target: [
              { code: 'D1', relationship: 'equivalent', dependsOn: [{ attribute: 'sex', valueCode: 'female' }] },
              { code: 'D2', relationship: 'equivalent', dependsOn: [{ attribute: 'sex', valueCode: 'male' }] },
            ],
          },
        ],
        ...(unmapped !== undefined && { unmapped }),
      },
    ],
    ...more,
  }) as unknown as ResourceBase;

function matches(answer: Parameters): string[] {
  return (answer.parameter ?? []).flatMap(({ name, part = [] }) => {
    if (name !== 'match') return [];
    const concept = part.find((one) => one.name === 'concept')?.valueCoding;
    const relationship = part.find((one) => one.name === 'relationship')?.valueCode ?? '';
    return [`${relationship} ${concept?.system ?? ''}#${concept?.code ?? ''}`];
  });
}

test('from the source to the target, and back', () => {
  const terminology = terminologyOf([map()]);
  const forward = terminology.translate(parameters({ sourceCode: 'b', system: from, targetSystem: to }));
  assert.equal(valueOf(forward, 'result'), true);
  assert.deepEqual(matches(forward), [`source-is-narrower-than-target ${to}#B`]);
  const back = terminology.translate(parameters({ targetCode: 'B', system: to }));
  assert.deepEqual(matches(back), [`source-is-broader-than-target ${from}#b`]);
});

test('who names the system of the source gets the target as the concept of a match, and the source beside it', () => {
  const terminology = terminologyOf([map()]);
  const forward = terminology.translate(parameters({ sourceCode: 'b', sourceSystem: from, targetSystem: to }));
  assert.deepEqual(matches(forward), [`source-is-narrower-than-target ${to}#B`]);
  const back = terminology.translate(parameters({ targetCode: 'B', targetSystem: to, sourceSystem: from }));
  assert.deepEqual(matches(back), [`source-is-narrower-than-target ${to}#B`]);
  const { part = [] } = back.parameter?.find(({ name }) => name === 'match') ?? {};
  assert.deepEqual(part.find(({ name }) => name === 'source')?.valueCoding, { system: from, code: 'b' });
  assert.equal(part.find(({ name }) => name === 'originMap')?.valueCanonical, 'http://example.org/map|1.0.0');
  const none = terminology.translate(parameters({ targetCode: 'B', targetSystem: to, sourceSystem: 'urn:other' }));
  assert.deepEqual(matches(none), []);
});

test('no translation', () => {
  const terminology = terminologyOf([map()]);
  const none = terminology.translate(parameters({ sourceCode: 'c', system: from }));
  assert.equal(valueOf(none, 'result'), false);
  assert.deepEqual(matches(none), ['not-related-to #']);
  const unknown = terminology.translate(parameters({ sourceCode: 'z', system: from }));
  assert.deepEqual([valueOf(unknown, 'result'), matches(unknown)], [false, []]);
});

test('a target that depends on another value', () => {
  const dependency = {
    name: 'dependency',
    part: [
      { name: 'attribute', valueUri: 'sex' },
      { name: 'value', valueCode: 'male' },
    ],
  };
  const request = parameters({ sourceCode: 'd', system: from });
  const answer = terminologyOf([map()]).translate({
    ...request,
    parameter: [...(request.parameter ?? []), dependency],
  });
  assert.deepEqual(matches(answer), [`equivalent ${to}#D2`]);
});

test('codes that the map does not have', () => {
  const ask = (unmapped: object, ...others: ResourceBase[]): string[] =>
    matches(
      terminologyOf([map({}, unmapped), ...others]).translate(
        parameters({ url: 'http://example.org/map', sourceCode: 'z', system: from }),
      ),
    );
  assert.deepEqual(ask({ mode: 'fixed', code: 'other', relationship: 'related-to' }), [`related-to ${to}#other`]);
  assert.deepEqual(ask({ mode: 'use-source-code' }), [`related-to ${to}#z`]);
  const group = [
    { source: from, target: to, element: [{ code: 'z', target: [{ code: 'Z', relationship: 'equivalent' }] }] },
  ];
  const other = map({ url: 'http://example.org/other', group });
  assert.deepEqual(ask({ mode: 'other-map', otherMap: 'http://example.org/other' }, other), [`equivalent ${to}#Z`]);
  assert.deepEqual(ask({ mode: 'other-map', otherMap: 'http://example.org/map' }), [], 'a circle ends');
});

test('what a translation depends on and what it yields besides are told with it', () => {
  const rich = map({
    property: [{ code: 'note', uri: 'http://example.org/note', type: 'string' }],
    additionalAttribute: [{ code: 'side', uri: 'http://example.org/side', type: 'code' }],
    group: [
      {
        ...{ source: from, target: to },
        element: [
          {
            code: 'hand',
            target: [
              {
                ...{ code: 'H', relationship: 'source-is-broader-than-target' },
                property: [{ code: 'note', valueString: 'seldom' }],
                dependsOn: [{ attribute: 'side', valueCode: 'left' }],
                product: [{ attribute: 'side', valueCode: 'L' }],
              },
            ],
          },
        ],
        unmapped: { mode: 'fixed', code: 'other' },
      },
    ],
  });
  const ask = (attribute: string, value: string): Parameters => {
    const { parameter = [] } = parameters({ sourceCode: 'hand', system: from });
    const part = [
      { name: 'attribute', valueUri: attribute },
      { name: 'value', valueCode: value },
    ];
    return terminologyOf([rich]).translate({
      resourceType: 'Parameters',
      parameter: [...parameter, { name: 'dependency', part }],
    });
  };
  for (const attribute of ['side', 'http://example.org/side']) {
    const answer = ask(attribute, 'left');
    assert.deepEqual(matches(answer), [`source-is-broader-than-target ${to}#H`]);
    const { part = [] } = answer.parameter?.find(({ name }) => name === 'match') ?? {};
    const told = (name: string): unknown =>
      part.find((one) => one.name === name)?.part?.map(({ name: _name, ...value }) => Object.values(value)[0]);
    assert.deepEqual(told('property'), ['http://example.org/note', 'seldom']);
    assert.deepEqual(told('dependsOn'), ['http://example.org/side', 'left']);
    assert.deepEqual(told('product'), ['http://example.org/side', 'L']);
  }
  const right = ask('side', 'right');
  assert.deepEqual([valueOf(right, 'result'), matches(right)], [false, []], 'the map has the code: it is not unmapped');
});

test('an other map may be asked by version, and what neither has stays untranslated', () => {
  const group = (code: string): object[] => [
    { source: from, target: to, element: [{ code: 'z', target: [{ code, relationship: 'equivalent' }] }] },
  ];
  const url = 'http://example.org/other';
  const others = [map({ url, version: '1', group: group('Z1') }), map({ url, version: '2', group: group('Z2') })];
  const ask = (otherMap: string, sourceCode: string): string[] =>
    matches(
      terminologyOf([map({}, { mode: 'other-map', otherMap }), ...others]).translate(
        parameters({ url: 'http://example.org/map', sourceCode, system: from }),
      ),
    );
  assert.deepEqual(ask(`${url}|1`, 'z'), [`equivalent ${to}#Z1`]);
  assert.deepEqual(ask(url, 'z'), [`equivalent ${to}#Z2`]);
  assert.deepEqual(ask(url, 'y'), []);
  assert.deepEqual(ask('http://example.org/none', 'z'), []);
});

test('a map that is not known, and no code', () => {
  const terminology = terminologyOf([map()]);
  assert.equal(
    faultOf(() => terminology.translate(parameters({ url: 'http://example.org/x', sourceCode: 'a', system: from })))
      .kind,
    'unknown-subject',
  );
  assert.equal(faultOf(() => terminology.translate(parameters({ system: from }))).kind, 'invalid-request');
});

test('a map is for the codes of its scope', () => {
  const scope = valueSet('http://example.org/scope', {
    include: [{ system: from, concept: [{ code: 'a' }, { code: 'z' }] }],
  });
  const all = codeSystem(
    from,
    ['a', 'b', 'z'].map((code) => ({ code })),
  );
  const scoped = map({ sourceScopeUri: 'http://example.org/scope' }, { mode: 'fixed', code: 'other' });
  const terminology = terminologyOf([scoped, scope, all]);
  const ask = (sourceCode: string): string[] =>
    matches(terminology.translate(parameters({ sourceCode, system: from })));
  assert.deepEqual(ask('a'), [`equivalent ${to}#A`]);
  assert.deepEqual(ask('z'), [`related-to ${to}#other`]);
  assert.deepEqual(ask('b'), [], 'not in the scope');
});

const letters = valueSet('http://example.org/letters', {
  include: [{ system: from, concept: [{ code: 'x' }, { code: 'y' }] }],
});
const capitals = valueSet('http://example.org/capitals', {
  include: [{ system: to, concept: [{ code: 'X' }, { code: 'Y' }] }],
});
const systems = [
  codeSystem(
    from,
    ['a', 'x', 'y', 'z'].map((code) => ({ code })),
  ),
  codeSystem(
    to,
    ['A', 'X', 'Y'].map((code) => ({ code })),
  ),
];

test('value sets in the place of codes, in both directions', () => {
  const target = { valueSet: 'http://example.org/capitals', relationship: 'related-to' };
  const group = {
    ...{ source: from, target: to },
    element: [{ valueSet: 'http://example.org/letters', target: [target] }],
    unmapped: {
      mode: 'fixed',
      valueSet: 'http://example.org/capitals',
      relationship: 'source-is-narrower-than-target',
    },
  };
  const terminology = terminologyOf([...systems, letters, capitals, map({ group: [group] })]);
  const ask = (code: string): string[] =>
    matches(terminology.translate(parameters({ sourceCode: code, system: from })));
  assert.deepEqual(ask('x'), [`related-to ${to}#X`, `related-to ${to}#Y`]);
  assert.deepEqual(
    ask('z'),
    ['X', 'Y'].map((code) => `source-is-narrower-than-target ${to}#${code}`),
  );
  const back = terminology.translate(parameters({ targetCode: 'Y', targetSystem: to }));
  assert.deepEqual(matches(back), [`related-to ${from}#x`, `related-to ${from}#y`]);
});

test('a target scope leaves out what is not in it', () => {
  const group = {
    ...{ source: from, target: to },
    element: [{ code: 'a', target: ['A', 'X'].map((code) => ({ code, relationship: 'equivalent' })) }],
  };
  const terminology = terminologyOf([...systems, capitals, map({ group: [group] })]);
  const targetScope = 'http://example.org/capitals';
  const answer = terminology.translate(parameters({ sourceCode: 'a', system: from, targetScope }));
  assert.deepEqual(matches(answer), [`equivalent ${to}#X`]);
});
