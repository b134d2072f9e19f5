import type { Condition, SearchQuery } from '@dhp/search-index';
import type { ReadPermission } from '@dhp/fhir-store';

/** The types to which a search leads (by chains, `_has` and `_include`) and that the caller may not search. */
export function typesNotPermitted({ branches, includes }: SearchQuery, permitted: ReadPermission): string[] {
  const types = new Set(branches.flatMap(({ where }) => typesIn(where)));
  for (const { direction, source, target } of includes) {
    // The source of an _include is what is searched, or was included before.
    const other = direction === 'revinclude' ? source : target;
    if (other !== undefined && other !== '*') types.add(other);
  }
  return [...types].filter((type) => permitted(type) === false).sort();
}

function typesIn(condition: Condition): string[] {
  if (condition.op === 'all' || condition.op === 'any') return condition.of.flatMap(typesIn);
  if (condition.op === 'not') return typesIn(condition.of);
  if (condition.op === 'refers' || condition.op === 'referred') return [condition.type, ...typesIn(condition.where)];
  return [];
}
