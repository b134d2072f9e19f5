/** A SearchParameter as `definitions.ts` holds it, one JSON object a line. Absent members have no content in the definition. */
export interface EncodedSearchParameter {
  /** The canonical without `http://hl7.org/fhir/SearchParameter/`. */
  readonly id: string;
  readonly code: string;
  readonly type: SearchParameterType;
  readonly base: readonly string[];
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly multipleOr?: boolean;
  readonly multipleAnd?: boolean;
  readonly comparator?: readonly string[];
  readonly modifier?: readonly string[];
  readonly component?: readonly EncodedComponent[];
}

export interface EncodedComponent {
  /** On the items of the composite's own expression. */
  readonly expression: string;
  readonly type: SearchParameterType;
}

/** https://hl7.org/fhir/R5/valueset-search-param-type.html */
export type SearchParameterType =
  'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';
