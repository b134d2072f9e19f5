/**
 * Nothing that a caller may not see changes an answer, whatever is asked of it: parts of resources, what is contained, earlier versions, conditions, modifiers, orders, documents,
 * validation, patches in each form, references by criteria. The worlds and the comparison are those of the other tests of this name; `npm run proof -- non-interference` is the
 * long form.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import {
  furtherCallers,
  furtherWriters,
  interferenceOfFurther,
  interferenceOfFurtherWrites,
} from './interference/further-parts.ts';

const seed = 21;
const [questions, steps] = [60, 40];

// Each factor, and each setting of writes, is asked in every run by another test of this name.
describe('questions', () => {
  for (const who of inTurn(Object.keys(furtherCallers), 2))
    it(`of ${who} are answered alike by both, ${String(questions)} of seed ${String(seed)}`, async (test) => {
      const told = await interferenceOfFurther(who, seed, questions);
      test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
      assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
    });
});

describe('writes', () => {
  for (const who of inTurn(furtherWriters, 2))
    it(`of ${who} are answered alike by both, ${String(steps)} of seed ${String(seed)}`, async (test) => {
      const { changed } = await interferenceOfFurtherWrites(who, seed, steps);
      test.diagnostic(`${String(changed)} of ${String(steps)} requests changed something`);
      assert.ok(changed > 0, 'nothing was changed: that proves little');
    });
});
