import type { Coding, Extension } from '@dhp/fhir-model';
import type { ConceptProperty } from '../concepts/concept-system.ts';
import type { TextColumn } from './text-column.ts';

/** Rows of values, each concept's one after the other: those of concept i are from `first[i]` to before `first[i + 1]`. */
export interface Rows {
  readonly first: Uint32Array;
  /** For each row, an index into the kinds. */
  readonly kind: Uint16Array;
  /** Index of its text in the column of its kind. */
  readonly position: Uint32Array;
}

/** Designations of one language and use; a separate column, so that Cyrillic does not widen the Latin ones. */
export interface DesignationKind {
  readonly language?: string;
  readonly use?: Coding;
  readonly texts: TextColumn;
}

/** Values of one property and type; everything but text as JSON. */
export interface PropertyKind {
  readonly code: string;
  readonly type: ConceptProperty['type'];
  readonly texts: TextColumn;
}

/**
 * The concepts of one version of a code system as columns; the number of a concept is its place in document order. Made for
 * size: a hundred thousand concepts in three languages must stay below 40 MB.
 */
export interface ConceptTable {
  readonly codes: TextColumn;
  readonly displays: TextColumn;
  readonly definitions: TextColumn;
  /** The concept it is nested in; -1 at the top. */
  readonly parent: Int32Array;
  readonly designationKinds: readonly DesignationKind[];
  readonly designations: Rows;
  readonly propertyKinds: readonly PropertyKind[];
  readonly properties: Rows;
  /** Extensions of few concepts: by its number. */
  readonly extensions: ReadonlyMap<number, readonly Extension[]>;
  /** Extensions of few designations: by row. */
  readonly designationExtensions: ReadonlyMap<number, readonly Extension[]>;
}
