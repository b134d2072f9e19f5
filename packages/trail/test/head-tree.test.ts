/** The tree of heads compared with the text of RFC 9162, for all small sizes; and tampered proofs. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  isConsistent,
  nodeAtIn,
  nodesEndingWith,
  pathsBetween,
  placesBetween,
  rootOfTree,
  type NodeAt,
} from '../src/head-tree.ts';
import { rootBy } from '../src/merkle.ts';

const most = 70;
const leaves = Array.from({ length: most }, (_, n) => Buffer.from(`signature ${String(n)}`));
const sha256 = (...parts: Buffer[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

/** MTH of RFC 9162, section 2.1.1, word by word. */
function root(list: readonly Buffer[]): Buffer {
  if (list.length === 0) return sha256();
  if (list.length === 1) return sha256(Buffer.from([0]), list[0]!);
  let k = 1;
  while (k * 2 < list.length) k *= 2;
  return sha256(Buffer.from([1]), root(list.slice(0, k)), root(list.slice(k)));
}

const known = new Map<number, { leaf: Buffer; nodes: readonly Buffer[] }>();
const at: NodeAt = nodeAtIn(known);
for (const [size, leaf] of leaves.entries()) known.set(size + 1, { leaf, nodes: nodesEndingWith(leaf, size, at) });

const trees = Array.from({ length: most + 1 }, (_, size) => ({ size, root: root(leaves.slice(0, size)) }));
const treeOf = (size: number): { size: number; root: Buffer } => trees[size]!;

describe('the tree of heads', () => {
  it('has the root of the RFC, of the subtrees that end with leaves', () => {
    for (let size = 0; size <= most; size += 1) assert.deepEqual(rootOfTree(size, at), treeOf(size).root, String(size));
    const hashes = [...known.values()].reduce((sum, { nodes }) => sum + nodes.length, 0);
    assert.ok(hashes < most, 'one hash a head is kept');
  });

  it('proves each beginning, by as many hashes as it is deep', () => {
    for (let second = 1; second <= most; second += 1)
      for (let first = 0; first < second; first += 1) {
        const { consistency, inclusion } = pathsBetween(first, second, at);
        const name = `${String(first)} of ${String(second)}`;
        assert.ok(isConsistent(treeOf(first), treeOf(second), consistency), name);
        const own = { index: first, size: second, path: inclusion };
        assert.deepEqual(rootBy(leaves[first]!, own), treeOf(second).root, name);
        assert.ok(consistency.length + inclusion.length <= 2 * Math.ceil(Math.log2(second)) + 2, name);
        assert.ok(placesBetween(first, second).length <= 6 * Math.ceil(Math.log2(second + 1)), name);
      }
    assert.ok(isConsistent(treeOf(7), treeOf(7), []));
  });

  it('proves no tree that has another leaf, fewer, or other hashes', () => {
    const other = [...leaves];
    other[3] = Buffer.from('another');
    const others = Array.from({ length: 41 }, (_, size) => ({ size, root: root(other.slice(0, size)) }));
    for (let second = 5; second <= 40; second += 1)
      for (let first = 4; first < second; first += 1) {
        const { consistency } = pathsBetween(first, second, at);
        const name = `${String(first)} of ${String(second)}`;
        assert.ok(!isConsistent(others[first]!, treeOf(second), consistency), name);
        assert.ok(!isConsistent(treeOf(first), others[second]!, consistency), name);
        assert.ok(!isConsistent(treeOf(second), treeOf(first), consistency), name);
        assert.ok(!isConsistent({ ...treeOf(first), size: first - 1 }, treeOf(second), consistency), name);
        assert.ok(!isConsistent(treeOf(first), treeOf(second), consistency.slice(1)), name);
        assert.ok(!isConsistent(treeOf(first), treeOf(second), [...consistency, sha256()]), name);
        for (const n of consistency.keys())
          assert.ok(!isConsistent(treeOf(first), treeOf(second), consistency.with(n, sha256())), name);
      }
    assert.ok(!isConsistent({ size: 0, root: sha256(Buffer.from('x')) }, treeOf(3), []));
    assert.ok(!isConsistent({ ...treeOf(7), root: sha256() }, treeOf(7), []));
  });

  it('says which subtree is not at hand', () => {
    assert.throws(() => at({ level: 0, end: most + 1 }), TypeError);
    assert.throws(() => at({ level: 1, end: 3 }), TypeError);
  });
});
