import type { ReadPermission } from '@dhp/fhir-store';
import { searchRule } from '../access/read-rules.ts';
import type { Services } from '../contract/interaction.ts';
import type { Condition, SearchQuery } from '@dhp/search-index';

/** Returns, for each type, the resources that the caller may search. The same limits apply to includes, chains and `_has`. */
export function searchAccess({ rules }: Services): ReadPermission {
  if (rules === undefined) throw new Error('a search came without a token');
  return (type) => searchRule(rules, type);
}

/** The types to which a search leads (by chains, `_has` and `_include`) and that the caller may not search. */
export function typesNotPermitted({ branches, includes }: SearchQuery, permitted: ReadPermission): string[] {
  const types = new Set(branches.flatMap(({ where }) => typesIn(where)));
  for (const { direction, source, target } of includes) {
    // The source of an _include is a match, or was included before.
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
