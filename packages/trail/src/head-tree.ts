/**
 * The tree of heads, by RFC 9162, section 2.1: its leaves are the signatures of heads, and each head signs the root over all previous heads. So
 * some twenty hashes prove that one head continues from another, however many are between them.
 */
import { emptyRoot, leafHash, nodeHash } from './merkle.ts';

/** The tree as a head has it. */
export interface TreeOfHead {
  /** Leaves: the heads before it. Its own leaf is the next one. */
  readonly size: number;
  readonly root: Buffer;
  /** The perfect subtrees that end with its own leaf, from level 1 on: half of all heads have none. Not signed: they follow from the signatures. */
  readonly nodes: readonly Buffer[];
}

/** A perfect subtree: of 2 to the power of `level` leaves, the last of which is leaf number `end`, counted from 1. */
export interface NodePlace {
  readonly level: number;
  readonly end: number;
}

/** Hashes of perfect subtrees. @throws TypeError for one that is not available */
export type NodeAt = (place: NodePlace) => Buffer;

type Range = readonly [from: number, to: number];

/** The perfect subtrees of which a subtree consists, from the left. */
function perfect([from, to]: Range): NodePlace[] {
  const places: NodePlace[] = [];
  for (let at = from; at < to;) {
    const level = Math.floor(Math.log2(to - at));
    at += 2 ** level;
    places.push({ level, end: at });
  }
  return places;
}

function hashOf(range: Range, at: NodeAt): Buffer {
  return perfect(range)
    .map(at)
    .reduceRight((right, left) => nodeHash(left, right));
}

/** The subtrees that make up the root over so many leaves. */
export function peaksOf(size: number): NodePlace[] {
  return perfect([0, size]);
}

export function rootOfTree(size: number, at: NodeAt): Buffer {
  return size === 0 ? emptyRoot : hashOf([0, size], at);
}

/** The perfect subtrees that end with a leaf, from level 1 on. @param size leaves before it */
export function nodesEndingWith(leaf: Buffer, size: number, at: NodeAt): Buffer[] {
  const nodes: Buffer[] = [];
  let node = leafHash(leaf);
  for (let [level, rest] = [0, size]; rest % 2 === 1; [level, rest] = [level + 1, Math.floor(rest / 2)])
    nodes.push((node = nodeHash(at({ level, end: size + 1 - 2 ** level }), node)));
  return nodes;
}

/** Hashes of the subtrees that end with leaves, by those leaves. @param of the nodes and the leaf of a head, by the number of its leaf from 1 */
export function nodeAtIn(
  of: ReadonlyMap<number, { readonly leaf: Buffer; readonly nodes: readonly Buffer[] }>,
): NodeAt {
  return ({ level, end }) => {
    const found = of.get(end);
    const node = level === 0 ? found && leafHash(found.leaf) : found?.nodes[level - 1];
    if (node === undefined)
      throw new TypeError(`the tree of heads lacks level ${String(level)} at leaf ${String(end)}`);
    return node;
  };
}

/** Subtrees whose hashes prove that a tree of `first` leaves is the beginning of one of `second`. RFC 9162, section 2.1.4.1 */
function consistencyRanges(first: number, second: number): Range[] {
  const sub = (count: number, [from, to]: Range, isWhole: boolean): Range[] => {
    if (count === to - from) return isWhole ? [] : [[from, to]];
    const middle = from + splitOf(to - from);
    return count <= middle - from
      ? [...sub(count, [from, middle], isWhole), [middle, to]]
      : [...sub(count - (middle - from), [middle, to], false), [from, middle]];
  };
  return first === 0 ? [] : sub(first, [0, second], true);
}

/** Subtrees whose hashes prove that a leaf is in a tree. RFC 9162, section 2.1.3.1 */
function inclusionRanges(index: number, size: number): Range[] {
  const sub = ([from, to]: Range): Range[] => {
    if (to - from === 1) return [];
    const middle = from + splitOf(to - from);
    return index < middle ? [...sub([from, middle]), [middle, to]] : [...sub([middle, to]), [from, middle]];
  };
  return sub([0, size]);
}

/** The largest power of two that is smaller. */
function splitOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

/** The proof that a head is in the tree of a later one, and that its own tree is the beginning of that one. */
export interface PathsBetween {
  readonly consistency: readonly Buffer[];
  readonly inclusion: readonly Buffer[];
}

/** The nodes of the proof. @param first, second leaves of the trees of the two heads */
export function placesBetween(first: number, second: number): NodePlace[] {
  return [...consistencyRanges(first, second), ...inclusionRanges(first, second)].flatMap(perfect);
}

/** @param first below `second`: leaves of the trees of the two heads */
export function pathsBetween(first: number, second: number, at: NodeAt): PathsBetween {
  return {
    consistency: consistencyRanges(first, second).map((range) => hashOf(range, at)),
    inclusion: inclusionRanges(first, second).map((range) => hashOf(range, at)),
  };
}

type Tree = Pick<TreeOfHead, 'size' | 'root'>;

/** Whether a tree is the beginning of another one. RFC 9162, section 2.1.4.2 */
export function isConsistent(first: Tree, second: Tree, path: readonly Buffer[]): boolean {
  if (first.size > second.size) return false;
  if (first.size === 0) return path.length === 0 && first.root.equals(emptyRoot);
  if (first.size === second.size) return path.length === 0 && first.root.equals(second.root);
  const [start, ...rest] = isPowerOfTwo(first.size) ? [first.root, ...path] : path;
  if (start === undefined || path.length === 0) return false;
  let [before, after] = [start, start];
  let [a, b] = shifted(first.size - 1, second.size - 1);
  for (const node of rest) {
    if (b === 0) return false;
    if (a % 2 === 1 || a === b) {
      [before, after] = [nodeHash(node, before), nodeHash(node, after)];
      while (a % 2 === 0 && a !== 0) [a, b] = [a / 2, Math.floor(b / 2)];
    } else after = nodeHash(after, node);
    [a, b] = [Math.floor(a / 2), Math.floor(b / 2)];
  }
  return b === 0 && before.equals(first.root) && after.equals(second.root);
}

/** Both without the bits that are set at the end of the first. */
function shifted(a: number, b: number): [number, number] {
  return a % 2 === 1 ? shifted(Math.floor(a / 2), Math.floor(b / 2)) : [a, b];
}

function isPowerOfTwo(size: number): boolean {
  return 2 ** Math.floor(Math.log2(size)) === size;
}
