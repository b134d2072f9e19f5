/**
 * The rules that decide which resources a caller sees. `guarded-store.ts` applies them to every read, history and search; a write must also
 * meet them, in the stored and in the sent resource.
 */
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { Condition } from '@dhp/search-index';
import type { Rule, Rules } from '../contract/rules.ts';
import type { Access } from '../contract/access.ts';
import type { ErrorCode } from '../http/error-catalogue/index.ts';
import type { Services } from '../contract/interaction.ts';
import { careRules } from './care-rules.ts';
import { consentRules } from './consent-rules.ts';
import { labelRules } from './label-rules.ts';
import { policyRules } from './policy-rules.ts';
import { rulesOf } from './rules.ts';

export interface ReadRule {
  readonly name: string;
  readonly refuses: readonly ErrorCode[];
  /**
   * Returns the rule by permission and type: all resources, none, or those that meet a condition. An unchanged rule is the same object,
   * because decisions are cached by it. A read rule without this function concerns only searches.
   */
  readonly leaves?: (services: RuleServices, access: Access) => Rules;
  /**
   * It depends on the purpose of use. `also`: a stated purpose removes rights from those of the rule without one; `instead`: the rule for
   * the purpose decides alone which rights the statement adds.
   */
  readonly asksPurpose?: 'also' | 'instead';
  /** The part of the rules' result that a search may find, if it cannot check each resource. */
  readonly leavesToSearch?: (rule: Rule, type: string) => Rule;
}

export type RuleServices = Pick<Services, 'timeZone' | 'clock' | 'baseUrl' | 'unguarded' | 'policies'>;

/** The scopes of the token and the policies of the roles, for each type. */
const scopes: ReadRule = {
  name: 'scopes',
  refuses: ['scope-insufficient', 'resource-not-found'],
  leaves: currentRules,
};

/** The access policies in force, as they apply to the caller; without policies everything is permitted. */
const accessPolicies: ReadRule = {
  name: 'access-policies',
  refuses: ['policy-refuses', 'resource-not-found'],
  leaves: policyRules,
  asksPurpose: 'also',
};

/** The person cares for the patients whose record it is, where a role binds to them. */
const care: ReadRule = {
  name: 'care',
  refuses: ['care-refuses', 'resource-not-found'],
  leaves: careRules,
};

/** The consents of patients refuse nothing of it, where they are in force. */
const consent: ReadRule = {
  name: 'consent',
  refuses: ['consent-refuses', 'resource-not-found'],
  leaves: consentRules,
  asksPurpose: 'also',
};

/** The resource has no label that is withheld from the caller, where labels are in force. */
const label: ReadRule = {
  name: 'label',
  refuses: ['label-refuses', 'resource-not-found'],
  leaves: labelRules,
  asksPurpose: 'instead',
};

/** A Binary is as open as the resource that it names (`security-context.ts`), so that a search finds all of them or none. */
const securityContext: ReadRule = {
  name: 'security-context',
  refuses: ['scope-insufficient', 'resource-not-found'],
  leavesToSearch: (rule, type) => (type === 'Binary' && rule !== true ? false : rule),
};

export const readRules: readonly ReadRule[] = [scopes, accessPolicies, care, consent, label, securityContext];

/** A factor of the decision who may see something: a read rule as it is for one caller. All of them must leave it. */
export interface Factor {
  readonly name: string;
  readonly rules: Rules;
}

/** Returns the rules for a caller, each by itself. */
export function factorsBy(rules: readonly ReadRule[], services: RuleServices, access: Access): Factor[] {
  return rules.flatMap(({ name, leaves }) => (leaves === undefined ? [] : { name, rules: leaves(services, access) }));
}

/** Returns the combination of all rules for a caller. */
export function rulesBy(rules: readonly ReadRule[], services: RuleServices, access: Access): Rules {
  return together(factorsBy(rules, services, access).map((factor) => factor.rules));
}

/** Returns the rule for the resources of a type that a search may find. */
export function searchRule(rules: Rules, type: string): Rule {
  return readRules.reduce((rule, { leavesToSearch }) => leavesToSearch?.(rule, type) ?? rule, rules('s', type));
}

/** The conditions of all of them together. */
export function together(each: readonly Rules[]): Rules {
  const [only] = each;
  if (only !== undefined && each.length === 1) return only;
  const made = new Map<string, { readonly parts: readonly Condition[]; readonly rule: Condition }>();
  return (permission, type) => {
    const parts: Condition[] = [];
    for (const rules of each) {
      const rule = rules(permission, type);
      if (rule === false) return false;
      if (rule !== true) parts.push(rule);
    }
    const [first] = parts;
    if (first === undefined) return true;
    if (parts.length === 1) return first;
    const key = permission + type;
    const before = made.get(key);
    if (before?.parts.every((part, n) => part === parts[n]) === true && before.parts.length === parts.length)
      return before.rule;
    const rule: Condition = { op: 'all', of: parts };
    made.set(key, { parts, rule });
    return rule;
  };
}

/** Scopes with a search may ask by the environment's own parameters, so their rules follow these. */
function currentRules({ timeZone, clock, baseUrl, unguarded }: RuleServices, access: Access): Rules {
  const made = (own?: OwnParameters): Rules =>
    rulesOf(access, { timeZone, now: clock(), ownBases: [baseUrl], lenient: false, ...(own && { own }) });
  if (access.narrowed.every(({ query }) => query === undefined)) return made();
  let latest: { readonly state: string; readonly rules: Rules } | undefined;
  return (permission, type) => {
    const own = unguarded.knownSearchParameters();
    const state = `${own.generation} ${own.ready} ${own.unready} ${[...own.gaps.keys()].join()}`;
    if (latest?.state !== state) latest = { state, rules: made(own) };
    return latest.rules(permission, type);
  };
}
