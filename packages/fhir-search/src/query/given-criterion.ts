import { badValue } from './ask.ts';
import type { Value } from '../ast/value.ts';
import type { Criterion } from '../ast/criterion.ts';
import { splitEscaped } from './escapes.ts';
import { failTooMuch, requireAtMost, searchLimits } from './search-limits.ts';

/** A criterion in the words of the search: the texts left and right of the `=`. */
export interface GivenCriterion {
  /** The rest of the name that this step is about: `subject:Patient.name`. */
  readonly name: string;
  readonly value: string;
  /** The whole name, for problems. */
  readonly given: string;
  /** The number of references followed so far. */
  readonly depth: number;
  /** Remaining steps and values of the whole search. */
  readonly budget: StepsLeft;
}

/** Remaining number of steps and values of all criteria of a search. */
export interface StepsLeft {
  left: number;
  values: number;
  comparisons: number;
  links: number;
}

export function stepsLeft(): StepsLeft {
  return {
    left: searchLimits.steps,
    values: searchLimits.allValues,
    comparisons: searchLimits.comparisons,
    links: searchLimits.links,
  };
}

/** A criterion as given. */
export function givenCriterion(name: string, value: string, budget: StepsLeft): GivenCriterion {
  return { name, value, given: name, depth: 0, budget };
}

/** Counts a step. @throws SearchFault when the search takes too many, or goes too deep */
export function spend({ depth, budget, given }: GivenCriterion): void {
  requireAtMost('depth', depth, given);
  budget.left -= 1;
  if (budget.left < 0) failTooMuch('steps', given);
}

/** The values between commas, still escaped; empty ones are ignored. @throws SearchFault for a lone backslash */
export function valuesOf({ value, given, budget }: GivenCriterion): string[] {
  if (value.replaceAll(/\\[,|$\\]/g, '').includes('\\')) {
    const expected = 'a backslash is written \\\\; alone it stands before , | $ or another backslash';
    badValue({ name: given }, value, expected);
  }
  const values = splitEscaped(value, ',').filter((one) => one !== '');
  requireAtMost('values', values.length, given);
  budget.values -= values.length;
  if (budget.values < 0) failTooMuch('allValues', given);
  return values;
}

/** Counts the values that are compared one by one. @throws SearchFault when the search has too many */
export function spendComparisons({ budget, given }: GivenCriterion, values: readonly Value[], modifier?: string): void {
  for (const value of values) budget.comparisons -= comparisonsOf(value, modifier);
  if (budget.comparisons < 0) failTooMuch('comparisons', given);
}

/** A composite is compared in each of its repetitions. */
const comparisonsOfComposite = 5;
/** Modifiers that ask for a part of a reference or of a URI. */
const partial = new Set(['above', 'below', 'contains']);

function comparisonsOf({ type }: Value, modifier: string | undefined): number {
  switch (type) {
    case 'token':
    case 'identifier':
    case 'value-set':
    case 'concept':
    case 'collection':
      return 0;
    case 'reference':
    case 'uri':
      return partial.has(modifier ?? '') ? 1 : 0;
    case 'composite':
      return comparisonsOfComposite;
    case 'branch':
    case 'canonical':
    case 'date':
    case 'hierarchy':
    case 'near':
    case 'number':
    case 'place':
    case 'quantity':
    case 'text':
    case 'words':
      return 1;
  }
}

/** The rest of a criterion after a reference has been followed. @throws SearchFault if the search follows too many */
export function followed(criterion: GivenCriterion, rest: string): GivenCriterion {
  const { budget, given } = criterion;
  budget.links -= 1;
  if (budget.links < 0) failTooMuch('links', given);
  return { ...criterion, name: rest, depth: criterion.depth + 1 };
}

/** Reads a text that is written once for each of some types: its references count once. */
export function readForEach<T>(types: readonly string[], budget: StepsLeft, read: (type: string) => T): T[] {
  const { links } = budget;
  let least = links;
  const results = types.map((type) => {
    budget.links = links;
    const result = read(type);
    least = Math.min(least, budget.links);
    return result;
  });
  budget.links = least;
  return results;
}

/**
 * Reads a criterion on resources of a type. Chains, `_has` and filters call it for the criteria that they contain.
 * @throws SearchFault
 */
export type Reading = (type: string, criterion: GivenCriterion) => Criterion;
