import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { isSameText } from '../terminology/coding.ts';

/** The displays that a ConceptMap gives the codes of systems that are known. https://hl7.org/fhir/R5/conceptmap.html */
export function checkConceptMap({ group }: Json, run: Run): void {
  for (const [i, one] of listOf(group).entries()) {
    if (!isObject(one)) continue;
    run.enter('group', i);
    for (const [j, element] of listOf(one['element']).entries()) {
      if (!isObject(element)) continue;
      run.enter('element', j);
      checkDisplay(element, one['source'], run);
      for (const [k, target] of listOf(element['target']).entries()) {
        if (!isObject(target)) continue;
        run.enter('target', k);
        checkDisplay(target, one['target'], run);
        run.leave();
      }
      run.leave();
    }
    run.leave();
  }
}

function checkDisplay({ code, display }: Json, canonical: unknown, run: Run): void {
  if (typeof canonical !== 'string' || typeof code !== 'string' || typeof display !== 'string') return;
  const [system = '', version] = canonical.split('|');
  const displays = run.rules.codes?.concept?.(system, code, version)?.displays ?? [];
  if (displays.length === 0 || displays.some((one) => isSameText(one, display))) return;
  run.enter('code', -1);
  run.report('map-display', { display: shown(display), code: shown(code), system, expected: displays[0]! });
  run.leave();
}
