import { JsonSyntaxError, placeOf } from './syntax-error.ts';
import { endOfKey, endOfScalar, endOfString, Fault, keyHash, keyText, skipSpace, unexpected } from './tokens.ts';

/** Where a member stands in the text: its key begins (with the quote) at `keyStart`, its value is `[start, end)`. */
export interface MemberSpan {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/** A JSON text that is known to be well formed, and where the parts are that a server must set. */
export interface JsonSource {
  /** The text without a byte order mark; all offsets count its UTF-16 code units. */
  readonly text: string;
  readonly root: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** The value of the top-level `resourceType`, when that is a string. */
  readonly resourceType: string | undefined;
  /** The members of the top-level object, in document order; empty for another root. */
  readonly members: ReadonlyMap<string, MemberSpan>;
  /** The members of the top-level `meta`; undefined when there is none or it is not an object. */
  readonly metaMembers: ReadonlyMap<string, MemberSpan> | undefined;
}

const defaultMaxDepth = 500;
/** Up to so many keys of one object are compared one by one; beyond, a Set is cheaper. */
const fewKeys = 24;

// Working memory of the one pass, kept between calls: a scan is synchronous, so two of them never overlap.
let capacity = 0;
/** Per open container: 1 when it is an object. */
let isObject = new Uint8Array(0);
/** Per open container: where its keys begin in the three arrays below (objects). */
let firstKey = new Int32Array(0);
/** Per open container: which key (objects) or index (arrays) is being read. */
let current = new Int32Array(0);
let hashes = new Int32Array(0);
let keyStarts = new Int32Array(0);
let keyEnds = new Int32Array(0);
/** Per open container: all its keys, once they are more than a few. */
let keySets: (Set<string> | undefined)[] = [];

function reserve(maxDepth: number): void {
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

/**
 * Reads a JSON text once: checks that it is strict JSON (RFC 8259) that FHIR can hold and finds the spans of the members that
 * `stampResource` sets. A leading byte order mark is dropped. The value itself is the caller's `JSON.parse(source.text)`.
 * Iterative, so hostile nesting cannot exhaust the stack.
 *
 * @throws JsonSyntaxError for broken grammar, duplicate keys at any depth, lone surrogates, U+0000, numbers beyond a double,
 *   and more than `maxDepth` (500) nested containers; the first fault in the text is the one reported.
 */
export function scanJson(text: string, options?: { maxDepth?: number }): JsonSource {
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const maxDepth = options?.maxDepth ?? defaultMaxDepth;
  if (maxDepth > capacity) reserve(maxDepth);

  const members = new Map<string, MemberSpan>();
  let metaMembers: Map<string, MemberSpan> | undefined;
  let depth = 0;
  let keyCount = 0;
  let isMeta = false;
  let topStart = 0;
  let metaStart = 0;
  let expectsKey = false;
  let i = skipSpace(text, 0);
  const rootStart = i;
  try {
    for (;;) {
      if (expectsKey) {
        if (text.charCodeAt(i) !== 0x22) throw unexpected(text, i, keyExpected(text, i, keyCount, firstKey[depth]!));
        const end = endOfKey(text, i);
        keyCount = addKey(text, i, end, depth, keyCount);
        i = skipSpace(text, end);
        if (text.charCodeAt(i) !== 0x3a) throw unexpected(text, i, "':' after a key");
        i = skipSpace(text, i + 1);
        if (depth === 1) topStart = i;
        else if (depth === 2 && isMeta) metaStart = i;
        expectsKey = false;
      }

      const c = text.charCodeAt(i);
      if (c === 0x22) i = endOfString(text, i);
      else if (c === 0x7b || c === 0x5b) {
        if (depth === maxDepth) throw new Fault('depth', `nested deeper than ${maxDepth} levels`, i);
        const opensObject = c === 0x7b;
        if (depth === 1 && opensObject && isObject[1] === 1 && text.startsWith('"meta"', keyStarts[current[1]!])) {
          isMeta = true;
          metaMembers = new Map();
        }
        depth += 1;
        isObject[depth] = opensObject ? 1 : 0;
        firstKey[depth] = keyCount;
        current[depth] = opensObject ? -1 : 0;
        i = skipSpace(text, i + 1);
        if (text.charCodeAt(i) !== (opensObject ? 0x7d : 0x5d)) {
          expectsKey = opensObject;
          continue;
        }
        i += 1;
        depth -= 1;
        if (depth === 1) isMeta = false;
      } else i = endOfScalar(text, i, 'a JSON value');

      // A value has ended at i; it may end its containers too.
      let isComplete = false;
      for (;;) {
        if (depth === 0) {
          isComplete = true;
          break;
        }
        const end = i;
        i = skipSpace(text, i);
        const next = text.charCodeAt(i);
        if (isObject[depth] === 1) {
          if (depth === 1) addSpan(members, text, current[1]!, topStart, end);
          else if (depth === 2 && isMeta) addSpan(metaMembers!, text, current[2]!, metaStart, end);
          if (next === 0x2c) {
            i = skipSpace(text, i + 1);
            expectsKey = true;
            break;
          }
          if (next !== 0x7d) throw unexpected(text, i, "',' or '}' after a member");
          if (keySets[depth] !== undefined) keySets[depth] = undefined;
          keyCount = firstKey[depth]!;
        } else {
          if (next === 0x2c) {
            current[depth] = current[depth]! + 1;
            i = skipSpace(text, i + 1);
            break;
          }
          if (next !== 0x5d) throw unexpected(text, i, "',' or ']' after an element");
        }
        i += 1;
        depth -= 1;
        if (depth === 1) isMeta = false;
      }
      if (!isComplete) continue;
      const rest = skipSpace(text, i);
      if (rest < text.length) throw unexpected(text, rest, 'the end of the text after the JSON value');
      return { text, root: rootOf(text, rootStart), resourceType: stringOf(text, members.get('resourceType')), members, metaMembers };
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const path = pathOf(text, depth, stringOf(text, members.get('resourceType')));
    throw new JsonSyntaxError(error.kind, error.reason, error.offset, placeOf(text, error.offset), path);
  } finally {
    for (let d = depth; d > 0; d -= 1) keySets[d] = undefined;
  }
}

/** Enters the key `[start, end)` of the object at `depth`; returns the new number of keys held. Throws Fault for a duplicate. */
function addKey(text: string, start: number, end: number, depth: number, keyCount: number): number {
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
    if (hashes[k] === hash && keyText(text, keyStarts[k]!, keyEnds[k]!) === keyText(text, start, end)) {
      throw duplicate(keyText(text, start, end), start, depth, k, end);
    }
  }
  if (keyCount - first === fewKeys) {
    const keys = new Set<string>();
    for (let k = first; k < keyCount; k += 1) keys.add(keyText(text, keyStarts[k]!, keyEnds[k]!));
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

/** The Fault for a key that stands twice in one object; makes it the current key so that the path names it. */
function duplicate(key: string, start: number, depth: number, index: number, end: number): Fault {
  setKey(index, 0, start, end, depth);
  return new Fault('duplicate-key', `the key ${JSON.stringify(key)} stands twice in one object`, start);
}

function addSpan(spans: Map<string, MemberSpan>, text: string, key: number, start: number, end: number): void {
  const keyStart = keyStarts[key]!;
  spans.set(keyText(text, keyStart, keyEnds[key]!), { keyStart, start, end });
}

function keyExpected(text: string, offset: number, keyCount: number, first: number): string {
  if (keyCount === first) return "a key in double quotes or '}' after '{'";
  return text.charCodeAt(offset) === 0x7d ? "a key in double quotes after ',' (no comma may stand before '}')" : "a key in double quotes after ','";
}

function rootOf(text: string, start: number): JsonSource['root'] {
  switch (text[start]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'boolean';
    case 'n':
      return 'null';
    default:
      return 'number';
  }
}

/** The string that a member holds, undefined when it holds something else. */
function stringOf(text: string, span: MemberSpan | undefined): string | undefined {
  return span !== undefined && text.charCodeAt(span.start) === 0x22 ? keyText(text, span.start, span.end) : undefined;
}

/** The place of what is being read at the innermost open container: `Patient.name[0].given[1]`. */
function pathOf(text: string, depth: number, resourceType: string | undefined): string {
  let path = resourceType ?? '';
  for (let d = 1; d <= depth; d += 1) {
    const at = current[d]!;
    if (isObject[d] === 0) path += `[${at}]`;
    else if (at >= 0) {
      const key = keyText(text, keyStarts[at]!, keyEnds[at]!);
      const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : `\`${key}\``;
      path += path === '' ? name : `.${name}`;
    }
  }
  return path;
}
