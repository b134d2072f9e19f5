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

/** One JSON member that a type may have, prepared to be checked. */
export interface Member {
  readonly element: ElementModel;
  readonly type: string;
  /** Name of the place in an expression: `value.ofType(Quantity)`. */
  readonly label: string;
  readonly isList: boolean;
  /** Whether it is the `_` companion of a primitive. */
  readonly isSibling: boolean;
  readonly siblingName: string | undefined;
  /** The bit of a required or choice element in the set of what was seen; 0 for others. */
  readonly bit: number;
  /** For primitives. */
  readonly primitive: PrimitiveCheck | undefined;
  /** For resources that are in an element. */
  readonly isResource: boolean;
  /** The value set that its codes must be from; undefined if they may be others, too. */
  readonly required: string | undefined;
  /** Whether its codes are bound to more than examples. */
  readonly isBound: boolean;
  /** Whether it is the id of an element, not of a resource. */
  readonly isElementId: boolean;
  /** Whether it is an address of anything, which may be of HL7 and lead to nothing. */
  readonly isAddress: boolean;
  /** Whether it is the id of a data type: R5 gives these the form of ids of resources, and those of other elements any. */
  readonly isTypeId: boolean;
  /** The shape of the member's own type, for what is neither primitive nor a resource. */
  readonly shape: () => Shape;
  readonly binding: BindingCheck | undefined;
  readonly targets: ((value: Json, run: Run) => void) | undefined;
  readonly extension: ExtensionCheck | undefined;
  readonly rules: readonly Rule[];
  /** Whether its owner has content with it: an id alone is none. */
  readonly isContent: boolean;
  /** The rules of the owner that are asked where it is there, as bits; set with `Shape.asked`. */
  asks: number;
}

/** The rules of a type that its objects are asked, by bits in their order. */
export interface AskedRules {
  /** Those that are asked of every object. */
  readonly always: number;
  /** The rule that an element has content, which is known of most objects; 0 where there is none. */
  readonly content: number;
  readonly holds: readonly Holds[];
}

/** A type prepared: what its objects may and must have. */
export interface Shape {
  readonly name: string;
  readonly isResource: boolean;
  readonly members: ReadonlyMap<string, Member>;
  readonly required: readonly { readonly element: ElementModel; readonly bit: number }[];
  readonly requiredBits: number;
  readonly special: Special | undefined;
  readonly rules: readonly Rule[];
  /** Which rules are asked of which objects; undefined until an object was met, null if they are too many for bits. */
  asked: AskedRules | null | undefined;
}

/** Types whose ids may be any text: that of elements in general, and of definitions, whose ids are paths. */
const namedFreely = new Set(['Element', 'ElementDefinition']);

/** Whether the url of a type is its own: of an extension, or of a resource with a canonical url. */
const namesItself = (owner: string): boolean => owner === 'Extension' || typeOf(owner)?.kind === 'resource';

const shapes = new Map<string, Shape>();

/** The shape of a type or backbone element, compiled when it is first met. @throws Error for a name that R5 does not have. */
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

/** Finds out by which members which rules of a type are asked, when its first object is met: that compiles them. */
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

/** Canonicals of which other rules say what they lead to. */
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
  // A value that is an attribute in XML cannot carry extensions, nor can XHTML.
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
    // The url of an extension and the system of a Coding are looked up as such; a resource defines its own url.
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
