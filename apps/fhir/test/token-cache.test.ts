import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenCache } from '../src/http/token-cache.ts';

test('an entry is gone when its token ends', () => {
  const cache = createTokenCache<{ expiresAt: number }>({ entries: 10, characters: 1000 });
  cache.set('a', { expiresAt: 100 });
  assert.deepEqual(cache.get('a', 99), { expiresAt: 100 });
  assert.equal(cache.get('a', 100), undefined);
});

test('it never holds more than its limits, and keeps what is used', () => {
  const cache = createTokenCache<{ expiresAt: number }>({ entries: 100, characters: 1_000_000 });
  const forever = { expiresAt: Infinity };
  cache.set('used', forever);
  for (let i = 0; i < 1000; i += 1) {
    cache.set(`token-${i}`, forever);
    assert.ok(cache.get('used', 0), `still there after ${i}`);
  }
  const held = Array.from({ length: 1000 }, (_, i) => cache.get(`token-${i}`, 0)).filter(
    (value) => value !== undefined,
  );
  assert.ok(held.length <= 100, `${held.length} entries`);
});

test('characters are bounded too, and a giant token is not kept', () => {
  const cache = createTokenCache<{ expiresAt: number }>({ entries: 1000, characters: 1000 });
  const forever = { expiresAt: Infinity };
  cache.set('x'.repeat(501), forever);
  assert.equal(cache.get('x'.repeat(501), 0), undefined);
  const tokens = Array.from({ length: 50 }, (_, i) => String(i).padStart(100, '0'));
  for (const token of tokens) cache.set(token, forever);
  const held = tokens.filter((token) => cache.get(token, 0) !== undefined);
  assert.ok(held.length <= 10 && held.includes(tokens[49] ?? ''), `${held.length} entries`);
});

test('clear forgets everything', () => {
  const cache = createTokenCache<{ expiresAt: number }>({ entries: 4, characters: 1000 });
  for (const token of ['a', 'b', 'c']) cache.set(token, { expiresAt: Infinity });
  cache.clear();
  for (const token of ['a', 'b', 'c']) assert.equal(cache.get(token, 0), undefined);
});
