import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { ElementBinding, ElementType } from '../contract/definitions.ts';
import { checkLimits, checksOfAny, isFor } from './limits.ts';
import { itemsBy, planOf, type JsonMember, type Item, type Plan } from './navigate.ts';
import type { ProfileNode, TypeDemands } from './node.ts';
import type { ProfileSource } from './profile-source.ts';
import { checkNodeRules } from './node-rules.ts';
import { checkAsOtherType, checkOtherType } from './other-type.ts';
import { checkTarget } from './targets.ts';
import { checkSlices, sliceNameOf } from './slicing.ts';

/** The constraints of one profile in addition to those of its base type, which must have been checked before. */
export class Overlay {
  readonly url: string;
  readonly type: string;
  readonly root: ProfileNode;
  readonly #source: ProfileSource;
  readonly #imposed: readonly string[];

  /** ¶ @param imposed canonicals of profiles that must also be met */
  constructor(url: string, type: string, root: ProfileNode, source: ProfileSource, imposed: readonly string[] = []) {
    this.url = url;
    this.type = type;
    this.root = root;
    this.#source = source;
    this.#imposed = imposed;
  }

  /** Checks a value of a type against the profile and reports findings at the current place. */
  check(value: unknown, type: string, sibling: Json | undefined, run: Run): void {
    if (!isSubtype(type, this.type)) {
      if (isObject(value) && typeOf(type)?.kind === 'resource' && run.depth === run.resourceDepth)
        run.guarded(value, this.url, () => checkOtherType(this, value, type, run));
      else run.report('profile-for-other-type', { profile: this.url, expected: this.type, found: type });
      return;
    }
    run.guarded(value, this.url, () => {
      this.checkNode(this.root, { value, sibling, type, label: '', index: -1 }, run);
      for (const profile of this.#imposed) this.#checkImposed(profile, { value, sibling, type }, run);
    });
  }

  #checkImposed(profile: string, { value, sibling, type }: Pick<Item, 'value' | 'sibling' | 'type'>, run: Run): void {
    const overlay = this.#source.overlay(profile);
    const { unknownProfiles } = run.rules;
    if (overlay !== undefined) overlay.check(value, type, sibling, run);
    else if (unknownProfiles !== 'ignore') run.report('profile-unknown', { profile }, unknownProfiles);
  }

  /** Whether a value conforms. Reports nothing. */
  accepts(value: unknown, type: string, run: Run): boolean {
    return run.attempt(() => this.check(value, type, undefined, run)).every(({ severity }) => severity !== 'error');
  }

  /** Whether a value belongs to the slice with this name, on any element of the profile. */
  isInSlice({ value, sibling, type }: Pick<Item, 'value' | 'sibling' | 'type'>, name: string, run: Run): boolean {
    const item: Item = { value, sibling, type, label: '', index: -1 };
    return slicedNodes(this.root, name).some(
      (node) => node.typeNames.includes(type) && sliceNameOf(node, item, run, this.#source) === name,
    );
  }

  /** Checks one repetition of an element and its children against the profile. */
  checkNode(node: ProfileNode, item: Item, run: Run): void {
    const { parts } = node;
    run.spend(1 + parts.length);
    if (node.hasLimits) checkLimits(node, item, this.url, run);
    if (node.types !== undefined) this.#checkTypes(node, item, run);
    if (isObject(item.value)) for (const child of parts) this.#checkChild(child, item.value, item.type, run);
    else if (parts.length > 0 && typeOf(item.type)?.kind === 'primitive')
      this.#checkSibling(node, item.sibling ?? nothing, run);
    if (node.constraints.size > 0) checkNodeRules(node, item, this.url, run);
    if (node.content !== undefined) this.#checkContent(node.content, item, run);
  }

  /** Checks the constraints of the element to which this one refers (`contentReference`). */
  #checkContent(content: string, item: Item, run: Run): void {
    const [url = '', id = ''] = content.split('#');
    const overlay = url === this.url ? this : this.#source.overlay(url);
    const node = overlay === undefined ? undefined : existingNode(overlay.root, id);
    if (node !== undefined) overlay!.checkNode(node, item, run);
  }

  /** Checks the id and the extensions of a primitive, which are in its sibling. */
  #checkSibling(node: ProfileNode, sibling: Json, run: Run): void {
    for (const child of node.parts) this.#checkChild(child, sibling, 'Element', run);
  }

  #checkChild(child: ProfileNode, object: Json, type: string, run: Run): void {
    if (child.plan === undefined || child.planType !== type) {
      child.plan = planOf(type, child.name);
      child.planType = type;
      child.settled = settledBy(child, child.plan);
    }
    // Fast path: most fixed values are correct, such as the url of an extension.
    if (child.settled !== undefined && holdsAlone(object, child.plan.only!, child.settled)) return;
    const items = itemsBy(child.plan, object);
    const { max = Infinity } = child;
    const min = this.type === 'Extension' ? leastOf(child) : (child.min ?? 0);
    // If the base requires the element, its absence has been reported already.
    if (items.length < min && !(items.length === 0 && child.model!.min > 0)) {
      run.report('element-missing', { element: nameOf(child), min, count: items.length, profile: this.url });
    }
    if (items.length > max)
      run.report('too-many', { element: nameOf(child), max, count: items.length, profile: this.url });
    if (items.length === 0 && child.slices.size === 0) return;
    if (!child.asksNothing)
      for (const item of items) {
        run.enter(item.label, item.index);
        this.checkNode(child, item, run);
        run.leave();
      }
    if (child.binding?.additional !== undefined) checkAny(child.binding, items, run);
    if (child.slices.size > 0) checkSlices(this, child, items, nameOf(child), run, this.#source);
  }

  /** Checks the types that the profile allows, their profiles, and the targets of references. */
  #checkTypes(node: ProfileNode, item: Item, run: Run): void {
    // For most elements a profile only repeats their single type.
    if (node.types!.length === 1 && isPlain(node.types![0]!, item.type)) return;
    const demands = demandsOn(node, item.type);
    const { targets, isLimited, profiles } = demands;
    if (demands.stated.length === 0) {
      if (isOpenFor(node)) return;
      const allowed = node.types!.map(({ code }) => code).join(', ');
      const values = { found: item.type, allowed, profile: this.url };
      // The wrong value type of an extension is reported at the extension, and a value with none of several types at its parent.
      if (node.types!.length > 1 || (this.type === 'Extension' && this.root.children.get('value') === node))
        run.reportAbove('type-not-allowed', values);
      else {
        run.report('type-not-allowed', values);
        const kind = typeOf(allowed)?.kind;
        if (isObject(item.value) && (kind === 'primitive' || kind === 'complex'))
          checkAsOtherType(item.value, item.type, allowed, run);
      }
      return;
    }
    if (targets.length > 0 || isLimited) checkTarget(item, demands, this.url, this.#source, run);
    if (profiles.length > 0) this.#checkProfiles(profiles, item, run);
  }

  /** Checks that at least one of the profiles is met. A single profile reports its own findings. */
  #checkProfiles(wanted: readonly string[], { value, type, sibling }: Item, run: Run): void {
    const overlays = wanted.map((url) => this.#source.overlay(url));
    if (overlays.length === 1) {
      if (overlays[0] === undefined) run.report('profile-unknown', { profile: wanted[0]! });
      else overlays[0].check(value, type, sibling, run);
      return;
    }
    const isMet = overlays.some(
      (overlay) => overlay === undefined || (isSubtype(type, overlay.type) && overlay.accepts(value, type, run)),
    );
    if (!isMet) run.report('profile-not-met', { profiles: wanted.join(', ') });
  }
}

/** Returns the text that alone meets all requirements of a node; undefined if other texts are possible or more is required. */
function settledBy(node: ProfileNode, { only }: Plan): string | undefined {
  const { fixed, pattern, min = 0, max = Infinity, slices, constraints, content, types } = node;
  const limit = fixed ?? pattern;
  if (only === undefined || typeof limit?.value !== 'string' || !isFor(limit.type, only.type)) return undefined;
  if (min > 1 || max < 1 || node.limits > 1 || content !== undefined) return undefined;
  if (node.parts.length + slices.size + constraints.size > 0) return undefined;
  if (types === undefined || (types.length === 1 && isPlain(types[0]!, only.type))) return limit.value;
  const { stated, targets, isLimited, profiles } = demandsOn(node, only.type);
  const isOpen = stated.length === 0 && isOpenFor(node);
  return isOpen || (stated.length > 0 && targets.length + profiles.length === 0 && !isLimited)
    ? limit.value
    : undefined;
}

/** Whether a member has exactly this text and no sibling. */
const holdsAlone = (object: Json, { json, sibling }: JsonMember, text: string): boolean =>
  object[json] === text && (sibling === undefined || object[sibling] === undefined);

/** Whether unknown types leave the type open. */
const isOpenFor = ({ model, types = [] }: ProfileNode): boolean =>
  model === undefined || types.some(({ code }) => !isKnownType(code));

/** Returns the requirements of a node for values of a type. Cached. */
function demandsOn(node: ProfileNode, type: string): TypeDemands {
  let known = node.demands.get(type);
  if (known === undefined) node.demands.set(type, (known = makeDemands(node, type)));
  return known;
}

function makeDemands({ types = [], model }: ProfileNode, type: string): TypeDemands {
  // A choice names its type exactly: a code is not a string there.
  const isNamed = model?.choice === true;
  const stated = types.filter(
    ({ code }) =>
      code === type || ((!isNamed || ofAnyType.has(code)) && typeOf(code) !== undefined && isSubtype(type, code)),
  );
  return {
    stated,
    targets: stated.flatMap(({ targetProfile }) => targetProfile ?? []),
    isLimited: stated.some(({ aggregation, versioning }) => aggregation !== undefined || versioning !== undefined),
    // Extensions are checked against their own definition wherever they occur.
    profiles: type === 'Extension' ? [] : stated.flatMap(({ profile }) => profile ?? []),
  };
}

const nameOf = ({ model, name }: ProfileNode): string => (model?.choice === true ? `${name}[x]` : name);

/** Whether a type is exactly the stated one and has no further requirements. */
const isPlain = ({ code, profile, targetProfile, aggregation, versioning }: ElementType, type: string): boolean =>
  code === type &&
  (profile === undefined || type === 'Extension') &&
  targetProfile === undefined &&
  aggregation === undefined &&
  versioning === undefined;

/**
 * Returns the minimum number of sub-extensions: at least the sum of the minimums of their slices.
 * https://hl7.org/fhir/R5/profiling.html#slice-cardinality
 */
function leastOf({ min = 0, slices }: ProfileNode): number {
  if (slices.size === 0) return min;
  let together = 0;
  for (const slice of slices.values()) together += slice.min ?? 0;
  return Math.max(min, together);
}

/** Abstract types, which no value has. */
const ofAnyType: ReadonlySet<string> = new Set(['Base', 'Element', 'DataType', 'PrimitiveType', 'BackboneType']);

/** The sibling of a primitive without id and extensions. */
const nothing: Json = {};

/** If no repetition meets a binding with `any`, reports it at the first one. */
function checkAny(binding: ElementBinding, items: readonly Item[], run: Run): void {
  const [first] = items;
  if (first === undefined) return;
  for (const check of checksOfAny(binding)) {
    if (items.some(({ value }) => run.attempt(() => check(value, run)).length === 0)) continue;
    run.enter(first.label, first.index);
    check(first.value, run);
    run.leave();
  }
}

/** Returns the nodes of a tree that have a slice with this name. */
function slicedNodes(node: ProfileNode, name: string): ProfileNode[] {
  const below = [...node.children.values(), ...node.slices.values()].flatMap((one) => slicedNodes(one, name));
  return node.slices.has(name) ? [node, ...below] : below;
}

/** Returns the node of an element id without slices (`Questionnaire.item`); undefined if the profile does not constrain it. */
function existingNode(root: ProfileNode, id: string): ProfileNode | undefined {
  let node: ProfileNode | undefined = root;
  for (const name of id.split('.').slice(1)) node = node?.children.get(name.replace('[x]', ''));
  return node;
}

/** Whether R5 has the type, so that values of other types are wrong. `http://hl7.org/fhirpath/System.String` is unknown. */
function isKnownType(code: string): boolean {
  const kind = typeOf(code)?.kind;
  return kind !== undefined && code !== 'BackboneElement' && code !== 'Element';
}
