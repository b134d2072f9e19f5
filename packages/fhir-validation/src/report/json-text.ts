/** Navigation in a JSON text that is known to be well formed. Offsets count UTF-16 code units. */

/** Returns the offset of the first character at or after `at` that is not white space. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** Returns the offset after the value that begins at `at`. */
export function endOfValue(text: string, at: number): number {
  const skipping = { at, depth: 0 };
  skip(text, skipping, Infinity);
  return skipping.at;
}

/** State of the search for the end of a value: the current offset and the number of open containers. */
export interface Skipping {
  at: number;
  depth: number;
}

/** Moves to the end of the value. Returns false if it stopped at the first token after `limit`; the next call continues there. */
export function skip(text: string, skipping: Skipping, limit: number): boolean {
  let { at: i, depth } = skipping;
  let isPaused = false;
  do {
    if (i > limit) {
      isPaused = true;
      break;
    }
    const c = text.charCodeAt(i);
    if (c === quote) i = endOfString(text, i);
    else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      i += 1;
    } else if (c === 0x7d || c === 0x5d) {
      depth -= 1;
      i += 1;
    } else if (depth > 0) i += 1;
    else i = endOfScalar(text, i);
  } while (depth > 0);
  skipping.at = i;
  skipping.depth = depth;
  return !isPaused;
}

const quote = 0x22;

/**
 * Returns the offset after a string. Most of a text is within strings, so this searches for the quote instead of reading each character.
 */
export function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  for (;;) {
    let before = end - 1;
    while (text.charCodeAt(before) === 0x5c) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

/** Numbers, true, false and null end before white space, a comma or a closing bracket. */
function endOfScalar(text: string, at: number): number {
  let i = at;
  for (;;) {
    const c = text.charCodeAt(i);
    if (!(c > 0x20) || c === 0x2c || c === 0x5d || c === 0x7d) return i;
    i += 1;
  }
}

/** Returns the offset after a member or item that ends at `end`: that of the next one or of the closing bracket. */
export function nextAfter(text: string, end: number): number {
  const i = skipSpace(text, end);
  return text[i] === ',' ? skipSpace(text, i + 1) : i;
}

/** Called with the number of characters skipped to find the next member or item. */
export type Passed = (characters: number) => void;

/** Yields the members of the object that begins at `at`: names and the offsets of their values. Yields nothing for other values. */
export function* membersAt(text: string, at: number, passed?: Passed): Generator<{ name: string; value: number }> {
  if (text[at] !== '{') return;
  let i = skipSpace(text, at + 1);
  while (text[i] === '"') {
    const end = endOfValue(text, i);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    yield { name: JSON.parse(text.slice(i, end)) as string, value };
    const after = endOfValue(text, value);
    passed?.(after - i);
    i = nextAfter(text, after);
  }
}

/** Yields the offsets of the items of the array that begins at `at`. Yields nothing for other values. */
export function* itemsAt(text: string, at: number, passed?: Passed): Generator<number> {
  if (text[at] !== '[') return;
  let i = skipSpace(text, at + 1);
  while (text[i] !== ']') {
    yield i;
    const after = endOfValue(text, i);
    passed?.(after - i);
    i = nextAfter(text, after);
  }
}
