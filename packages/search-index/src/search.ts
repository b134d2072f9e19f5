/** The side door to searches: from a query of the index to a page. */
export type { KeptCount } from './page/counted-type.ts';
export type { CompiledSearch } from './page/compiled-search.ts';
export { LackingDefinition, type Lacks } from './condition/lacking-definition.ts';
export type { StoredBody, WholeRows } from './row/whole-rows.ts';
export type { FullText } from './full-text/full-text.ts';
export { usualCostLimits, type CostLimits, type FailedPlans } from './plan/cost-limits.ts';
export type { ReadPermission } from './resolve/access.ts';
export { find, search, type SearchServer } from './search/search.ts';
export type { Explained, SearchPage, SearchPlan, SearchRequest } from './search/search-request.ts';
export { CursorExpired, SearchNotPossible, SearchTimeout } from './sql/search-errors.ts';
