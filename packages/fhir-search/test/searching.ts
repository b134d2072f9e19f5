import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GivenParameter, type ParseOptions, parseSearch, SearchFault, type SearchProblem } from '../src/index.ts';

/** The options of the tests of the query language, unless they set others. */
export const options: ParseOptions = {
  timeZone: 'Asia/Tashkent',
  now: new Date('2023-01-01T00:00:00Z'),
  ownBases: ['https://dhp.example/fhir'],
  lenient: false,
};

/** A query string as it is in a URL, `%` and `+` decoded. */
export function parametersOf(query: string): GivenParameter[] {
  return [...new URLSearchParams(query)];
}

/** The problems that a search of a type is refused with. @throws when it is not refused */
export function problemsOf(type: string, query: string, more: Partial<ParseOptions> = {}): readonly SearchProblem[] {
  try {
    parseSearch({ type }, parametersOf(query), { ...options, ...more });
  } catch (error) {
    if (error instanceof SearchFault) return error.problems;
    throw error;
  }
  throw new assert.AssertionError({ message: `${type}?${query} is not refused` });
}

/** A search, the kinds of its problems, and words that the first one must contain. */
export type Refusal = readonly [query: string, kinds: readonly SearchProblem['kind'][], says?: RegExp];

/** A test for each search that must be refused. */
export function refuses(title: string, type: string, rows: readonly Refusal[], more: Partial<ParseOptions> = {}): void {
  describe(title, () => {
    for (const [query, kinds, says] of rows) {
      it(`${type}?${query} → ${kinds.join(' ')}`, () => {
        const problems = problemsOf(type, query, more);
        assert.deepEqual(
          problems.map(({ kind }) => kind),
          kinds,
        );
        if (says !== undefined) assert.match(JSON.stringify(problems[0]), says);
      });
    }
  });
}
