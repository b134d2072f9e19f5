import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The parts of an ElementDefinition that the generator reads. https://hl7.org/fhir/R5/elementdefinition.html */
export interface ElementDefinition {
  id: string;
  path: string;
  short?: string;
  min: number;
  max: string;
  base: { path: string };
  representation?: string[];
  contentReference?: string;
  type?: {
    code: string;
    profile?: string[];
    targetProfile?: string[];
    extension?: { url: string; valueUrl?: string }[];
  }[];
  isModifier?: boolean;
  isSummary?: boolean;
  binding?: {
    strength: string;
    valueSet?: string;
    additional?: { purpose: string; valueSet: string }[];
  };
}

/** The parts of a StructureDefinition that the generator reads. */
export interface StructureDefinition {
  resourceType: 'StructureDefinition';
  name: string;
  type: string;
  kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical';
  abstract: boolean;
  derivation?: 'specialization' | 'constraint';
  baseDefinition?: string;
  description?: string;
  snapshot: { element: ElementDefinition[] };
}

export interface SearchParameter {
  resourceType: 'SearchParameter';
  code: string;
  base: string[];
  expression?: string;
}

export interface CompartmentDefinition {
  resourceType: 'CompartmentDefinition';
  code: string;
  resource: { code: string; param?: string[] }[];
}

/** The folder of hl7.fhir.r5.core, found as Node finds modules. Throws when the package is not installed. */
export function definitionsFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));
}

/** All files of one resource type in the package, parsed, in the order of their names. */
export function readDefinitions<T extends { resourceType: string }>(type: T['resourceType']): T[] {
  const folder = definitionsFolder();
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${type}-`) && name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T)
    .filter((definition) => definition.resourceType === type);
}

const canonicalBase = 'http://hl7.org/fhir/StructureDefinition/';

/** The type that a core canonical names: `http://hl7.org/fhir/StructureDefinition/Patient` is `Patient`. */
export function typeOfCanonical(canonical: string): string {
  if (!canonical.startsWith(canonicalBase)) throw new Error(`not a core type: ${canonical}`);
  return canonical.slice(canonicalBase.length);
}
