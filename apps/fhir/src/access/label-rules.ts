/** The resources that no label keeps from a caller, as a condition that the store puts into its statements. docs/decisions/0049-labels.md */
import { clearedLabels } from '@dhp/access-policies';
import { containerTypes, tellsOfNobody, withholding } from '@dhp/labels';
import type { Unlabelled } from '@dhp/search-index/labels';
import type { Access } from '../contract/access.ts';
import type { LabelsInForce, PoliciesInForce } from '../contract/known-policies.ts';
import type { Rules } from '../contract/rules.ts';
import { policyCallerOf } from './policy-rules.ts';
import type { RuleServices } from './read-rules.ts';

/** Where labels are not in force, and for who is cleared for all of them, everything is left. Definitions tell of nobody. */
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

function ruleOf({ set }: PoliciesInForce, { withheld }: LabelsInForce, access: Access): Unlabelled | true {
  const none = withholding(withheld, clearedLabels(set, policyCallerOf(access, set), set.purposes));
  return none.length === 0 ? true : { op: 'unlabelled', none, inheriting: containerTypes };
}
