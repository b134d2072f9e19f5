/** Criteria of access policies, as they are checked before they come into force. */
import { SearchFault } from '@dhp/fhir-search';
import { conditionOf } from '@dhp/search-index';
import { readPairs } from '../http/query.ts';
import { sentence } from '../http/search-problems.ts';

/**
 * Returns why a query is no search of a type, in English; undefined for one that is. It may ask by the search parameters of R5 alone: those of
 * an environment can be gone tomorrow.
 */
export function criteriaProblem(type: string, criteria: string): string | undefined {
  try {
    conditionOf(type, readPairs(criteria, 'a policy'), {
      ...{ timeZone: 'UTC', now: new Date(0), ownBases: [], lenient: false },
    });
    return undefined;
  } catch (error) {
    if (error instanceof SearchFault) return error.problems.map(sentence).join(' ');
    return error instanceof Error ? `${error.message}.` : String(error);
  }
}
