/** Criteria that depend on the caller: `organization={organization}`. */
import { positionsOf, type PolicyCaller, type PolicyRule } from './policy-set.ts';

const places = /\{(organization|person)\}/g;

/**
 * Returns the criteria of a rule for a caller, with the organisations of the positions by which the rule names the caller, or the caller's record,
 * inserted; with several organisations any of them matches. Undefined for a rule without criteria, and null if they need something that the caller
 * does not have.
 */
export function criteriaFor({ criteria, who }: PolicyRule, caller: PolicyCaller): string | undefined | null {
  if (criteria === undefined) return undefined;
  const organizations = [...new Set(positionsOf(who, caller).map(({ organization }) => organization))];
  const values = { organization: organizations.join(','), person: caller.person ?? '' };
  const asked = [...criteria.matchAll(places)].map(([, place]) => values[place as keyof typeof values]);
  if (asked.includes('')) return null;
  return criteria.replaceAll(places, (_, place: keyof typeof values) => values[place]);
}

/** The criteria with example values, so that their form can be checked. */
export function exampleOf(criteria: string): string {
  return criteria.replaceAll('{organization}', 'Organization/1').replaceAll('{person}', 'Practitioner/1');
}
