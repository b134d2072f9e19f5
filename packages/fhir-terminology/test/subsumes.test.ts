import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConceptMap } from '@dhp/fhir-model';
import { builtIn } from './built-in.ts';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf } from './parameters.ts';

const system = 'http://example.org/cs';
const terminology = terminologyOf(
  [codeSystem(system, [{ code: 'a', concept: [{ code: 'b', concept: [{ code: 'c' }] }] }, { code: 'd' }])],
  builtIn,
);

test('how two codes lie', () => {
  for (const [codeA, codeB, outcome] of [
    ['a', 'a', 'equivalent'],
    ['a', 'c', 'subsumes'],
    ['c', 'b', 'subsumed-by'],
    ['c', 'd', 'not-subsumed'],
  ] as const) {
    const answer = terminology.subsumes(parameters({ system, codeA, codeB }));
    assert.equal(valueOf(answer, 'outcome'), outcome, `${codeA} and ${codeB}`);
  }
});

test('HL7 Terminology names parents by a property', () => {
  const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  const answer = terminology.subsumes(parameters({ system: act, codeA: '_ActEncounterCode', codeB: 'AMB' }));
  assert.equal(valueOf(answer, 'outcome'), 'subsumes');
});

test('what cannot be compared', () => {
  const kind = (values: Record<string, string>): string => faultOf(() => terminology.subsumes(parameters(values))).kind;
  assert.equal(kind({ system, codeA: 'a' }), 'invalid-request');
  assert.equal(kind({ codeA: 'a', codeB: 'b' }), 'invalid-request');
  assert.equal(kind({ system, codeA: 'a', codeB: 'x' }), 'unknown-subject');
  assert.equal(kind({ system: 'http://example.org/none', codeA: 'a', codeB: 'b' }), 'unknown-subject');
});

test('codes below and above, for searches', () => {
  assert.deepEqual(terminology.descendants(system, 'b'), ['b', 'c']);
  assert.deepEqual(terminology.ancestors(system, 'c'), ['c', 'b', 'a']);
  assert.equal(terminology.descendants(system, 'x'), undefined);
  assert.equal(terminology.ancestors('http://example.org/none', 'a'), undefined);
});

test('what concepts add to a closure table', () => {
  const one = (code: string): { system: string; code: string } => ({ system, code });
  const first = terminology.closure({ name: 'mine', version: 0, concepts: [] }, [one('a'), one('d'), one('c')]);
  assert.deepEqual(pairs(first), ['c < a']);
  assert.equal(first.version, '1');
  const second = terminology.closure({ name: 'mine', version: 1, concepts: [one('a'), one('d'), one('c')] }, [
    one('b'),
    one('x'),
  ]);
  assert.deepEqual(pairs(second), ['b < a', 'c < b']);
  assert.equal(terminology.closure({ name: 'mine', version: 2, concepts: [] }, [one('d')]).group, undefined);
});

function pairs({ group = [] }: ConceptMap): string[] {
  return group
    .flatMap(({ element }) =>
      element.flatMap(({ code = '', target = [] }) => target.map((to) => `${code} < ${to.code ?? ''}`)),
    )
    .sort();
}
