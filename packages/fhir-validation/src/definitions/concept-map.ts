import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import { isSameText } from '../terminology/coding.ts';

/** Declarations of a map for its groups. */
interface Declared {
  /** Properties, and additional attributes, with the type of their values by their codes. */
  readonly properties: ReadonlyMap<unknown, unknown>;
  readonly attributes: ReadonlyMap<unknown, unknown>;
  readonly hasSourceScope: boolean;
  readonly hasTargetScope: boolean;
}

/** Codes, displays and properties of a ConceptMap, as far as their systems are known. https://hl7.org/fhir/R5/conceptmap.html */
export function checkConceptMap(map: Json, run: Run): void {
  const typesIn = (name: string) =>
    new Map(listOf(map[name]).flatMap((one) => (isObject(one) ? [[one['code'], one['type']] as const] : [])));
  const has = (name: string): boolean => Object.keys(map).some((one) => one.startsWith(name));
  const declared: Declared = {
    properties: typesIn('property'),
    attributes: typesIn('additionalAttribute'),
    hasSourceScope: has('sourceScope'),
    hasTargetScope: has('targetScope'),
  };
  for (const [i, one] of listOf(map['property']).entries())
    if (isObject(one) && one['type'] === 'code' && one['system'] === undefined)
      at('property', i, run, () => run.report('map-property-system', { property: shown(one['code']) }));
  for (const [i, group] of listOf(map['group']).entries())
    if (isObject(group)) at('group', i, run, () => checkGroup(group, declared, run));
}

function checkGroup(group: Json, declared: Declared, run: Run): void {
  const source = systemOf(group, 'source', declared.hasSourceScope, run);
  const target = systemOf(group, 'target', declared.hasTargetScope, run);
  /** Sources that are mapped already, with what they are mapped to. */
  const mapped = new Map<unknown, Set<unknown>>();
  for (const [j, element] of listOf(group['element']).entries()) {
    if (!isObject(element)) continue;
    run.enter('element', j);
    checkCode(element, source, run);
    for (const [k, one] of listOf(element['target']).entries()) {
      if (!isObject(one)) continue;
      run.enter('target', k);
      checkCode(one, target, run);
      checkTwice(element['code'], one, mapped, run);
      checkDeclared(one, declared, run);
      run.leave();
    }
    run.leave();
  }
}

/** The canonical of the code system of one side of a group; undefined where none is stated, or a value set stands for one. */
function systemOf(group: Json, side: 'source' | 'target', hasScope: boolean, run: Run): string | undefined {
  const system = group[side];
  if (system === undefined) {
    if (group[`_${side}`] === undefined) run.report('map-system-missing', { side });
    return undefined;
  }
  if (typeof system !== 'string') return undefined;
  const [url = '', version] = system.split('|');
  if (isValueSet(url)) {
    at(side, -1, run, () =>
      run.report('canonical-target', { canonical: url, found: 'ValueSet', expected: 'CodeSystem' }),
    );
    return undefined;
  }
  const isUnknown = run.rules.codes?.concept?.(url, '', version)?.known === 'unknown';
  if (isUnknown && !hasScope) at(side, -1, run, () => run.report('code-system-unknown', { system: url }, 'warning'));
  return system;
}

/** The code of one side, and the display that it is given. */
function checkCode({ code, display }: Json, canonical: string | undefined, run: Run): void {
  if (canonical === undefined || typeof code !== 'string') return;
  const [system = '', version] = canonical.split('|');
  const found = run.rules.codes?.concept?.(system, code, version);
  const { known, displays = [] } = found ?? {};
  if (known === 'no') at('code', -1, run, () => run.report('map-code', { code: shown(code), system }));
  if (typeof display !== 'string' || displays.length === 0 || displays.some((one) => isSameText(one, display))) return;
  const values = { display: shown(display), code: shown(code), system, expected: displays[0]! };
  at('code', -1, run, () => run.report('map-display', values));
}

/** A source that is mapped to one target twice. */
function checkTwice(source: unknown, { code, relationship }: Json, mapped: Map<unknown, Set<unknown>>, run: Run): void {
  if (typeof source !== 'string' || typeof code !== 'string' || relationship === undefined) return;
  const targets = mapped.get(source);
  if (targets === undefined) mapped.set(source, new Set([code]));
  else if (targets.has(code)) run.report('map-twice', { source: shown(source), target: shown(code) });
  else targets.add(code);
}

/** Properties and attributes of a target are declared by the map, with the types of their values. */
function checkDeclared(target: Json, { properties, attributes }: Declared, run: Run): void {
  for (const [name, key, known] of [
    ['property', 'code', properties],
    ['dependsOn', 'attribute', attributes],
    ['product', 'attribute', attributes],
  ] as const) {
    for (const [i, one] of listOf(target[name]).entries())
      if (isObject(one)) at(name, i, run, () => checkValue(one, key, known, run));
  }
}

function checkValue(value: Json, key: 'code' | 'attribute', known: ReadonlyMap<unknown, unknown>, run: Run): void {
  const code = value[key];
  if (typeof code !== 'string') return;
  const expected = known.get(code);
  if (!known.has(code)) at(key, -1, run, () => run.report('map-property-unknown', { property: shown(code) }));
  const member = Object.keys(value).find((one) => one.startsWith('value'));
  if (typeof expected !== 'string' || member === undefined) return;
  const suffix = member.slice('value'.length);
  const found = /^(?:Coding|Quantity)$/.test(suffix) ? suffix : suffix.charAt(0).toLowerCase() + suffix.slice(1);
  if (found === expected) return;
  at(`value.ofType(${found})`, -1, run, () =>
    run.report('map-property-type', { property: shown(code), found, expected }),
  );
}

function at(name: string, index: number, run: Run, check: () => void): void {
  run.enter(name, index);
  check();
  run.leave();
}
