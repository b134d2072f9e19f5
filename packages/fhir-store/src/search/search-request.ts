import type { SearchQuery } from '@dhp/search-index';
import type { StoredVersion } from '../versions.ts';
import type { Shown } from './page/shown.ts';
import type { Access } from './resolve/access.ts';
import type { Explained } from './statement/run.ts';

export interface SearchRequest {
  readonly query: SearchQuery;
  readonly access: Access;
  /** Matches of a page. */
  readonly count: number;
  /** `next` or `previous` of another page of the same search. */
  readonly cursor?: string;
  /** How well the number of all matches must be known (default: not). https://hl7.org/fhir/R5/search.html#total */
  readonly total?: 'none' | 'estimate' | 'accurate';
  /** Tell how good each match is. https://hl7.org/fhir/R5/search.html#score */
  readonly scored?: boolean;
  /** Most resources that includes may add (default 1,000). */
  readonly includeLimit?: number;
}

export interface SearchPage {
  readonly matches: readonly Shown[];
  /** Of each match, where they were asked for: 0 to 1, greater is better. */
  readonly scores?: readonly number[];
  /** Resources that the matches, or what they include, refer to or are referred to by; each once, and no match among them. */
  readonly included: StoredVersion[];
  /** There were more of them than the limit allows. */
  readonly includesCut: boolean;
  readonly total?: { readonly value: number; readonly accurate: boolean };
  /** The next page and the one before, as a `cursor`: opaque, good for the same query. The application signs them. */
  readonly next?: string;
  readonly previous?: string;
}

/** The statements that a search runs, with their plans. */
export interface SearchPlan {
  readonly statements: readonly Explained[];
}
