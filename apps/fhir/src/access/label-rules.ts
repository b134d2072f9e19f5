/** The resources that no label keeps from a caller, as a condition that the store puts into its statements. docs/decisions/0049-labels.md */
import { clearedLabels } from '@dhp/access-policies';
import { containerTypes, tellsOfNobody, withholding } from '@dhp/labels';
import type { Unlabelled } from '@dhp/search-index/labels';
import type { Access } from '../contract/access.ts';
import type { LabelsInForce, PoliciesInForce } from '../contract/known-policies.ts';
import type { Rules } from '../contract/rules.ts';
import { policyCallerOf } from './policy-rules.ts';
import type { RuleServices } from './read-rules.ts';

/** Where labels are not in force, and for whoever is cleared for all of them, everything is left. Definitions tell of nobody. */
export function labelRules({ policies }: Pick<RuleServices, 'policies'>, access: Access): Rules {
  let latest: { readonly of: LabelsInForce; readonly rule: Unlabelled | true } | undefined;
  return (_, type) => {
    const inForce = policies.current();
    const of = inForce?.labels;
    if (of === undefined || tellsOfNobody(type)) return true;
    if (latest?.of !== of) latest = { of, rule: ruleOf(inForce!, of, access) };
    return latest.rule;
  };
}

/**
 * The purpose that a request states takes away what is not cleared for it, and gives what a clearance leaves to the statement. In an emergency it takes
 * nothing away.
 */
function ruleOf({ set }: PoliciesInForce, { withheld }: LabelsInForce, access: Access): Unlabelled | true {
  const { purpose, emergency } = access;
  const usual = policyCallerOf(emergency === undefined ? { ...access, purpose: undefined } : access, set);
  const kept = withholding(withheld, clearedLabels(set, usual, set.purposes, purpose));
  const also =
    purpose === undefined || emergency !== undefined
      ? []
      : withholding(withheld, clearedLabels(set, policyCallerOf(access, set), [purpose], purpose));
  const none = withheld.filter((label) => kept.includes(label) || also.includes(label));
  return none.length === 0 ? true : { op: 'unlabelled', none, inheriting: containerTypes };
}
