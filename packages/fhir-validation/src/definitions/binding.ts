import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { coreValueSet } from '../terminology/core-codes.ts';

/** Value sets of all codes of a system that has codes for other purposes, too. */
const wholeSystems: ReadonlyMap<string, string> = new Map([
  ['http://loinc.org/vs', 'LOINC'],
  ['http://snomed.info/sct?fhir_vs', 'SNOMED CT'],
  ['http://hl7.org/fhir/ValueSet/cpt-all', 'CPT'],
]);

/** Checks the value set that a definition binds an element to. https://hl7.org/fhir/R5/terminologies.html#binding */
export function checkBindingOf({ binding, path }: Json, isSnapshot: boolean, run: Run): void {
  if (!isObject(binding)) return;
  const { valueSet } = binding;
  run.enter('binding', -1);
  if (typeof valueSet === 'string' && valueSet !== '') checkValueSet(valueSet, path, run);
  else if (isSnapshot && binding['_valueSet'] === undefined)
    run.report('definition-binding-empty', { path: shown(path) });
  run.leave();
}

function checkValueSet(valueSet: string, path: unknown, run: Run): void {
  const [url = ''] = valueSet.split('|');
  const system = wholeSystems.get(url);
  if (system !== undefined) run.report('definition-binding-whole', { path: shown(path), system });
  const { codes } = run.rules;
  if (codes?.valueSetKnowledge === undefined || valueSet.startsWith('#')) return;
  if (coreValueSet(url) !== undefined || codes.valueSetKnowledge(valueSet) !== undefined) return;
  const values = { path: shown(path), valueSet: shown(valueSet) };
  if (codes.system?.(url) === undefined) run.report('definition-binding-unknown', values);
  else run.report('definition-binding-system', values);
}
