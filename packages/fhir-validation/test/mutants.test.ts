import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mutateNational, mutatePublished, totalOf, unmadeKinds } from './mutation.ts';
import { skipNational } from './national.ts';
import { skipExamples } from './published.ts';

// Every 40th example takes seconds; `mutants-report.ts` uses all of them.
describe('systematic mutants of the published examples', { skip: skipExamples }, () => {
  it('are all caught, at the place of the fault', () => {
    const outcome = mutatePublished(40, 40);
    const { made, caught } = totalOf(outcome);
    assert.deepEqual(outcome.missed.slice(0, 20), [], `${made - caught} of ${made} missed`);
    assert.ok(made >= 1000, `${made} mutants`);
    assert.deepEqual(unmadeKinds(outcome), []);
  });
});

describe('systematic mutants of the national examples', { skip: skipNational }, () => {
  it('are all caught, at the place of the fault', () => {
    const { base, profiles } = mutateNational(7);
    assert.deepEqual([...base.missed, ...profiles.missed].slice(0, 20), []);
    assert.ok(totalOf(base).made > 1500 && totalOf(profiles).made > 300, 'too few mutants');
  });
});
