import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCoding } from '../src/index.ts';

test('the coding that Accept-Encoding prefers among those offered', () => {
  const cases: readonly (readonly [
    header: string | undefined,
    both: string | undefined,
    gzipAlone: string | undefined,
  ])[] = [
    [undefined, undefined, undefined],
    ['', undefined, undefined],
    ['gzip, deflate, br, zstd', 'br', 'gzip'],
    ['gzip', 'gzip', 'gzip'],
    ['GZIP', 'gzip', 'gzip'],
    ['x-gzip', 'gzip', 'gzip'],
    ['br', 'br', undefined],
    ['br;q=0.5, gzip', 'gzip', 'gzip'],
    ['*', 'br', 'gzip'],
    ['*;q=0.1', 'br', 'gzip'],
    ['br;q=0, *', 'gzip', 'gzip'],
    ['gzip;q=0', undefined, undefined],
    ['gzip;q=0.000, br', 'br', undefined],
    ['*;q=0', undefined, undefined],
    ['identity', undefined, undefined],
    ['identity, gzip;q=0.5', undefined, undefined],
    ['identity;q=0.5, gzip', 'gzip', 'gzip'],
    ['identity, gzip', 'gzip', 'gzip'],
    ['gzip;q=nonsense', undefined, undefined],
    ['notgzip', undefined, undefined],
  ];
  for (const [header, both, alone] of cases) {
    assert.equal(chooseCoding(header, ['br', 'gzip']), both, header);
    assert.equal(chooseCoding(header, ['gzip']), alone, header);
  }
});
