/** Windows of long texts are paid for: each costs PostgreSQL some hundred trigrams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { indexRow } from '@dhp/search-index/rows';

/** The default limit of a resource of this many bytes. */
const limitOf = (bytes: number): number => 2_000_000 + 4 * bytes;

const resources = {
  'a name': (text: string) => ({ resourceType: 'Patient', name: [{ text }] }),
  'the text of a code': (text: string) => ({ resourceType: 'Observation', status: 'final', code: { text } }),
  'a name of a contained resource': (text: string) => ({
    ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
    contained: [{ resourceType: 'Patient', id: 'p', name: [{ text }] }],
    subject: { reference: '#p' },
  }),
} as const;

for (const [name, make] of Object.entries(resources)) {
  const index = (length: number): number => {
    const budget = new Budget({ work: limitOf(length) });
    indexRow(make('word '.repeat(length / 5)), { budget });
    return budget.used.work;
  };

  test(`${name} as long as FHIR allows is indexed within the limit of a resource`, () => {
    assert.ok(index(1_048_575) > 5_000_000);
  });

  test(`${name} of 1.5 MiB is not`, () => {
    assert.throws(() => index(1_572_865), BudgetSpent);
  });
}
