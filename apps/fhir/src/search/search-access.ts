import type { Access as StoreAccess } from '@dhp/fhir-store';
import { rulesFor } from '../access/environment-for.ts';
import { searchRule } from '../access/rules.ts';
import type { Access } from '../http/access.ts';
import type { Environment } from '../interactions/interaction.ts';

/**
 * What of each type a search may find: what the caller may search. The same holds for what it includes, and inside chains and
 * `_has`: to what is not permitted, nothing leads.
 */
export function searchAccess(environment: Environment, access: Access): StoreAccess {
  const rules = rulesFor(environment, access);
  return (type) => searchRule(rules, type);
}
