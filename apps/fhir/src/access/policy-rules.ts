/** The resources that the access policies in force leave to a caller, as conditions that the store puts into its statements. */
import { explain, type Decision, type PolicyCaller, type PolicySet } from '@dhp/access-policies';
import { resourceTypes } from '@dhp/fhir-model';
import { type ParseOptions, SearchFault } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { type Condition, conditionOf } from '@dhp/search-index';
import type { Access } from '../contract/access.ts';
import type { PoliciesInForce } from '../contract/known-policies.ts';
import type { Rule, Rules } from '../contract/rules.ts';
import { readPairs } from '../http/query.ts';
import type { RuleServices } from './read-rules.ts';

const hour = 3_600_000;

/** Without policies in force everything is left. Criteria may ask by the environment's own parameters, so the rules follow these too. */
export function policyRules(services: RuleServices, access: Access): Rules {
  const { policies, unguarded, timeZone, clock, baseUrl } = services;
  let latest: { readonly state: string; readonly rules: Map<string, Rule> } | undefined;
  /** The policies and parameters of the last state: it is needed for each resource, and changes rarely. */
  let [madeOf, madeBy]: [PoliciesInForce?, OwnParameters?] = [];
  return (permission, type) => {
    const inForce = policies.current();
    if (inForce === undefined) return true;
    const { set, generation, conditions } = inForce;
    const own = unguarded.knownSearchParameters();
    if (latest === undefined || inForce !== madeOf || own !== madeBy) {
      const state = `${generation} ${own.generation} ${own.ready} ${own.unready} ${[...own.gaps.keys()].join()}`;
      if (latest?.state !== state) latest = { state, rules: new Map() };
      [madeOf, madeBy] = [inForce, own];
    }
    const { state } = latest;
    const key = permission + type;
    let rule = latest.rules.get(key);
    if (rule === undefined) {
      const caller = policyCallerOf(access, set);
      const now = clock();
      // Criteria may say `ap` of a date, which is about now: an hour changes little of that.
      const shared = `${state} ${String(Math.floor(now.getTime() / hour))}`;
      const meeting = (criteria: string): Condition | undefined =>
        conditions(shared, type, criteria, () =>
          conditionOfCriteria(type, criteria, { timeZone, now, ownBases: [baseUrl], lenient: false, own }),
        );
      rule = ruleOf(explain(set, caller, permission, type).decision, meeting);
      // A Binary is as open as the resource that it names, so each is asked about where anything is left out.
      if (rule === true && type === 'Binary' && leavesOut(inForce.set, caller)) rule = { op: 'all', of: [] };
      latest.rules.set(key, rule);
    }
    return rule;
  };
}

/** The caller as rules of access policies name it. */
export function policyCallerOf(access: Access, { purposes }: Pick<PolicySet, 'purposes'>): PolicyCaller {
  const { clientId: client, person, authority, positions } = access;
  return { client, person, authority, positions, purposes: purposesOf(access, purposes) };
}

/** The same as rules name it that only take away: by all purposes that the request may have. */
export function limitedCallerOf(access: Access, { purposes = [] }: Pick<PolicySet, 'purposes'>): PolicyCaller {
  const caller = policyCallerOf(access, { purposes });
  return { ...caller, purposes: [...purposes, ...(caller.purposes ?? [])] };
}

/**
 * The purposes of a request. An emergency is treatment, and has those that the policies state: no rule that speaks of them is passed.
 * @param usual of requests that state none; undefined if nobody knows
 */
export function purposesOf(
  { purpose, emergency }: Pick<Access, 'purpose' | 'emergency'>,
  usual: readonly string[] | undefined,
): readonly string[] | undefined {
  if (emergency !== undefined) return [...new Set([...(usual ?? []), 'TREAT', 'ETREAT'])];
  return purpose === undefined ? usual : [purpose];
}

/** Whether there is anything of any type that the caller may not read. */
function leavesOut(set: PolicySet, caller: PolicyCaller): boolean {
  return resourceTypes.some((type) => explain(set, caller, 'r', type).decision !== 'all');
}

function ruleOf(decision: Decision, meeting: (criteria: string) => Condition | undefined): Rule {
  if (decision === 'all') return true;
  if (decision === 'none') return false;
  const refused = decision.none.map(meeting);
  // Criteria that are not understood any more permit nothing, and refuse everything.
  if (refused.includes(undefined)) return false;
  const all: Condition[] = refused.map((condition) => ({ op: 'not', of: condition! }));
  if (decision.any !== undefined) {
    const any = decision.any.flatMap((criteria) => meeting(criteria) ?? []);
    if (any.length === 0) return false;
    all.push({ op: 'any', of: any });
  }
  return { op: 'all', of: all };
}

/** Undefined for criteria that are no search of the type. */
export function conditionOfCriteria(type: string, criteria: string, options: ParseOptions): Condition | undefined {
  try {
    return conditionOf(type, readPairs(criteria, 'a policy'), options);
  } catch (error) {
    if (error instanceof SearchFault) return undefined;
    throw error;
  }
}
