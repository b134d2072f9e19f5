import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { parseSearch, SearchFault } from '../src/index.ts';
import { type SearchParameter, searchParametersOf } from '../src/parameters.ts';
import { modifiersOf } from '../src/query/modifiers.ts';
import { isBoolean } from '../src/elements.ts';
import { options } from './searching.ts';

const terminology = {
  members: () => [{ system: 'http://s', code: 'c' }],
  descendants: () => [{ system: 'http://s', code: 'c' }],
  ancestors: () => [{ system: 'http://s', code: 'c' }],
};
const all = { ...options, terminology, collections: { members: () => [] }, hierarchies: { related: () => [] } };

/** A right value for a parameter with a modifier. */
function valueFor(of: string, parameter: SearchParameter, modifier: string | undefined): string {
  const { type, component } = parameter;
  if (type === 'token' && isBoolean(of, parameter)) return 'true';
  if (modifier === 'missing') return 'true';
  if (modifier === 'identifier') return 'http://s|v';
  if (modifier === 'of-type') return 'http://s|MR|v';
  if (type === 'reference' && (modifier === 'in' || modifier === 'not-in')) return 'List/a';
  if (modifier === 'above' || modifier === 'below') return type === 'token' ? 'http://s|c' : 'http://s/a';
  const byType = {
    number: 'gt1.5',
    date: 'ge2020-01',
    string: 'abc',
    token: 'c',
    reference: 'a1',
    quantity: '5.4|http://unitsofmeasure.org|mg',
    uri: 'http://s/a',
    special: '1|1',
  } as const;
  if (type !== 'composite') return byType[type];
  return component.map((part) => (part.type === 'composite' ? '' : byType[part.type])).join('$');
}

describe('every search parameter of every type', () => {
  it('can be asked for plainly and with each of its modifiers', (t) => {
    let searches = 0;
    const refused = new Set<string>();
    for (const type of resourceTypes) {
      for (const parameter of searchParametersOf(type).values()) {
        for (const modifier of [undefined, ...modifiersOf(type, parameter)]) {
          const name = modifier === undefined ? parameter.code : `${parameter.code}:${modifier}`;
          try {
            parseSearch({ type }, [[name, valueFor(type, parameter, modifier)]], all);
          } catch (error) {
            assert.ok(error instanceof SearchFault, `${type}?${name}`);
            const [problem] = error.problems;
            if (parameter.type !== 'special') {
              assert.equal(problem?.kind, 'not-supported', `${type}?${name}: ${error.message}`);
              refused.add(parameter.type === 'composite' ? name : `${parameter.type}:${modifier ?? ''}`);
            }
          }
          searches += 1;
        }
      }
    }
    t.diagnostic(`${searches} searches; not supported: ${[...refused].sort().join(', ')}`);
    // Codes of references, and hierarchies of types without one.
    const expected = ['reference:above', 'reference:below', 'reference:code-text', 'reference:contains'];
    assert.deepEqual([...refused].sort(), expected);
  });

  it('refuses the modifiers of other types of parameter', () => {
    const every = ['exact', 'contains', 'not', 'of-type', 'in', 'identifier', 'Patientt', 'iterate'];
    for (const type of ['Patient', 'Observation', 'ValueSet', 'RiskAssessment'] as const) {
      for (const parameter of searchParametersOf(type).values()) {
        if (parameter.type === 'special') continue;
        for (const modifier of every.filter((one) => !modifiersOf(type, parameter).includes(one))) {
          assert.throws(
            () => parseSearch({ type }, [[`${parameter.code}:${modifier}`, valueFor(type, parameter, undefined)]], all),
            SearchFault,
            `${type}?${parameter.code}:${modifier}`,
          );
        }
      }
    }
  });
});

describe('whatever is sent', () => {
  const random = generator(20_261_125);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const codes = resourceTypes.flatMap((type) => [...searchParametersOf(type).keys()]);
  const pieces = [
    ...['_has:', '_filter', '_sort', '_include', '_count', '_elements', '_text', 'near', ':', '.', ':missing', ':not'],
    ...[':text-advanced', ':below', ':Patient', '[', ']', '(', ')', '"', '\\', '|', '$', ',', ' ', '-', '\0', '\ud800'],
    ...['eq', 'ge', 'ap', '2020', '-01', 'T10:00', 'Z', '5.4', 'e9', '9'.repeat(400), 'http://a/b', 'urn:oid:1.2'],
    ...['and', 'or', 'not', 'co', 'pr', 'true', 'Patient/1', 'Ўзбек', '*', 'constructor', '__proto__', 'toString'],
  ];
  const text = (most: number): string =>
    Array.from({ length: Math.floor(random() * most) }, () => (random() < 0.3 ? pick(codes) : pick(pieces))).join('');

  it('is understood or refused, lenient or not', () => {
    let understood = 0;
    for (let i = 0; i < 6000; i++) {
      const type = pick(resourceTypes);
      const parameters = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
        const name =
          random() < 0.6 ? pick([...searchParametersOf(type).keys()]) + pick(['', '', ':not', ':text']) : text(5);
        return [name, text(6)] as const;
      });
      const scope = random() < 0.2 ? { types: [type, pick(resourceTypes)] } : { type };
      try {
        parseSearch(scope, parameters, all);
        understood += 1;
      } catch (error) {
        if (!(error instanceof SearchFault)) throw new Error(JSON.stringify({ scope, parameters }), { cause: error });
        assert.ok(error.problems.length > 0);
      }
      try {
        const { ignored, applied } = parseSearch(scope, parameters, { ...all, lenient: true });
        assert.ok(ignored.length > 0 || applied.length === parameters.filter(([, value]) => value !== '').length);
      } catch (error) {
        assert.ok(error instanceof SearchFault);
        assert.ok(error.problems.every(({ kind }) => /modifier|supported|operation/.test(kind)));
      }
    }
    assert.ok(understood > 500, String(understood));
  });
});

/** A sequence of numbers from 0 to below 1 that is the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
