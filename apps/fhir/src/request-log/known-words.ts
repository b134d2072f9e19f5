/** Words that an address may have in a log without values: what stands nowhere else may be a value in a wrong place. */
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { operations } from '../operations/operations.ts';

const common = [
  ...[
    '_count',
    '_elements',
    '_summary',
    '_format',
    '_pretty',
    '_sort',
    '_total',
    '_include',
    '_revinclude',
    '_contained',
    '_containedType',
  ],
  ...[
    '_maxresults',
    '_score',
    '_type',
    '_since',
    '_at',
    '_list',
    '_cursor',
    '_before',
    '_after',
    '_kept',
    '_cascade',
    '_explain',
    '_has',
    '_text',
  ],
  ...['_content', '_filter', '_query', '_graph', '_outputFormat', 'mode', 'act'],
  ...[
    'exact',
    'contains',
    'text',
    'not',
    'above',
    'below',
    'in',
    'not-in',
    'of-type',
    'missing',
    'identifier',
    'iterate',
    'code-text',
    'text-advanced',
  ],
];

/** @param types that the server has */
export function knownWords(types: ReadonlySet<string>): ReadonlySet<string> {
  const parameters = [...types].flatMap((type) => [...searchParametersOf(type).keys()]);
  const given = operations.flatMap(({ parameters: names }) => names.map(({ name }) => name));
  return new Set([...common, ...types, ...parameters, ...given]);
}

/** Words that a path of the server is made of, beside ids. @param types that the server has */
export function knownParts(types: ReadonlySet<string>): ReadonlySet<string> {
  const own = ['_history', '_search', 'metadata', '.well-known', 'smart-configuration'];
  return new Set([...types, ...own, ...operations.map(({ code }) => `$${code}`)]);
}
