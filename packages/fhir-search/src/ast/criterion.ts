import type { Filter, FilterOperator } from './filter.ts';
import type { TextTree } from './text-tree.ts';
import type { Token, Value } from './value.ts';

/**
 * A part of a search in FHIR's words: parameters by their codes, values by their types. Pure data, independent of a database.
 * https://hl7.org/fhir/R5/search.html
 */
export type Criterion =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  | ParameterCriterion
  | { readonly kind: 'missing'; readonly parameter: string; readonly missing: boolean }
  | ChainCriterion
  | HasCriterion
  /** `_filter`: its tree as written, and its meaning as a criterion. */
  | { readonly kind: 'filter'; readonly filter: Filter; readonly asks: Criterion }
  /** Words in the narrative (`_text`), in those of its sections (`section-text`), or anywhere in the resource (`_content`). */
  | { readonly kind: 'full-text'; readonly parameter: string; readonly words: readonly TextTree[] }
  /** `section-code-text`: a section has the code and in its own narrative the words. */
  | { readonly kind: 'section-code-text'; readonly sections: readonly SectionAsked[] }
  | MemberCriterion;

/** At least one of the values; with `:not` and `:not-in` none of them. */
export interface ParameterCriterion {
  readonly kind: 'parameter';
  readonly parameter: string;
  /** Modifier; for a reference also the type that it leads to. */
  readonly modifier?: string;
  /** Only a `_filter` has one: how a string or uri is compared, or a period with that of the value. */
  readonly operator?: FilterOperator;
  readonly values: readonly Value[];
}

/** `subject:Patient.name=x`: a reference leads to a resource that meets the rest, of the type named or of any that has the rest. */
export interface ChainCriterion {
  readonly kind: 'chain';
  readonly parameter: string;
  readonly target?: string;
  /** Without a type: the text after the dot, as written. Each type reads it by its own parameter. */
  readonly written?: readonly [name: string, value: string];
  readonly to: readonly { readonly type: string; readonly where: Criterion }[];
}

/** `_has:Observation:patient:code=x`: a resource of another type refers to this one by the parameter and meets the rest. */
export interface HasCriterion {
  readonly kind: 'has';
  readonly type: string;
  readonly parameter: string;
  readonly where: Criterion;
}

export interface SectionAsked {
  readonly code: Token;
  readonly words: TextTree;
}

/** `_in` and `_list`: the resource is an active member of one of the collections; with `:not`, of none of them. */
export interface MemberCriterion {
  readonly kind: 'member';
  readonly parameter: '_in' | '_list';
  readonly modifier?: 'not';
  readonly collections: readonly Collection[];
}

export type Collection =
  /** `named`: the type of the collection, if it was given. `ids` of the members that are of the searched type. */
  | { readonly named?: string; readonly id: string; readonly ids: readonly string[] }
  /** `$current-problems` and the like, and their meaning. */
  | { readonly list: string; readonly asks: Criterion };
