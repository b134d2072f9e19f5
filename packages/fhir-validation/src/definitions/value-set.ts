import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Checks that the code systems of a ValueSet can be found and have the codes that it lists. https://hl7.org/fhir/R5/valueset.html */
export function checkValueSet({ compose }: Json, run: Run): void {
  if (!isObject(compose)) return;
  run.enter('compose', -1);
  for (const part of ['include', 'exclude']) {
    for (const [i, include] of listOf(compose[part]).entries()) {
      if (!isObject(include)) continue;
      run.enter(part, i);
      checkInclude(include, run);
      run.leave();
    }
  }
  run.leave();
}

function checkInclude({ system, version, concept }: Json, run: Run): void {
  if (typeof system !== 'string') return;
  if (!absolute.test(system)) {
    run.enter('system', -1);
    run.report('value-set-system', { system: shown(system) });
    run.leave();
    return;
  }
  for (const [i, one] of listOf(concept).entries()) {
    const code = isObject(one) ? one['code'] : undefined;
    if (typeof code !== 'string') continue;
    const found = run.rules.codes?.concept?.(system, code, typeof version === 'string' ? version : undefined);
    if (found?.known !== 'no') continue;
    run.enter('concept', i);
    run.report('value-set-code', { code: shown(code), system });
    run.leave();
  }
}
