import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { SystemKnowledge } from '../terminology/codes.ts';

/** A supplement adds to concepts of its base code system and has no concepts itself. https://hl7.org/fhir/R5/codesystem.html#supplements */
export function checkSupplement(supplement: Json, run: Run): void {
  const { supplements, concept, content, caseSensitive } = supplement;
  if (typeof supplements !== 'string') return;
  if (content !== 'supplement' && content !== undefined)
    atElement('content', run, () => run.report('code-system-supplement'));
  if (caseSensitive !== undefined) atElement('caseSensitive', run, () => run.report('code-system-supplement-case'));
  const [system = '', version] = supplements.split('|');
  if (run.rules.codes?.system !== undefined)
    checkBase(supplement, system, run.rules.codes.system(system, version), run);
  checkCodes(concept, system, version, run);
}

function checkCodes(concepts: unknown, system: string, version: string | undefined, run: Run): void {
  for (const [i, one] of listOf(concepts).entries()) {
    if (!isObject(one)) continue;
    run.enter('concept', i);
    const { code } = one;
    if (typeof code === 'string' && run.rules.codes?.concept?.(system, code, version)?.known === 'no')
      run.report('code-system-supplement-code', { code: shown(code), system });
    // Codes below an unknown code are not reported separately.
    else checkCodes(one['concept'], system, version, run);
    run.leave();
  }
}

/** Compares the statements of a supplement that must equal those of its base. */
function checkBase(supplement: Json, system: string, base: SystemKnowledge | undefined, run: Run): void {
  const { concept, hierarchyMeaning, valueSet, content } = supplement;
  const hasCodes = base?.content === 'complete' || base?.content === 'fragment';
  if (!hasCodes && concept !== undefined) run.report('code-system-supplement-base', { system: shown(system) });
  const meaning = base?.hierarchyMeaning;
  if (hasCodes && hierarchyMeaning !== undefined && meaning !== undefined && meaning !== hierarchyMeaning)
    run.report('code-system-supplement-hierarchy', { found: shown(hierarchyMeaning), expected: meaning });
  if (content !== 'supplement' || typeof valueSet !== 'string' || (base !== undefined && base.valueSet === valueSet))
    return;
  run.report('code-system-supplement-value-set', { valueSet: shown(valueSet), expected: base?.valueSet });
}

function atElement(name: string, run: Run, check: () => void): void {
  run.enter(name, -1);
  check();
  run.leave();
}
