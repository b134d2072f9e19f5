/** The counted work of validations: slices, questionnaires, contexts of extensions, narratives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { scanJson } from '@dhp/fhir-model';
import { Validator, type ElementDefinition, type Questionnaire, type StructureDefinition } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import type { Json } from './published.ts';
import { observation, patient, profile, url } from './tested-profile.ts';

const n = 40;
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

interface Shape {
  readonly make: (size: number) => { readonly resource: Json; readonly definitions?: readonly object[] };
}

const sliced = (slices: number): ElementDefinition[] => [
  {
    id: 'Observation.component',
    path: 'Observation.component',
    slicing: { discriminator: [{ type: 'value', path: 'code.text' }], rules: 'open' },
  },
  ...list(slices, (i): ElementDefinition[] => [
    { id: `Observation.component:s${i}`, path: 'Observation.component', sliceName: `s${i}` },
    {
      id: `Observation.component:s${i}.code.text`,
      path: 'Observation.component.code.text',
      ...{ patternString: `t${i}` },
    },
  ]).flat(),
];
const components = (count: number): Json[] => list(count, (i) => ({ code: { text: `t${i}` }, valueString: 'x' }));
const structure = (type: string, element: ElementDefinition[], more: Partial<StructureDefinition> = {}): object => ({
  resourceType: 'StructureDefinition',
  ...profile(type, element, more),
});

const canonical = 'http://example.org/Questionnaire/q';
const questionnaire = (more: Partial<Questionnaire>): object => ({
  ...{ resourceType: 'Questionnaire', url: canonical, status: 'active' },
  ...more,
});
const answered = (count: number): Json => ({
  ...{ resourceType: 'QuestionnaireResponse', questionnaire: canonical, status: 'completed' },
  item: list(count, (i) => ({ linkId: `i${i}`, answer: [{ valueString: 'x' }] })),
});

const extension = 'http://example.org/StructureDefinition/extension';
const extensionWith = (contexts: number, last = 'Patient'): object =>
  structure(
    'Extension',
    [
      { id: 'Extension', path: 'Extension' },
      { id: 'Extension.url', path: 'Extension.url', ...{ fixedUri: extension } },
    ],
    {
      ...{ url: extension, kind: 'complex-type' },
      context: list(contexts, (i) => ({ type: 'element', expression: i === contexts - 1 ? last : `Basic.x${i}` })),
    },
  );

const shapes: Record<string, Shape> = {
  'items of a sliced list': {
    make: (size) => ({
      resource: observation({ meta: { profile: [url] }, component: components(size) }),
      definitions: [structure('Observation', sliced(4))],
    }),
  },
  'slices that an item is none of': {
    make: (size) => ({
      resource: observation({ meta: { profile: [url] }, component: list(20, () => ({ code: { text: 'none' } })) }),
      definitions: [structure('Observation', sliced(size))],
    }),
  },
  'items of a questionnaire and its response': {
    make: (size) => ({
      resource: answered(size),
      definitions: [questionnaire({ item: list(size, (i) => ({ linkId: `i${i}`, type: 'string', required: true })) })],
    }),
  },
  'conditions of enableWhen': {
    make: (size) => ({
      resource: answered(2),
      definitions: [
        questionnaire({
          item: [
            { linkId: 'i0', type: 'string' },
            {
              ...{ linkId: 'i1', type: 'string', enableBehavior: 'any' },
              enableWhen: list(size, () => ({ question: 'i0', operator: '=', answerString: 'y' })),
            },
          ],
        } as unknown as Partial<Questionnaire>),
      ],
    }),
  },
  'extensions with a context': {
    make: (size) => ({
      resource: patient({ extension: list(size, () => ({ url: extension, valueString: 'x' })) }),
      definitions: [extensionWith(2)],
    }),
  },
  'contexts of an extension': {
    make: (size) => ({
      resource: patient({ name: [{ extension: list(20, () => ({ url: extension, valueString: 'x' })) }] }),
      definitions: [extensionWith(size, 'Patient.name')],
    }),
  },
  'tags of a narrative': {
    make: (size) => ({
      resource: patient({
        text: {
          status: 'generated',
          div: `<div xmlns="http://www.w3.org/1999/xhtml">${'<p>a</p>'.repeat(10 * size)}</div>`,
        },
      }),
    }),
  },
};

function workOf({ make }: Shape, size: number, limit?: number): number {
  const { resource, definitions = [] } = make(size);
  const validator = new Validator({ definitions: definitionsOf(definitions as Json[]), unknownExtensions: 'ignore' });
  // The first validation also compiles the definitions, so its work is not counted.
  validator.validate(resource);
  const budget = new Budget(limit === undefined ? {} : { work: limit });
  validator.validate(resource, [], [], budget);
  return budget.used.work;
}

for (const [name, shape] of Object.entries(shapes)) {
  test(`${name} are paid for, each once`, () => {
    const [none, one, two, four] = [workOf(shape, 2), workOf(shape, n), workOf(shape, 2 * n), workOf(shape, 4 * n)];
    const grown = (work: number): number => work - none;
    assert.ok(grown(one) >= n / 2, `${grown(one)} units for ${n}`);
    assert.ok(grown(two) > 1.8 * grown(one) && grown(four) < 5 * grown(one), `${none}, ${one}, ${two}, ${four}`);
    assert.throws(() => workOf(shape, 4 * n, one), BudgetSpent);
  });
}

/** Returns the work for numbers after one with too many digits, which must be located in the text, at the given depth. */
function workOfLevels(levels: number, numbers: number, digits: string): number {
  const leaf = `{"url":"urn:x","valueDecimal":${digits}}${',{"url":"urn:x","valueInteger":1}'.repeat(numbers)}`;
  let extension = leaf;
  for (let level = 1; level < levels; level += 1) extension = `{"url":"urn:x","extension":[${extension}]}`;
  const source = scanJson(`{"resourceType":"Patient","extension":[${extension}]}`);
  const validator = new Validator({ definitions: definitionsOf([]), unknownExtensions: 'ignore' });
  const budget = new Budget();
  validator.validateText(source, [], JSON.parse(source.text), [], budget);
  return budget.used.work;
}

test('each level above a number of many digits is paid for with all that it holds', () => {
  const digits = '1.2345678901234567890';
  const grown = (numbers: number): number =>
    workOfLevels(40, numbers, digits) - workOfLevels(10, numbers, digits) - workOfLevels(40, numbers, '1');
  const [one, two] = [grown(1_000), grown(2_000)];
  // 33 characters per number, at each of 30 additional levels.
  assert.ok(two - one > (1_000 * 33 * 30) / 8, `${one}, ${two}`);
});
