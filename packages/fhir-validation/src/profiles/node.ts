import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import type { Rule } from '../invariants/rule.ts';
import type { BindingCheck } from '../terminology/binding.ts';
import type { SliceTests } from './slicing.ts';
import { narrativeControlOf, type NarrativeControl } from './narrative-control.ts';
import { textLimitsOf, type TextLimits } from './text-limits.ts';
import type { Plan } from './navigate.ts';
import type { ElementBinding, ElementDefinition, ElementType, Slicing } from '../contract/definitions.ts';

/** A value or limit in an element definition, with the type from its name: `fixedCode`, `patternCoding`, `minValueDate`. */
export interface Stated {
  readonly type: string;
  readonly value: unknown;
}

/** Requirements of a profile for values of one type. */
export interface TypeDemands {
  /** The stated types that cover the value's type. */
  readonly stated: readonly ElementType[];
  /** Canonicals of the types and profiles that a reference may point to. */
  readonly targets: readonly string[];
  /** Whether the aggregation or the versioning of references is restricted. */
  readonly isLimited: boolean;
  /** Profiles of which the value must meet at least one. */
  readonly profiles: readonly string[];
}

const contentProfile = 'http://hl7.org/fhir/StructureDefinition/contentReferenceProfile';

type Constraint = NonNullable<ElementDefinition['constraint']>[number];

/** Constraints of a profile and its bases on one element or slice. Unconstrained elements have no node. */
export class ProfileNode {
  /** Name without `[x]`; for the root, the type. */
  readonly name: string;
  readonly sliceName: string | undefined;
  /** The element in the base definition; undefined for the root. */
  readonly model: ElementModel | undefined;
  min: number | undefined;
  max: number | undefined;
  types: readonly ElementType[] | undefined;
  fixed: Stated | undefined;
  pattern: Stated | undefined;
  minValue: Stated | undefined;
  maxValue: Stated | undefined;
  maxLength: number | undefined;
  mustHaveValue = false;
  /** Extensions of which one must be present if the value is missing. */
  valueAlternatives: readonly string[] | undefined;
  /** Limits stated by extensions. */
  textLimits: TextLimits | undefined;
  /** Requirements for the parts of a narrative. */
  narrative: NarrativeControl | undefined;
  binding: ElementBinding | undefined;
  /** The compiled binding, created when a value is first checked. */
  bindingChecks: readonly BindingCheck[] | undefined;
  slicing: Slicing | undefined;
  /** Another element whose constraints also apply here, for recursive elements: `profile#Questionnaire.item`. */
  content: string | undefined;
  readonly constraints = new Map<string, Constraint>();
  readonly children = new Map<string, ProfileNode>();
  readonly slices = new Map<string, ProfileNode>();
  /** The compiled constraints by the type of the checked value. */
  readonly rulesByType = new Map<string, readonly Rule[]>();
  /** Cache: the members that can hold values, and the type of object for which they were looked up. */
  plan: Plan | undefined;
  planType = '';
  /** The compiled slices, created on first use. */
  sliceTests: SliceTests | undefined;
  /** Cache: requirements for values by their type. */
  readonly demands = new Map<string, TypeDemands>();
  /** If this single text in the only member of `plan` meets all requirements, the text; otherwise undefined. */
  settled: string | undefined;
  #limits: number | undefined;
  #asksNothing: boolean | undefined;
  #parts: readonly ProfileNode[] | undefined;

  constructor(name: string, model: ElementModel | undefined, sliceName?: string) {
    this.name = name;
    this.model = model;
    this.sliceName = sliceName;
  }

  /** The types that a value may have here. Backbone elements are named by their path. */
  get typeNames(): readonly string[] {
    const base = this.model?.types ?? [this.name];
    const stated = this.types?.map(({ code }) => code).filter((code) => typeOf(code) !== undefined);
    if (stated === undefined || stated.length === 0 || typeOf(base[0]!)?.kind === 'backbone') return base;
    return stated.some((code) => base.includes(code) || base.includes('Resource') || base.includes('DomainResource'))
      ? stated
      : base;
  }

  /**
   * Whether there are no requirements for a single value, only for the number of repetitions and for slices. Cached, so the node must be
   * complete.
   */
  get asksNothing(): boolean {
    return (this.#asksNothing ??=
      !this.hasLimits &&
      this.children.size + this.constraints.size === 0 &&
      this.types === undefined &&
      this.content === undefined);
  }

  /** The children as an array. Cached, so the node must be complete. */
  get parts(): readonly ProfileNode[] {
    return (this.#parts ??= [...this.children.values()]);
  }

  /** Whether the node limits the value itself. */
  get hasLimits(): boolean {
    return this.limits > 0;
  }

  /** Number of limits on the value itself: fixed value, pattern, range, codes, length and others. Cached, so the node must be complete. */
  get limits(): number {
    return (this.#limits ??=
      Number(this.mustHaveValue) +
      [
        this.fixed,
        this.pattern,
        this.minValue,
        this.maxValue,
        this.maxLength,
        this.binding,
        this.valueAlternatives,
        this.textLimits,
        this.narrative,
      ].filter((limit) => limit !== undefined).length);
  }

  /** Returns a deep copy, as the start of a derived profile. */
  clone(): ProfileNode {
    const copy = new ProfileNode(this.name, this.model, this.sliceName);
    copy.min = this.min;
    copy.max = this.max;
    copy.types = this.types;
    copy.fixed = this.fixed;
    copy.pattern = this.pattern;
    copy.minValue = this.minValue;
    copy.maxValue = this.maxValue;
    copy.maxLength = this.maxLength;
    copy.mustHaveValue = this.mustHaveValue;
    copy.valueAlternatives = this.valueAlternatives;
    copy.textLimits = this.textLimits;
    copy.narrative = this.narrative;
    copy.binding = this.binding;
    copy.slicing = this.slicing;
    copy.content = this.content;
    for (const [key, constraint] of this.constraints) copy.constraints.set(key, constraint);
    for (const [name, child] of this.children) copy.children.set(name, child.clone());
    for (const [name, slice] of this.slices) copy.slices.set(name, slice.clone());
    return copy;
  }

  /** Applies the statements of an element definition; they replace earlier ones. */
  constrain(element: ElementDefinition): void {
    if (element.min !== undefined) this.min = element.min;
    if (element.max !== undefined) this.max = element.max === '*' ? Infinity : Number(element.max);
    if (element.type !== undefined) this.types = element.type;
    if (element.maxLength !== undefined) this.maxLength = element.maxLength;
    if (element.mustHaveValue === true) this.mustHaveValue = true;
    if (element.valueAlternatives !== undefined) this.valueAlternatives = element.valueAlternatives;
    if (element.extension !== undefined) {
      this.textLimits = textLimitsOf(element.extension, this.textLimits);
      this.narrative = narrativeControlOf(element.extension, this.narrative);
    }
    if (element.binding !== undefined) this.binding = boundBy(element.binding, this.binding ?? this.model?.binding);
    if (element.slicing !== undefined) this.slicing = element.slicing;
    this.content = element.extension?.find(({ url }) => url === contentProfile)?.valueUri ?? this.content;
    for (const constraint of element.constraint ?? []) this.constraints.set(constraint.key, constraint);
    this.fixed = stated(element, 'fixed') ?? this.fixed;
    this.pattern = stated(element, 'pattern') ?? this.pattern;
    this.minValue = stated(element, 'minValue') ?? this.minValue;
    this.maxValue = stated(element, 'maxValue') ?? this.maxValue;
  }

  /** Returns the child with a name and creates it if necessary; undefined if none of the types has this element. */
  child(name: string): ProfileNode | undefined {
    const known = this.children.get(name);
    if (known !== undefined) return known;
    for (const type of this.typeNames) {
      const model = elementsOf(type)?.get(name);
      if (model === undefined) continue;
      const made = new ProfileNode(name, model);
      this.children.set(name, made);
      return made;
    }
    return undefined;
  }

  /** Returns the slice with a name and creates it if necessary; `a/b` is a slice of slice `a`. */
  slice(name: string): ProfileNode {
    const parent = name.includes('/') ? this.slices.get(name.slice(0, name.lastIndexOf('/'))) : undefined;
    const { slices } = parent ?? this;
    let found = slices.get(name);
    if (found === undefined) {
      found = new ProfileNode(this.name, this.model, name);
      slices.set(name, found);
    }
    return found;
  }
}

/** Completes a binding: a differential may state only the strength or only the value set, and the base provides the other. */
function boundBy(
  own: Partial<ElementBinding>,
  base: Pick<ElementBinding, 'strength' | 'valueSet'> | undefined,
): ElementBinding {
  const { strength = base?.strength ?? 'example', valueSet = base?.valueSet } = own;
  return { ...own, strength, ...(valueSet !== undefined && { valueSet }) };
}

function stated(element: ElementDefinition, prefix: string): Stated | undefined {
  for (const [name, value] of Object.entries(element)) {
    if (name.startsWith(prefix) && /^[A-Z]/.test(name.slice(prefix.length))) {
      return { type: name.slice(prefix.length), value: value as unknown };
    }
  }
  return undefined;
}
