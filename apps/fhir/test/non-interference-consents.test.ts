/**
 * A record that consents refuse to a caller changes no answer to the caller: a server that has it answers every request as one that has only
 * the rest, in worlds where each patient has a random consent, in the reading of R5 or in the national one, and callers belong to random teams and groups.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import { interferenceOfConsents } from './interference/consents.ts';

const questions = 40;

for (const seed of inTurn([3, 4, 5, 6], 4)) {
  it(`is answered as if there were nothing else, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
    const told = await interferenceOfConsents(seed, questions);
    test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
    assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
  });
}
