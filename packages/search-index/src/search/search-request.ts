import type { Budget } from '@dhp/budget';
import type { SearchQuery } from '../query/search-query.ts';
import type { FoundVersion } from '../page/found-version.ts';
import type { Shown } from '../page/shown.ts';
import type { ReadPermission } from '../resolve/access.ts';

export interface SearchRequest {
  readonly query: SearchQuery;
  readonly access: ReadPermission;
  /** Matches of a page. */
  readonly count: number;
  /** `next` or `previous` of another page of the same search. */
  readonly cursor?: string;
  /** How well the number of all matches must be known (default: not). https://hl7.org/fhir/R5/search.html#total */
  readonly total?: 'none' | 'estimate' | 'accurate';
  /** Return a score for each match. https://hl7.org/fhir/R5/search.html#score */
  readonly scored?: boolean;
  /** Tell whether no match has a label, and none inherits one: types that inherit. Nothing is told on several nodes. */
  readonly labels?: { readonly inheriting: readonly string[] };
  /** Most resources that includes may add (default 1,000). */
  readonly includeLimit?: number;
  /** Pays for look-ups, and for reads of other resources (default: nothing is charged). */
  readonly budget?: Budget;
}

export interface SearchPage {
  readonly matches: readonly Shown[];
  /** Score of each match, if requested: 0 to 1, greater is better. */
  readonly scores?: readonly number[];
  /** Resources to which the matches or their includes refer, or that refer to them; each once, without matches. */
  readonly included: FoundVersion[];
  /** At the moment of the page no match had a label, and none inherited one; absent if that is not known. */
  readonly unlabelled?: true;
  /** There were more of them than the limit allows. */
  readonly includesCut: boolean;
  readonly total?: { readonly value: number; readonly accurate: boolean };
  /** The next page and the one before, as a `cursor`: opaque, good for the same query. The application signs them. */
  readonly next?: string;
  readonly previous?: string;
}

/** One statement that was run, and PostgreSQL's analysis. */
export interface Explained {
  readonly what: string;
  readonly sql: string;
  /** The plan that searches use, for any values: `explain (generic_plan, format json)`. */
  readonly plan: unknown;
  /** The executed plan for these values, which may be another one: `explain (analyze, format json)`. */
  readonly analysis: unknown;
  readonly milliseconds: number;
}

/** The statements that a search runs, with their plans. */
export interface SearchPlan {
  readonly statements: readonly Explained[];
}
