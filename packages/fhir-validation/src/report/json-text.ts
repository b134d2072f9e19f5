/** Finding one's way in a JSON text that is known to be well formed. Offsets count UTF-16 code units. */

/** The offset of the first character at or after `at` that is no white space. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** The offset after the value that begins at `at`; strings end at their quote, containers where their brackets balance. */
export function endOfValue(text: string, at: number): number {
  let depth = 0;
  let i = at;
  do {
    const c = text.charCodeAt(i);
    if (c === quote) i = endOfString(text, i);
    else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      i += 1;
    } else if (c === 0x7d || c === 0x5d) {
      depth -= 1;
      i += 1;
    } else if (depth > 0) i += 1;
    else while (i < text.length && !/[\s,\]}]/.test(text[i]!)) i += 1;
  } while (depth > 0);
  return i;
}

const quote = 0x22;

/** Most of a text is within strings: they are searched for their quote. */
function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  for (;;) {
    let before = end - 1;
    while (text.charCodeAt(before) === 0x5c) before -= 1;
    if ((end - before) % 2 === 1) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

/** The members of the object that begins at `at`: names and the offsets of their values. Nothing for what is no object. */
export function* membersAt(text: string, at: number): Generator<{ name: string; value: number }> {
  if (text[at] !== '{') return;
  let i = skipSpace(text, at + 1);
  while (text[i] === '"') {
    const end = endOfValue(text, i);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    yield { name: JSON.parse(text.slice(i, end)) as string, value };
    i = skipSpace(text, endOfValue(text, value));
    if (text[i] === ',') i = skipSpace(text, i + 1);
  }
}

/** The offsets of the items of the array that begins at `at`. Nothing for what is no array. */
export function* itemsAt(text: string, at: number): Generator<number> {
  if (text[at] !== '[') return;
  let i = skipSpace(text, at + 1);
  while (text[i] !== ']') {
    yield i;
    i = skipSpace(text, endOfValue(text, i));
    if (text[i] === ',') i = skipSpace(text, i + 1);
  }
}
