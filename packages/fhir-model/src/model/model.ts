import { readFileSync } from 'node:fs';
import type { EncodedElement, EncodedModel, EncodedType } from './encoding.ts';

/** An element of a type, as the base specification of R5 defines it. https://hl7.org/fhir/R5/elementdefinition.html */
export interface ElementModel {
  /** Without `[x]`: `deceased`. The JSON members of a choice are found with `memberOf`. */
  readonly name: string;
  readonly min: number;
  /** `Infinity` for `*`. */
  readonly max: number;
  /** FHIR types; a backbone element names itself (`Patient.contact`), a content reference the element that it repeats. */
  readonly types: readonly string[];
  /** Whether the JSON name ends with the type (`deceasedBoolean`). */
  readonly choice: boolean;
  /** Resource types that a Reference or CodeableReference here may point at; `Resource` is any. */
  readonly targets?: readonly string[] | undefined;
  /** Resource types that a canonical here may name. */
  readonly canonicalTargets?: readonly string[] | undefined;
  /** Profiles that the value must meet (`SimpleQuantity`). */
  readonly profiles?: readonly string[] | undefined;
  readonly isModifier: boolean;
  readonly isSummary: boolean;
  /** Canonicals of value sets, with version; `maximum` is the one no code may leave. */
  readonly binding?: BindingModel | undefined;
  /** Form in XML if it is not a child element: an attribute, or XHTML in place. */
  readonly xml?: 'attribute' | 'xhtml' | undefined;
}

export interface BindingModel {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example';
  readonly valueSet?: string;
  readonly maximum?: string;
}

/** A resource type, data type, primitive type or backbone element. */
export interface TypeModel {
  /** `Patient`, `HumanName`, `dateTime`; the path for a backbone element: `Patient.contact`. */
  readonly name: string;
  readonly kind: 'primitive' | 'complex' | 'backbone' | 'resource';
  readonly isAbstract: boolean;
  /** The type that this one specialises; undefined for `Base` alone. */
  readonly base: string | undefined;
  /** All elements, inherited ones too, in the order of the specification (which is the order in XML). */
  readonly elements: ReadonlyMap<string, ElementModel>;
}

/** Element and type of a member of a JSON object: `deceasedBoolean` is element `deceased` with type `boolean`. */
export interface MemberModel {
  readonly element: ElementModel;
  readonly type: string;
  /** Whether it is the companion (`_birthDate`) that carries id and extensions of a primitive value. */
  readonly isSibling: boolean;
}

let encoded: EncodedModel | undefined;

/**
 * The generated table, read at first use (10 ms) and kept.
 * @throws Error that tells what to run when it has not been generated.
 */
export function encodedModel(): EncodedModel {
  if (encoded === undefined) {
    const file = new URL('../../generated/model.json', import.meta.url);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new Error('The table of FHIR R5 elements has not been generated: run `npm run generate`', { cause });
    }
    encoded = JSON.parse(text) as EncodedModel;
  }
  return encoded;
}

const types = new Map<string, TypeModel>();
const members = new Map<string, ReadonlyMap<string, MemberModel>>();

/**
 * The type of that name (backbone elements by their path), undefined when R5 has none.
 * @example
 * typeOf('Age')?.base; // 'Quantity'
 */
export function typeOf(name: string): TypeModel | undefined {
  const known = types.get(name);
  if (known !== undefined) return known;
  const all = encodedModel().types;
  if (!Object.hasOwn(all, name)) return undefined;
  const type = decodeType(name, all[name]!);
  types.set(name, type);
  return type;
}

/**
 * The elements of a type or backbone element by name, inherited ones too, in order; undefined for an unknown type.
 * @example
 * elementsOf('Patient')?.get('name')?.max; // Infinity
 */
export function elementsOf(type: string): ReadonlyMap<string, ElementModel> | undefined {
  return typeOf(type)?.elements;
}

/**
 * Returns the element and type of a JSON member of a type; undefined for unknown types and members, and for `resourceType`.
 * @example
 * memberOf('Patient', 'deceasedBoolean')?.type; // 'boolean'
 */
export function memberOf(type: string, member: string): MemberModel | undefined {
  let known = members.get(type);
  if (known === undefined) {
    const elements = elementsOf(type);
    if (elements === undefined) return undefined;
    known = membersOf(elements);
    members.set(type, known);
  }
  return known.get(member);
}

/**
 * Whether `type` is `base` or specialises it, directly or not: `Age` is a `Quantity`, a `Patient` a `DomainResource`.
 * @example
 * isSubtype('Age', 'Quantity'); // true
 */
export function isSubtype(type: string, base: string): boolean {
  for (let t: string | undefined = type; t !== undefined; t = typeOf(t)?.base) if (t === base) return true;
  return false;
}

function decodeType(name: string, type: EncodedType): TypeModel {
  const inherited = type.base === undefined ? undefined : typeOf(type.base)?.elements;
  const elements = new Map(inherited);
  for (const element of type.elements) elements.set(element.name, decodeElement(element));
  return { name, kind: type.kind, isAbstract: type.abstract === true, base: type.base, elements };
}

/** Every element has the same shape (absent parts undefined), which keeps the code that reads them fast. */
function decodeElement(element: EncodedElement): ElementModel {
  return {
    name: element.name,
    min: element.min ?? 0,
    max: element.max === -1 ? Infinity : (element.max ?? 1),
    types: element.types,
    choice: element.choice === true,
    targets: element.targets,
    canonicalTargets: element.canonicalTargets,
    profiles: element.profiles,
    isModifier: element.modifier === true,
    isSummary: element.summary === true,
    binding: element.binding,
    xml: element.xml,
  };
}

function membersOf(elements: ReadonlyMap<string, ElementModel>): ReadonlyMap<string, MemberModel> {
  const found = new Map<string, MemberModel>();
  for (const element of elements.values()) {
    for (const type of element.types) {
      const name = element.choice ? element.name + type.charAt(0).toUpperCase() + type.slice(1) : element.name;
      found.set(name, { element, type, isSibling: false });
      // A value that is an attribute in XML cannot carry extensions, nor can XHTML.
      const hasSibling = element.xml === undefined && typeOf(type)?.kind === 'primitive';
      if (hasSibling) found.set(`_${name}`, { element, type, isSibling: true });
    }
  }
  return found;
}
