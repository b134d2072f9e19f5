import type { Criterion } from './criterion.ts';
import type { ElementPath } from '../parameters/element-paths.ts';

/** A search in FHIR's words: the criteria of each type, the order, and the includes. */
export interface Search {
  /** One for a search of a type; one for each type of a search of the system. */
  readonly types: readonly { readonly type: string; readonly where: readonly Criterion[] }[];
  /** Empty: the default order. */
  readonly sort: readonly SortRule[];
  readonly includes: readonly Include[];
}

/** A key of `_sort`. https://hl7.org/fhir/R5/search.html#_sort */
export interface SortRule {
  readonly parameter: string;
  readonly descending: boolean;
  readonly by: SortedBy;
}

export type SortedBy =
  /** Sorted by distance of `near`, or by rank in a search in texts. */
  | { readonly kind: 'score' | 'last-updated' | 'id' | 'main-date' }
  /** Sorted by the values of the parameter of this name: the requested one, or the one from which it has its values. */
  | { readonly kind: 'date' | 'number' | 'string' | 'quantity' | 'uri' | 'token'; readonly parameter: string }
  /** `:text`: by the displayed text. */
  | { readonly kind: 'display'; readonly parameter: string }
  /** `targets`: the types that it may lead to, in their order; `single`: a resource has one at most. */
  | {
      readonly kind: 'reference';
      readonly parameter: string;
      readonly paths: readonly ElementPath[];
      readonly targets: readonly string[];
      readonly single: boolean;
    }
  /** Sorted by the first of these elements that has a value. */
  | { readonly kind: 'element'; readonly paths: readonly ElementPath[] };

/** https://hl7.org/fhir/R5/search.html#_include */
export interface Include {
  readonly direction: 'include' | 'revinclude';
  /** Apply it to included resources, too. */
  readonly iterate: boolean;
  /** The type that holds the reference; `*` any. */
  readonly source: string;
  /** The code of the search parameter; `*` any of type reference. */
  readonly parameter: string;
  /** Only targets of this type. */
  readonly target?: string;
  /** With `*` as the parameter: `Type.code` of the parameters that are not followed. */
  readonly except?: ReadonlySet<string>;
}
