export type Format = 'json' | 'xml';

/** Form in which the client wants the answer of a route. */
export interface Presentation {
  readonly format: Format;
  readonly isPretty: boolean;
  readonly subset?: Subset | undefined;
  /** For a Binary: as its own content, where this says of its media type that the client takes it. */
  readonly raw?: ((contentType: string) => boolean) | undefined;
  /** For a Binary: it can only be shown as its own content; the client takes no format of FHIR. */
  readonly isOnlyRaw?: boolean;
}

export type Subset = { readonly kind: 'true' | 'text' | 'data' | 'count' } | ElementSubset;

/** Names of top-level elements, `deceased` or `deceasedBoolean`. */
export interface ElementSubset {
  readonly kind: 'elements';
  /** Names of elements of the resources that were searched for or read. */
  readonly names: ReadonlySet<string>;
  /** Names of elements by type, for all resources of the type in a result. */
  readonly ofTypes: ReadonlyMap<string, ReadonlySet<string>>;
}
