/**
 * Limits of one search. Each part costs the server more than it costs the caller to write: a criterion is a part of a statement of the
 * database, a step of a chain is a join, an include is a statement. No known user or program reaches the limits. They are constants,
 * because higher ones would only permit searches that the database cannot answer.
 */
import { refuse } from './ask.ts';

export const searchLimits = {
  /** Parameters, of any kind. */
  parameters: 500,
  /** Values between commas in one parameter: a list of ids. */
  values: 10_000,
  /** The same in all parameters together. */
  allValues: 20_000,
  /**
   * Values in all parameters together that are compared one by one, each a condition of the statement: all except those that are looked up
   * as one list, such as ids, codes and references. PostgreSQL's time of planning grows faster than their number.
   */
  comparisons: 500,
  /** Keys of `_sort`: each is a column of the statement, and of every cursor. */
  sortKeys: 10,
  /** `_include` and `_revinclude`. */
  includes: 50,
  /** References that are followed one behind the other by a chain, `_has` or a `_filter`. */
  depth: 8,
  /**
   * The same in all parameters together, as written: each may need a statement that looks up its ends, and a test of every candidate if
   * these are many.
   */
  links: 50,
  /** Criteria on all types that are searched, and steps of chains to all types that they may lead to, together. */
  steps: 5_000,
  /** Brackets of a `_filter` within each other. */
  filterNesting: 50,
  /** Tests of a `_filter`, such as `name eq x`. */
  filterTests: 500,
  /** Words, phrases and parentheses of a search in texts. */
  textWords: 200,
  /** Parentheses of a search in texts within each other. */
  textNesting: 50,
} as const;

export type SearchLimit = keyof typeof searchLimits;

/** @throws SearchFault with the limit when there are more */
export function requireAtMost(limit: SearchLimit, count: number, parameter: string): void {
  if (count > searchLimits[limit]) failTooMuch(limit, parameter);
}

/** @throws SearchFault always */
export function failTooMuch(limit: SearchLimit, parameter: string): never {
  const most = searchLimits[limit];
  return refuse({ kind: 'too-much', parameter, limit, most, expected: `at most ${most} ${words[limit]}` });
}

const words: Readonly<Record<SearchLimit, string>> = {
  parameters: 'parameters',
  values: 'values between commas',
  allValues: 'values in all parameters together',
  comparisons:
    'values that are compared one by one (texts, dates, numbers, quantities, parts of addresses; one of a composite counts as five)',
  sortKeys: 'parameters to sort by',
  includes: 'includes',
  depth: 'references that are followed one behind the other',
  links: 'references that are followed in all parameters together',
  steps:
    'steps in all: name the types in a chain that may lead to many, as in subject:Patient.name, or search fewer types',
  filterNesting: 'brackets within each other',
  filterTests: 'tests',
  textWords: 'words, phrases and parentheses',
  textNesting: 'parentheses within each other',
};
