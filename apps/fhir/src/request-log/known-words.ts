/** Words that an address may have in a log without values: any other word may be a value in a wrong place. */
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
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

/** Words of which a path of the server consists, beside ids. @param types that the server has */
export function knownParts(types: ReadonlySet<string>): ReadonlySet<string> {
  const own = ['_history', '_search', 'metadata', '.well-known', 'smart-configuration'];
  return new Set([...types, ...own, ...operations.map(({ code }) => `$${code}`)]);
}

/** Members that FHIR JSON has, in any type: for a choice, one with the name of each type appended. */
export function knownMembers(): ReadonlySet<string> {
  const known = new Set<string>(['resourceType']);
  const seen = new Set<string>();
  const waiting: string[] = [...resourceTypes];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    if (seen.has(type)) continue;
    seen.add(type);
    for (const { name, types, choice } of elementsOf(type)?.values() ?? []) {
      waiting.push(...types);
      if (!choice) known.add(name);
      else for (const one of types) known.add(`${name}${one.charAt(0).toUpperCase()}${one.slice(1)}`);
      // A place may name the element itself.
      known.add(name);
    }
  }
  return known;
}
