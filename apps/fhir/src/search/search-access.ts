import type { ReadPermission } from '@dhp/fhir-store';
import { searchRule } from '../access/read-rules.ts';
import type { Services } from '../contract/interaction.ts';

/** Returns, for each type, the resources that the caller may search. The same limits apply to includes, chains and `_has`. */
export function searchAccess({ rules }: Services): ReadPermission {
  if (rules === undefined) throw new Error('a search came without a token');
  return (type) => searchRule(rules, type);
}
