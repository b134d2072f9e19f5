/** Hashes that are made without the objects of Node for each of them: the same as by the RFCs, written down here. */
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { DigestKey, digestOf, isDigestOf } from '../src/digest.ts';
import { rootOf } from '../src/merkle.ts';
import { SeenDigests } from '../src/seen-digests.ts';

describe('the digest of a record', () => {
  it('is HMAC-SHA-256, of texts of any length and script, and of one behind another', () => {
    const secret = randomBytes(32);
    const key = new DigestKey(secret);
    for (const length of [0, 1, 63, 64, 65, 1_000, 4_000, 5_000, 90_000, 10]) {
      for (const letter of ['a', 'ў', '語', '😀']) {
        const record = {
          ...{ recorded: 1_796_131_265_903, patient: length % 2 === 0 ? randomBytes(16) : undefined },
          ...{ content: JSON.stringify({ letter: letter.repeat(length) }), keyId: crypto.randomUUID() },
          sealed: randomBytes(length),
        };
        const text = `${record.recorded}\n${record.patient?.toString('base64') ?? ''}\n${record.content}\n${record.keyId}\n`;
        const expected = createHmac('sha256', secret).update(text).update(record.sealed).digest();
        assert.deepEqual(digestOf(key, record), expected, `${length} of ${letter}`);
        assert.ok(isDigestOf(key, record, expected));
        assert.ok(!isDigestOf(key, { ...record, recorded: record.recorded + 1 }, expected));
      }
    }
  });
});

describe('the root of a tree', () => {
  it('is that of RFC 9162, section 2.1.1, whatever its size', () => {
    const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
    const root = (leaves: Buffer[]): Buffer => {
      if (leaves.length === 0) return sha256();
      if (leaves.length === 1) return sha256(Buffer.from([0]), leaves[0]!);
      let half = 1;
      while (2 * half < leaves.length) half *= 2;
      return sha256(Buffer.from([1]), root(leaves.slice(0, half)), root(leaves.slice(half)));
    };
    for (let size = 0; size <= 33; size += 1) {
      const leaves = Array.from({ length: size }, () => randomBytes(32));
      assert.deepEqual(rootOf(Buffer.concat(leaves), 32), root(leaves), String(size));
    }
    assert.throws(() => rootOf(Buffer.alloc(33), 32), RangeError);
  });
});

describe('digests that were seen', () => {
  it('are known again, and no others, as many as there are and wherever they begin alike', () => {
    const seen = new SeenDigests();
    const digests = Array.from({ length: 5_000 }, (_, n) => {
      const digest = randomBytes(32);
      // Many for the same place, and some that differ in their last bytes alone.
      if (n % 3 === 0) digest.writeUInt32BE(7, 0);
      if (n % 6 === 0) digest.writeUInt32BE(9, 4);
      return digest;
    });
    for (const [n, digest] of digests.entries()) {
      assert.ok(!seen.has(digest), String(n));
      seen.add(digest);
      seen.add(digest);
    }
    assert.ok(digests.every((digest) => seen.has(digest)));
    // A digest that begins with zeros, like a free place.
    const zeros = Buffer.concat([Buffer.alloc(4), randomBytes(28)]);
    assert.ok(!seen.has(zeros));
    seen.add(zeros);
    assert.ok(seen.has(zeros) && !seen.has(randomBytes(32)));
  });
});
