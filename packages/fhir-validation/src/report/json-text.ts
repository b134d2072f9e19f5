/** Finding one's way in a JSON text that is known to be well formed. Offsets count UTF-16 code units. */

/** The offset of the first character at or after `at` that is no white space. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** The offset after the value that begins at `at`; strings end at their quote, containers where their brackets balance. */
export function endOfValue(text: string, at: number): number {
  const skipping = { at, depth: 0 };
  skip(text, skipping, Infinity);
  return skipping.at;
}

/** A value on the way to its end: where that is looked for, and how many containers are open there. */
export interface Skipping {
  at: number;
  depth: number;
}

/** Goes on to the end of the value, or to the first token behind `limit`: then false, and it can continue from there. */
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

/** Most of a text is within strings: they are searched for their quote. */
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

/** The offset of what follows a member or an item that ends at `end`: the next one, or the closing bracket. */
export function nextAfter(text: string, end: number): number {
  const i = skipSpace(text, end);
  return text[i] === ',' ? skipSpace(text, i + 1) : i;
}

/** Is told of the characters that were passed over to find what comes next, each time. */
export type Passed = (characters: number) => void;

/** The members of the object that begins at `at`: names and the offsets of their values. Nothing for what is no object. */
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

/** The offsets of the items of the array that begins at `at`. Nothing for what is no array. */
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
