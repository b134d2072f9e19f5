import { badValue, refuse } from './ask.ts';
import type { Condition } from './condition.ts';
import { splitEscaped } from './escapes.ts';

/** A criterion in the words of the search: what stands left and right of the `=`. */
export interface Criterion {
  /** The rest of the name that this step is about: `subject:Patient.name`. */
  readonly name: string;
  readonly value: string;
  /** The whole name, for problems. */
  readonly given: string;
  /** References that were followed to come here. */
  readonly depth: number;
  /** What all steps of the search together may still be. */
  readonly budget: { left: number };
}

/** Deeper chains than this nobody means; each step is a join. */
const maxDepth = 20;

/** A chain without types may lead along many ways at once, and each step multiplies them. */
const maxSteps = 2000;

/** A criterion as it was given. */
export function givenCriterion(name: string, value: string): Criterion {
  return { name, value, given: name, depth: 0, budget: { left: maxSteps } };
}

/** Counts a step. @throws SearchFault when the search takes too many, or goes too deep */
export function spend({ depth, budget, given }: Criterion): void {
  budget.left -= 1;
  if (depth <= maxDepth && budget.left >= 0) return;
  const expected =
    depth > maxDepth
      ? `at most ${maxDepth} references to follow`
      : 'the types in a chain that may lead to many, as in subject:Patient.name';
  refuse({ kind: 'not-supported', parameter: given, expected });
}

/** More values than anybody lists in one parameter. */
const maxValues = 10_000;

/** The values between commas, still escaped; those that are empty ask for nothing. @throws SearchFault for a lone backslash */
export function valuesOf({ value, given }: Criterion): string[] {
  if (value.replaceAll(/\\[,|$\\]/g, '').includes('\\')) {
    const expected = 'a backslash is written \\\\; alone it stands before , | $ or another backslash';
    badValue({ name: given }, value, expected);
  }
  const values = splitEscaped(value, ',').filter((one) => one !== '');
  if (values.length <= maxValues) return values;
  return refuse({ kind: 'not-supported', parameter: given, expected: `at most ${maxValues} values between commas` });
}

/** The criterion that is left after a reference has been followed. */
export function followed(criterion: Criterion, rest: string): Criterion {
  return { ...criterion, name: rest, depth: criterion.depth + 1 };
}

/**
 * What a criterion asks of resources of a type. Chains, `_has` and filters lead from one criterion to others, and are given
 * this to go on with. @throws SearchFault
 */
export type Asking = (type: string, criterion: Criterion) => Condition;
