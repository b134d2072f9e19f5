import { isObject, listOf, shown, type Json } from '../json.ts';
import { soundOf } from '../contract/sound.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import { checkFilters } from './value-set-filter.ts';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Checks that the code systems of a ValueSet are available and contain the listed codes. https://hl7.org/fhir/R5/valueset.html */
export function checkValueSet(valueSet: Json, run: Run): void {
  const { compose, expansion } = valueSet;
  if (isObject(expansion)) {
    run.enter('expansion', -1);
    checkExpansion(expansion, run);
    if (compose !== undefined) checkMembers(valueSet, expansion, run);
    else if (expansion['contains'] !== undefined) run.report('expansion-alone');
    run.leave();
  }
  if (!isObject(compose)) return;
  const parameters = parametersOf(valueSet);
  run.enter('compose', -1);
  for (const part of ['include', 'exclude']) {
    for (const [i, include] of listOf(compose[part]).entries()) {
      if (!isObject(include)) continue;
      run.enter(part, i);
      checkInclude(include, parameters, run);
      run.leave();
    }
  }
  run.leave();
}

const ofParameter = 'http://hl7.org/fhir/StructureDefinition/valueset-parameter';

/**
 * Returns the parameters that a ValueSet declares for expressions in its filters.
 * https://hl7.org/fhir/extensions/StructureDefinition-valueset-parameter.html
 */
function parametersOf({ extension }: Json): ReadonlySet<string> {
  const declared = listOf(extension).filter((one) => isObject(one) && one['url'] === ofParameter) as Json[];
  const parts = declared.flatMap((one) => listOf(one['extension']).filter(isObject));
  return new Set(parts.filter(({ url }) => url === 'name').map(({ valueCode }) => String(valueCode)));
}

/** Expansion parameters that name sources and do not control the expansion. */
const ofSources = /^used-/;

/**
 * Checks that an expansion states how it was made, and that its counts, properties and code systems are consistent.
 * https://hl7.org/fhir/R5/valueset.html#expansion
 */
function checkExpansion({ parameter, contains, total, offset, property }: Json, run: Run): void {
  const parameters = listOf(parameter).filter(isObject);
  if (!parameters.some(({ name }) => !ofSources.test(String(name)))) run.report('expansion-parameters');
  const used = new Map<string, Set<string>>();
  for (const { name, valueUri, valueCanonical } of parameters) {
    const [url = '', version] = name === 'used-codesystem' ? String(valueUri ?? valueCanonical).split('|') : [];
    if (version !== undefined) used.set(url, (used.get(url) ?? new Set<string>()).add(version));
  }
  const open = new Set<string>();
  const properties = new Set<string>();
  const count = collect(contains, open, properties);
  if (typeof total === 'number' && typeof offset === 'number' && offset + count > total)
    run.report('expansion-count', { total, count, offset });
  const declared = new Set(listOf(property).map((one) => (isObject(one) ? one['code'] : undefined)));
  for (const one of properties) if (!declared.has(one)) run.report('expansion-property', { property: shown(one) });
  for (const system of open) {
    const versions = used.get(system)?.size ?? 0;
    if (versions === 0) run.report('expansion-system', { system: shown(system) });
    else if (versions > 1) run.report('expansion-system-several', { system: shown(system), count: versions });
  }
}

/**
 * Reports codes of the value set that the expansion lacks, and codes that the value set does not include. Skipped if the members of the
 * value set are unknown.
 */
function checkMembers(valueSet: Json, { contains }: Json, run: Run): void {
  const members = run.rules.codes?.members?.(soundOf(valueSet, 'ValueSet') ?? {});
  if (members === undefined) return;
  const codes = new Set<string>();
  addCodes(contains, codes);
  run.spend(members.length + codes.size);
  const missing = members.filter((one) => !codes.has(one));
  const known = new Set(members);
  const extra = [...codes].filter((one) => !known.has(one));
  if (missing.length > 0) run.report('expansion-lacks', { count: missing.length, codes: shown(missing.join(', ')) });
  if (extra.length > 0) run.report('expansion-has-more', { count: extra.length, codes: shown(extra.join(', ')) });
}

function addCodes(contains: unknown, codes: Set<string>): void {
  for (const one of listOf(contains)) {
    if (!isObject(one)) continue;
    if (typeof one['code'] === 'string') codes.add(`${String(one['system'])}#${one['code']}`);
    addCodes(one['contains'], codes);
  }
}

/** Collects the systems of codes without a version, and the properties that are used. @returns the number of codes */
function collect(contains: unknown, open: Set<string>, properties: Set<string>): number {
  let count = 0;
  for (const one of listOf(contains)) {
    if (!isObject(one)) continue;
    if (typeof one['system'] === 'string' && one['version'] === undefined) open.add(one['system']);
    collectProperties(one['property'], 'subProperty', properties);
    count += 1 + collect(one['contains'], open, properties);
  }
  return count;
}

function collectProperties(list: unknown, within: string, found: Set<string>): void {
  for (const one of listOf(list)) {
    if (!isObject(one)) continue;
    if (typeof one['code'] === 'string') found.add(one['code']);
    if (within !== '') collectProperties(one[within], '', found);
  }
}

/** A `#id` must name exactly one contained CodeSystem. */
function checkContained(fragment: string, version: unknown, run: Run): void {
  const all = listOf(run.rootResource['contained']).filter(isObject);
  const found = all.filter(
    (one) =>
      one['id'] === fragment.slice(1) &&
      one['resourceType'] === 'CodeSystem' &&
      (version === undefined || one['version'] === version),
  );
  run.spend(all.length);
  if (found.length === 0) run.report('value-set-system-contained', { system: shown(fragment) });
  else if (found.length > 1) run.report('value-set-system-several', { system: shown(fragment), count: found.length });
}

function checkInclude(include: Json, parameters: ReadonlySet<string>, run: Run): void {
  const { system, version, concept, filter } = include;
  if (listOf(include['valueSet']).length > 1) run.report('value-set-intersection');
  if (typeof system !== 'string') {
    if (system === undefined && (concept !== undefined || filter !== undefined)) run.report('value-set-no-system');
    return;
  }
  if (!absolute.test(system)) {
    run.report('value-set-system', { system: shown(system) });
    if (system.startsWith('#')) checkContained(system, version, run);
    return;
  }
  if (system.includes('|'))
    run.report('value-set-system-version', { system: shown(system) }, system.endsWith('|') ? 'warning' : 'error');
  if (isValueSet(system) || run.rules.codes?.valueSetKnowledge?.(system) !== undefined) {
    run.report('value-set-system-is-value-set', { system: shown(system) });
    return;
  }
  const statedVersion = typeof version === 'string' ? version : undefined;
  const known = run.rules.codes?.system?.(system, statedVersion);
  if (known?.content === 'supplement') run.report('value-set-system-supplement', { system: shown(system) });
  if (known?.content === 'example' || known?.content === 'not-present')
    run.report('value-set-system-content', { system: shown(system), content: known.content });
  if (known?.content === 'supplement' || known?.content === 'not-present') return;
  checkFilters(listOf(filter), { url: system, version: statedVersion, known, parameters }, run);
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
