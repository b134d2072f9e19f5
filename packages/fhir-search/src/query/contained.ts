/** `_contained` and `_containedType`. https://hl7.org/fhir/R5/search.html#contained */
import type { SortRule } from '../ast/search.ts';
import { asks, type AskedShape } from './asked-shape.ts';
import type { ResultParameters } from './result-parameters.ts';
import type { SearchProblem } from './search-problem.ts';

/** Returns problems of result parameters that only whole resources support, in a search of contained ones. */
export function containedProblems(
  sort: readonly SortRule[],
  { contained = 'false' }: ResultParameters,
  asked: readonly AskedShape[],
): SearchProblem[] {
  if (contained === 'false') return [];
  const problem = (expected: string): SearchProblem => ({
    kind: 'bad-combination',
    parameter: '_contained',
    value: contained,
    expected,
  });
  const problems: SearchProblem[] = [];
  if (sort.some(({ by }) => by.kind === 'element' || by.kind === 'score')) {
    problems.push(
      problem('_sort by a code, date, number, quantity, string, reference or uri, by _lastUpdated or _id, or no _sort'),
    );
  }
  if (asked.some((each) => asks(each, 'full-text'))) {
    problems.push(problem('no _text, _content or section-text: these ask of a whole resource with its text'));
  }
  if (asked.some((each) => asks(each, 'version'))) {
    problems.push(problem('no :below with a version: what a contained resource refers to is known without it'));
  }
  if (asked.some((each) => each.kind !== 'last-updated' && asks(each, 'last-updated'))) {
    problems.push(problem('_lastUpdated as a parameter by itself: it is that of the container'));
  }
  return problems;
}
