import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureSize } from '../../../bench/terminology-size.ts';

test('a hundred thousand concepts in three languages: under 40 MB, loaded in under a second', (context) => {
  const { concepts, bytes, milliseconds, parsing, found } = measureSize(100_000);
  context.diagnostic(
    `${Math.round(milliseconds)} ms (${Math.round(parsing)} of them JSON), ${(bytes / 1e6).toFixed(1)} MB`,
  );
  assert.equal(concepts, 100_000);
  assert.equal(found, 'Диагноз номер 99999 (обычный)');
  assert.ok(bytes < 40e6);
  assert.ok(milliseconds < 1000);
});
