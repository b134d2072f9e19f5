/** The thread for large resources: if it ends, only its own request fails, and the thread is replaced. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { createApartWorker, type ApartOrder, type Lookup } from '../src/validation/apart.ts';
import type { Budgets } from '../src/contract/conformance.ts';

const worker = createApartWorker({ program: new URL('./faulty-thread.ts', import.meta.url), memory: 32 });
after(() => worker.close());

const unused = (): never => assert.fail('nothing is looked up');
const lookup: Lookup = {
  structure: unused,
  questionnaire: unused,
  code: unused,
  concept: unused,
  system: unused,
  valueSetKnowledge: unused,
  mark: unused,
  target: unused,
};

function order(what: string): ApartOrder {
  return {
    bytes: new Uint8Array(new SharedArrayBuffer(0)),
    source: { root: 'object', resourceType: what, members: new Map(), metaMembers: undefined },
    validation: { profiles: [], usage: [], options: {}, work: 10 },
    index: undefined,
  };
}

function run(what: string, budgets: Budgets = { validation: new Budget(), index: new Budget() }): Promise<unknown> {
  return worker.run(order(what), budgets, lookup);
}

test('of requests that wait for the thread, only those fail in which it ends', async () => {
  const words = ['works', 'exits', 'works', 'throws', 'works', 'no memory', 'works'];
  const settled = await Promise.allSettled(words.map((word) => run(word)));
  assert.deepEqual(
    settled.map(({ status }) => status),
    words.map((word) => (word === 'works' ? 'fulfilled' : 'rejected')),
  );
  const [, exited, , thrown, , full] = settled as PromiseRejectedResult[];
  assert.match(String(exited!.reason), /has ended/);
  assert.match(String(thrown!.reason), /on purpose/);
  // A request that wants more memory than there is: its limit is named, and the process continues.
  assert.ok(full!.reason instanceof BudgetSpent);
  assert.equal(full!.reason.what, 'bytes');
});

test('work that was too much is told as spent, with its place, and the thread goes on', async () => {
  const validation = new Budget({ work: 10 }, 'resource');
  const spent = run('spends', { validation, index: new Budget() });
  await assert.rejects(spent, (error) => error instanceof BudgetSpent && error.place === 'Patient.name');
  await run('works');
});
