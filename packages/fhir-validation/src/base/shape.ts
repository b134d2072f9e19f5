import { elementsOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import { rulesOfElement, rulesOfType } from '../invariants/core-rules.ts';
import type { Holds, Rule } from '../invariants/rule.ts';
import { coreBinding, type BindingCheck } from '../terminology/binding.ts';
import type { Json } from '../json.ts';
import type { Run } from '../run.ts';
import { canonicalCheck } from './canonical-target.ts';
import { extensionCheck, type ExtensionCheck } from './extension.ts';
import { targetCheck } from './reference.ts';
import { specials, type Special } from './special.ts';
import { primitiveCheck, type PrimitiveCheck } from './primitive.ts';

/** One JSON member that a type may have, compiled for checks. */
export interface Member {
  readonly element: ElementModel;
  readonly type: string;
  /** Name of the place in an expression: `value.ofType(Quantity)`. */
  readonly label: string;
  readonly isList: boolean;
  /** Whether it is the `_` companion of a primitive. */
  readonly isSibling: boolean;
  readonly siblingName: string | undefined;
  /** The bit of a required or choice element in the set of members seen; 0 for others. */
  readonly bit: number;
  /** For primitives. */
  readonly primitive: PrimitiveCheck | undefined;
  /** For resources within an element. */
  readonly isResource: boolean;
  /** The value set that its codes must be from; undefined if other codes are allowed. */
  readonly required: string | undefined;
  /** Whether the binding of its codes is stronger than example. */
  readonly isBound: boolean;
  /** Whether it is the id of an element, not of a resource. */
  readonly isElementId: boolean;
  /** Whether it is an address of anything, which may be below HL7's and not exist. */
  readonly isAddress: boolean;
  /** Whether it is the id of a data type: R5 requires the form of resource ids for these, and allows any text for other elements. */
  readonly isTypeId: boolean;
  /** The shape of the member's own type, if that is neither primitive nor a resource. */
  readonly shape: () => Shape;
  readonly binding: BindingCheck | undefined;
  readonly targets: ((value: Json, run: Run) => void) | undefined;
  readonly extension: ExtensionCheck | undefined;
  readonly rules: readonly Rule[];
  /** Whether it counts as content of its owner: an id alone does not. */
  readonly isContent: boolean;
  /** The owner's rules to evaluate if the member is present, as bits; set with `Shape.asked`. */
  asks: number;
}

/** The rules of a type to evaluate on its objects, as bits in their order. */
export interface AskedRules {
  /** Rules evaluated on every object. */
  readonly always: number;
  /** The rule that an element has content, which is known to hold for most objects; 0 if there is none. */
  readonly content: number;
  readonly holds: readonly Holds[];
}

/** A compiled type: the members that its objects may and must have. */
export interface Shape {
  readonly name: string;
  readonly isResource: boolean;
  readonly members: ReadonlyMap<string, Member>;
  readonly required: readonly { readonly element: ElementModel; readonly bit: number }[];
  readonly requiredBits: number;
  readonly special: Special | undefined;
  readonly rules: readonly Rule[];
  /** Which rules are evaluated on which objects; undefined before the first object, null if there are too many for bits. */
  asked: AskedRules | null | undefined;
}

/** Types whose ids may be any text: elements in general, and definitions, whose ids are paths. */
const namedFreely = new Set(['Element', 'ElementDefinition']);

/** Whether the url of a type identifies itself: of an extension, or of a resource with a canonical url. */
const namesItself = (owner: string): boolean => owner === 'Extension' || typeOf(owner)?.kind === 'resource';

const shapes = new Map<string, Shape>();

/** The shape of a type or backbone element, compiled on first use. @throws Error for a name that R5 does not have. */
export function shapeOf(type: string): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    shape = compileShape(type);
    shapes.set(type, shape);
  }
  return shape;
}

function compileShape(type: string): Shape {
  const elements = elementsOf(type);
  if (elements === undefined) throw new Error(`There is no type ${type}`);
  const members = new Map<string, Member>();
  const required: { element: ElementModel; bit: number }[] = [];
  let nextBit = 1;
  for (const element of elements.values()) {
    let bit = 0;
    if (element.min > 0 || element.choice) {
      bit = nextBit;
      nextBit *= 2;
      if (nextBit > 2 ** 30) throw new Error(`${type} has too many required elements`);
    }
    if (element.min > 0) required.push({ element, bit });
    for (const one of element.types) addMembers(members, type, element, one, bit);
  }
  return {
    name: type,
    isResource: typeOf(type)?.kind === 'resource',
    members,
    required,
    requiredBits: required.reduce((bits, { bit }) => bits | bit, 0),
    special: specials.get(type),
    rules: rulesOfType(type),
    asked: undefined,
  };
}

/** Bits of an integer that stay positive. */
const mostBits = 30;

/** Determines which members require which rules of a type, at its first object: this compiles the rules. */
export function askedRules(shape: Shape): AskedRules | null {
  const { rules, members } = shape;
  if (rules.length > mostBits) return (shape.asked = null);
  let [always, content] = [0, 0];
  const compiled = rules.map((rule) => rule.compiled());
  for (const [i, { key }] of rules.entries()) {
    const bit = 2 ** i;
    const needed = compiled[i]!.needs?.map((name) => members.get(name));
    if (key === 'ele-1') content |= bit;
    if (needed === undefined || needed.includes(undefined)) always |= bit;
    else for (const member of needed) member!.asks |= bit;
  }
  return (shape.asked = { always, content, holds: compiled.map(({ holds }) => holds) });
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Canonicals whose targets other rules check. */
const toldElsewhere = new Set(['Meta.profile', 'ConceptMap.group.source', 'ConceptMap.group.target']);

function checkOf(owner: string, { name, canonicalTargets = [] }: ElementModel, type: string): PrimitiveCheck {
  const form = primitiveCheck(type);
  return type === 'canonical' && !toldElsewhere.has(`${owner}.${name}`) ? canonicalCheck(form, canonicalTargets) : form;
}

function addMembers(
  members: Map<string, Member>,
  owner: string,
  element: ElementModel,
  type: string,
  bit: number,
): void {
  const kind = typeOf(type)?.kind;
  const json = element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name;
  const isPrimitive = kind === 'primitive';
  // A value that is an attribute in XML cannot have extensions, nor can XHTML.
  const hasSibling = isPrimitive && element.xml === undefined;
  const member: Member = {
    element,
    type,
    label: element.choice ? `${element.name}.ofType(${type})` : element.name,
    isList: element.max > 1,
    isSibling: false,
    siblingName: hasSibling ? `_${json}` : undefined,
    bit,
    primitive: isPrimitive ? checkOf(owner, element, type) : undefined,
    isResource: kind === 'resource',
    required: isPrimitive && element.binding?.strength === 'required' ? element.binding.valueSet : undefined,
    isBound: element.binding !== undefined && element.binding.strength !== 'example',
    isElementId: element.name === 'id' && typeOf(owner)?.kind !== 'resource',
    // Other checks look up the url of an extension and the system of a Coding; a resource defines its own url.
    isAddress: (type === 'uri' || type === 'url') && owner !== 'Coding' && !(json === 'url' && namesItself(owner)),
    isTypeId: element.name === 'id' && typeOf(owner)?.kind === 'complex' && !namedFreely.has(owner),
    shape: lazily(() => shapeOf(type)),
    targets: targetCheck(type, element.targets),
    extension: type === 'Extension' ? extensionCheck(owner, element.name === 'modifierExtension') : undefined,
    binding: coreBinding(element, type),
    rules: rulesOfElement(owner, element.name, type),
    isContent: element.name !== 'id',
    asks: 0,
  };
  members.set(json, member);
  if (hasSibling) members.set(`_${json}`, { ...member, isSibling: true, isContent: false, siblingName: json });
}
