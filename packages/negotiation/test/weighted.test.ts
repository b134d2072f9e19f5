import { deepEqual } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { weighted } from '../src/weighted.ts';

describe('a weighted list', () => {
  it('is sorted by weight, equals as written, without what cannot be read', () => {
    deepEqual(
      weighted('gzip;q=0.5, BR , zstd;q=0.5, x;q=nine, *;q=0').map(({ value, weight }) => [value, weight]),
      [
        ['br', 1],
        ['gzip', 0.5],
        ['zstd', 0.5],
        ['*', 0],
      ],
    );
  });
});
