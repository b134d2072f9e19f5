import type { Criterion, ParseOptions, Value, ValueOf } from '@dhp/fhir-search';
import type { SearchParameter } from '@dhp/fhir-search/parameters';

/** Operator of a `_filter`. https://hl7.org/fhir/R5/search_filter.html#ops */
export type FilterOperator = NonNullable<Extract<Criterion, { kind: 'parameter' }>['operator']>;

/** The options that a criterion becomes a condition with. */
export type MatchOptions = Pick<ParseOptions, 'now' | 'ownBases' | 'own'>;

/** A requested parameter of a resource type, with its names in the index. */
export interface Ask {
  readonly type: string;
  readonly parameter: SearchParameter;
  readonly modifier: string | undefined;
  readonly operator: FilterOperator | undefined;
  /** The seed of its values. Within a composite, that of the combination with the first component. */
  readonly seed: bigint;
  /** It is (not: a part of) the type's main date. */
  readonly main: boolean;
  readonly options: MatchOptions;
}

/** The value, which the parameter and its modifier guarantee to be of one of these types. @throws TypeError if it is not */
export function valueOf<Type extends Value['type']>(value: Value, ...types: readonly Type[]): ValueOf<Type> {
  if ((types as readonly string[]).includes(value.type)) return value as ValueOf<Type>;
  throw new TypeError(`a ${value.type} where the search asks for a ${types.join(' or ')}`);
}
