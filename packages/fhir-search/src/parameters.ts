/** The side door to search parameters: those of R5, of the platform and of an environment, with their definitions. */
export {
  allSearchParameters,
  leadsAnywhere,
  searchParameter,
  searchParametersOf,
  type SearchParameter,
} from './parameters/search-parameters.ts';
export type { SearchParameterType } from './parameters/encoding.ts';
export {
  definitionOf,
  SearchParameterFault,
  type OwnDefinition,
  type SearchParameterProblem,
} from './parameters/own-definition.ts';
export {
  generationOf,
  ownParameters,
  ownParametersBy,
  rowsName,
  showingLabels,
  typesOf,
  type OwnParameters,
  type OwnParametersData,
} from './parameters/own-parameters.ts';
export { hidingElements, hidingParameters } from './parameters/hidden-parameters.ts';
export { derivedParameters } from './parameters/derived-parameters.ts';
export { mainDateParameter } from './parameters/main-date.ts';
export { notIndexed, reasonNotIndexed } from './parameters/not-indexed.ts';
export { withinBundle } from './parameters/within-bundle.ts';
