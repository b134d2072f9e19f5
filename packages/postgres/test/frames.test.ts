/** The cut of the server's bytes into messages, however the network divides them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSource } from '../../../tests/random.ts';
import { createFrames } from '../src/driver/messages.ts';

const source = (n: number) => randomSource(20261129, n);

function messageOf(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('messages of any size are the same in chunks of any size', () => {
  for (let n = 0; n < 400; n += 1) {
    const random = source(n);
    const sizes = [0, 1, 4, 5, 100, 5_000, 200_000];
    const sent = Array.from({ length: 1 + random.below(8) }, () => {
      const body = Buffer.alloc(random.pick(sizes));
      for (let at = 0; at < body.length; at += 1 + (body.length >> 6)) body[at] = random.below(256);
      return { type: 1 + random.below(255), body };
    });
    const stream = Buffer.concat(sent.map(({ type, body }) => messageOf(type, body)));
    const got: { type: number; body: Buffer }[] = [];
    const frames = createFrames((type, bytes, at, end) => got.push({ type, body: bytes.subarray(at, end) }));
    for (let from = 0; from < stream.length;) {
      const chunk = stream.subarray(from, from + 1 + random.below(random.pick([3, 9, 70_000])));
      // Each read of the network has its own memory.
      frames(Buffer.from(chunk));
      from += chunk.length;
    }
    assert.deepEqual(got, sent);
  }
});
