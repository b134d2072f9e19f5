import { isResourceType, isSubtype, typeOf, type ElementModel } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { baseTypeOf, type StructureDefinition } from '../contract/definitions.ts';
import type { ProfileNode } from '../profiles/node.ts';
import { equals } from '../profiles/values.ts';
import { compiledProfiles } from '../profiles/profile-source.ts';
import type { Run } from '../run.ts';
import { passedOver } from './differential-order.ts';
import { modelAt } from './paths.ts';

/** The facts about a base definition that restrict its derivations. */
interface Base {
  readonly type: string;
  readonly kind: StructureDefinition['kind'];
  readonly isAbstract: boolean;
}

/** Kinds of StructureDefinition, by the kinds of types in our model. */
const kinds = {
  primitive: 'primitive-type',
  complex: 'complex-type',
  backbone: 'complex-type',
  resource: 'resource',
} as const;

/** Returns the base definition; undefined if it is not available. */
export function baseOf(canonical: string, run: Run): Base | undefined {
  const name = baseTypeOf(canonical);
  if (name !== undefined) {
    const { kind, isAbstract } = typeOf(name)!;
    return { type: name, kind: kinds[kind], isAbstract };
  }
  const profile = run.rules.profiles.structure(canonical);
  return profile && { type: profile.type, kind: profile.kind, isAbstract: profile.abstract === true };
}

/**
 * Checks the derivation, the kind and the type of a definition against its base.
 * https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.derivation
 */
export function checkDerived({ derivation, kind, type }: Partial<StructureDefinition>, base: Base, run: Run): void {
  if (derivation === undefined) {
    run.report('definition-derivation-missing');
    return;
  }
  if (kind !== undefined && kind !== base.kind && (kind === 'logical' || Object.values(kinds).includes(kind))) {
    if (!base.isAbstract) run.report('definition-kind', { kind: shown(kind), base: base.kind });
    if (derivation === 'constraint') run.report('definition-kind', { kind: shown(kind), base: base.kind });
  }
  if (derivation === 'specialization' && type === base.type)
    run.report('definition-specialises-itself', { type: shown(type) });
}

/**
 * Checks that the elements of a profile exist in its type and are no less strict than in R5.
 * https://hl7.org/fhir/R5/profiling.html#limitations
 */
export function checkConstraints(resource: Json, { type, baseDefinition }: StructureDefinition, run: Run): void {
  if (typeOf(type) === undefined) return;
  const elements = isObject(resource['differential']) ? listOf(resource['differential']['element']) : [];
  const lost: number[] = [];
  const root = typeof baseDefinition === 'string' ? compiledProfiles(run).overlay(baseDefinition)?.root : undefined;
  for (const [i, element] of elements.entries()) {
    if (!isObject(element) || typeof element['path'] !== 'string') continue;
    run.spend(5);
    checkValues(element, type, run);
    checkFixed(element, i, root, run);
    const model = modelAt(element['path'], type);
    checkBinding(element, isModel(model) ? model : undefined, root, run);
    if (model === undefined && element['path'].startsWith(`${type}.`)) lost.push(i);
    if (isModel(model)) checkLimits(element, model, run);
  }
  const twin = firstTwin(elements);
  if (twin !== undefined) {
    run.report('definition-id-twice', { id: shown(twin) });
    return;
  }
  for (const i of passedOver(elements, type)) lost.push(i);
  if (lost.length > 0) reportLost(lost, elements, run);
}

/** Returns the first id that two elements share, which makes a snapshot impossible; undefined if all ids differ. */
function firstTwin(elements: readonly unknown[]): unknown {
  const seen = new Set<unknown>();
  for (const element of elements) {
    const id = isObject(element) ? element['id'] : undefined;
    if (id !== undefined && seen.has(id)) return id;
    seen.add(id);
  }
  return undefined;
}

const isModel = (model: ElementModel | 'unknown' | undefined): model is ElementModel =>
  model !== undefined && model !== 'unknown';

/** Reports elements that the snapshot would lack: once at the definition, and once at each of them that has an id. */
function reportLost(lost: readonly number[], elements: readonly unknown[], run: Run): void {
  const pathOf = (i: number): string => {
    const element = elements[i];
    return shown(isObject(element) ? element['path'] : undefined);
  };
  run.report('definition-element-unknown', { path: lost.map(pathOf).join(', ') });
  run.enter('differential', -1);
  for (const i of lost) {
    if (!isObject(elements[i]) || elements[i]['id'] === undefined) continue;
    run.enter('element', i);
    run.report('definition-element-unknown', { path: pathOf(i) });
    run.leave();
  }
  run.leave();
}

/** Reports an element that is less strict than in R5. The findings are placed at the definition as a whole. */
function checkLimits(element: Json, model: ElementModel, run: Run): void {
  const { path, min, max, sliceName, type, binding } = element;
  if (typeof min === 'number' && min < model.min && sliceName === undefined)
    run.report('definition-less', { path: shown(path), min, base: model.min });
  if (typeof max === 'string' && isMore(max, model.max))
    run.report('definition-more', { path: shown(path), max, base: String(model.max) });
  const strength = isObject(binding) ? binding['strength'] : undefined;
  if (model.binding?.strength === 'required' && strength !== undefined && strength !== 'required')
    run.report('definition-binding-weaker', { path: shown(path), strength: shown(strength) });
  for (const one of listOf(type)) if (isObject(one)) checkNarrowed(one, element, model, run);
}

/**
 * A profile may not change a value that its base fixes.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.fixed_x_
 */
function checkFixed(element: Json, i: number, root: ProfileNode | undefined, run: Run): void {
  const name = Object.keys(element).find((one) => /^fixed[A-Z]/.test(one));
  if (name === undefined || root === undefined || typeof element['path'] !== 'string') return;
  const base = nodeAt(element['path'], root)?.fixed;
  if (base === undefined) return;
  const suffix = name.slice('fixed'.length);
  const type = typeOf(suffix) === undefined ? suffix.charAt(0).toLowerCase() + suffix.slice(1) : suffix;
  run.enter('differential', -1);
  run.enter('element', i);
  run.enter(`fixed.ofType(${type})`, -1);
  if (base.type !== suffix) run.report('definition-value-base', { found: suffix, expected: base.type });
  else if (!equals(element[name], base.value, run))
    run.reportAs('value', 'fixed-value', { value: shown(element[name]), expected: shown(base.value) });
  for (let level = 0; level < 3; level += 1) run.leave();
}

/**
 * A required binding may not allow codes that the required binding of its base does not allow. Checked only if both value sets are
 * available. https://hl7.org/fhir/R5/profiling.html#binding-strength
 */
function checkBinding(
  { path, binding }: Json,
  model: ElementModel | undefined,
  root: ProfileNode | undefined,
  run: Run,
): void {
  if (!isObject(binding) || binding['strength'] !== 'required' || typeof binding['valueSet'] !== 'string') return;
  const base = nodeAt(String(path), root)?.binding ?? model?.binding;
  if (base?.strength !== 'required' || base.valueSet === undefined) return;
  const [own, others] = [binding['valueSet'], base.valueSet].map((one) => one.split('|', 1)[0]!);
  if (own === others) return;
  const [codes, allowed] = [own!, others!].map((one) => membersOf(one, run));
  if (codes === undefined || allowed === undefined) return;
  run.spend(codes.length + allowed.length);
  const known = new Set(allowed);
  const more = codes.filter((one) => !known.has(one));
  if (more.length === 0) return;
  const named = more.slice(0, mostNamed).map((one) => one.slice(one.lastIndexOf('#') + 1));
  const codesNamed = named.join(', ') + (more.length > mostNamed ? ', …' : '');
  run.report('definition-binding-wider', { path: shown(path), valueSet: own!, base: others!, codes: codesNamed });
}

/** Maximum number of codes that a finding names. */
const mostNamed = 10;

/** Returns the codes of a value set; undefined if there are too many or some are not available. */
const membersOf = (valueSet: string, { rules: { codes } }: Run): readonly string[] | undefined =>
  codes?.members?.({ resourceType: 'ValueSet', status: 'active', compose: { include: [{ valueSet: [valueSet] }] } });

/** Returns the node of an element in a profile, ignoring slices; undefined if there is none. */
function nodeAt(path: string, root: ProfileNode | undefined): ProfileNode | undefined {
  let node = root;
  for (const step of path.split('.').slice(1)) node = node?.children.get(step.replace('[x]', ''));
  return node;
}

/** The type of a fixed value or pattern must be one that the profile states for the element, or one from R5 if the profile states none. */
function checkValues(element: Json, root: string, run: Run): void {
  const path = String(element['path']);
  const model = modelAt(path, root);
  const stated = listOf(element['type']).flatMap((one) =>
    isObject(one) && typeof one['code'] === 'string' ? [one['code']] : [],
  );
  const types = path === root ? [root] : stated.length > 0 ? stated : isModel(model) ? model.types : [];
  if (types.length === 0 || types.some((one) => one.includes(':') || one.includes('.'))) return;
  for (const name of Object.keys(element)) {
    const suffix = /^(?:fixed|pattern)([A-Z]\w*)$/.exec(name)?.[1];
    if (suffix === undefined) continue;
    const found = typeOf(suffix) === undefined ? suffix.charAt(0).toLowerCase() + suffix.slice(1) : suffix;
    if (!types.includes(found)) run.report('definition-value-other', { path, found, types: types.join(', ') });
  }
}

const isMore = (max: string, base: number): boolean =>
  max === '*' ? base !== Infinity : /^\d+$/.test(max) && Number(max) > base;

/** A type of an element must be one of its types in R5, and a target must be one of the R5 targets or a subtype. */
function checkNarrowed(
  { code, targetProfile }: Json,
  { path }: Json,
  { types, targets }: ElementModel,
  run: Run,
): void {
  if (typeof code !== 'string' || code.includes(':')) return;
  if (!types.some((type) => isSameType(code, type))) {
    run.report('definition-type-other', { path: shown(path), type: shown(code), allowed: types.join(', ') });
    return;
  }
  if (targets === undefined || targets.includes('Resource')) return;
  for (const target of listOf(targetProfile)) {
    if (typeof target !== 'string') continue;
    const type = baseTypeOf(target) ?? run.rules.profiles.structure(target)?.type;
    if (type !== undefined && isResourceType(type) && !targets.some((one) => isSubtype(type, one)))
      run.report('definition-target-other', { path: shown(path), target: shown(target), allowed: targets.join(', ') });
  }
}

/** Our model names the type of an element with child elements by its path; in definitions the type is BackboneElement or Element. */
const isSameType = (code: string, type: string): boolean =>
  typeOf(code) !== undefined && isSubtype(code, type)
    ? true
    : type.includes('.') && (code === 'BackboneElement' || code === 'Element');
