/** `$related`: definitions and codes give the same result, for random value sets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Parameters, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { randomSource, type Random } from '../../../tests/random.ts';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const tree = 'http://example.org/tree';
const flat = 'http://example.org/flat';
const graph = 'http://example.org/graph';

const resources = [
  codeSystem(tree, [
    { code: 'a', concept: [{ code: 'b', concept: [{ code: 'c' }, { code: 'd' }] }, { code: 'e' }] },
    { code: 'f', concept: [{ code: 'g' }] },
  ]),
  codeSystem(flat, [{ code: 'a' }, { code: 'x' }, { code: 'y' }, { code: 'z' }]),
  // `both` is below two others.
  codeSystem(
    graph,
    [
      { code: 'one' },
      { code: 'two' },
      {
        code: 'both',
        property: [
          { code: 'parent', valueCode: 'one' },
          { code: 'parent', valueCode: 'two' },
        ],
      },
    ],
    { property: [{ code: 'parent', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#parent' }] },
  ),
];
const terminology = terminologyOf(resources);

const ask = (one: ResourceBase, other: ResourceBase): Parameters =>
  terminology.related({
    resourceType: 'Parameters',
    parameter: [
      { name: 'thisValueSet', resource: one as ValueSet },
      { name: 'otherValueSet', resource: other as ValueSet },
      { name: 'diagnostics', valueBoolean: true },
    ],
  });

function include(random: Random): object {
  const system = random.pick([tree, flat, graph]);
  const known = {
    [tree]: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    [flat]: ['a', 'x', 'y', 'z'],
    [graph]: ['one', 'two', 'both'],
  }[system]!;
  const some = (): object[] => known.filter(() => random.oneIn(2)).map((code) => ({ code }));
  if (random.oneIn(4)) return { system };
  if (random.oneIn(2)) return { system, concept: [{ code: random.pick(known) }, ...some()] };
  const op = random.pick(['is-a', 'is-a', 'descendent-of']);
  return { system, filter: [{ property: 'concept', op, value: random.pick(known) }] };
}

function randomValueSet(random: Random, name: string): ResourceBase {
  const parts = (): object[] => Array.from({ length: 1 + random.below(3) }, () => include(random));
  return valueSet(`http://example.org/${name}`, {
    include: parts(),
    ...(random.oneIn(4) && { exclude: [include(random)] }),
  });
}

const expanded = (resource: ResourceBase): Set<string> => {
  const { expansion } = terminology.expand({
    resourceType: 'Parameters',
    parameter: [
      { name: 'valueSet', resource: resource as ValueSet },
      { name: 'excludeNested', valueBoolean: true },
    ],
  });
  return new Set((expansion?.contains ?? []).map(({ system, code }) => `${system ?? ''} ${code ?? ''}`));
};

function relationOf(one: ReadonlySet<string>, other: ReadonlySet<string>): string {
  if (one.size + other.size === 0) return 'empty';
  const common = [...one].filter((key) => other.has(key)).length;
  if (common === 0) return 'disjoint';
  if (common < one.size) return common < other.size ? 'overlapping' : 'superset';
  return common < other.size ? 'subset' : 'same';
}

describe('how value sets are related', () => {
  it('is told by definitions as by codes', () => {
    let byDefinition = 0;
    for (let n = 0; n < 1500; n += 1) {
      const random = randomSource(22, n);
      const [one, other] = [randomValueSet(random, 'one'), randomValueSet(random, 'other')];
      const answer = ask(one, other);
      if (valueOf(answer, 'performed-expansion') === false) byDefinition += 1;
      const [left, right] = [expanded(one), expanded(other)];
      const context = JSON.stringify([(one as ValueSet).compose, (other as ValueSet).compose, answer]);
      const told = valueOf(answer, 'result');
      // Value sets that are defined by the same words are the same, and may be empty.
      if (told === 'same' && valueOf(answer, 'performed-expansion') === false) assert.deepEqual(left, right, context);
      else assert.equal(told, relationOf(left, right), context);
      const back = { superset: 'subset', subset: 'superset' }[String(valueOf(answer, 'result'))];
      assert.equal(valueOf(ask(other, one), 'result'), back ?? valueOf(answer, 'result'), context);
    }
    assert.ok(byDefinition > 200 && byDefinition < 1300, String(byDefinition));
  });

  it('is not told where codes are not all known, or too many', () => {
    const unknown = valueSet('http://example.org/u', { include: [{ system: 'http://example.org/none' }] });
    const known = valueSet('http://example.org/k', {
      include: [{ system: tree, filter: [{ property: 'concept', op: 'descendent-of', value: 'a' }] }],
    });
    const answer = ask(
      unknown,
      valueSet('http://example.org/v', { include: [{ system: 'http://example.org/none', concept: [{ code: 'q' }] }] }),
    );
    assert.equal(valueOf(answer, 'result'), 'indeterminate');
    assert.match(String(valueOf(answer, 'message')), /could not be found/);
    assert.equal(valueOf(ask(known, known), 'result'), 'same');
  });

  it('lists codes, and answers by url and in the language that is asked for', () => {
    const own = terminologyOf([
      ...resources,
      valueSet('http://example.org/p', { include: [{ system: flat, concept: [{ code: 'z' }, { code: 'x' }] }] }),
      valueSet('http://example.org/q', { include: [{ system: flat, concept: [{ code: 'y' }, { code: 'x' }] }] }),
    ]);
    const named = parameters({ thisUrl: 'http://example.org/p', otherUrl: 'http://example.org/q', diagnostics: true });
    const answer = own.related(named);
    assert.deepEqual(
      ['result', 'common-codes', 'missing-codes', 'extra-codes'].map((name) => valueOf(answer, name)),
      ['overlapping', 'x', 'z', 'y'],
    );
    const sentences = ['uz', 'ru', 'en'].map((acceptLanguage) =>
      valueOf(own.related(named, { acceptLanguage }), 'message'),
    );
    assert.equal(new Set(sentences).size, 3);
    assert.equal(faultOf(() => own.related(parameters({ thisUrl: 'http://example.org/p' }))).kind, 'invalid-request');
    assert.equal(
      faultOf(() => own.related(parameters({ thisUrl: 'http://example.org/none', otherUrl: 'http://example.org/p' })))
        .kind,
      'unknown-definition',
    );
  });
});
