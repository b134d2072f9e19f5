import type { EncodedElement, EncodedType } from '../src/model/encoding.ts';
import { baseTypes, encodeTypes } from './elements.ts';
import type { StructureDefinition } from './definitions.ts';

/** JSON literals of primitive types that are not strings; integer64 is one, since a double cannot hold it. */
const literals: Record<string, string> = {
  boolean: 'boolean',
  integer: 'number',
  positiveInt: 'number',
  unsignedInt: 'number',
  decimal: 'number',
};

/** The abstract resource, whose own name means the union of all concrete ones. */
const resourceBase = 'ResourceBase';

/** TypeScript interfaces for every resource, data type and backbone element of the definitions. */
export function typescriptOf(definitions: StructureDefinition[], fhirVersion: string): string {
  const types = encodeTypes(definitions);
  const comments = commentsOf(definitions);
  const names = Object.keys(types).filter((name) => types[name]!.kind !== 'primitive' && name !== 'Base');
  const interfaces = names.map((name) => interfaceOf(name, types, comments));
  const declared = names.map((name) => interfaceName(name));
  if (new Set(declared).size !== declared.length) throw new Error('two types would have the same interface name');
  const concrete = names.filter((name) => types[name]!.kind === 'resource' && types[name]!.abstract !== true);
  return [
    `// FHIR R5 (${fhirVersion}) as TypeScript, generated from hl7.fhir.r5.core; do not edit: \`npm run generate\` writes it anew.`,
    '',
    ...interfaces,
    '/** Any concrete resource; `resourceType` tells which. */',
    `export type Resource =\n${concrete.map((name) => `  | ${name}`).join('\n')};`,
    '',
  ].join('\n');
}

function commentsOf(definitions: StructureDefinition[]): Map<string, string> {
  const comments = new Map<string, string>();
  for (const { snapshot } of baseTypes(definitions)) {
    for (const { path, short } of snapshot.element)
      if (short !== undefined) comments.set(path.replace('[x]', ''), short);
  }
  return comments;
}

function interfaceOf(name: string, types: Record<string, EncodedType>, comments: Map<string, string>): string {
  const type = types[name]!;
  const base = type.base === undefined || type.base === 'Base' ? '' : ` extends ${interfaceName(type.base)}`;
  const lines = [comment(comments.get(name), ''), `export interface ${interfaceName(name)}${base} {`];
  if (type.kind === 'resource')
    lines.push(type.abstract ? (name === 'Resource' ? '  resourceType: string;' : '') : `  resourceType: '${name}';`);
  for (const element of type.elements) {
    // An inherited element that is only bound otherwise has the same TypeScript type.
    if (isInherited(element, type.base, types)) continue;
    lines.push(comment(comments.get(`${name}.${element.name}`), '  '), ...membersOf(element, types));
  }
  return [...lines.filter((line) => line !== ''), '}', ''].join('\n');
}

function isInherited(element: EncodedElement, base: string | undefined, types: Record<string, EncodedType>): boolean {
  for (let t = base; t !== undefined; t = types[t]?.base) {
    if (types[t]?.elements.some(({ name }) => name === element.name)) return true;
  }
  return false;
}

function membersOf(element: EncodedElement, types: Record<string, EncodedType>): string[] {
  const isList = element.max !== undefined && element.max !== 1;
  return element.types.flatMap((code) => {
    const name = element.choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
    const isPrimitive = types[code]?.kind === 'primitive';
    const type = isPrimitive ? (literals[code] ?? 'string') : interfaceName(code, 'Resource');
    const isRequired = (element.min ?? 0) > 0 && !element.choice;
    const member = `  ${name}${isRequired ? '' : '?'}: ${type}${isList ? '[]' : ''};`;
    if (!isPrimitive || element.xml !== undefined) return [member];
    return [member, `  _${name}?: ${isList ? '(Element | null)[]' : 'Element'};`];
  });
}

/** `Patient.contact` is `PatientContact`; as a value `Resource` means any resource, as a base the abstract one. */
function interfaceName(type: string, forResource = resourceBase): string {
  if (type === 'Resource') return forResource;
  return type
    .split('.')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function comment(short: string | undefined, indent: string): string {
  if (short === undefined) return '';
  return `${indent}/** ${short.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim()} */`;
}
