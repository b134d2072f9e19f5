/** The Merkle tree of RFC 9162, section 2.1. */
import { hash } from 'node:crypto';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** The root of a tree without leaves. */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** The root over leaves of one length, one behind the other. @throws RangeError for a rest that is no leaf */
export function rootOf(leaves: Buffer, length: number): Buffer {
  if (leaves.length % length !== 0)
    throw new RangeError(`${String(leaves.length)} bytes are not leaves of ${String(length)}`);
  if (leaves.length === 0) return emptyRoot;
  let level: Buffer[] = [];
  for (let at = 0; at < leaves.length; at += length)
    level.push(sha256(Buffer.concat([leafPrefix, leaves.subarray(at, at + length)])));
  // Pairs from the left, a node without a partner as it is: the same tree as the one that RFC 9162 splits from above.
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let n = 0; n < level.length; n += 2) {
      const [left, right] = [level[n]!, level[n + 1]];
      above.push(right === undefined ? left : sha256(Buffer.concat([nodePrefix, left, right])));
    }
    level = above;
  }
  return level[0]!;
}

function sha256(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}
