/** The place of the first error in a text that should be JSON: the message of JSON.parse has no place for short texts. */

const space = /[ \t\r\n]*/y;
const token =
  /[{}[\],:]|"[^"\\]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Tokens that may come next. `value` is the begin of any value. */
type Expected = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or end' | 'nothing';

/** Returns the offset of the first misplaced token; the end of the text if something is missing, or nothing is wrong. */
export function mistakeAt(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  const ended = (): Expected => (open.length === 0 ? 'nothing' : ', or end');
  for (let at = 0; ; at = token.lastIndex) {
    space.lastIndex = at;
    space.exec(text);
    token.lastIndex = space.lastIndex;
    const start = space.lastIndex;
    if (start >= text.length) return text.length;
    const sign = token.exec(text)?.[0];
    if (sign === undefined || isCut(sign)) return start;
    const next = after(sign, expected, open, ended);
    if (next === undefined) return start;
    expected = next;
  }
}

/** Control characters are in a text as escapes alone. */
function isCut(sign: string): boolean {
  return sign.startsWith('"') && /[^ -\u{10ffff}]/u.test(sign);
}

/** Undefined if the token is not allowed there. */
function after(sign: string, expected: Expected, open: string[], ended: () => Expected): Expected | undefined {
  const isText = sign.startsWith('"');
  if (sign === '}' || sign === ']') {
    const isEmpty = expected === (sign === '}' ? 'key or }' : 'value or ]');
    if (!isEmpty && expected !== ', or end') return undefined;
    return open.pop() === (sign === '}' ? '{' : '[') ? ended() : undefined;
  }
  if (sign === ',') return expected !== ', or end' ? undefined : open.at(-1) === '{' ? 'key' : 'value';
  if (sign === ':') return expected === ':' ? 'value' : undefined;
  if (expected === 'key' || expected === 'key or }') return isText ? ':' : undefined;
  if (expected !== 'value' && expected !== 'value or ]') return undefined;
  if (sign !== '{' && sign !== '[') return ended();
  open.push(sign);
  return sign === '{' ? 'key or }' : 'value or ]';
}
