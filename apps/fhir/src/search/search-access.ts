import type { Access as StoreAccess } from '@dhp/fhir-store';
import { searchRule } from '../access/read-rules.ts';
import type { Services } from '../contract/interaction.ts';

/**
 * What of each type a search may find: what the caller may search. The same holds for what it includes, and inside chains and
 * `_has`: to what is not permitted, nothing leads.
 */
export function searchAccess({ rules }: Services): StoreAccess {
  if (rules === undefined) throw new Error('a search came without a token');
  return (type) => searchRule(rules, type);
}
