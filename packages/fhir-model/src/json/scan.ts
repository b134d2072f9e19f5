import { JsonSyntaxError, placeOf } from './syntax-error.ts';
import {
  addKey,
  current,
  dropKeys,
  firstKey,
  isObject,
  keepOpen,
  keyAt,
  keyStartAt,
  pathOf,
  reserve,
  restoreOpen,
} from './open-containers.ts';
import { endOfKey, endOfScalar, endOfString, Fault, keyText, skipSpace, unexpected } from './tokens.ts';

/** Span of a member in the text: its key begins (with the quote) at `keyStart`, its value is `[start, end)`. */
export interface MemberSpan {
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/** A JSON text that is known to be well formed, and the places of the parts that a server must set. */
export interface JsonSource {
  /** The text without a byte order mark; all offsets count its UTF-16 code units. */
  readonly text: string;
  readonly root: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** The value of the top-level `resourceType`, when that is a string. */
  readonly resourceType: string | undefined;
  /** The members of the top-level object, in document order; empty for another root. */
  readonly members: ReadonlyMap<string, MemberSpan>;
  /** The members of the top-level `meta`; undefined if it is absent or not an object. */
  readonly metaMembers: ReadonlyMap<string, MemberSpan> | undefined;
}

const defaultMaxDepth = 500;

/** The kind of a value by its first character. */
const roots: ReadonlyMap<string, JsonSource['root']> = new Map(
  Object.entries<JsonSource['root']>({
    '{': 'object',
    '[': 'array',
    '"': 'string',
    t: 'boolean',
    f: 'boolean',
    n: 'null',
  }),
);

/**
 * Reads a JSON text once: checks that it is strict JSON (RFC 8259) that FHIR can hold and finds the spans of the members that
 * `stampResource` sets. A leading byte order mark is dropped. The value itself is the caller's `JSON.parse(source.text)`.
 * Iterative, so hostile nesting cannot exhaust the stack.
 *
 * @throws JsonSyntaxError for broken grammar, duplicate keys at any depth, lone surrogates, U+0000, numbers beyond a double,
 *   and more than `maxDepth` (500) nested containers; the first fault in the text is the one reported.
 * @example
 * scanJson('{"resourceType":"Basic"}').resourceType; // 'Basic'
 */
export function scanJson(text: string, options?: ScanOptions): JsonSource {
  return advance(begin(text, options), Infinity)!;
}

/**
 * As `scanJson`, in parts: of a text of many megabytes, so that others of this process get their turn.
 * @param pause called after each part; a promise is awaited before the next one
 * @param part UTF-16 code units, about; a string is never divided
 * @example
 * const source = await scanJsonInParts('{"resourceType":"Basic"}', () => undefined);
 * source.resourceType; // 'Basic'
 */
export async function scanJsonInParts(
  text: string,
  pause: () => Promise<void> | undefined,
  { part = 128 * 1024, ...options }: ScanOptions & { part?: number } = {},
): Promise<JsonSource> {
  const scan = begin(text, options);
  for (;;) {
    const source = advance(scan, scan.at + part);
    if (source !== undefined) return source;
    const due = pause();
    if (due === undefined) continue;
    const kept = keepOpen(scan.depth, scan.keyCount);
    await due;
    restoreOpen(kept, scan.maxDepth);
  }
}

interface ScanOptions {
  readonly maxDepth?: number;
}

/** A scan in progress. The module `open-containers` knows the open containers. */
interface Scan {
  readonly text: string;
  readonly maxDepth: number;
  readonly rootStart: number;
  readonly members: Map<string, MemberSpan>;
  metaMembers: Map<string, MemberSpan> | undefined;
  at: number;
  depth: number;
  keyCount: number;
  isMeta: boolean;
  topStart: number;
  metaStart: number;
  expectsKey: boolean;
}

function begin(given: string, { maxDepth = defaultMaxDepth }: ScanOptions = {}): Scan {
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  reserve(maxDepth);
  const rootStart = skipSpace(text, 0);
  return {
    ...{ text, maxDepth, rootStart, members: new Map<string, MemberSpan>(), metaMembers: undefined, at: rootStart },
    ...{ depth: 0, keyCount: 0, isMeta: false, topStart: 0, metaStart: 0, expectsKey: false },
  };
}

/** Continues to the end, or to the first key or value after `limit`: then undefined, and the containers stay open. */
function advance(scan: Scan, limit: number): JsonSource | undefined {
  const { text, maxDepth, rootStart, members } = scan;
  // In variables of this function: members of an object would cost the loop a third of its speed.
  let { metaMembers, at: i, depth, keyCount, isMeta, topStart, metaStart, expectsKey } = scan;
  let isPaused = false;
  try {
    for (;;) {
      if (i > limit) {
        isPaused = true;
        Object.assign(scan, { metaMembers, at: i, depth, keyCount, isMeta, topStart, metaStart, expectsKey });
        return undefined;
      }
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
        if (depth === 1 && opensObject && isObject[1] === 1 && keyAt(text, current[1]!) === 'meta') {
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
          dropKeys(depth);
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
      return {
        text,
        root: roots.get(text.charAt(rootStart)) ?? 'number',
        resourceType: stringOf(text, members.get('resourceType')),
        members,
        metaMembers,
      };
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const path = pathOf(text, depth, stringOf(text, members.get('resourceType')));
    throw new JsonSyntaxError(error.kind, error.message, error.offset, placeOf(text, error.offset), path);
  } finally {
    if (!isPaused) for (let d = depth; d > 0; d -= 1) dropKeys(d);
  }
}

function addSpan(spans: Map<string, MemberSpan>, text: string, key: number, start: number, end: number): void {
  spans.set(keyAt(text, key), { keyStart: keyStartAt(key), start, end });
}

function keyExpected(text: string, offset: number, keyCount: number, first: number): string {
  if (keyCount === first) return "a key in double quotes or '}' after '{'";
  return text.charCodeAt(offset) === 0x7d
    ? "a key in double quotes after ',' (no comma may stand before '}')"
    : "a key in double quotes after ','";
}

/** The string that a member holds, undefined when it holds something else. */
function stringOf(text: string, span: MemberSpan | undefined): string | undefined {
  return span !== undefined && text.charCodeAt(span.start) === 0x22 ? keyText(text, span.start, span.end) : undefined;
}
