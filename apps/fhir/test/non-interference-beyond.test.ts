/**
 * Nothing that a caller may not see changes an answer about what is derived from it, was deleted, or stands in an earlier version: two servers whose hidden resources and
 * hidden earlier versions differ are asked by positions that the asker makes up, by forms, with conditions and purposes, and in batches of several kinds.
 * `npm run proof -- non-interference --only beyond` is the long form.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import { beyondCallers, interferenceOfBeyond } from './interference/beyond-part.ts';

const seed = 31;
const questions = 60;

for (const who of inTurn(Object.keys(beyondCallers), 2))
  it(`${who} is answered alike by both, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
    const told = await interferenceOfBeyond(who, seed, questions);
    test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
    assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
  });
