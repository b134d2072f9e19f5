import { Fault, keyHash, keyText } from './tokens.ts';

// The open containers of a scan and their keys: the working memory of the one pass. Kept between calls, because a scan runs synchronously,
// so two of them never overlap (one that pauses takes its containers with it: `keepOpen`); plain arrays of numbers, because an object per
// container costs more than the scan.

/** Up to this many keys of one object are compared one by one; beyond, a Set is cheaper. */
const fewKeys = 24;

let capacity = 0;
/** Per open container: 1 when it is an object. */
export let isObject = new Uint8Array(0);
/** Per open container: where its keys begin in the three arrays below (objects). */
export let firstKey = new Int32Array(0);
/** Per open container: which key (objects) or index (arrays) is being read. */
export let current = new Int32Array(0);
let hashes = new Int32Array(0);
let keyStarts = new Int32Array(0);
let keyEnds = new Int32Array(0);
/** Per open container: all its keys, once they are more than a few. */
let keySets: (Set<string> | undefined)[] = [];

/** Makes room for so many open containers. */
export function reserve(maxDepth: number): void {
  if (maxDepth <= capacity) return;
  capacity = maxDepth;
  isObject = new Uint8Array(maxDepth + 2);
  firstKey = new Int32Array(maxDepth + 2);
  current = new Int32Array(maxDepth + 2);
  const keys = (maxDepth + 2) * (fewKeys + 1);
  hashes = new Int32Array(keys);
  keyStarts = new Int32Array(keys);
  keyEnds = new Int32Array(keys);
  keySets = new Array<Set<string> | undefined>(maxDepth + 2).fill(undefined);
}

/** Enters the key `[start, end)` of the object at `depth`; returns the new number of keys held. Throws Fault for a duplicate. */
export function addKey(text: string, start: number, end: number, depth: number, keyCount: number): number {
  const first = firstKey[depth]!;
  const hash = keyHash;
  const set = keySets[depth];
  if (set !== undefined) {
    const key = keyText(text, start, end);
    if (set.has(key)) throw duplicate(key, start, depth, keyCount - 1, end);
    set.add(key);
    // The Set remembers the keys; the arrays keep only the last, for spans and paths.
    return setKey(keyCount - 1, hash, start, end, depth);
  }
  for (let k = keyCount - 1; k >= first; k -= 1) {
    if (hashes[k] === hash && keyAt(text, k) === keyText(text, start, end)) {
      throw duplicate(keyText(text, start, end), start, depth, k, end);
    }
  }
  if (keyCount - first === fewKeys) {
    const keys = new Set<string>();
    for (let k = first; k < keyCount; k += 1) keys.add(keyAt(text, k));
    keys.add(keyText(text, start, end));
    keySets[depth] = keys;
  }
  return setKey(keyCount, hash, start, end, depth);
}

function setKey(index: number, hash: number, start: number, end: number, depth: number): number {
  hashes[index] = hash;
  keyStarts[index] = start;
  keyEnds[index] = end;
  current[depth] = index;
  return index + 1;
}

/** The Fault for a duplicate key in one object; makes it the current key so that the path names it. */
function duplicate(key: string, start: number, depth: number, index: number, end: number): Fault {
  setKey(index, 0, start, end, depth);
  return new Fault('duplicate-key', `the key ${JSON.stringify(key)} stands twice in one object`, start);
}

/** Forgets the keys of the container that closes at `depth`. */
export function dropKeys(depth: number): void {
  if (keySets[depth] !== undefined) keySets[depth] = undefined;
}

/** Returns the begin of the key at that index. */
export function keyStartAt(index: number): number {
  return keyStarts[index]!;
}

/** The key held at that index, unescaped. */
export function keyAt(text: string, index: number): string {
  return keyText(text, keyStarts[index]!, keyEnds[index]!);
}

/** The place of the current value at the innermost open container: `Patient.name[0].given[1]`. */
export function pathOf(text: string, depth: number, resourceType: string | undefined): string {
  let path = resourceType ?? '';
  for (let d = 1; d <= depth; d += 1) {
    const at = current[d]!;
    if (isObject[d] === 0) path += `[${at}]`;
    else if (at >= 0) {
      const key = keyAt(text, at);
      const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : `\`${key}\``;
      path += path === '' ? name : `.${name}`;
    }
  }
  return path;
}

/** Open containers of a paused scan. */
export interface Kept {
  readonly arrays: readonly [Uint8Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  readonly keySets: readonly (Set<string> | undefined)[];
}

/** Takes the open containers away, so that other scans can run. */
export function keepOpen(depth: number, keyCount: number): Kept {
  const open = depth + 1;
  const kept: Kept = {
    arrays: [
      isObject.slice(0, open),
      firstKey.slice(0, open),
      current.slice(0, open),
      hashes.slice(0, keyCount),
      keyStarts.slice(0, keyCount),
      keyEnds.slice(0, keyCount),
    ],
    keySets: keySets.slice(0, open),
  };
  keySets.fill(undefined, 0, open);
  return kept;
}

export function restoreOpen({ arrays, keySets: sets }: Kept, maxDepth: number): void {
  reserve(maxDepth);
  [isObject, firstKey, current, hashes, keyStarts, keyEnds].forEach((array, n) => array.set(arrays[n]!));
  sets.forEach((set, depth) => (keySets[depth] = set));
}
