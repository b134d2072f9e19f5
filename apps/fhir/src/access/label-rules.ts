/** The resources that no label keeps from a caller, as a condition that the store puts into its statements. docs/decisions/0049-labels.md */
import { clearedLabels } from '@dhp/access-policies';
import { containerTypes, tellsOfNobody, withholding } from '@dhp/labels';
import type { Unlabelled } from '@dhp/search-index/labels';
import type { Access } from '../contract/access.ts';
import type { LabelsInForce, PoliciesInForce } from '../contract/known-policies.ts';
import type { Rules } from '../contract/rules.ts';
import { policyCallerOf } from './policy-rules.ts';
import type { RuleServices } from './read-rules.ts';

/**
 * While labels are not in force, and for a caller cleared for all of them, nothing is hidden. Definitions concern nobody, so labels do not
 * apply to them.
 */
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
 * The stated purpose removes access to labels that are not cleared for it, and adds access to those whose clearance depends on the
 * statement. In an emergency it removes nothing.
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
