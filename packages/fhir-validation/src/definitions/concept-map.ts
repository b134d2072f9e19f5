import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { isValueSet } from '../terminology/core-codes.ts';
import { isSameText } from '../terminology/coding.ts';

/** Declarations of a map for its groups. */
interface Declared {
  /** Properties, and additional attributes, with the type of their values by their codes. */
  readonly properties: ReadonlyMap<unknown, unknown>;
  readonly attributes: ReadonlyMap<unknown, unknown>;
  /** The code systems of properties whose values are codes. */
  readonly systems: ReadonlyMap<unknown, unknown>;
  /** The source and target value sets of the map; undefined if it does not state them. */
  readonly source: string | undefined;
  readonly target: string | undefined;
}

/** Checks codes, displays and properties of a ConceptMap, as far as their systems are known. https://hl7.org/fhir/R5/conceptmap.html */
export function checkConceptMap(map: Json, run: Run): void {
  const typesIn = (name: string) =>
    new Map(listOf(map[name]).flatMap((one) => (isObject(one) ? [[one['code'], one['type']] as const] : [])));
  const properties = listOf(map['property']).map((one) => (isObject(one) ? one : {}));
  const declared: Declared = {
    properties: typesIn('property'),
    attributes: typesIn('additionalAttribute'),
    systems: new Map(properties.map(({ code, system }) => [code, system])),
    source: scopeOf(map, 'sourceScope', run),
    target: scopeOf(map, 'targetScope', run),
  };
  for (const [i, one] of properties.entries()) at('property', i, run, () => checkProperty(one, run));
  for (const [i, group] of listOf(map['group']).entries())
    if (isObject(group)) at('group', i, run, () => checkGroup(group, declared, run));
}

function checkProperty({ code, type, system }: Json, run: Run): void {
  if (type === 'code' && system === undefined) run.report('map-property-system', { property: shown(code) });
  if (typeof system === 'string' && isUnknown(system, run))
    run.report('map-property-system-unknown', { property: shown(code), system: shown(system) });
}

/** Whether a code system is unknown here. */
const isUnknown = (canonical: string, run: Run): boolean => {
  const [url = '', version] = canonical.split('|');
  return run.rules.codes?.concept?.(url, '', version)?.known === 'unknown';
};

/** The value set of one side of the map, as a canonical or a URI. */
function scopeOf(map: Json, name: 'sourceScope' | 'targetScope', run: Run): string | undefined {
  const canonical = map[`${name}Canonical`] ?? map[`${name}Uri`];
  if (typeof canonical !== 'string') return undefined;
  const [url = '', version] = canonical.split('|');
  if (run.rules.codes?.concept?.(url, '', version)?.known === 'no')
    at(name, -1, run, () =>
      run.report('canonical-target', { canonical: url, found: 'CodeSystem', expected: 'ValueSet' }),
    );
  return canonical;
}

/** A code system whose codes follow a grammar: lists contain only the common ones. */
const isByGrammar = /^http:\/\/unitsofmeasure\.org$/;

/** Code systems that are only ever available in part. */
const isOfServers = /^http:\/\/(?:snomed\.info\/sct|loinc\.org)$/;

function checkGroup(group: Json, declared: Declared, run: Run): void {
  const source = { system: systemOf(group, 'source', declared.source !== undefined, run), scope: declared.source };
  const target = { system: systemOf(group, 'target', declared.target !== undefined, run), scope: declared.target };
  /** Sources that have been mapped, with their targets. */
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
    if (element['noMap'] === true) checkUnmapped(element['code'], mapped, run);
    run.leave();
  }
}

/** The canonical of the code system of one side of a group; undefined if none is stated, or if a value set takes its place. */
function systemOf(group: Json, side: 'source' | 'target', hasScope: boolean, run: Run): string | undefined {
  const system = group[side];
  if (system === undefined) {
    if (group[`_${side}`] === undefined) run.report('map-system-missing', { side });
    return undefined;
  }
  if (typeof system !== 'string') return undefined;
  const [url = ''] = system.split('|');
  if (isValueSet(url)) {
    at(side, -1, run, () =>
      run.report('canonical-target', { canonical: url, found: 'ValueSet', expected: 'CodeSystem' }),
    );
    return undefined;
  }
  const content = run.rules.codes?.system?.(url, system.split('|')[1])?.content ?? 'complete';
  if (content !== 'complete') {
    if (isOfServers.test(url)) reportUnchecked(url, side, hasScope, run);
    else at(side, -1, run, () => run.report('map-system-content', { system: url, content }));
    return undefined;
  }
  if (isUnknown(system, run) || isHeldElsewhere(url, run)) reportUnchecked(url, side, hasScope, run);
  return system;
}

/** Whether terminology is available but intentionally lacks a code system. */
const isHeldElsewhere = (url: string, { rules: { codes } }: Run): boolean =>
  codes?.system !== undefined && codes.system(url) === undefined && codes.concept?.(url, '') === undefined;

/** If the map has a scope, its codes are those of a value set, whatever their system. */
function reportUnchecked(system: string, side: string, hasScope: boolean, run: Run): void {
  if (!hasScope) at(side, -1, run, () => run.report('code-system-unknown', { system }, 'warning'));
}

/** A side of a group: of which code system its codes are, and of which value set. */
interface Side {
  readonly system: string | undefined;
  readonly scope: string | undefined;
}

/** The code of one side, and its stated display. */
function checkCode({ code, display }: Json, { system: canonical, scope }: Side, run: Run): void {
  if (canonical === undefined || typeof code !== 'string') return;
  const [system = '', version] = canonical.split('|');
  const found = run.rules.codes?.concept?.(system, code, version);
  const { known, displays = [] } = found ?? {};
  if (known === 'no') at('code', -1, run, () => run.report('map-code', { code: shown(code), system }));
  const isBounded = known === 'yes' && scope !== undefined && !isByGrammar.test(system);
  if (isBounded && run.rules.codes?.validate(scope, system, code, run.budget) === 'out')
    at('code', -1, run, () => run.report('map-code-outside', { code: shown(code), valueSet: scope }));
  if (typeof display !== 'string' || displays.length === 0 || displays.some((one) => isSameText(one, display))) return;
  const values = { display: shown(display), code: shown(code), system, expected: displays[0]! };
  at('code', -1, run, () => run.report('map-display', values));
}

/** Represents the target of a source that has no target. */
const nothing = Symbol('no target');

/** A source that is mapped to one target twice, or to a target although it is stated to have none. */
function checkTwice(source: unknown, { code, relationship }: Json, mapped: Map<unknown, Set<unknown>>, run: Run): void {
  if (typeof source !== 'string' || relationship === undefined) return;
  const targets = mapped.get(source) ?? new Set<unknown>();
  mapped.set(source, targets);
  const target = typeof code === 'string' ? code : nothing;
  const report = () =>
    run.report('map-twice', { source: shown(source), target: target === nothing ? '–' : shown(code) });
  if (target !== nothing && targets.has(nothing)) report();
  if (targets.has(target)) report();
  else targets.add(target);
}

/** The statement that a source has no target may occur only once. */
function checkUnmapped(source: unknown, mapped: Map<unknown, Set<unknown>>, run: Run): void {
  const targets = mapped.get(source) ?? new Set<unknown>();
  mapped.set(source, targets);
  if (targets.has(nothing)) run.report('map-twice', { source: shown(source), target: '–' });
  else targets.add(nothing);
}

/** Properties and attributes of a target are declared by the map, with the types of their values. */
function checkDeclared(target: Json, { properties, attributes, systems }: Declared, run: Run): void {
  for (const [name, key, known] of [
    ['property', 'code', properties],
    ['dependsOn', 'attribute', attributes],
    ['product', 'attribute', attributes],
  ] as const) {
    for (const [i, one] of listOf(target[name]).entries())
      if (isObject(one)) at(name, i, run, () => checkValue(one, key, known, systems, run));
  }
}

function checkValue(
  value: Json,
  key: 'code' | 'attribute',
  known: ReadonlyMap<unknown, unknown>,
  systems: ReadonlyMap<unknown, unknown>,
  run: Run,
): void {
  const code = value[key];
  if (typeof code !== 'string') return;
  const expected = known.get(code);
  if (!known.has(code)) at(key, -1, run, () => run.report('map-property-unknown', { property: shown(code) }));
  const member = Object.keys(value).find((one) => one.startsWith('value'));
  if (typeof expected !== 'string' || member === undefined) return;
  const suffix = member.slice('value'.length);
  const found = /^(?:Coding|Quantity)$/.test(suffix) ? suffix : suffix.charAt(0).toLowerCase() + suffix.slice(1);
  if (found === expected) {
    if (key === 'code' && found === 'code') checkPropertyCode(value[member], systems.get(code), run);
    return;
  }
  at(`value.ofType(${found})`, -1, run, () =>
    run.report('map-property-type', { property: shown(code), found, expected }),
  );
}

/** A property of type code must have a code of the system that the map declares. */
function checkPropertyCode(value: unknown, system: unknown, run: Run): void {
  if (typeof value !== 'string' || typeof system !== 'string') return;
  const [url = '', version] = system.split('|');
  if (run.rules.codes?.concept?.(url, value, version)?.known === 'no')
    at('value.ofType(code)', -1, run, () => run.report('map-code', { code: shown(value), system: url }));
}

function at(name: string, index: number, run: Run, check: () => void): void {
  run.enter(name, index);
  check();
  run.leave();
}
