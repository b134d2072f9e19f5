/** The language of searches: parsing a text to a search in FHIR's words, and printing it. */
export type { Criterion } from './ast/criterion.ts';
export type { Include, Search, SortRule } from './ast/search.ts';
export type { TextTree } from './ast/text-tree.ts';
export type { AskedCode, ResourceName, Value, ValueOf } from './ast/value.ts';
export { patientCompartment, type JsonResource } from './compartment/patient-compartment.ts';
export type { GivenParameter } from './query/given-parameters.ts';
export { printCriterion, printSearch } from './print/print-search.ts';
export { withLookups, type LookupServices } from './query/lookups.ts';
export { parseCriteria } from './query/parse-criteria.ts';
export type { ParseOptions } from './query/parse-options.ts';
export { parseSearch, type ParsedSearch, type SearchScope } from './query/parse-search.ts';
export { answerParameters } from './query/result-parameters.ts';
export { searchLimits } from './query/search-limits.ts';
export { SearchFault, type SearchProblem } from './query/search-problem.ts';
