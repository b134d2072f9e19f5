import { criteriaFor } from './criteria.ts';
import {
  type Clearance,
  concerns,
  names,
  type Permission,
  type PolicyCaller,
  type PolicyRule,
  type PolicySet,
} from './policy-set.ts';

/** The resources of a type with which a caller may do something. */
export type Decision =
  | 'all'
  | 'none'
  /** Resources that match any of the queries (undefined: all), and none of the others. */
  | { readonly any: readonly string[] | undefined; readonly none: readonly string[] };

export interface Explained {
  readonly decision: Decision;
  /** The names of the deciding rules; empty if no rule names the caller. */
  readonly rules: readonly string[];
}

/**
 * Returns the permission that a set of policies leaves to a caller, and the deciding rules. A rule that refuses wins. A caller named by a permitting
 * rule, for any type, may do only what such rules permit; for a caller that none names, `others` decides. Scopes are checked separately: policies
 * permit nothing beyond them.
 */
export function explain(set: PolicySet, caller: PolicyCaller, permission: Permission, type: string): Explained {
  const about = set.rules.filter(({ who }) => names(who, caller));
  const denies = about.filter((rule) => rule.effect === 'deny' && concerns(rule, permission, type));
  const permits = about.filter(({ effect }) => effect === 'permit');
  const given = permits.filter((rule) => concerns(rule, permission, type) && criteriaFor(rule, caller) !== null);
  // Criteria that need something that the caller does not have permit nothing, and refuse everything.
  const whole = denies.filter((rule) => (criteriaFor(rule, caller) ?? undefined) === undefined);
  if (whole.length > 0) return { decision: 'none', rules: namesOf(whole) };
  const isPermitted = permits.length > 0 ? given.length > 0 : set.others === 'as-scoped';
  if (!isPermitted) return { decision: 'none', rules: namesOf(permits) };
  const isWhole = permits.length === 0 || given.some(({ criteria }) => criteria === undefined);
  const any = isWhole ? undefined : criteriaOf(given, caller);
  const none = criteriaOf(denies, caller);
  const decision = any === undefined && none.length === 0 ? 'all' : { any, none };
  return { decision, rules: namesOf([...given, ...denies]) };
}

function namesOf(rules: readonly PolicyRule[]): string[] {
  return rules.map(({ name }) => name);
}

function criteriaOf(rules: readonly PolicyRule[], caller: PolicyCaller): string[] {
  return [...new Set(rules.flatMap((rule) => criteriaFor(rule, caller) ?? []))];
}

/**
 * Returns the labels for which a caller is cleared, by all clearances that name it.
 * @param purposes codes of the purposes of the request; undefined if unknown
 * @param stated the purpose that the request itself states, for clearances that require it
 */
export function clearedLabels(
  { labels }: PolicySet,
  caller: PolicyCaller,
  purposes: readonly string[] | undefined,
  stated?: string,
): string[] {
  const isStated = ({ who, purposes: needed = [] }: Clearance): boolean =>
    stated !== undefined && needed.includes(stated) && names(who, { ...caller, purposes: [stated] });
  const isFor = (clearance: Clearance): boolean => {
    const { who, purposes: needed } = clearance;
    if (clearance.stated === true) return isStated(clearance);
    return names(who, caller) && (needed === undefined || needed.some((each) => purposes?.includes(each) === true));
  };
  return [...new Set((labels?.clearances ?? []).filter(isFor).flatMap((each) => each.labels))];
}
