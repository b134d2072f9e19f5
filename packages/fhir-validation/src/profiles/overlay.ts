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

/** The constraints of one profile over the base definition: run after the base has been checked. */
export class Overlay {
  readonly url: string;
  readonly type: string;
  readonly root: ProfileNode;
  readonly #source: ProfileSource;
  readonly #imposed: readonly string[];

  /** @param imposed canonicals of profiles that are to be met, too */
  constructor(url: string, type: string, root: ProfileNode, source: ProfileSource, imposed: readonly string[] = []) {
    this.url = url;
    this.type = type;
    this.root = root;
    this.#source = source;
    this.#imposed = imposed;
  }

  /** Checks a value of a type against the profile, at the place where the run is. */
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

  /** Whether a value conforms, without reports. */
  accepts(value: unknown, type: string, run: Run): boolean {
    return run.attempt(() => this.check(value, type, undefined, run)).every(({ severity }) => severity !== 'error');
  }

  /** Whether a value belongs to a slice of the profile, of whichever element has one of that name. */
  isInSlice({ value, sibling, type }: Pick<Item, 'value' | 'sibling' | 'type'>, name: string, run: Run): boolean {
    const item: Item = { value, sibling, type, label: '', index: -1 };
    return slicedNodes(this.root, name).some(
      (node) => node.typeNames.includes(type) && sliceNameOf(node, item, run, this.#source) === name,
    );
  }

  /** Checks one repetition of an element against what the profile says of it, and what is below it. */
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

  /** Id and extensions of a primitive, which are in its sibling. */
  #checkSibling(node: ProfileNode, sibling: Json, run: Run): void {
    for (const child of node.parts) this.#checkChild(child, sibling, 'Element', run);
  }

  #checkChild(child: ProfileNode, object: Json, type: string, run: Run): void {
    if (child.plan === undefined || child.planType !== type) {
      child.plan = planOf(type, child.name);
      child.planType = type;
      child.settled = settledBy(child, child.plan);
    }
    // Most of what is fixed is as it has to be: the url of an extension, say.
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

  /** The types that the profile leaves, profiles on them, and what references may lead to. */
  #checkTypes(node: ProfileNode, item: Item, run: Run): void {
    // Of most elements a profile repeats their one type, and says nothing more of it.
    if (node.types!.length === 1 && isPlain(node.types![0]!, item.type)) return;
    const demands = demandsOn(node, item.type);
    const { targets, isLimited, profiles } = demands;
    if (demands.stated.length === 0) {
      if (isOpenFor(node)) return;
      const allowed = node.types!.map(({ code }) => code).join(', ');
      const values = { found: item.type, allowed, profile: this.url };
      // The value is what the extension is about; and of several types, the element that has none of them.
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

  /** At least one of the profiles must be met; the only one reports for itself. */
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

/** The text with which a value meets all that a node asks of it; undefined if it may have another one, or where more is asked. */
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

/** Whether a member is there with this text, and with nothing beside it. */
const holdsAlone = (object: Json, { json, sibling }: JsonMember, text: string): boolean =>
  object[json] === text && (sibling === undefined || object[sibling] === undefined);

/** Whether types that are not known leave room for any. */
const isOpenFor = ({ model, types = [] }: ProfileNode): boolean =>
  model === undefined || types.some(({ code }) => !isKnownType(code));

/** Demands of a node on values of a type: the same for all of them, and found out once. */
function demandsOn(node: ProfileNode, type: string): TypeDemands {
  let known = node.demands.get(type);
  if (known === undefined) node.demands.set(type, (known = makeDemands(node, type)));
  return known;
}

function makeDemands({ types = [], model }: ProfileNode, type: string): TypeDemands {
  // A choice names its type, which is one of those that are listed: a code is no string there.
  const isNamed = model?.choice === true;
  const stated = types.filter(
    ({ code }) =>
      code === type || ((!isNamed || ofAnyType.has(code)) && typeOf(code) !== undefined && isSubtype(type, code)),
  );
  return {
    stated,
    targets: stated.flatMap(({ targetProfile }) => targetProfile ?? []),
    isLimited: stated.some(({ aggregation, versioning }) => aggregation !== undefined || versioning !== undefined),
    // Extensions are checked against their own definition wherever they stand.
    profiles: type === 'Extension' ? [] : stated.flatMap(({ profile }) => profile ?? []),
  };
}

const nameOf = ({ model, name }: ProfileNode): string => (model?.choice === true ? `${name}[x]` : name);

/** Whether a type is the stated one, of which nothing more is asked. */
const isPlain = ({ code, profile, targetProfile, aggregation, versioning }: ElementType, type: string): boolean =>
  code === type &&
  (profile === undefined || type === 'Extension') &&
  targetProfile === undefined &&
  aggregation === undefined &&
  versioning === undefined;

/** The extensions within another one are at least as often as its definition asks for them together. https://hl7.org/fhir/R5/profiling.html#slice-cardinality */
function leastOf({ min = 0, slices }: ProfileNode): number {
  if (slices.size === 0) return min;
  let together = 0;
  for (const slice of slices.values()) together += slice.min ?? 0;
  return Math.max(min, together);
}

/** Types that no value has itself. */
const ofAnyType: ReadonlySet<string> = new Set(['Base', 'Element', 'DataType', 'PrimitiveType', 'BackboneType']);

/** A primitive without id and extensions. */
const nothing: Json = {};

/** A binding that one repetition has to meet is told of the first where none does. */
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

/** The nodes of a tree that have a slice of this name. */
function slicedNodes(node: ProfileNode, name: string): ProfileNode[] {
  const below = [...node.children.values(), ...node.slices.values()].flatMap((one) => slicedNodes(one, name));
  return node.slices.has(name) ? [node, ...below] : below;
}

/** The node of an element id without slices (`Questionnaire.item`), if the profile says anything of it. */
function existingNode(root: ProfileNode, id: string): ProfileNode | undefined {
  let node: ProfileNode | undefined = root;
  for (const name of id.split('.').slice(1)) node = node?.children.get(name.replace('[x]', ''));
  return node;
}

/** Whether R5 has the type, so that a value of another one is a fault; `http://hl7.org/fhirpath/System.String` is not one. */
function isKnownType(code: string): boolean {
  const kind = typeOf(code)?.kind;
  return kind !== undefined && code !== 'BackboneElement' && code !== 'Element';
}
