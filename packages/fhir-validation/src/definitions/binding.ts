import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { coreValueSet } from '../terminology/core-codes.ts';

/** Value sets with all codes of a system whose codes also serve other purposes. */
const wholeSystems: ReadonlyMap<string, string> = new Map([
  ['http://loinc.org/vs', 'LOINC'],
  ['http://snomed.info/sct?fhir_vs', 'SNOMED CT'],
  ['http://hl7.org/fhir/ValueSet/cpt-all', 'CPT'],
]);

/** Checks the value set that a definition binds an element to. https://hl7.org/fhir/R5/terminologies.html#binding */
export function checkBindingOf({ binding, path }: Json, isExperimental: boolean, run: Run): void {
  if (!isObject(binding)) return;
  const { valueSet, strength, additional } = binding;
  run.enter('binding', -1);
  // An example binding is not mandatory.
  if (isNamed(valueSet)) checkValueSet(valueSet, path, isExperimental || strength === 'example', run);
  for (const [i, one] of listOf(additional).entries()) {
    if (!isObject(one) || !isNamed(one['valueSet'])) continue;
    run.enter('additional', i);
    checkValueSet(one['valueSet'], path, isExperimental, run);
    run.leave();
  }
  run.leave();
}

const isNamed = (canonical: unknown): canonical is string => typeof canonical === 'string' && canonical !== '';

function checkValueSet(valueSet: string, path: unknown, isExperimental: boolean, run: Run): void {
  const [url = ''] = valueSet.split('|');
  const system = wholeSystems.get(url);
  if (system !== undefined) {
    run.report('definition-binding-whole', { path: shown(path), system });
    return;
  }
  const { codes } = run.rules;
  if (codes?.valueSetKnowledge === undefined || valueSet.startsWith('#')) return;
  const values = { path: shown(path), valueSet: shown(valueSet) };
  const known = codes.valueSetKnowledge(valueSet);
  // A definition that others rely on must not depend on an experimental one.
  if (known?.isExperimental === true && !isExperimental) run.report('definition-binding-experimental', values);
  if (known !== undefined || coreValueSet(url) !== undefined) return;
  if (codes.system?.(url) === undefined) run.report('definition-binding-unknown', values);
  else run.report('definition-binding-system', values);
}
