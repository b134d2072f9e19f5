/** Code systems, supplements, value sets with each kind of filter, and codes that are in them, beside them, or wrong by themselves. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { defined, home, profile } from '../provoked/definition.ts';

const codes = 'http://provoked.test/codes';
const tree = `${home}/CodeSystem/shaped-tree`;
const loose = `${home}/CodeSystem/shaped-loose`;
const piece = `${home}/CodeSystem/shaped-piece`;
const identity = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
const set = (id: string): string => `${home}/ValueSet/${id}`;
const plain = (url: string, more: Json): Json => ({ system: url, ...more });

const systems: readonly Json[] = [
  defined('CodeSystem', 'shaped-tree', {
    caseSensitive: true,
    content: 'complete',
    hierarchyMeaning: 'is-a',
    property: [
      { code: 'weight', type: 'integer' },
      { code: 'kind', type: 'code' },
      { code: 'word', type: 'string' },
      { code: 'since', type: 'dateTime' },
      { code: 'of', type: 'Coding' },
      { code: 'flag', type: 'boolean' },
      { code: 'status', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' },
      { code: 'inactive', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
      { code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' },
    ],
    concept: [
      {
        ...{ code: 'root', display: 'Root', property: [{ code: 'notSelectable', valueBoolean: true }] },
        concept: [
          {
            ...{
              code: 'one',
              display: 'One',
              designation: [
                { language: 'uz', value: 'Bir' },
                { language: 'ru', value: 'Один' },
              ],
            },
            property: [
              { code: 'weight', valueInteger: 1 },
              { code: 'kind', valueCode: 'x' },
              { code: 'word', valueString: 'first' },
              { code: 'flag', valueBoolean: true },
            ],
            concept: [
              { code: 'one-a', display: 'One A' },
              { code: 'one-b', display: 'One B', property: [{ code: 'inactive', valueBoolean: true }] },
            ],
          },
          {
            code: 'two',
            display: 'Two',
            property: [
              { code: 'weight', valueInteger: 2 },
              { code: 'status', valueCode: 'retired' },
            ],
          },
          {
            code: 'three',
            display: 'Three',
            property: [
              { code: 'status', valueCode: 'deprecated' },
              { code: 'of', valueCoding: { system: marital, code: 'M' } },
            ],
          },
        ],
      },
      {
        code: 'Alone',
        display: 'Alone',
        property: [
          { code: 'since', valueDateTime: '2026-01-31' },
          { code: 'flag', valueBoolean: false },
        ],
      },
    ],
  }),
  defined('CodeSystem', 'shaped-loose', {
    caseSensitive: false,
    content: 'complete',
    concept: [
      { code: 'abc', display: 'Letters' },
      { code: 'DEF', display: 'More' },
    ],
  }),
  defined('CodeSystem', 'shaped-piece', {
    caseSensitive: true,
    content: 'fragment',
    concept: [{ code: 'p', display: 'Piece' }],
  }),
  defined('CodeSystem', 'shaped-words', {
    content: 'supplement',
    supplements: tree,
    concept: [
      { code: 'one', designation: [{ language: 'de', value: 'Eins' }] },
      { code: 'two', property: [{ code: 'word', valueString: 'second' }] },
    ],
  }),
];

const filter = (property: string, op: string, value: string): Json => ({ property, op, value });

/** Compositions by the ids of their value sets. */
const composed: Readonly<Record<string, Json>> = {
  two: {
    include: [
      plain(codes, { concept: [{ code: 'a' }, { code: 'b' }] }),
      plain(identity, { concept: [{ code: 'MR' }] }),
    ],
  },
  a: { include: [plain(codes, { concept: [{ code: 'a' }] })] },
  units: { include: [plain('http://unitsofmeasure.org', { concept: [{ code: 'mg' }, { code: 'g' }] })] },
  uses: { include: [plain('http://hl7.org/fhir/contact-point-use', { concept: [{ code: 'home' }] })] },
  whole: { include: [plain(tree, {})] },
  below: { include: [plain(tree, { filter: [filter('concept', 'is-a', 'one')] })] },
  under: { include: [plain(tree, { filter: [filter('concept', 'descendent-of', 'root')] })] },
  notbelow: { include: [plain(tree, { filter: [filter('concept', 'is-not-a', 'one')] })] },
  leaves: { include: [plain(tree, { filter: [filter('concept', 'descendent-leaf', 'root')] })] },
  children: { include: [plain(tree, { filter: [filter('concept', 'child-of', 'root')] })] },
  above: { include: [plain(tree, { filter: [filter('concept', 'generalizes', 'one-a')] })] },
  like: { include: [plain(tree, { filter: [filter('code', 'regex', 'one.*')] })] },
  named: { include: [plain(tree, { filter: [filter('display', '=', 'One')] })] },
  weighing: { include: [plain(tree, { filter: [filter('weight', '=', '1')] })] },
  kinds: { include: [plain(tree, { filter: [filter('kind', 'in', 'x,y')] })] },
  nokinds: { include: [plain(tree, { filter: [filter('kind', 'not-in', 'x,y')] })] },
  worded: { include: [plain(tree, { filter: [filter('word', 'exists', 'true')] })] },
  unworded: { include: [plain(tree, { filter: [filter('word', 'exists', 'false')] })] },
  flagged: { include: [plain(tree, { filter: [filter('flag', '=', 'true')] })] },
  parents: { include: [plain(tree, { filter: [filter('parent', '=', 'one')] })] },
  both: { include: [plain(tree, { filter: [filter('concept', 'is-a', 'root'), filter('weight', 'exists', 'true')] })] },
  active: { inactive: false, include: [plain(tree, {})] },
  states: { include: [plain(tree, { filter: [filter('status', '=', 'retired')] })] },
  less: { include: [plain(tree, {})], exclude: [plain(tree, { filter: [filter('concept', 'is-a', 'one')] })] },
  importing: { include: [{ valueSet: [set('shaped-below')] }] },
  crossing: { include: [plain(tree, { valueSet: [set('shaped-under'), set('shaped-below')] })] },
  versioned: { include: [plain(tree, { version: '1.0.0' })] },
  otherwise: { include: [plain(tree, { version: '2.0.0' })] },
  loose: { include: [plain(loose, {})] },
  looser: { include: [plain(loose, { concept: [{ code: 'ABC' }] })] },
  piece: { include: [plain(piece, {})] },
  unknown: { include: [plain('http://provoked.test/none', {})] },
  half: {
    include: [plain('http://provoked.test/none', {}), plain(tree, { concept: [{ code: 'one', display: 'The one' }] })],
  },
  lost: { include: [{ valueSet: [set('not-there')] }] },
  filtered: { include: [plain(tree, { filter: [filter('none', '=', 'a')] })] },
};

const sets: readonly Json[] = [
  ...Object.entries(composed).map(([id, compose]) => defined('ValueSet', `shaped-${id}`, { compose })),
  defined('ValueSet', 'shaped-supplemented', {
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/valueset-supplement',
        valueCanonical: `${home}/CodeSystem/shaped-words`,
      },
    ],
    compose: composed['whole'],
  }),
  defined('ValueSet', 'shaped-expanded', {
    expansion: {
      timestamp: '2026-01-31',
      contains: [
        { system: tree, code: 'one', display: 'One' },
        { system: tree, code: 'root', abstract: true, contains: [{ system: tree, code: 'two' }] },
      ],
    },
  }),
];

/** Elements that value sets are bound to, with the value for a Coding. */
const places: readonly { readonly type: string; readonly path: string; readonly of: (coding: Json) => Json }[] = [
  {
    type: 'Observation',
    path: 'code',
    of: (coding) => ({ resourceType: 'Observation', status: 'final', code: { coding: [coding] } }),
  },
  {
    type: 'Observation',
    path: 'interpretation',
    of: (coding) => ({
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'a' } },
      interpretation: [{ coding: [{ system: codes, code: 'z' }, coding] }, { coding: [coding] }],
    }),
  },
  {
    type: 'Encounter',
    path: 'class',
    of: (coding) => ({ resourceType: 'Encounter', status: 'planned', class: [{ coding: [coding] }] }),
  },
  {
    type: 'MessageHeader',
    path: 'event[x]',
    of: (eventCoding) => ({ resourceType: 'MessageHeader', eventCoding, source: { name: 'a' } }),
  },
  {
    type: 'Condition',
    path: 'code',
    of: (coding) => ({
      ...{ resourceType: 'Condition', subject: { display: 'a' }, code: { coding: [coding] } },
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
    }),
  },
];

/** Profiles that bind each place to each value set, by both strengths. */
const bound = sets.flatMap(({ id }, i) => {
  const place = places[i % places.length]!;
  return (['required', 'extensible'] as const).map((strength) => ({
    place,
    definition: profile(`shaped-bound-${strength}-${String(id).slice(7)}`, place.type, {
      [`${place.type}.${place.path}`]: {
        ...(place.path === 'event[x]' && { type: [{ code: 'Coding' }] }),
        binding: { strength, valueSet: `${home}/ValueSet/${String(id)}` },
      },
    }),
  }));
});

export const codedDefinitions: readonly Json[] = [...systems, ...sets, ...bound.map(({ definition }) => definition)];

const treeCodes = ['root', 'one', 'one-a', 'one-b', 'two', 'three', 'Alone', 'alone', 'ONE', 'none'];
const displays = ['One', 'one', 'Bir', 'Один', 'Eins', 'Two', 'Root', 'The one', ' One', 'Letters', 'nothing'];

function codingOf(random: Random): Json {
  const [system, all] = random.pick<readonly [string, readonly string[]]>([
    ...Array.from({ length: 6 }, () => [tree, treeCodes] as const),
    [loose, ['abc', 'ABC', 'def', 'ghi']],
    [piece, ['p', 'q']],
    [codes, ['a', 'b', 'c']],
    [identity, ['MR', 'DL', 'none']],
    ['http://provoked.test/none', ['a']],
    [set('shaped-two'), ['a']],
    [`${home}/CodeSystem/shaped-words`, ['one']],
  ]);
  return {
    ...(!random.oneIn(12) && { system }),
    ...(random.oneIn(8) && { version: random.pick(['1.0.0', '2.0.0', '1']) }),
    ...(!random.oneIn(15) && { code: random.pick(all) }),
    ...(random.oneIn(3) && { display: random.pick(displays) }),
    ...(random.oneIn(12) && { userSelected: random.oneIn(2) }),
  };
}

/** A resource with a code of chance, which claims a profile that binds it. */
export function codedInstance(random: Random): { readonly kind: string; readonly resource: Json } {
  const { definition, place } = random.pick(bound);
  const { resourceType, ...rest } = place.of(codingOf(random));
  return {
    kind: `bound: ${String(definition['id'])}`,
    resource: {
      ...{ resourceType, meta: { profile: [definition['url']] } },
      ...rest,
    },
  };
}
