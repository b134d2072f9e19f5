/** Reads of a candidate by the text of the statement, and the units of a statement that takes all of its time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget } from '@dhp/budget';
import { payForTime } from '../src/page/payment.ts';
import { check } from '../src/row-condition/check.ts';
import type { RowCondition } from '../src/row-condition/row-condition.ts';
import { fragmentsFor, type CommitOrder } from '../src/sql/fragment.ts';
import { statementOf } from '../src/sql/statement.ts';
import { SearchTimeout } from '../src/sql/search-errors.ts';

const sql = fragmentsFor('searches', {} as CommitOrder); // nothing here asks it

const after = (at: number): RowCondition => ({ op: 'last-updated', interval: { low: { gt: at } } });
const reads = (condition: RowCondition): number =>
  statementOf(check(sql, condition, sql`s`)).text.split('from fhir.resource').length - 1;

describe('conditions on the time at which a resource was stored', () => {
  it('read its row once, however many they are', () => {
    const many = [1, 2, 3, 4].map(after);
    for (const op of ['all', 'any'] as const) assert.equal(reads({ op, of: many }), 1, op);
    assert.equal(reads({ op: 'all', of: [] }), 0);
    assert.equal(reads({ op: 'all', of: [{ op: 'any', of: many }, ...many] }), 2);
  });
});

describe('a statement that takes all of its time', () => {
  it('costs half of what is left, and what others fail with nothing', async () => {
    const budget = new Budget({ work: 1_000 });
    const failing = (error: Error) =>
      assert.rejects(
        payForTime(budget, () => Promise.reject(error)),
        error,
      );
    await failing(new Error('other'));
    assert.equal(budget.workLeft, 1_000);
    await failing(new SearchTimeout(undefined));
    assert.equal(budget.workLeft, 500);
    await failing(new SearchTimeout(undefined));
    assert.equal(budget.workLeft, 250);
    assert.equal(await payForTime(budget, () => Promise.resolve(1)), 1);
    assert.equal(budget.workLeft, 250);
  });
});
