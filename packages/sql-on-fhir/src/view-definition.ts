/** The elements of a ViewDefinition that define the rows. https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html */
export interface ViewDefinition {
  readonly name?: string;
  /** The resource type. */
  readonly resource: string;
  readonly constant?: readonly Constant[];
  readonly select: readonly Select[];
  readonly where?: readonly { readonly path: string }[];
}

/** Columns, for each item of `forEach`, `forEachOrNull` or `repeat`, at most one of which is present. */
export interface Select {
  readonly column?: readonly Column[];
  readonly select?: readonly Select[];
  readonly forEach?: string;
  readonly forEachOrNull?: string;
  readonly repeat?: readonly string[];
  readonly unionAll?: readonly Select[];
}

export interface Column {
  readonly name: string;
  readonly path: string;
  /** A type of FHIR: its name, or the URI of its definition. */
  readonly type?: string;
  readonly collection?: boolean;
  readonly description?: string;
  readonly tag?: readonly { readonly name: string; readonly value: string }[];
}

/** A value by the name of its type: `valueString`. */
export type Constant = { readonly name: string } & Readonly<Record<`value${string}`, unknown>>;
