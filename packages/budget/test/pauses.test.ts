import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPauses } from '../src/index.ts';

function workFor(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** The turns of other work while a loop processes this many items, each of which takes so long. */
async function turnsOfOthers(items: number, milliseconds: number): Promise<number> {
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  const pause = createPauses();
  setImmediate(others);
  for (let n = 0; n < items; n += 1) {
    await pause();
    workFor(milliseconds);
  }
  isOver = true;
  return turns;
}

test('a loop over many resources lets others have their turn, the more often the larger they are', async () => {
  assert.ok((await turnsOfOthers(20, 12)) >= 18);
  assert.ok((await turnsOfOthers(100, 1)) >= 5);
  // None, except if the machine itself interrupted the loop.
  assert.ok((await turnsOfOthers(100, 0)) <= 3);
});
