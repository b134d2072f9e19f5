import type { TextTree } from './text-tree.ts';

/** https://hl7.org/fhir/R5/search.html#prefix */
export type Comparator = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** A code, its system, or both; `system` is `''` for a code without a system (`|code`). */
export interface Token {
  readonly type: 'token';
  readonly system?: string;
  readonly code?: string;
}

/** The time that a date covers by its precision, from `low` to before `high`, ms since 1970. */
export interface DateRange {
  readonly type: 'date';
  readonly comparator: Comparator;
  /** As it was written. */
  readonly date: string;
  readonly low: number;
  readonly high: number;
}

/** A decimal as written, its value, and its meaning by its digits: from `low` to before `high`. */
export interface Decimal {
  readonly decimal: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface NumberValue extends Decimal {
  readonly type: 'number';
  readonly comparator: Comparator;
}

export interface QuantityValue extends Decimal {
  readonly type: 'quantity';
  readonly comparator: Comparator;
  /** `system|code`, or `|code` where code or unit must be so (`system` undefined); absent: any. */
  readonly unit?: Unit;
}

export interface Unit {
  readonly system?: string;
  readonly code: string;
}

/** A resource of this server, by its type and id or by the id alone (of any type that the parameter may lead to), or a URL. */
export type Reference =
  | { readonly type: 'reference'; readonly target?: string; readonly id: string; readonly version?: string }
  | { readonly type: 'reference'; readonly url: string };

export interface AskedCode {
  readonly system: string;
  readonly code: string;
}

export interface ResourceName {
  readonly type: string;
  readonly id: string;
}

/** A place on the earth's surface, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** A value, between two commas, by the type of the parameter and its modifier. https://hl7.org/fhir/R5/search.html#ptypes */
export type Value =
  | Token
  | DateRange
  | NumberValue
  | QuantityValue
  | Reference
  | { readonly type: 'uri'; readonly uri: string }
  /** Text as written: of a string, of `:text`, of `:code-text`. */
  | { readonly type: 'text'; readonly text: string }
  /** Value of `:text-advanced`, of `:text` of a string, of `_text` and `_content`. */
  | { readonly type: 'words'; readonly words: TextTree }
  /** Value of `:of-type`: system and code of the type of an Identifier, and its value. */
  | { readonly type: 'identifier'; readonly system: string; readonly code: string; readonly value: string }
  /** Value of `:in` and `:not-in` of a token: the canonical of a value set, and its codes. */
  | { readonly type: 'value-set'; readonly url: string; readonly codes: readonly AskedCode[] }
  /** Value of `:above` and `:below` of a token: a code, and all codes that it subsumes, or that subsume it. */
  | {
      readonly type: 'concept';
      readonly system: string;
      readonly code: string;
      readonly codes: readonly AskedCode[];
    }
  /** Value of `:in` and `:not-in` of a reference: a List or Group, and those of its members that the parameter may refer to. */
  | {
      readonly type: 'collection';
      readonly collection: 'List' | 'Group';
      readonly id: string;
      readonly members: readonly Reference[];
    }
  /** Value of `:above`, `:below` and `:contains` of a reference: all resources that the target is part of, or that are part of it. */
  | { readonly type: 'hierarchy'; readonly of: Reference; readonly related: readonly ResourceName[] }
  /** The same for the reference by which the parts name their whole: the ids of the resources of the branch itself. */
  | { readonly type: 'branch'; readonly of: Reference; readonly ids: readonly string[] }
  /**
   * Value of `:below` of a canonical: a URL (`of`: the resource to which it refers) and a version; matching versions are equal to it or
   * below it; `''` for any.
   */
  | { readonly type: 'canonical'; readonly of: Reference; readonly url: string; readonly version: string }
  /** A value for each component, in their order. */
  | { readonly type: 'composite'; readonly components: readonly Value[] }
  | ({ readonly type: 'near'; readonly distance: number; readonly unit: string; readonly metres: number } & Place)
  | ({ readonly type: 'place' } & Place);

/** The values of one type. */
export type ValueOf<Type extends Value['type']> = Type extends unknown
  ? Extract<Value, { readonly type: Type }>
  : never;
