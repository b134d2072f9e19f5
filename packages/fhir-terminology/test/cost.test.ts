/** The cost of a request grows with its size and not with the square of it: value sets, code systems and parameters come from callers. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { CodeSystemConcept, Coding, Parameters, Resource, ResourceBase } from '@dhp/fhir-model';
import { mostGrowth, workOf } from '../../../tests/cost/growth.ts';
import { countWork } from '../../../tests/cost/work.ts';
import type { Terminology } from '../src/index.ts';
import { codeSystem, faultOf, parameters, terminologyOf, valueOf, valueSet } from './parameters.ts';

const counter = countWork();
after(() => counter.close());

const base = 'http://example.org/';
const list = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const concepts = (n: number): CodeSystemConcept[] => list(n, (i) => ({ code: `c${i}`, display: `Word ${i}` }));
const system = `${base}s`;
const url = `${base}v`;

/** Each value set imports the next one twice: 2^n ways lead to the last. */
const importedTwice = (n: number): ResourceBase[] => [
  codeSystem(system, concepts(4)),
  ...list(n, (i) =>
    valueSet(`${url}${i}`, {
      include: i === n - 1 ? [{ system }] : [{ valueSet: [`${url}${i + 1}`] }, { valueSet: [`${url}${i + 1}`] }],
      exclude: i % 4 === 3 && i < n - 1 ? [{ valueSet: [`${url}${i + 1}`], system: `${base}other` }] : [],
    }),
  ),
  codeSystem(`${base}other`, concepts(2)),
];
const flat = (n: number, compose: object, more: object = {}): ResourceBase[] => [
  codeSystem(system, concepts(n), more),
  valueSet(url, compose),
];
const chain = (n: number, property: string): CodeSystemConcept[] =>
  list(n, (i) => ({ code: `c${i}`, property: i === 0 ? [] : [{ code: property, valueCode: `c${i - 1}` }] }));
const withParents = { property: [{ code: 'parent', type: 'code' }] };
const concept = (codings: Coding[], more: Parameters['parameter'] = []): Parameters => ({
  resourceType: 'Parameters',
  parameter: [...more, { name: 'codeableConcept', valueCodeableConcept: { coding: codings } }],
});
const named = { name: 'url', valueUri: url };
const expand = (terminology: Terminology, more: Record<string, string | number | boolean> = {}): unknown =>
  terminology.expand(parameters({ url, ...more }));

/** Each makes the terminology of a size, and the question. */
const shapes: Record<string, { n: number; ask: (n: number) => unknown }> = {
  'value sets that import the next one twice, expanded': {
    n: 16,
    ask: (n) => terminologyOf(importedTwice(n)).expand(parameters({ url: `${url}0` })),
  },
  'value sets that import the next one twice, asked for a code': {
    n: 16,
    ask: (n) =>
      terminologyOf(importedTwice(n)).validateValueSetCode(parameters({ url: `${url}0`, system, code: 'none' })),
  },
  'value sets that import the next one twice, asked for a system': {
    n: 16,
    ask: (n) =>
      terminologyOf(importedTwice(n)).validateValueSetCode(
        parameters({ url: `${url}0`, inferSystem: true, code: 'c1' }),
      ),
  },
  'value sets that import the next one twice, as a binding': {
    n: 16,
    ask: (n) => terminologyOf(importedTwice(n)).memberOf(`${url}0`, undefined, 'none'),
  },
  'includes of one concept each': {
    n: 200,
    ask: (n) => expand(terminologyOf(flat(n, { include: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) }))),
  },
  'includes of one concept each, asked for codings': {
    n: 100,
    ask: (n) =>
      terminologyOf(
        flat(n, { include: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) }),
      ).validateValueSetCode(
        concept(
          list(n, (i) => ({ system, code: `c${n - i}` })),
          [named],
        ),
      ),
  },
  'excludes of one concept each': {
    n: 200,
    ask: (n) =>
      expand(
        terminologyOf(
          flat(n, { include: [{ system }], exclude: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) }),
        ),
      ),
  },
  'concepts of one include, asked for codings': {
    n: 200,
    ask: (n) =>
      terminologyOf(
        flat(n, { include: [{ system, concept: list(n, (i) => ({ code: `C${i}` })) }] }, { caseSensitive: false }),
      ).validateValueSetCode(
        concept(
          list(n, (i) => ({ system, code: `c${n - 1 - i}` })),
          [named],
        ),
      ),
  },
  'codings with versions over includes with versions': {
    n: 100,
    ask: (n) =>
      terminologyOf([
        ...list(n, (i) => codeSystem(`${system}${i}`, concepts(1), { version: '1.0.0' })),
        valueSet(url, { include: list(n, (i) => ({ system: `${system}${i}`, version: '1.0.0' })) }),
      ]).validateValueSetCode(
        concept(
          list(n, (i) => ({ system: `${system}${i}`, version: '2.0.0', code: 'c0' })),
          [named],
        ),
      ),
  },
  'codings that are not in the value set': {
    n: 200,
    ask: (n) =>
      terminologyOf(flat(1, { include: [{ system }] })).validateValueSetCode(
        concept(
          list(n, (i) => ({ system, code: `x${i}` })),
          [named],
        ),
      ),
  },
  'one concept with designations': {
    n: 200,
    ask: (n) =>
      terminologyOf([
        codeSystem(system, [{ code: 'c', designation: list(n, (i) => ({ language: 'ru', value: `D${i}` })) }]),
      ]).lookup(parameters({ system, code: 'c' })),
  },
  'concepts with designations, filtered by a word': {
    n: 200,
    ask: (n) =>
      expand(terminologyOf(flat(n, { include: [{ system }] })), { filter: 'word 1', includeDesignations: true }),
  },
  'properties of concepts that the code system declares': {
    n: 200,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(
            system,
            list(n, (i) => ({ code: `c${i}`, property: [{ code: `p${i}`, valueString: 'x' }] })),
            { property: list(n, (i) => ({ code: `p${i}`, uri: `${base}p${i}`, type: 'string' })) },
          ),
          valueSet(url, { include: [{ system }] }),
        ]),
        { property: '*' },
      ),
  },
  'parents of one concept': {
    n: 200,
    ask: (n) =>
      terminologyOf([
        codeSystem(
          system,
          [
            ...concepts(n),
            { code: 'low', property: list(n, (i) => ({ code: 'parent', valueCode: `c${i}` })) },
          ] as CodeSystemConcept[],
          withParents,
        ),
      ]).subsumes(parameters({ system, codeA: 'c1', codeB: 'low' })),
  },
  'a chain of concepts below each other, all below the first': {
    n: 300,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(system, chain(n, 'parent'), withParents),
          valueSet(url, { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'c0' }] }] }),
        ]),
      ),
  },
  'a chain of concepts, of which those above the last are wanted': {
    n: 300,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(system, chain(n, 'parent'), withParents),
          valueSet(url, {
            include: [{ system, filter: [{ property: 'concept', op: 'generalizes', value: `c${n - 1}` }] }],
          }),
        ]),
      ),
  },
  'a chain of concepts that are below none of two': {
    n: 300,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(
            'http://snomed.info/sct',
            list(n, (i) => ({
              code: String(1_000_000 + i),
              property: i === 0 ? [] : [{ code: 'parent', valueCode: String(999_999 + i) }],
            })),
            withParents,
          ),
          valueSet(url, {
            include: [
              {
                system: 'http://snomed.info/sct',
                filter: [{ property: 'constraint', op: '=', value: '<< (138875005 OR 404684003)' }],
              },
            ],
          }),
        ]),
      ),
  },
  'leaves below a chain, shown as a tree': {
    n: 200,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(
            system,
            [
              ...chain(n, 'parent'),
              ...list(n, (i) => ({
                code: `leaf${i}`,
                display: 'leaf',
                property: [{ code: 'parent', valueCode: `c${n - 1}` }],
              })),
            ] as CodeSystemConcept[],
            withParents,
          ),
          valueSet(url, { include: [{ system, filter: [{ property: 'display', op: '=', value: 'leaf' }] }] }),
        ]),
      ),
  },
  'children of a concept': {
    n: 200,
    ask: (n) =>
      terminologyOf([
        codeSystem(system, [{ code: 'top', concept: concepts(n) }]),
        valueSet(url, { include: [{ system, filter: [{ property: 'concept', op: 'child-of', value: 'top' }] }] }),
      ]).expand(parameters({ url })),
  },
  'values of an `in` filter': {
    n: 200,
    ask: (n) =>
      expand(
        terminologyOf(
          flat(n, {
            include: [{ system, filter: [{ property: 'code', op: 'in', value: list(n, (i) => `c${i}`).join(',') }] }],
          }),
        ),
      ),
  },
  'repeats in a regular expression': {
    n: 200,
    ask: (n) =>
      expand(
        terminologyOf(
          flat(2, { include: [{ system, filter: [{ property: 'code', op: 'regex', value: 'a{1}'.repeat(n) }] }] }),
        ),
      ),
  },
  'a text that a regular expression is run on': {
    n: 500,
    ask: (n) =>
      expand(
        terminologyOf([
          codeSystem(system, [{ code: 'c', display: 'a'.repeat(n) }]),
          valueSet(url, { include: [{ system, filter: [{ property: 'display', op: 'regex', value: '(a*)*b' }] }] }),
        ]),
      ),
  },
  'supplements of a code system': {
    n: 50,
    ask: (n) =>
      expand(
        terminologyOf([
          ...flat(4, { include: [{ system }] }),
          ...list(n, (i) =>
            codeSystem(`${base}supplement${i}`, [{ code: 'c1', designation: [{ value: `S${i}` }] }] as never, {
              content: 'supplement',
              supplements: system,
              extension: [
                {
                  url: 'http://hl7.org/fhir/StructureDefinition/codesystem-supplement-type',
                  valueCode: 'lang-pack',
                },
              ],
            }),
          ),
        ]),
        { includeDesignations: true },
      ),
  },
  'groups of a concept map': {
    n: 200,
    ask: (n) => terminologyOf([conceptMap(n, 1)]).translate(parameters({ url: `${base}m`, system, sourceCode: 'c0' })),
  },
  'elements of a concept map': {
    n: 200,
    ask: (n) => terminologyOf([conceptMap(1, n)]).translate(parameters({ url: `${base}m`, system, sourceCode: 'c0' })),
  },
  'codings that a concept map translates': {
    n: 200,
    ask: (n) =>
      terminologyOf([conceptMap(1, n)]).translate({
        resourceType: 'Parameters',
        parameter: [
          { name: 'url', valueUri: `${base}m` },
          {
            name: 'sourceCodeableConcept',
            valueCodeableConcept: { coding: list(n, (i) => ({ system, code: `c${i}` })) },
          },
        ],
      }),
  },
  'maps that are asked in the place of others': {
    n: 20,
    ask: (n) =>
      terminologyOf(
        list(n, (i) => ({
          ...{ resourceType: 'ConceptMap', url: `${base}m${i}`, status: 'active' },
          group: list(2, () => ({
            ...{ source: system, target: `${base}t`, element: [] },
            unmapped: { mode: 'other-map', otherMap: `${base}m${i + 1}` },
          })),
        })),
      ).translate(parameters({ url: `${base}m0`, system, sourceCode: 'c0' })),
  },
  'pages of an expansion': {
    n: 200,
    ask: (n) => expand(terminologyOf(flat(n, { include: [{ system }] })), { offset: n - 10, count: 10 }),
  },
  'resources that a request brings': {
    n: 50,
    ask: (n) =>
      terminologyOf([]).expand({
        resourceType: 'Parameters',
        parameter: [
          { name: 'url', valueUri: `${url}0` },
          ...list(n, (i) => ({
            name: 'tx-resource',
            resource: valueSet(`${url}${i}`, { include: [{ system }] }) as Resource,
          })),
          { name: 'tx-resource', resource: codeSystem(system, concepts(2)) as Resource },
        ],
      }),
  },
  'rules of versions': {
    n: 100,
    ask: (n) =>
      terminologyOf(flat(4, { include: [{ system }] })).expand({
        resourceType: 'Parameters',
        parameter: [named, ...list(n, (i) => ({ name: 'force-system-version', valueUri: `${base}${i}|1.0.0` }))],
      }),
  },
  'languages of a display': {
    n: 100,
    ask: (n) =>
      terminologyOf(flat(1, { include: [{ system }] })).expand(parameters({ url }), {
        acceptLanguage: list(n, (i) => `qa${i % 10};q=0.${i}`).join(','),
      }),
  },
  'concepts added to a closure': {
    n: 60,
    ask: (n) =>
      terminologyOf([codeSystem(system, chain(n, 'parent'), withParents)]).closure(
        { name: 'x', version: 0, concepts: list(n, (i) => ({ system, code: `c${i}` })) },
        [{ system, code: 'c0' }],
      ),
  },
  'validations in a batch': {
    n: 50,
    ask: (n) =>
      terminologyOf(flat(2, { include: [{ system }] })).batchValidate(
        {
          resourceType: 'Parameters',
          parameter: list(n, (i) => ({
            name: 'validation',
            resource: parameters({ url, system, code: `c${i}` }),
          })),
        },
        'ValueSet',
      ),
  },
};

/** A map of so many groups with this many elements each. */
function conceptMap(groups: number, elements: number): ResourceBase {
  return {
    ...{ resourceType: 'ConceptMap', url: `${base}m`, status: 'active' },
    group: list(groups, (g) => ({
      source: system,
      target: `${base}t${g}`,
      element: list(elements, (i) => ({ code: `c${i}`, target: [{ code: `t${i}`, relationship: 'equivalent' }] })),
    })),
  } as never;
}

for (const [name, { n, ask }] of Object.entries(shapes)) {
  test(`${name}: four times as many cost at most ${mostGrowth} times as much`, async () => {
    const [one, two, four] = await workOf(counter, n, ask);
    assert.ok(four <= mostGrowth * one, `${one} blocks at ${n}, ${two} at ${2 * n}, ${four} at ${4 * n}`);
  });
}

test('imports that lie too deep are refused, with what to do about it', () => {
  const deep = (n: number): Terminology =>
    terminologyOf([
      codeSystem(system, concepts(1)),
      ...list(n, (i) =>
        valueSet(`${url}${i}`, { include: i === n - 1 ? [{ system }] : [{ valueSet: [`${url}${i + 1}`] }] }),
      ),
    ]);
  const question = parameters({ url: `${url}0`, system, code: 'c0' });
  assert.equal(deep(100).expand(question).expansion?.total, 1);
  for (const refused of [
    faultOf(() => deep(20_000).expand(question)),
    faultOf(() => deep(20_000).validateValueSetCode(question)),
  ]) {
    assert.deepEqual([refused.kind, refused.code], ['too-costly', 'too-costly']);
    assert.match(refused.text, /more than 100 deep/);
  }
  assert.equal(deep(101).memberOf(`${url}0`, system, 'c0'), 'unknown');
});

test('concept maps that stand in the place of others too deeply are refused', () => {
  const maps = (n: number): Terminology =>
    terminologyOf(
      list(n, (i) => ({
        ...{ resourceType: 'ConceptMap', url: `${base}m${i}`, status: 'active' },
        group: [{ source: system, element: [], unmapped: { mode: 'other-map', otherMap: `${base}m${i + 1}` } }],
      })),
    );
  const question = parameters({ url: `${base}m0`, system, sourceCode: 'c0' });
  assert.equal(valueOf(maps(100).translate(question), 'result'), false);
  const refused = faultOf(() => maps(20_000).translate(question));
  assert.deepEqual([refused.kind, refused.code], ['too-costly', 'too-costly']);
});

test('lists of a request whose values are compared with everything else are short', () => {
  const terminology = terminologyOf(flat(2, { include: [{ system }] }));
  const asking = (name: string, n: number): Parameters => ({
    resourceType: 'Parameters',
    parameter: [named, ...list(n, (i) => ({ name, valueString: `${base}${i}|1` }))],
  });
  for (const name of ['property', 'designation', 'exclude-system', 'system-version', 'force-valueset-version']) {
    terminology.expand(asking(name, 500));
    const fault = faultOf(() => terminology.expand(asking(name, 501)));
    assert.equal(fault.kind, 'too-costly', name);
    assert.equal(fault.code, 'too-costly', name);
  }
});

test('a question that would cost more than its budget is given up, and another one is answered', () => {
  const terminology = terminologyOf([
    codeSystem(system, concepts(1_000)),
    valueSet(url, { include: [{ system, filter: [{ property: 'code', op: 'regex', value: 'c.*' }] }] }),
  ]);
  const asks: Record<string, (budget: Budget) => unknown> = {
    expansion: (budget) => terminology.expand(parameters({ url }), { budget }),
    validation: (budget) =>
      terminology.validateValueSetCode(
        concept(
          list(1_000, (i) => ({ system, code: `x${i}` })),
          [named],
        ),
        { budget },
      ),
    closure: (budget) =>
      terminology.closure(
        { name: 'x', version: 0, concepts: [] },
        list(100, (i) => ({ system, code: `c${i}` })),
        budget,
      ),
  };
  asks.members = (budget) => terminology.members(url, { most: 10_000, budget });
  asks['a list of members by part'] = (budget) => terminology.membersByPart(url, { most: 10_000, budget });
  asks.membership = (budget) => list(1_000, (i) => terminology.memberOf(url, system, `x${i}`, budget));
  // "Word 1" begins with each of the words, and has to be looked for once for each.
  const filter = ['w', 'wo', 'wor', 'word', ...list(10, (i) => `${i}`)].join(' ');
  const kept = terminologyOf([codeSystem(system, concepts(20_000)), valueSet(url, { include: [{ system }] })]);
  kept.expand(parameters({ url, count: 0 }));
  asks['a filter of several words'] = (budget) => kept.expand(parameters({ url, count: 0, filter }), { budget });
  const wanted = list(200, (i) => ({ name: 'property', valueCode: `p${i}` }));
  const lookup = [{ name: 'system', valueUri: system }, { name: 'code', valueCode: 'c1' }, ...wanted];
  asks['lookup of many properties'] = (budget) =>
    terminology.lookup({ resourceType: 'Parameters', parameter: lookup }, { budget });
  for (const [name, ask] of Object.entries(asks)) {
    assert.throws(() => ask(new Budget({ work: 1_000 })), BudgetSpent, name);
    const enough = new Budget({ work: 1_000_000 });
    ask(enough);
    assert.ok(enough.used.work > 1_000, name);
  }
});
