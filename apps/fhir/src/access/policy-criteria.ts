/** Criteria of access policies, as they are checked before they come into force. */
import type { ElementProblem, InteractionName } from '@dhp/access-policies';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
import { SearchFault } from '@dhp/fhir-search';
import { conditionOf, type Condition } from '@dhp/search-index';
import { isToldByResource } from '../matching/meets.ts';
import { readPairs } from '../http/query.ts';
import { sentence } from '../http/search-problems.ts';

/** It is stored under an endpoint of its own, and permitted as a whole or not at all. */
const ownType = 'ViewDefinition';
/** Types that rules name: those of R5, and that one. */
export const policyTypes: readonly string[] = [...resourceTypes, ownType];

/**
 * Returns why a rule may not limit an element of a type; undefined if it may. A reader who does not see an element that changes the meaning
 * of others would misunderstand the rest; id and meta are needed to find and store a resource.
 */
export function elementProblem(type: string, element: string, limit: 'hide' | 'readOnly'): ElementProblem | undefined {
  const found = elementsOf(type)?.get(element);
  if (found === undefined) return 'unknown';
  if (element === 'id' || element === 'meta') return 'needed';
  return limit === 'hide' && (found.min > 0 || found.isModifier) ? 'needed' : undefined;
}

/**
 * Returns why a rule may not have a query as its criteria for a type, in English; undefined if it may. The query may ask by the search
 * parameters of R5 alone: those of an environment can be gone tomorrow. Created and updated resources are tested before they are stored.
 */
export function criteriaProblem(
  type: string,
  criteria: string,
  interactions: readonly InteractionName[],
): string | undefined {
  if (type === ownType) return `${type} is permitted as a whole or not at all. Leave the criteria out.`;
  let condition: Condition;
  try {
    condition = conditionOf(type, readPairs(criteria, 'a policy'), {
      ...{ timeZone: 'UTC', now: new Date(0), ownBases: [], lenient: false },
    });
  } catch (error) {
    if (error instanceof SearchFault) return error.problems.map(sentence).join(' ');
    return error instanceof Error ? `${error.message}.` : String(error);
  }
  const writes = interactions.filter((one) => one === 'create' || one === 'update');
  if (writes.length === 0 || isToldByResource(condition)) return undefined;
  return `${writes.join(', ')}: what is sent cannot be tested by _has, full text, quantities, composites, places or _lastUpdated; name only read, search and delete, or use other criteria.`;
}
