/** The Merkle tree of RFC 9162, section 2.1. */
import { hash } from 'node:crypto';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);
const hashLength = 32;

/** The root of a tree without leaves. */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** The root over leaves of one length, one behind the other. @throws RangeError for a rest that is no leaf */
export function rootOf(leaves: Buffer, length: number): Buffer {
  if (leaves.length % length !== 0)
    throw new RangeError(`${String(leaves.length)} bytes are not leaves of ${String(length)}`);
  if (leaves.length === 0) return emptyRoot;
  const leaf = Buffer.alloc(1 + length);
  const node = Buffer.concat([nodePrefix], 1 + 2 * hashLength);
  // Hashes as texts of a character a byte: for each of them Node would make a Buffer, which takes twice as long as the hash.
  let level: string[] = [];
  for (let at = 0; at < leaves.length; at += length) {
    leaves.copy(leaf, 1, at, at + length);
    level.push(hash('sha256', leaf, 'binary'));
  }
  // Pairs from the left, a node without a partner unchanged: the same tree as the one that RFC 9162 splits from above.
  while (level.length > 1) {
    const above: string[] = [];
    for (let n = 0; n < level.length; n += 2) {
      const right = level[n + 1];
      if (right !== undefined) {
        node.write(level[n]!, 1, 'latin1');
        node.write(right, 1 + hashLength, 'latin1');
      }
      above.push(right === undefined ? level[n]! : hash('sha256', node, 'binary'));
    }
    level = above;
  }
  return Buffer.from(level[0]!, 'latin1');
}

export function leafHash(leaf: Buffer): Buffer {
  return sha256(Buffer.concat([leafPrefix, leaf]));
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([nodePrefix, left, right]));
}

/** The hashes of a tree, level by level, from those of its leaves to its root. */
export function nodes(leaves: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const levels = [leaves.map(leafHash)];
  for (let level = levels[0]!; level.length > 1; levels.push(level)) {
    const below = level;
    level = [];
    for (let n = 0; n < below.length; n += 2)
      level.push(n + 1 < below.length ? nodeHash(below[n]!, below[n + 1]!) : below[n]!);
  }
  return levels;
}

/** The inclusion proof of a leaf: the sibling node on each level, if it exists. RFC 9162, section 2.1.3.1 */
export function pathIn(levels: readonly (readonly Buffer[])[], index: number): Buffer[] {
  return levels.slice(0, -1).flatMap((level, height) => level[(index >> height) ^ 1] ?? []);
}

/** The root that a leaf and its path make. @returns undefined if they are no proof. RFC 9162, section 2.1.3.2 */
export function rootBy(
  leaf: Buffer,
  { index, size, path }: { readonly index: number; readonly size: number; readonly path: readonly Buffer[] },
): Buffer | undefined {
  if (!(Number.isInteger(index) && index >= 0 && index < size)) return undefined;
  const rest = [...path];
  let node = leafHash(leaf);
  for (let [at, last] = [index, size - 1]; last > 0; [at, last] = [at >> 1, last >> 1]) {
    // The last node of a level without a partner is copied to the next one.
    if (at === last && at % 2 === 0) continue;
    const beside = rest.shift();
    if (beside === undefined) return undefined;
    node = at % 2 === 1 ? nodeHash(beside, node) : nodeHash(node, beside);
  }
  return rest.length === 0 ? node : undefined;
}

function sha256(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}
