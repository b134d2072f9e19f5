import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Checks that the code systems of a ValueSet can be found and have the codes that it lists. https://hl7.org/fhir/R5/valueset.html */
export function checkValueSet({ compose, expansion }: Json, run: Run): void {
  if (isObject(expansion)) {
    run.enter('expansion', -1);
    checkExpansion(expansion, run);
    run.leave();
  }
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

/** Parameters of an expansion that tell what it was made of, not how it was controlled. */
const ofSources = /^(?:used-|warning-|version$)/;

/** How an expansion was made must be known for it to be used. https://hl7.org/fhir/R5/valueset.html#expansion */
function checkExpansion({ parameter, contains }: Json, run: Run): void {
  const parameters = listOf(parameter).filter(isObject);
  if (!parameters.some(({ name }) => !ofSources.test(String(name)))) run.report('expansion-parameters');
  const used = new Set(
    parameters
      .filter(({ name }) => name === 'used-codesystem' || name === 'version')
      .map(({ valueUri, valueCanonical }) => String(valueUri ?? valueCanonical).split('|')[0]),
  );
  const open = new Set<string>();
  collectSystems(contains, open);
  for (const system of open) if (!used.has(system)) run.report('expansion-system', { system: shown(system) });
}

/** The systems of codes that name no version. */
function collectSystems(contains: unknown, found: Set<string>): void {
  for (const one of listOf(contains)) {
    if (!isObject(one)) continue;
    if (typeof one['system'] === 'string' && one['version'] === undefined) found.add(one['system']);
    collectSystems(one['contains'], found);
  }
}

function checkInclude({ system, version, concept, filter }: Json, run: Run): void {
  if (typeof system !== 'string') {
    if (system === undefined && (concept !== undefined || filter !== undefined)) run.report('value-set-no-system');
    return;
  }
  if (!absolute.test(system)) {
    run.report('value-set-system', { system: shown(system) });
    return;
  }
  if (system.includes('|')) run.report('value-set-system-version', { system: shown(system) });
  if (isValueSet(system)) {
    run.report('value-set-system-is-value-set', { system: shown(system) });
    return;
  }
  const statedVersion = typeof version === 'string' ? version : undefined;
  for (const [i, one] of listOf(filter).entries()) if (isObject(one)) checkFilter(one, i, system, statedVersion, run);
  for (const [i, one] of listOf(concept).entries()) {
    const code = isObject(one) ? one['code'] : undefined;
    if (typeof code !== 'string') continue;
    const found = run.rules.codes?.concept?.(system, code, statedVersion);
    if (found?.known !== 'no') continue;
    run.enter('concept', i);
    run.report('value-set-code', { code: shown(code), system });
    run.leave();
  }
}

/** Operators of filters whose value is a code of the system. https://hl7.org/fhir/R5/valueset-filter-operator.html */
const ofConcepts = new Set(['is-a', 'descendent-of', 'is-not-a', 'generalizes', 'child-of', 'descendent-leaf', '=']);

function checkFilter(
  { property, op, value }: Json,
  index: number,
  system: string,
  version: string | undefined,
  run: Run,
): void {
  if (property !== 'concept' || typeof value !== 'string' || !ofConcepts.has(String(op))) return;
  if (run.rules.codes?.concept?.(system, value, version)?.known !== 'no') return;
  run.enter('filter', index);
  run.report('value-set-filter-code', { code: shown(value), system });
  run.leave();
}
