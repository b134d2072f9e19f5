/** The platform's own cases of terminology operations: what is asked over HTTP, and what of the answer is right. */
import type { Reply } from '../../environment.ts';
import { animals, filterId, filters, latin, legacy, map } from './resources.ts';

interface OwnCase {
  readonly name: string;
  readonly path: string;
  /** Parameters to POST; GET when absent. */
  readonly parameter?: readonly object[];
  readonly status?: number;
  /** Extracts the value to be compared from the answer. */
  readonly read: (reply: Reply) => unknown;
  readonly expected: unknown;
}

interface Parameter {
  readonly name: string;
  readonly part?: readonly Parameter[];
  readonly [value: string]: unknown;
}

const parametersOf = ({ json }: Reply): readonly Parameter[] => (json['parameter'] ?? []) as Parameter[];
const valueOf = ({ name: _name, part: _part, ...value }: Parameter): unknown => Object.values(value)[0];
const value =
  (name: string) =>
  (reply: Reply): unknown => {
    const found = parametersOf(reply).find((one) => one.name === name);
    return found && valueOf(found);
  };
const issueCode = ({ json }: Reply): unknown => (json['issue'] as { code: string }[] | undefined)?.[0]?.code;
const expandedCodes = ({ json }: Reply): unknown => {
  const { contains = [] } = (json['expansion'] ?? {}) as { contains?: { code: string; contains?: never[] }[] };
  const flat = (list: typeof contains): string[] => list.flatMap((one) => [one.code, ...flat(one.contains ?? [])]);
  return flat(contains).join(' ');
};
/** `relationship code` of each match. */
const matches = (reply: Reply): unknown =>
  parametersOf(reply)
    .filter(({ name }) => name === 'match')
    .map(({ part = [] }) => {
      const of = (name: string): unknown => valueOf(part.find((one) => one.name === name) ?? { name });
      return `${String(of('relationship'))} ${(of('concept') as { code?: string } | undefined)?.code ?? '-'}`;
    })
    .join(', ');
/** `narrower<broader` of each pair. */
const pairs = ({ json }: Reply): unknown => {
  const groups = (json['group'] ?? []) as { element: { code: string; target: { code: string }[] }[] }[];
  const all = groups.flatMap(({ element }) => element.flatMap((e) => e.target.map((t) => `${e.code}<${t.code}`)));
  return all.sort().join(' ');
};

const subsumes: readonly OwnCase[] = (
  [
    ['equal codes', 'dog', 'dog', 'equivalent'],
    ['right above', 'beast', 'dog', 'subsumes'],
    ['further above', 'beast', 'puppy', 'subsumes'],
    ['above by a property', 'young', 'puppy', 'subsumes'],
    ['below', 'puppy', 'young', 'subsumed-by'],
    ['side by side', 'dog', 'cat', 'not-subsumed'],
  ] as const
).map(([name, a, b, expected]) => ({
  ...{ name: `$subsumes/${name}`, read: value('outcome'), expected },
  path: `CodeSystem/$subsumes?system=${animals}&codeA=${a}&codeB=${b}`,
}));

const subsumesOtherwise: readonly OwnCase[] = [
  {
    name: '$subsumes/of codings, on the instance',
    path: 'CodeSystem/own-animals/$subsumes',
    parameter: [
      { name: 'codingA', valueCoding: { system: animals, code: 'dog' } },
      { name: 'codingB', valueCoding: { system: animals, code: 'beast' } },
    ],
    ...{ read: value('outcome'), expected: 'subsumed-by' },
  },
  {
    ...{ name: '$subsumes/a code that is not there', status: 404, read: issueCode, expected: 'not-found' },
    path: `CodeSystem/$subsumes?system=${animals}&codeA=dog&codeB=fish`,
  },
  {
    ...{ name: '$subsumes/a code system that is not known', status: 404, read: issueCode, expected: 'not-found' },
    path: 'CodeSystem/$subsumes?system=http://example.org/own/none&codeA=a&codeB=b',
  },
];

const adding = (...codes: string[]): object[] =>
  codes.map((code) => ({ name: 'concept', valueCoding: { system: animals, code } }));
const table = { name: 'name', valueString: 'own-cases' };
const closureCase = (name: string, parameter: readonly object[], expected: string): OwnCase => ({
  ...{ name: `$closure/${name}`, path: '$closure', parameter: [table, ...parameter], read: pairs, expected },
});
/** In this order: each builds on those before. */
const closure: readonly OwnCase[] = [
  {
    ...{ name: '$closure/a table that was not made', path: '$closure', status: 404, read: issueCode },
    ...{ parameter: [{ name: 'name', valueString: 'own-none' }, ...adding('dog')], expected: 'not-found' },
  },
  closureCase('a new table is empty', [], ''),
  closureCase('concepts side by side have no pairs', adding('dog', 'cat'), ''),
  closureCase('one above those there', adding('beast'), 'cat<beast dog<beast'),
  closureCase('one between, by a property too', adding('young', 'puppy'), 'puppy<beast puppy<dog puppy<young'),
  closureCase('one that is there already adds nothing', adding('puppy'), ''),
  closureCase('again from a version', [{ name: 'version', valueString: '2' }], 'puppy<beast puppy<dog puppy<young'),
  closureCase('made anew it is empty', [], ''),
];

const translate: readonly OwnCase[] = (
  [
    ['an equivalent', `sourceCode=dog&system=${animals}`, true, 'equivalent D'],
    ['a broader one', `sourceCode=cat&system=${animals}`, true, 'source-is-narrower-than-target C'],
    ['back: broader becomes narrower', `targetCode=C&system=${legacy}`, true, 'source-is-broader-than-target cat'],
    ['what has no match by the map', `sourceCode=stone&system=${animals}`, false, 'not-related-to -'],
    ['what the map does not have: a fixed code', `sourceCode=beast&system=${animals}`, true, 'related-to X'],
    ['a dependency that is not given', `sourceCode=puppy&system=${animals}`, false, ''],
    ['into a system that the map does not reach', `sourceCode=dog&system=${animals}&targetSystem=urn:none`, false, ''],
  ] as const
).flatMap(([name, query, result, expected]) => [
  {
    ...{ name: `$translate/${name}`, path: `ConceptMap/$translate?url=${map}&${query}`, expected: [result, expected] },
    read: (reply: Reply) => [value('result')(reply), matches(reply)],
  },
]);

const translateOtherwise: readonly OwnCase[] = [
  {
    ...{ name: '$translate/a dependency that is given', path: 'ConceptMap/own-map/$translate', read: matches },
    parameter: [
      { name: 'sourceCoding', valueCoding: { system: animals, code: 'puppy' } },
      {
        name: 'dependency',
        part: [
          { name: 'attribute', valueUri: 'age' },
          { name: 'value', valueCode: 'young' },
        ],
      },
    ],
    expected: 'equivalent P',
  },
  {
    ...{ name: '$translate/a concept with several codings', path: 'ConceptMap/$translate', read: matches },
    parameter: [
      { name: 'url', valueUri: map },
      {
        name: 'sourceCodeableConcept',
        valueCodeableConcept: {
          coding: [
            { system: 'urn:none', code: 'x' },
            { system: animals, code: 'dog' },
          ],
        },
      },
    ],
    expected: 'equivalent D',
  },
  {
    ...{ name: '$translate/a map that is not known', status: 404, read: issueCode, expected: 'not-found' },
    path: `ConceptMap/$translate?url=http://example.org/own/none&sourceCode=dog&system=${animals}`,
  },
];

const all = ['beast', 'dog', 'puppy', 'cat', 'young', 'stone'];
const filterCases: readonly OwnCase[] = filters.flatMap(([property, op, wanted, expected]) => [
  {
    ...{ name: `filter/${property} ${op} ${wanted}, expanded`, read: expandedCodes, expected },
    path: `ValueSet/${filterId(op)}/$expand?excludeNested=true`,
  },
  {
    name: `filter/${property} ${op} ${wanted}, each code checked`,
    path: 'ValueSet/$batch-validate-code',
    parameter: all.map((code) => ({ name: 'validation', resource: validation(filterId(op), code) })),
    read: (reply: Reply) => all.filter((_, n) => results(reply)[n] === true).join(' '),
    expected,
  },
]);

function validation(id: string, code: string): object {
  const parameter = [
    { name: 'url', valueUri: `http://example.org/own/${id}` },
    { name: 'coding', valueCoding: { system: animals, code } },
  ];
  return { resourceType: 'Parameters', parameter };
}

/** The result of each validation; the code of the issue where there is none. */
function results(reply: Reply): unknown[] {
  return parametersOf(reply).map(({ resource }) => {
    const { parameter = [], issue } = resource as { parameter?: Parameter[]; issue?: { code: string }[] };
    const result = parameter.find(({ name }) => name === 'result');
    return result === undefined ? issue?.[0]?.code : valueOf(result);
  });
}

const supplements: readonly OwnCase[] = [
  {
    ...{ name: 'supplement/its property counts where the value set names it', read: expandedCodes, expected: 'dog' },
    path: 'ValueSet/own-with-latin/$expand',
  },
  {
    ...{ name: 'supplement/its name is shown where the value set names it', expected: 'Canis' },
    path: 'ValueSet/own-with-latin/$expand?displayLanguage=la',
    read: ({ json }) => (json['expansion'] as { contains: { display: string }[] }).contains[0]?.display,
  },
  {
    ...{ name: 'supplement/its name is right where the request names it', read: value('result'), expected: true },
    path: `CodeSystem/$validate-code?url=${animals}&code=dog&display=Canis&displayLanguage=la&useSupplement=${latin}`,
  },
  {
    ...{ name: 'supplement/its name is wrong where nobody names it', read: value('result'), expected: false },
    path: `CodeSystem/$validate-code?url=${animals}&code=dog&display=Canis&displayLanguage=la`,
  },
  {
    ...{ name: 'supplement/the version that is named counts', read: value('result'), expected: true },
    path: `CodeSystem/$validate-code?url=${animals}&code=dog&display=Canis&displayLanguage=la&useSupplement=${encodeURIComponent(`${latin}|3`)}`,
  },
  {
    ...{ name: 'supplement/one that is not known is an error', status: 422, read: issueCode, expected: 'not-found' },
    path: `CodeSystem/$lookup?system=${animals}&code=dog&useSupplement=http://example.org/own/none`,
  },
  {
    ...{ name: 'supplement/$lookup has its property', expected: true },
    path: `CodeSystem/$lookup?system=${animals}&code=dog&property=tame&useSupplement=${latin}`,
    read: (reply) => parametersOf(reply).some(({ part = [] }) => part.some((one) => valueOf(one) === 'tame')),
  },
];

const batch: readonly OwnCase[] = [
  {
    name: 'batch/each has its own answer, also where one cannot be answered',
    path: 'ValueSet/$batch-validate-code',
    parameter: [
      { name: 'validation', resource: validation('dogs', 'dog') },
      { name: 'validation', resource: validation('dogs', 'cat') },
      { name: 'validation', resource: validation('own-none', 'dog') },
    ],
    ...{ read: results, expected: [true, false, 'not-found'] },
  },
  {
    name: 'batch/what is said once counts for all',
    path: 'ValueSet/$batch-validate-code',
    parameter: [
      { name: 'url', valueUri: 'http://example.org/own/dogs' },
      ...['puppy', 'cat'].map((code) => ({
        name: 'validation',
        resource: {
          resourceType: 'Parameters',
          parameter: [{ name: 'coding', valueCoding: { system: animals, code } }],
        },
      })),
    ],
    ...{ read: results, expected: [true, false] },
  },
  {
    name: 'batch/of code systems',
    path: 'CodeSystem/$batch-validate-code',
    parameter: ['dog', 'fish'].map((code) => ({
      name: 'validation',
      resource: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'url', valueUri: animals },
          { name: 'code', valueCode: code },
        ],
      },
    })),
    ...{ read: results, expected: [true, false] },
  },
];

export const ownCases: readonly OwnCase[] = [
  ...[subsumes, subsumesOtherwise, closure, translate, translateOtherwise, filterCases, supplements, batch].flat(),
];
