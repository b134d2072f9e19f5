/** `_contained` and `_containedType`. https://hl7.org/fhir/R5/search.html#contained */
import type { Condition } from './condition.ts';
import type { ResultParameters } from './result-parameters.ts';
import type { SearchProblem } from './search-problem.ts';
import type { ContainedAsked, SortKey } from './search-query.ts';

export function containedOf({ contained = 'false', containedType }: ResultParameters): ContainedAsked | undefined {
  if (contained === 'false') return undefined;
  return { alsoStored: contained === 'both', shown: containedType ?? 'container' };
}

/** What is known of whole resources only, and so cannot be asked of those they contain. */
export function containedProblems(
  sort: readonly SortKey[],
  { contained = 'false' }: ResultParameters,
  conditions: readonly Condition[],
): SearchProblem[] {
  if (contained === 'false') return [];
  const problem = (expected: string): SearchProblem => ({
    kind: 'bad-combination',
    parameter: '_contained',
    value: contained,
    expected,
  });
  const problems: SearchProblem[] = [];
  if (sort.some(({ by }) => by.kind === 'json' || by.kind === 'score')) {
    problems.push(
      problem('_sort by a code, date, number, quantity, string, reference or uri, by _lastUpdated or _id, or no _sort'),
    );
  }
  if (conditions.some((each) => asks(each, 'full-text'))) {
    problems.push(problem('no _text, _content or section-text: these ask of a whole resource with its text'));
  }
  if (conditions.some((each) => asks(each, 'version'))) {
    problems.push(problem('no :below with a version: what a contained resource refers to is known without it'));
  }
  if (conditions.some((each) => each.op !== 'last-updated' && asks(each, 'last-updated'))) {
    problems.push(problem('_lastUpdated as a parameter by itself: it is that of the container'));
  }
  return problems;
}

/** Whether the condition itself, not one at the other end of a reference, asks for such a thing. */
function asks(condition: Condition, op: 'full-text' | 'last-updated' | 'version'): boolean {
  if (condition.op === op) return true;
  if (condition.op === 'not') return asks(condition.of, op);
  return (condition.op === 'all' || condition.op === 'any') && condition.of.some((each) => asks(each, op));
}
