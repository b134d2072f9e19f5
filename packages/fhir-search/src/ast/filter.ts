/** The tree of a `_filter`. https://hl7.org/fhir/R5/search_filter.html */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly [Filter, Filter] }
  | { readonly kind: 'not'; readonly of: Filter }
  | FilterTest;

export interface FilterTest {
  readonly kind: 'test';
  readonly path: readonly FilterStep[];
  readonly operator: FilterOperator;
  readonly value: string;
}

/** A search parameter of a path, perhaps with the type to which it leads and the condition there. */
export interface FilterStep {
  readonly name: string;
  readonly target: string | undefined;
  readonly filter: Filter | undefined;
}

export const filterOperators = [
  ...(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'] as const),
  ...(['pr', 'po', 'ss', 'sb', 'in', 'ni', 're'] as const),
] as const;

export type FilterOperator = (typeof filterOperators)[number];
