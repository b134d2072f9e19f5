export { patientCompartment, type JsonResource } from './patient-compartment.ts';
export type { SearchParameterType } from './parameters/encoding.ts';
export {
  allSearchParameters,
  searchParameter,
  searchParametersOf,
  type SearchParameter,
} from './parameters/search-parameters.ts';
export {
  definitionOf,
  SearchParameterFault,
  type OwnDefinition,
  type SearchParameterProblem,
} from './parameters/own-definition.ts';
export {
  generationOf,
  ownParameters,
  rowsName,
  typesOf,
  type OwnParameter,
  type OwnParameters,
} from './parameters/own-parameters.ts';
export { notIndexed } from './parameters/not-indexed.ts';
export { indexValues, indexWork, usualWork, type IndexOptions } from './index-values.ts';
export { normaliseString, searchForms } from './values/string.ts';
export { dateBounds } from './values/date.ts';
export { indexRow, indexVersion } from './index/rows.ts';
export { answerParameters } from './query/result-parameters.ts';
export type { Rings } from './index/boundary.ts';
export { containedIn, containedKey, containsKey, type ContainedRow } from './index/contained.ts';
export type { IndexRow, Word } from './index/index-row.ts';
export { postedScope } from './index/row-builder.ts';
export { anyReference, keyOf, oneOfPatients, referenceText, seedOf } from './index/keys.ts';
export { labelParameters, type LabelList } from './index/labels.ts';
export { hash64 } from './index/hash.ts';
export { mainDateParameter } from './index/main-date.ts';
export { postedParameters } from './index/posted-parameters.ts';
export { derivedParameters } from './index/derived-parameters.ts';
export { isSubject, referenceSeed } from './index/shared-references.ts';
export { inlinedCondition } from './index/inlined.ts';
export { quantityConditions } from './index/quantity-conditions.ts';
export { isPresent, usualIn, type Presence } from './index/usual-parameters.ts';
export { forEachLocalReference } from './index/local-references.ts';
export { referencesOf } from './index/references-of.ts';
export { maxStringLength } from './index/text-for-index.ts';
export type {
  CompositeValue,
  DateValue,
  IndexValue,
  NumberValue,
  QuantityValue,
  ReferenceValue,
  StringValue,
  TokenValue,
  UriValue,
  Value,
} from './values/index-value.ts';
export type {
  Condition,
  Interval,
  KeysCondition,
  Limits,
  PostedUnder,
  TextMatch,
  UnitAsked,
} from './query/condition.ts';
export type { Include, SearchQuery, SortKey } from './query/search-query.ts';
export type { GivenParameter } from './query/given-parameters.ts';
export { conditionOf } from './query/condition-of.ts';
export { parseSearch, type ParsedSearch, type SearchScope } from './query/parse-search.ts';
export type {
  AskedCode,
  Collections,
  Hierarchies,
  ParseOptions,
  ResourceName,
  Terminology,
} from './query/parse-options.ts';
export { withLookups, type LookupServices } from './query/lookups.ts';
export type { ResultParameters } from './query/result-parameters.ts';
export { searchLimits, type SearchLimit } from './query/search-limits.ts';
export { SearchFault, type SearchProblem, type SearchProblemKind } from './query/search-problem.ts';
export { impliesPatientCompartment } from './query/patient-parameters.ts';
