import type { Include } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { Presence } from '../keys/usual-parameters.ts';

/** A search, understood. What it asks of the answer's form (`_summary`, `_elements`, `_format`) is not here. */
export interface SearchQuery {
  /** One for a search of a type; one for each type of a search of the system. */
  readonly branches: readonly { readonly type: string; readonly where: Condition }[];
  /** Empty: the default order, which is the main date (newest first), then the newest row. */
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  /** Contained resources are searched too; absent: none. https://hl7.org/fhir/R5/search.html#contained */
  readonly contained?: ContainedAsked;
  /** `OwnParameters.generation` of the search parameters that it was understood with; absent where the environment had none of its own. */
  readonly follows?: number;
}

export interface ContainedAsked {
  /** Whether resources that are stored by themselves are searched as well. */
  readonly alsoStored: boolean;
  /** The resource that is returned for a match: its container, or the contained resource itself. */
  readonly shown: 'container' | 'contained';
}

export interface SortKey {
  readonly by:
    | { readonly kind: 'main-date' | 'last-updated' | 'id' }
    | { readonly kind: 'date' | 'number' | 'string'; readonly key: bigint }
    /** A quantity: the seed of its unit keys. Sorted by value, whatever the unit. */
    | { readonly kind: 'quantity'; readonly seed: bigint }
    /**
     * A token whose codes are kept as words, or a display. `present`: what says that a resource has the parameter at all;
     * `posted`: its codes have postings.
     */
    | { readonly kind: 'word'; readonly parameter: bigint; readonly present: Presence; readonly posted: boolean }
    /**
     * A reference: `paths` as of `json`. `refers`: the seed of its keys; `targets`: the types that it may lead to, in their order;
     * `single`: a resource has one at most.
     */
    | {
        readonly kind: 'reference';
        readonly paths: readonly string[];
        readonly refers: bigint;
        readonly present: Presence;
        readonly targets: readonly string[];
        readonly single: boolean;
      }
    /** Anything else: SQL/JSON paths on the body, of which the first that gives a value counts. */
    | { readonly kind: 'json'; readonly paths: readonly string[] }
    /** By distance of the `near` condition, or by rank of the full-text condition. */
    | { readonly kind: 'score' };
  readonly descending: boolean;
}
