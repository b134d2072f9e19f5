import type { EncodedElement, EncodedType } from '../src/model/encoding.ts';
import { typeOfCanonical, type ElementDefinition, type StructureDefinition } from './definitions.ts';

/** The structures that make up the table: every type of the base specification, no profiles, no logical models. */
export function baseTypes(definitions: StructureDefinition[]): StructureDefinition[] {
  return definitions.filter(({ kind, derivation }) => kind !== 'logical' && derivation !== 'constraint');
}

/** Types and backbone elements (`Patient.contact`) with the elements that each adds to its base. */
export function encodeTypes(definitions: StructureDefinition[]): Record<string, EncodedType> {
  const full = new Map<string, EncodedType>();
  for (const definition of baseTypes(definitions)) {
    for (const [name, type] of typesOf(definition)) full.set(name, type);
  }
  const encoded: Record<string, EncodedType> = {};
  for (const name of [...full.keys()].sort()) {
    const type = full.get(name)!;
    const inherited = type.base === undefined ? undefined : full.get(type.base);
    if (type.base !== undefined && inherited === undefined) throw new Error(`${name}: unknown base ${type.base}`);
    const known = new Set(inherited?.elements.map((element) => JSON.stringify(element)));
    encoded[name] = { ...type, elements: type.elements.filter((element) => !known.has(JSON.stringify(element))) };
  }
  return encoded;
}

/** The type itself and its backbone elements, each with all its elements in the order of the specification. */
function typesOf(definition: StructureDefinition): [string, EncodedType][] {
  const [root, ...elements] = definition.snapshot.element as [ElementDefinition, ...ElementDefinition[]];
  const types = new Map<string, EncodedType>();
  types.set(root.path, {
    kind: definition.kind === 'resource' ? 'resource' : definition.kind === 'primitive-type' ? 'primitive' : 'complex',
    ...(definition.abstract && { abstract: true as const }),
    ...(definition.baseDefinition !== undefined && { base: typeOfCanonical(definition.baseDefinition) }),
    elements: [],
  });
  const byPath = new Map(elements.map((element) => [element.path, element]));
  for (const element of elements) {
    const parent = element.path.slice(0, element.path.lastIndexOf('.'));
    const owner = types.get(parent);
    if (owner === undefined) throw new Error(`${element.path} has no parent`);
    // The value of a primitive type is the JSON literal itself, not a member.
    if (definition.kind === 'primitive-type' && element.path.endsWith('.value')) continue;
    owner.elements.push(encodeElement(element, byPath));
    if (isBackbone(element)) types.set(element.path, { kind: 'backbone', base: element.type![0]!.code, elements: [] });
  }
  return [...types];
}

/** An element that defines its children in place; `Base` has none, so an abstract data type never is one. */
function isBackbone(element: ElementDefinition): boolean {
  const code = element.type?.[0]?.code;
  return code === 'BackboneElement' || code === 'Element';
}

function encodeElement(element: ElementDefinition, byPath: Map<string, ElementDefinition>): EncodedElement {
  const name = element.path.slice(element.path.lastIndexOf('.') + 1);
  const isChoice = name.endsWith('[x]');
  const targetsOf = (...codes: string[]) =>
    distinct(
      (element.type ?? [])
        .filter(({ code }) => codes.includes(code))
        .flatMap((t) => t.targetProfile ?? [])
        .map(typeOfCanonical),
    );
  const targets = targetsOf('Reference', 'CodeableReference');
  const canonicalTargets = targetsOf('canonical');
  const profiles = distinct((element.type ?? []).flatMap(({ profile }) => profile ?? []).map(typeOfCanonical));
  const xml = xmlForm(element);
  return {
    name: isChoice ? name.slice(0, -3) : name,
    ...(element.min !== 0 && { min: element.min }),
    ...(element.max !== '1' && { max: element.max === '*' ? -1 : Number(element.max) }),
    types: typeCodes(element, byPath),
    ...(isChoice && { choice: true as const }),
    ...(targets.length > 0 && { targets }),
    ...(canonicalTargets.length > 0 && { canonicalTargets }),
    ...(profiles.length > 0 && { profiles }),
    ...(element.isModifier === true && { modifier: true as const }),
    ...(element.isSummary === true && { summary: true as const }),
    ...(element.binding !== undefined && { binding: encodeBinding(element.binding) }),
    ...(xml !== undefined && { xml }),
  };
}

function typeCodes(element: ElementDefinition, byPath: Map<string, ElementDefinition>): string[] {
  if (element.contentReference !== undefined) {
    const path = element.contentReference.slice(element.contentReference.indexOf('#') + 1);
    const target = byPath.get(path);
    if (target === undefined) throw new Error(`${element.path}: no element ${path}`);
    return typeCodes(target, byPath);
  }
  if (isBackbone(element)) return [element.path];
  return distinct(
    element.type!.map(({ code, extension }) => {
      // Snapshots type 46 of the ids that come from Element.id as `id`, though Element.id is a string.
      if (element.base.path === 'Element.id') return 'string';
      if (!code.startsWith('http://hl7.org/fhirpath/')) return code;
      const fhirType = extension?.find(({ url }) => url.endsWith('/structuredefinition-fhir-type'))?.valueUrl;
      if (fhirType === undefined) throw new Error(`${element.path}: ${code} without its FHIR type`);
      return fhirType;
    }),
  );
}

function encodeBinding(binding: NonNullable<ElementDefinition['binding']>): NonNullable<EncodedElement['binding']> {
  const maximum = binding.additional?.find(({ purpose }) => purpose === 'maximum')?.valueSet;
  return {
    strength: binding.strength as NonNullable<EncodedElement['binding']>['strength'],
    ...(binding.valueSet !== undefined && { valueSet: binding.valueSet }),
    ...(maximum !== undefined && { maximum }),
  };
}

/** `id` of data types and `Extension.url` are XML attributes; the div of a narrative is XHTML in place. */
function xmlForm(element: ElementDefinition): EncodedElement['xml'] {
  if (element.representation?.includes('xmlAttr')) return 'attribute';
  return element.type?.[0]?.code === 'xhtml' ? 'xhtml' : undefined;
}

function distinct(values: string[]): string[] {
  return [...new Set(values)];
}
