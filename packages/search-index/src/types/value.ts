/** Index values of search parameters. */
export interface IndexValue {
  /** The code of the search parameter. */
  readonly parameter: string;
  readonly value: Value;
}

/** A value by the type of search parameter that it is for. https://hl7.org/fhir/R5/search.html#ptypes */
export type Value =
  TokenValue | StringValue | ReferenceValue | DateValue | NumberValue | QuantityValue | UriValue | CompositeValue;

export interface TokenValue {
  readonly type: 'token';
  /**
   * The system of a `code` is the one that its binding implies. Undefined if the FHIR type has no system (id, string, uri, ContactPoint, a
   * code of several systems); `''` if a system is possible and missing, which `|code` finds.
   */
  readonly system: string | undefined;
  /** As written; undefined when there is only a system, or only text. */
  readonly code: string | undefined;
  /** For `:text`, normalised as strings are: text of the concept, display of the coding, text of the identifier's type. */
  readonly text: string | undefined;
  /** For `:of-type`: the codings of the identifier's type; empty for anything else. */
  readonly identifierType: readonly { readonly system: string; readonly code: string }[];
}

export interface StringValue {
  readonly type: 'string';
  /** Without case and accents, to compare with a search value that went through `normaliseString`. */
  readonly normalised: string;
  /** As written, for `:exact`. */
  readonly exact: string;
}

/** One way to name the target: a reference, an identifier and a display make a value each. */
export interface ReferenceValue {
  readonly type: 'reference';
  /** `Patient`, from the reference or else from Reference.type; undefined if neither has it. */
  readonly targetType: string | undefined;
  /** The id of a relative reference (or one below a base that was named as own). */
  readonly id: string | undefined;
  /** An absolute URL or canonical without its version, `urn:uuid:…`. */
  readonly url: string | undefined;
  /** The version after `/_history/` or, in a canonical, after `|`. */
  readonly version: string | undefined;
  /** For `:identifier`; system `''` if it has none. */
  readonly identifier: { readonly system: string; readonly value: string } | undefined;
  /** For `:text`: Reference.display, normalised as strings are. */
  readonly text: string | undefined;
}

/** The time from `low` (inclusive) to `high` (exclusive), ms since 1970; infinite if a period is open. */
export interface DateValue {
  readonly type: 'date';
  readonly low: number;
  readonly high: number;
}

/**
 * `low` to `high` is the meaning of the number by its precision (2.5 is 2.45 to 2.55), or the range that the element gives. An integer is
 * itself. Zeros at the end of a decimal are gone once JSON has been parsed and do not count.
 */
export interface NumberValue {
  readonly type: 'number';
  /** The number itself; undefined for a range. */
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
}

/** As a number, with its unit; a comparator (`<`) makes a range. */
export interface QuantityValue {
  readonly type: 'quantity';
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
  /** `''` if it has no system. */
  readonly system: string;
  readonly code: string | undefined;
  /** The unit in words. */
  readonly unit: string | undefined;
}

export interface UriValue {
  readonly type: 'uri';
  readonly uri: string;
}

/** The values of one repetition: one list a component, in the order of the definition; none of the lists is empty. */
export interface CompositeValue {
  readonly type: 'composite';
  readonly components: readonly (readonly Value[])[];
}
