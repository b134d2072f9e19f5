/**
 * Nothing that a caller may not see changes an answer at the doors beside searches and reads: tables of views, exports and their files, bulk deletions, imports, answers that come
 * later, reported events, and what subscriptions tell of changes, also of those behind a version that is hidden. `npm run proof -- non-interference --only doors` is the long form.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFull } from '../../../tests/sample.ts';
import { doorCallers, interferenceOfDoors } from './interference/doors-part.ts';

const seed = 5;
const questions = 8;
const some = ['a system, of what has a label', 'a client by consents', 'a health worker bound to patients'];

for (const who of isFull ? Object.keys(doorCallers) : some)
  it(`${who} is answered alike by both, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
    const told = await interferenceOfDoors(who, seed, questions);
    test.diagnostic(`${String(told)} of the questions found something`);
    assert.ok(told > questions / 4, 'most questions find nothing: they prove nothing');
  });
