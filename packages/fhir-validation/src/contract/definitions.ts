import { createRequire } from 'node:module';
import { typeOf } from '@dhp/fhir-model';
import type { Questionnaire } from './questionnaire.ts';

/** The parts of an ElementDefinition that the validator reads. https://hl7.org/fhir/R5/elementdefinition.html */
export interface ElementDefinition {
  readonly id?: string;
  readonly path: string;
  readonly sliceName?: string;
  readonly slicing?: Slicing;
  readonly min?: number;
  readonly max?: string;
  readonly contentReference?: string;
  /** Extensions, of which the limits of texts and decimals, demands on narratives and `contentReferenceProfile` are read. */
  readonly extension?: readonly {
    readonly url: string;
    readonly valueCode?: string;
    readonly valueUri?: string;
    readonly valueInteger?: number;
    readonly valueDecimal?: number;
    readonly valueString?: string;
  }[];
  readonly type?: readonly ElementType[];
  readonly maxLength?: number;
  readonly mustHaveValue?: boolean;
  readonly valueAlternatives?: readonly string[];
  readonly binding?: ElementBinding;
  readonly constraint?: readonly {
    readonly key: string;
    readonly severity: 'error' | 'warning';
    readonly human: string;
    readonly expression?: string;
    readonly extension?: readonly { readonly url: string; readonly valueBoolean?: boolean }[];
  }[];
}

export interface Slicing {
  readonly discriminator?: readonly Discriminator[];
  readonly ordered?: boolean;
  readonly rules?: 'open' | 'closed' | 'openAtEnd';
}

export interface Discriminator {
  readonly type: 'value' | 'exists' | 'pattern' | 'type' | 'profile' | 'position';
  readonly path: string;
}

export interface ElementType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
  readonly aggregation?: readonly ('contained' | 'referenced' | 'bundled')[];
  readonly versioning?: 'either' | 'independent' | 'specific';
}

export interface ElementBinding {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example';
  readonly valueSet?: string;
  readonly additional?: readonly AdditionalBinding[];
  readonly extension?: readonly {
    readonly url: string;
    readonly valueCanonical?: string;
    readonly valueUri?: string;
  }[];
}

export interface AdditionalBinding {
  readonly purpose: string;
  readonly valueSet: string;
  readonly usage?: readonly UsageContext[];
  /** One repetition has to meet it, not all. */
  readonly any?: boolean;
}

export interface UsageContext {
  readonly code: { readonly system?: string; readonly code?: string };
  readonly valueCodeableConcept?: { readonly coding?: readonly { readonly system?: string; readonly code?: string }[] };
}

/** Extensions of a context, of which the range of FHIR versions is read. */
export type ContextExtensions =
  | readonly {
      readonly url: string;
      readonly extension?: readonly { readonly url: string; readonly valueCode?: string }[];
    }[]
  | undefined;

/** The parts of a StructureDefinition that the validator reads. https://hl7.org/fhir/R5/structuredefinition.html */
export interface StructureDefinition {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  /** Extensions, of which `imposeProfile` is read. */
  readonly extension?: readonly { readonly url: string; readonly valueCanonical?: string }[];
  readonly status?: string;
  readonly kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical';
  readonly abstract?: boolean;
  readonly experimental?: boolean;
  readonly type: string;
  readonly baseDefinition?: string;
  readonly derivation?: 'specialization' | 'constraint';
  readonly context?: readonly {
    readonly type: string;
    readonly expression: string;
    readonly extension?: ContextExtensions;
  }[];
  readonly contextInvariant?: readonly string[];
  readonly snapshot?: { readonly element: readonly ElementDefinition[] };
  readonly differential?: { readonly element: readonly ElementDefinition[] };
}

/** Source of profiles and extension definitions in addition to those of R5 core, for example installed packages. */
export interface Definitions {
  /** The definition with this canonical; `version` if the canonical has one. Undefined if there is none. */
  structure(url: string, version?: string): StructureDefinition | undefined;
  /** The questionnaire with this canonical, for the answers to it. */
  questionnaire?(url: string, version?: string): Questionnaire | undefined;
  /** The definition of another type (`Measure`) with this canonical, for comparisons. */
  other?(type: string, url: string, version?: string): Readonly<Record<string, unknown>> | undefined;
}

/** The type of R5 that a canonical names (`http://hl7.org/fhir/StructureDefinition/Patient`); undefined for a profile. */
export function baseTypeOf(canonical: string): string | undefined {
  const prefix = 'http://hl7.org/fhir/StructureDefinition/';
  const bar = canonical.indexOf('|');
  const url = bar < 0 ? canonical : canonical.slice(0, bar);
  const name = url.startsWith(prefix) ? url.slice(prefix.length) : undefined;
  return name !== undefined && typeOf(name) !== undefined ? name : undefined;
}

/** Loads synchronously, like `import`, but only when called. */
const load = createRequire(import.meta.url);

let encoded: Readonly<Record<string, string>> | undefined;

/**
 * The definition of an extension that HL7 defines outside of R5 (package hl7.fhir.uv.extensions.r5), by its canonical without a version;
 * undefined if there is none. The file is read on first use.
 */
export function builtInExtension(url: string): StructureDefinition | undefined {
  if (!url.startsWith('http://hl7.org/fhir/')) return undefined;
  encoded ??= load('../../generated/extensions.json') as Readonly<Record<string, string>>;
  return Object.hasOwn(encoded, url) ? (JSON.parse(encoded[url]!) as StructureDefinition) : undefined;
}
