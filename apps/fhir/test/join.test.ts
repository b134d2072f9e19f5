/** The body of an answer around stored bytes: complete for any mix of parts, without blocking others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { joined } from '../src/http/join.ts';
import { randomSource } from '../../../tests/random.ts';

test('any mix of texts and bytes is the same as all of it made at once', async () => {
  const random = randomSource(20261129, 0);
  const texts = ['', '{', 'Ўзбекистон', '\u{1F600}', '"', 'x'.repeat(3_000)];
  for (let n = 0; n < 500; n += 1) {
    const parts = Array.from({ length: random.below(12) }, () => {
      const text = random.pick(texts);
      return random.oneIn(2) ? text : Buffer.from(text);
    });
    const expected = Buffer.concat(parts.map((part) => Buffer.from(part)));
    assert.ok((await joined(parts)).equals(expected));
  }
});

test('large parts are whole, and others have their turn while they are copied', async () => {
  const large = Buffer.alloc(40 * 2 ** 20, 'abc');
  const text = 'Ў'.repeat(2 ** 20 + 1);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  const body = await joined(['[', large, ',', text, ',', large, ']']);
  clearInterval(timer);
  assert.ok(body.equals(Buffer.concat(['[', large, ',', text, ',', large, ']'].map((part) => Buffer.from(part)))));
  assert.ok(turns > 0, 'nobody had a turn');
});

test('a page that the request may not hold is refused before it is made', async () => {
  const budget = new Budget({ bytes: 10 });
  await assert.rejects(joined(['12345', Buffer.from('67890'), '1'], budget, 'the page'), (error) => {
    assert.ok(error instanceof BudgetSpent);
    assert.equal(error.place, 'the page');
    return true;
  });
});
