import type { Criterion, ParseOptions, Value, ValueOf } from '@dhp/fhir-search';
import type { SearchParameter } from '@dhp/fhir-search/parameters';

/** Operator of a `_filter`. https://hl7.org/fhir/R5/search_filter.html#ops */
export type FilterOperator = NonNullable<Extract<Criterion, { kind: 'parameter' }>['operator']>;

/** The options that a criterion becomes a condition with. */
export type MatchOptions = Pick<ParseOptions, 'now' | 'ownBases' | 'own'>;

/** A parameter of a resource type that is requested, with what the index calls it. */
export interface Ask {
  readonly type: string;
  readonly parameter: SearchParameter;
  readonly modifier: string | undefined;
  readonly operator: FilterOperator | undefined;
  /** The seed of its values. Within a composite, that of what the first component has said. */
  readonly seed: bigint;
  /** It is (not: a part of) the type's main date. */
  readonly main: boolean;
  readonly options: MatchOptions;
}

/** The value, of which the parameter and its modifier say that it is of one of these types. @throws TypeError when it is not */
export function valueOf<Type extends Value['type']>(value: Value, ...types: readonly Type[]): ValueOf<Type> {
  if ((types as readonly string[]).includes(value.type)) return value as ValueOf<Type>;
  throw new TypeError(`a ${value.type} where the search asks for a ${types.join(' or ')}`);
}
