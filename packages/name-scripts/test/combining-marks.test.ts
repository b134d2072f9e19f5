/** A letter may have any number of combining marks, and ordering them takes the square of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseString } from '../src/index.ts';

test('half a million combining marks on one letter are read in a moment', () => {
  const before = process.cpuUsage();
  assert.equal(normaliseString(`A${'\u0301\u0323'.repeat(250_000)}`), 'a');
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 5_000_000, `${(user + system) / 1000} ms`);
});

test('letters with few marks are the letters without them', () => {
  assert.equal(normaliseString('A\u0301\u0323o\u0308'), 'ao');
});
