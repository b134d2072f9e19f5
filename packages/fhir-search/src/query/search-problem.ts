import type { SearchLimit } from './search-limits.ts';

/** A problem of one parameter of a search. */
export interface SearchProblem {
  readonly kind: SearchProblemKind;
  /** The given name, modifiers and chains included. */
  readonly parameter: string;
  /** The part of the value that is wrong, when it is the value. */
  readonly value?: string;
  /** Names alike that would have been right, the nearest first. */
  readonly near?: readonly string[];
  /** The correct form, or the reason, as an English sentence without the full stop. */
  readonly expected?: string;
  /** Percent, when it is `not-ready`. */
  readonly done?: number;
  /** Resources without values, when it is `incomplete`. */
  readonly missing?: number;
  /** The limit that a `too-much` search exceeds. */
  readonly limit?: SearchLimit;
  readonly most?: number;
}

export type SearchProblemKind =
  | 'unknown-parameter'
  | 'unknown-type'
  /** An unknown modifier, or one of another type of parameter. */
  | 'unknown-modifier'
  /** A value that is malformed for its type. */
  | 'bad-value'
  /** Parameters, or a parameter and its place, that exclude each other. */
  | 'bad-combination'
  /** Right by the specification, and not possible here. */
  | 'not-supported'
  /** A parameter of the environment's own that not all resources are indexed by yet. */
  | 'not-ready'
  /** A parameter whose values some stored resources lack in the index. */
  | 'incomplete'
  /** A parameter that reads hidden elements. */
  | 'hidden'
  /** More of something than one search may ask for. */
  | 'too-much'
  /** `_query` names an unknown operation. */
  | 'unknown-operation';

/**
 * The search cannot be carried out as asked: everything that is wrong with it, in the order of the parameters.
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * parseSearch({ type: 'Patient' }, [['famly', 'Karimov']], options); // throws SearchFault
 */
export class SearchFault extends Error {
  readonly problems: readonly SearchProblem[];

  constructor(problems: readonly SearchProblem[]) {
    super(problems.map(sentence).join('; '));
    this.name = 'SearchFault';
    this.problems = problems;
  }
}

function sentence({ kind, parameter, value, near = [], expected }: SearchProblem): string {
  const told = value === undefined ? `${kind} ${parameter}` : `${kind} ${parameter}=${value}`;
  const alike = near.length === 0 ? '' : ` (near: ${near.join(', ')})`;
  return expected === undefined ? told + alike : `${told}${alike}: ${expected}`;
}
