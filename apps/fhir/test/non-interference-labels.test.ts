/**
 * A record that a label keeps from a caller changes no answer to the caller: a server that has it answers every request as one that has only the rest, in worlds
 * where resources have labels by their codes and by what they put together.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import { interferenceOfLabels } from './interference/labels.ts';

const questions = 70;

for (const seed of inTurn([3, 4], 2)) {
  it(`is answered as if there were nothing else, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
    const told = await interferenceOfLabels(seed, questions);
    test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
    assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
  });
}
