import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElementDefinition, StructureDefinition } from '../src/contract/definitions.ts';

/** The parts of a snapshot's element that the generator reads beside those that a profile needs. */
export interface SnapshotElement extends ElementDefinition {
  readonly constraint?: readonly (NonNullable<ElementDefinition['constraint']>[number] & {
    readonly source?: string;
  })[];
}

export interface BaseDefinition extends StructureDefinition {
  readonly snapshot?: { readonly element: readonly SnapshotElement[] };
  readonly differential?: { readonly element: readonly SnapshotElement[] };
}

/** The parts of a ValueSet that the generator reads. https://hl7.org/fhir/R5/valueset.html */
export interface ValueSet {
  readonly url: string;
  readonly compose?: { readonly include: readonly ConceptSet[]; readonly exclude?: readonly ConceptSet[] };
  readonly expansion?: {
    readonly contains?: readonly Contained[];
    readonly parameter?: readonly { readonly name: string }[];
  };
}

export interface ConceptSet {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string }[];
  readonly filter?: readonly unknown[];
  readonly valueSet?: readonly string[];
}

export interface Contained {
  readonly system?: string;
  readonly code?: string;
  readonly abstract?: boolean;
  readonly contains?: readonly Contained[];
}

export interface CodeSystem {
  readonly url: string;
  readonly content: string;
  readonly concept?: readonly Concept[];
}

export interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[];
}

const folders = {
  core: () => import.meta.resolve('hl7.fhir.r5.core/package.json'),
  extensions: () => import.meta.resolve('hl7.fhir.uv.extensions.r5/package.json'),
  expansions: () => import.meta.resolve('hl7.fhir.r5.expansions/package.json'),
};

/** All files of one resource type in a data package, parsed, in the order of their names. */
export function readPackage<T>(name: keyof typeof folders, type: string): T[] {
  const folder = dirname(fileURLToPath(folders[name]()));
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${type}-`) && file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T & { resourceType: string })
    .filter(({ resourceType }) => resourceType === type);
}
