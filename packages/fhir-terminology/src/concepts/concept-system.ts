import type { Budget } from '@dhp/budget';
import type { CodeSystemProperty, Coding, Extension, ValueSet } from '@dhp/fhir-model';
import type { Sentence } from '../outcome/messages.ts';
import type { StandardProperties } from './standard-properties.ts';

/** A name of a concept other than its display (CodeSystem.concept.designation). */
export interface Designation {
  readonly language?: string;
  readonly use?: Coding;
  readonly value: string;
  readonly extensions?: readonly Extension[];
  /** The canonical of the supplement that adds it; absent for the code system's own. */
  readonly source?: string;
}

/** A value that a code system gives a concept (CodeSystem.concept.property); `type` as in `valueCode`: code, boolean … */
export interface ConceptProperty {
  readonly code: string;
  readonly type: 'Code' | 'Coding' | 'String' | 'Integer' | 'Boolean' | 'DateTime' | 'Decimal';
  readonly value: string | number | boolean | Coding;
  /** The property's own uri when a supplement declares it; else the code system's declaration holds. */
  readonly uri?: string;
  /** The canonical of the supplement that adds it; absent for the code system's own. */
  readonly source?: string;
}

/** A concept as the operations see it. */
export interface Concept {
  readonly code: string;
  readonly display?: string | undefined;
  readonly definition?: string | undefined;
  readonly designations: readonly Designation[];
  readonly properties: readonly ConceptProperty[];
  readonly extensions: readonly Extension[];
}

/** Metadata of one version of a code system, with derived facts about its properties. */
export interface SystemHeader extends SystemMetadata {
  readonly standard: StandardProperties;
}

/** Metadata of one version of a code system, as a content file has it. */
export interface SystemMetadata {
  readonly url: string;
  readonly version?: string;
  readonly versionAlgorithm?: string;
  readonly versionNeeded?: boolean;
  readonly name?: string;
  readonly title?: string;
  readonly language?: string;
  readonly status?: string;
  readonly standardsStatus?: string;
  readonly experimental?: boolean;
  /** When this version was last changed. */
  readonly date?: string;
  readonly caseSensitive: boolean;
  readonly content: 'not-present' | 'example' | 'fragment' | 'complete' | 'supplement';
  /** The canonical of the code system that it adds to, whatever its content is said to be. */
  readonly supplements?: string;
  readonly valueSet?: string;
  readonly hierarchyMeaning?: string;
  readonly property: readonly CodeSystemProperty[];
  /** Names that filters of value sets may ask for beside its properties. */
  readonly filter?: readonly { readonly code: string; readonly operator: readonly string[] }[];
}

/** One condition of ValueSet.compose.include.filter. */
export interface ConceptFilter {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}

export type ConceptTest = (concept: Concept) => boolean;

/**
 * One version of one code system: a table of concepts, or a grammar (UCUM, BCP 47) whose codes cannot be listed. Concepts are
 * only ever handed back to the system that gave them.
 */
export interface ConceptSystem {
  readonly header: SystemHeader;
  /** Canonicals of the supplements that are applied. */
  readonly supplements: readonly string[];
  /** Number of concepts; undefined when they cannot be listed. */
  readonly size: number | undefined;
  /** The concept of a code; case is ignored if the code system is not case sensitive. */
  find(code: string): Concept | undefined;
  /** All concepts, in the order of definition, a parent before its children; empty if they cannot be listed. */
  concepts(): Iterable<Concept>;
  /** Gives each concept by its place in that order; undefined if a code has several places. */
  places?(): ((row: number) => Concept) | undefined;
  parents(concept: Concept): readonly Concept[];
  children(concept: Concept): readonly Concept[];
  /** Whether a concept is the other or below it. @param budget pays for the ways up @throws BudgetSpent */
  isA(concept: Concept, ancestor: Concept, budget?: Budget): boolean;
  /** The test of a filter that this system defines itself; undefined if the common rules apply. */
  ownFilter?(filter: ConceptFilter): ConceptTest | undefined;
  /** A specific reason why a text is not a code of this system; undefined if there is nothing to add. */
  whyUnknown?(code: string): Sentence | undefined;
  /** The reason why a filter defined by this system excludes a code; undefined if there is no specific reason. */
  whyLeftOut?(code: string, filter: ConceptFilter): Sentence | undefined;
  /** The value set of the usual codes of a system that cannot be listed. */
  readonly listedBy?: string | undefined;
  /** Its implicit value sets by url, once requested: the same object each time, so that cached expansions remain valid. */
  implicitValueSets?: Map<string, ValueSet>;
}

/** `url|version`, the form in which an answer names a version of a code system or a value set. */
export function canonical(url: string, version?: string): string {
  return version === undefined || version === '' ? url : `${url}|${version}`;
}
