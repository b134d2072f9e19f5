import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compareAll, compareExamples, type Outcome } from './oracle/compare-all.ts';
import { excuses, unreachable } from './oracle/excuses.ts';
import { madeResources } from './oracle/made.ts';
import { isFull } from '../../../tests/sample.ts';
import type { JsonResource } from '@dhp/fhir-search';

// Every third example takes seconds; `oracle/report.ts` takes all of them. Without `--full` it is every ninth.
const every = isFull ? 3 : 9;

function suite(title: string, outcome: Outcome, least: { parameters: number; searches: number }): void {
  const { resources, tallies, searched } = outcome;
  describe(title, () => {
    it('have the rows that the reference engine and the tables of the specification give, and no other', (t) => {
      const unexplained = [...tallies.values()].flatMap(({ name, differences }) =>
        differences
          .filter((told) => !excuses.some(({ parameter, begins }) => parameter === name && told.startsWith(begins)))
          .map((told) => `${name} ${told}`),
      );
      assert.deepEqual(unexplained, []);
      const found = [...tallies.values()].filter((tally) => tally.found > 0).length;
      t.diagnostic(`${resources} resources: ${found} of ${tallies.size} parameters found`);
      assert.ok(found >= least.parameters, String(found));
    });

    it('are found by searches for what they say, and others are not', (t) => {
      assert.deepEqual(searched.differences, []);
      const { searches, hits, misses } = searched;
      t.diagnostic(`${searches} searches: ${hits} found, ${misses} left out`);
      assert.ok(searches >= least.searches && misses > hits, String(searches));
    });
  });
}

suite(
  'published examples',
  compareExamples(every),
  isFull ? { parameters: 1000, searches: 3000 } : { parameters: 600, searches: 1000 },
);

/** The examples of the national guide, which are beside the repository where there are any. */
const national = new URL('../../../../shared/uz-core/examples/', import.meta.url);

function* nationalExamples(): Generator<{ name: string; resource: JsonResource }> {
  for (const name of readdirSync(national).filter((file) => file.endsWith('.json'))) {
    yield { name, resource: JSON.parse(readFileSync(new URL(name, national), 'utf8')) as JsonResource };
  }
}

if (existsSync(national)) {
  suite('national examples', compareAll(nationalExamples()), { parameters: 150, searches: 500 });
} else {
  it('national examples', { skip: 'there is no ../shared/uz-core/examples beside the repository' });
}

const made = compareAll(madeResources());

suite('resources made to have every element', made, { parameters: 1900, searches: 10_000 });

describe('what is found nowhere', () => {
  it('is what R5 has no element for', () => {
    const missing = [...made.tallies.values()].filter((tally) => tally.found === 0).map(({ name }) => name);
    assert.deepEqual(missing.sort(), [...unreachable.keys()].sort());
  });
});
