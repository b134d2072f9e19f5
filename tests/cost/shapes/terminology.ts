import { create, list } from '../requests.ts';
import type { Sent, Shapes } from '../shape.ts';

const base = 'http://example.org/cost/';
const system = `${base}s`;
const url = `${base}v`;

const codeSystem = (concept: readonly object[], more: object = {}): object => ({
  ...{ resourceType: 'CodeSystem', url: system, status: 'active', content: 'complete', caseSensitive: true },
  ...{ concept, ...more },
});
const valueSet = (compose: object, own = url): object => ({
  resourceType: 'ValueSet',
  url: own,
  status: 'active',
  compose,
});
const concepts = (n: number): object[] => list(n, (i) => ({ code: `c${i}`, display: `Word ${i}` }));

/** A question that brings the resources that it is about. */
const asked = (operation: string, resources: readonly object[], parameter: readonly object[]): Sent => ({
  ...create({
    resourceType: 'Parameters',
    parameter: [...parameter, ...resources.map((resource) => ({ name: 'tx-resource', resource }))],
  }),
  path: operation,
});
const expand = (resources: readonly object[], more: readonly object[] = []): Sent =>
  asked('ValueSet/$expand', resources, [{ name: 'url', valueUri: url }, { name: 'count', valueInteger: 10 }, ...more]);
const codings = (n: number): object => ({
  name: 'codeableConcept',
  valueCodeableConcept: { coding: list(n, (i) => ({ system, code: `c${n - 1 - i}` })) },
});

const mapped = (code: string): object => ({ code, target: [{ code: 't', relationship: 'equivalent' }] });
/** Translates by a concept map that comes with the question. */
const translate = (groups: readonly object[], source: object): Sent => {
  const group = groups.map((one) => ({ source: system, ...one }));
  const resource = { resourceType: 'ConceptMap', url: `${base}m`, status: 'active', group };
  return asked('ConceptMap/$translate', [], [{ name: 'conceptMap', resource }, source]);
};

/** Terminology over HTTP; packages/fhir-terminology/test/cost.test.ts has more of it. */
export const terminology: Shapes = [
  {
    name: 'value sets that import the next one twice',
    n: 10,
    most: 25,
    make: (n) =>
      expand([
        codeSystem(concepts(2)),
        valueSet({ include: [{ valueSet: [`${url}0`] }] }),
        ...list(n, (i) =>
          valueSet(
            { include: i === n - 1 ? [{ system }] : list(2, () => ({ valueSet: [`${url}${i + 1}`] })) },
            `${url}${i}`,
          ),
        ),
      ]),
  },
  {
    name: 'concepts of a code system',
    n: 100,
    make: (n) => expand([codeSystem(concepts(n)), valueSet({ include: [{ system }] })]),
  },
  {
    name: 'includes',
    n: 50,
    make: (n) =>
      expand([
        codeSystem(concepts(n)),
        valueSet({ include: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) }),
      ]),
  },
  {
    name: 'excludes',
    n: 50,
    make: (n) =>
      expand([
        codeSystem(concepts(n)),
        valueSet({ include: [{ system }], exclude: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) }),
      ]),
  },
  {
    name: 'filters of an include',
    n: 10,
    make: (n) =>
      expand([
        codeSystem(concepts(20)),
        valueSet({
          include: [{ system, filter: list(n, (i) => ({ property: 'code', op: 'regex', value: `c.*|x${i}` })) }],
        }),
      ]),
  },
  {
    name: 'a text under a regular expression',
    n: 500,
    make: (n) =>
      expand([
        codeSystem([{ code: 'c', display: 'a'.repeat(n) }]),
        valueSet({ include: [{ system, filter: [{ property: 'display', op: 'regex', value: '(a*)*b' }] }] }),
      ]),
  },
  {
    name: 'designations of a concept',
    n: 50,
    make: (n) =>
      expand(
        [
          codeSystem([{ code: 'c', designation: list(n, (i) => ({ language: 'ru', value: `d${i}` })) }]),
          valueSet({ include: [{ system }] }),
        ],
        [{ name: 'includeDesignations', valueBoolean: true }],
      ),
  },
  {
    name: 'words that are looked for',
    n: 50,
    make: (n) =>
      expand(
        [codeSystem(concepts(20)), valueSet({ include: [{ system }] })],
        [{ name: 'filter', valueString: list(n, (i) => `w${i}`).join(' ') }],
      ),
  },
  {
    name: 'codings of a concept that is validated',
    n: 50,
    make: (n) =>
      asked(
        'ValueSet/$validate-code',
        [codeSystem(concepts(n)), valueSet({ include: [{ system, concept: concepts(n) }] })],
        [{ name: 'url', valueUri: url }, codings(n)],
      ),
  },
  {
    name: 'codings that are in no value set',
    n: 50,
    make: (n) =>
      asked(
        'ValueSet/$validate-code',
        [codeSystem(concepts(n)), valueSet({ include: [{ system, concept: [{ code: 'none' }] }] })],
        [{ name: 'url', valueUri: url }, codings(n)],
      ),
  },
  {
    name: 'groups of a concept map',
    n: 50,
    make: (n) =>
      translate(
        list(n, (g) => ({ target: `${base}t${g}`, element: [mapped('c0')] })),
        { name: 'sourceCoding', valueCoding: { system, code: 'c0' } },
      ),
  },
  {
    name: 'elements of a concept map for as many codings',
    n: 50,
    make: (n) =>
      translate([{ target: `${base}t`, element: list(n, (i) => mapped(`c${i}`)) }], {
        name: 'sourceCodeableConcept',
        valueCodeableConcept: { coding: list(n, (i) => ({ system, code: `c${i}` })) },
      }),
  },
  {
    name: 'rules of versions for as many includes',
    n: 50,
    make: (n) =>
      expand(
        [codeSystem(concepts(n)), valueSet({ include: list(n, (i) => ({ system, concept: [{ code: `c${i}` }] })) })],
        list(n, (i) => ({ name: 'system-version', valueCanonical: `${base}other${i}|1` })),
      ),
  },
  {
    name: 'validations in one request',
    n: 20,
    make: (n) =>
      asked(
        'ValueSet/$batch-validate-code',
        [],
        list(n, (i) => ({
          name: 'validation',
          resource: {
            resourceType: 'Parameters',
            parameter: [
              { name: 'url', valueUri: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
              { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' },
              { name: 'code', valueCode: `c${i}` },
            ],
          },
        })),
      ),
  },
  {
    name: 'properties that are asked for',
    n: 50,
    make: (n) =>
      asked(
        'CodeSystem/$lookup',
        [],
        [
          { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' },
          { name: 'code', valueCode: 'male' },
          ...list(n, (i) => ({ name: 'property', valueCode: `p${i}` })),
        ],
      ),
  },
];
