import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { hash64 } from '../src/keys/hash.ts';

/** https://csrc.nist.gov/pubs/fips/180-4/upd1/final, the first 64 bits, signed. */
function expected(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigInt64BE(0);
}

it('is the beginning of the SHA-256 whether a text comes once, at once again, or after many others', () => {
  const often = ['', 'http://loinc.org|8480-6', 'Оʻqtam', 'x'.repeat(100), 'x'.repeat(101), 'y'.repeat(70_000)];
  for (let round = 0; round < 6; round += 1) {
    for (const text of [...often, ...often]) assert.equal(hash64(text), expected(text), `round ${round}`);
    for (let n = 0; n < 2_500; n += 1) {
      const text = `Patient/${round}-${n}`;
      const hash = expected(text);
      assert.equal(hash64(text), hash);
      assert.equal(hash64(text), hash);
    }
  }
});
