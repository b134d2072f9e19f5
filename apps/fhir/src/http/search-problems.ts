/** Translates the problems of a search into failures of the error catalogue. */
import type { SearchFault, SearchProblem } from '@dhp/fhir-search';
import { failure, type Failure } from './errors.ts';

/** One failure for all problems: the first, with the others as further issues of its OperationOutcome. */
export function searchFailure({ problems }: SearchFault): Failure {
  const [first, ...others] = problems.map((problem) => failureOf(problem, []));
  if (first === undefined) throw new Error('a search fails without a problem');
  const [problem] = problems;
  return others.length === 0 || problem === undefined ? first : failureOf(problem, others);
}

function failureOf(problem: SearchProblem, others: readonly Failure[]): Failure {
  const { kind, parameter, value, done = 0 } = problem;
  const name = short(parameter);
  const near = (problem.near ?? []).join(', ');
  const detail = { diagnostics: sentence(problem), expression: `http.${name}`, others };
  switch (kind) {
    case 'unknown-parameter':
      // A name inside the value of a parameter such as `_sort` does not make that parameter unknown.
      return failure('search-parameter-unknown', { name: short(value ?? parameter), near }, detail);
    case 'unknown-type':
      return failure('search-type-unknown', { name, near }, detail);
    case 'unknown-modifier':
      return failure('search-modifier-unknown', { name, near }, detail);
    case 'bad-value':
      return failure('search-value-invalid', { name, value: short(value ?? '') }, detail);
    case 'bad-combination':
      return failure('search-combination-invalid', { name }, detail);
    case 'not-ready':
      return failure('search-parameter-not-ready', { name, percent: done }, detail);
    case 'incomplete':
      return failure('search-parameter-incomplete', { name, count: problem.missing ?? 0 }, detail);
    case 'hidden':
      return failure('search-parameter-hidden', { name }, { ...detail, refusedBy: 'access-policies' });
    case 'too-much':
      return failure('search-too-large', { name, [problem.limit ?? 'steps']: problem.most ?? 0 }, detail);
    case 'not-supported':
    case 'unknown-operation':
      return failure('search-unsupported', { name }, detail);
  }
}

/** `birthday. Expected: a search parameter of Patient. Did you mean birthdate?` */
export function sentence({ kind, parameter, value, near = [], expected }: SearchProblem): string {
  const named = value === undefined ? short(parameter) : `${short(parameter)}=${short(value)}`;
  const isReason =
    kind === 'not-ready' ||
    kind === 'hidden' ||
    kind === 'incomplete' ||
    kind === 'too-much' ||
    kind === 'not-supported' ||
    kind === 'unknown-operation' ||
    kind === 'unknown-modifier';
  const told = expected === undefined ? '' : `${isReason ? ': ' : '. Expected: '}${expected.replace(/\.$/, '')}`;
  const alike = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  return `${named}${told}.${alike}`;
}

function short(text: string): string {
  return text.slice(0, 200);
}
