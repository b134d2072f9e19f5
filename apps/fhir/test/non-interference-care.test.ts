/**
 * Records of patients for whom a health worker does not care change no answer to that person: a server that has them answers every request as one
 * that has only the rest, in worlds of random links.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import { interferenceOfCare } from './interference/care.ts';

const questions = 40;

for (const seed of inTurn([3, 4, 5], 3)) {
  it(`is answered as if there were nothing else, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
    const told = await interferenceOfCare(seed, questions);
    test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
    assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
  });
}
