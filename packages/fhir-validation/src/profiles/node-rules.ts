import { rulesOfElement, rulesOfType } from '../invariants/core-rules.ts';
import { checkRules, compileRule, type Rule } from '../invariants/rule.ts';
import type { Run } from '../run.ts';
import type { Item } from './navigate.ts';
import type { ProfileNode } from './node.ts';

const bestPractice = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice';

/** Checks the invariants that a profile states on an element. Those of R5, which snapshots repeat, were checked with the base. */
export function checkNodeRules(node: ProfileNode, { value, type, sibling }: Item, profile: string, run: Run): void {
  let rules = node.rulesByType.get(type);
  if (rules === undefined) {
    rules = compiled(node, type);
    node.rulesByType.set(type, rules);
  }
  run.variables.profile = profile;
  checkRules(rules, run.readings?.get(value) ?? value, sibling, run);
}

function compiled(node: ProfileNode, type: string): Rule[] {
  const ofBase = [...rulesOfType(type), ...ofElement(node, type)];
  const rules: Rule[] = [];
  for (const { key, severity, human, expression, extension } of node.constraints.values()) {
    if (expression === undefined || ofBase.some((one) => says(one, expression, severity))) continue;
    const isAdvice = extension?.some(({ url, valueBoolean }) => url === bestPractice && valueBoolean === true);
    rules.push(
      compileRule({ key, severity, human, expression, ...(isAdvice === true && { advice: true as const }) }, type),
    );
  }
  return rules;
}

/** Whether a rule of R5 is the same with the same or a higher severity. A profile may raise a warning to an error. */
const says = (ofBase: Rule, expression: string, severity: string): boolean =>
  ofBase.expression === expression && (ofBase.severity === severity || ofBase.severity === 'error');

function ofElement({ name, model }: ProfileNode, type: string): readonly Rule[] {
  return model === undefined ? [] : rulesOfElement(type, name, type);
}
