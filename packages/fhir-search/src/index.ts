export { patientCompartment, type JsonResource } from './patient-compartment.ts';
export { shardKeyOf } from './shard-key.ts';
export type { SearchParameterType } from './parameters/encoding.ts';
export {
  allSearchParameters,
  searchParameter,
  searchParametersOf,
  type SearchParameter,
} from './parameters/search-parameters.ts';
export { notIndexed } from './parameters/not-indexed.ts';
export { indexValues, type IndexOptions } from './index-values.ts';
export { normaliseString } from './values/string.ts';
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
