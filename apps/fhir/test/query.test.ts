import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryOf, readPairs } from '../src/http/query.ts';

// A look through all that follows, for each parameter, would take half a minute of CPU; without it, it is half a second.
test('a long query without values is read in time that grows with its length', () => {
  const names = Array.from({ length: 1_000_000 }, () => 'a');
  const before = process.cpuUsage();
  assert.equal(queryOf(names.join('&'))['a']?.length, names.length);
  assert.equal(readPairs(names.join('&'), 'a test').length, names.length);
  const { user } = process.cpuUsage(before);
  assert.ok(user < 10_000_000, `${user} µs of CPU`);
});

test('a query is split as forms are', () => {
  assert.deepEqual({ ...queryOf('a=1&a=2=3&&b&=c&d+e=%D0%9A+x') }, { a: ['1', '2=3'], b: '', '': 'c', 'd e': 'К x' });
  assert.deepEqual(readPairs('a==&=&+', 'a test'), [
    ['a', '='],
    ['', ''],
    [' ', ''],
  ]);
});
