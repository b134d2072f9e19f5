import type { Include, ParsedSearch } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { SortKey } from '../types/sorting.ts';

/** A parsed search, without the form of the answer (`_summary`, `_elements`, `_format`). */
export interface SearchQuery {
  /** One for a search of a type; one for each type of a search of the system. */
  readonly branches: readonly { readonly type: string; readonly where: Condition }[];
  /** Empty: the default order, which is the main date (newest first), then the newest row. */
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  /** Contained resources are searched too; absent: they are not. https://hl7.org/fhir/R5/search.html#contained */
  readonly contained?: ContainedAsked;
  /** `OwnParameters.generation` of the search parameters with which it was parsed; absent if the environment had no own parameters. */
  readonly follows?: number;
}

export interface ContainedAsked {
  /** Whether resources that are stored by themselves are searched as well. */
  readonly alsoStored: boolean;
  /** The resource that is returned for a match: its container, or the contained resource itself. */
  readonly shown: 'container' | 'contained';
}

/** A search in FHIR's words, and in the terms of the index. */
export interface UnderstoodSearch extends ParsedSearch {
  readonly query: SearchQuery;
  /** Texts derived from it, by name: all callers with the same search share this object. Absent if it is not cached. */
  readonly texts?: Map<string, string> | undefined;
}
