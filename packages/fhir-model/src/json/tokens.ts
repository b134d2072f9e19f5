import { foundAt, type JsonErrorKind } from './syntax-error.ts';

/** A failure inside a token; `scanJson` adds line, column and path. */
export class Fault extends Error {
  readonly kind: JsonErrorKind;
  readonly offset: number;

  constructor(kind: JsonErrorKind, reason: string, offset: number) {
    super(reason);
    this.kind = kind;
    this.offset = offset;
  }
}

/** The Fault for a text that breaks the grammar at `offset`. */
export function unexpected(text: string, offset: number, expected: string): Fault {
  return new Fault('syntax', `expected ${expected} but found ${foundAt(text, offset)}`, offset);
}

/** The offset of the first character at or after `i` that is not JSON white space. */
export function skipSpace(text: string, i: number): number {
  for (;;) {
    const c = text.charCodeAt(i);
    if (c > 0x20 || !(c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09)) return i;
    i += 1;
  }
}

/** UTF-16 code units without anything unusual, after which a string counts as long: the base64 of a document, a narrative. */
const long = 1024;

/** As the test in `endOfString`; a regular expression needs half of the time for a long way, and much more for a short one. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const unusual = /[\u0000-\u001f"\\\ud800-\uffff]/g;

/** The offset after the string whose opening quote is at `start`. Throws Fault. */
export function endOfString(text: string, start: number): number {
  let i = start + 1;
  let far = i + long;
  for (;;) {
    const c = text.charCodeAt(i);
    // One test accepts nearly every character: no control, quote, backslash, surrogate (NaN at the end fails it).
    if (c > 0x22 && c !== 0x5c && c < 0xd800 && i < far) i += 1;
    else if (c === 0x22) return i + 1;
    else if (i >= far) {
      i = nextUnusual(text, i);
      far = i + long;
    } else i = afterSpecial(text, i, c, start);
  }
}

function nextUnusual(text: string, start: number): number {
  unusual.lastIndex = start;
  return unusual.test(text) ? unusual.lastIndex - 1 : text.length;
}

/** Hash of the key that `endOfKey` read last; a module variable because returning a pair costs an allocation per key. */
export let keyHash = 0;

/** `endOfString` for the key of a member; leaves the hash of its (unescaped) characters in `keyHash`. */
export function endOfKey(text: string, start: number): number {
  let i = start + 1;
  let hash = 0;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c > 0x22 && c !== 0x5c && c < 0xd800) {
      hash = (Math.imul(hash, 31) + c) | 0;
      i += 1;
    } else if (c === 0x22) {
      keyHash = hash;
      return i + 1;
    } else break;
  }
  const end = endOfString(text, start);
  const key = keyText(text, start, end);
  hash = 0;
  for (let k = 0; k < key.length; k += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(k)) | 0;
  keyHash = hash;
  return end;
}

/** The key between the quotes at `start` and `end - 1`, unescaped. */
export function keyText(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

/** The offset after an unusual character inside a string: an escape, a control, a surrogate, the end. Throws Fault. */
function afterSpecial(text: string, i: number, c: number, start: number): number {
  if (c === 0x5c) return afterEscape(text, i);
  if (c >= 0xe000 || c === 0x20 || c === 0x21) return i + 1;
  if (c >= 0xd800) {
    const isPair = c < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (!isPair) throw new Fault('lone-surrogate', `lone surrogate ${foundAt(text, i)} in a string`, i);
    return i + 2;
  }
  if (i >= text.length) throw new Fault('syntax', `expected '"' to end a string but found the end of the text`, start);
  throw new Fault('syntax', `expected an escape for the control character ${foundAt(text, i)} in a string`, i);
}

function afterEscape(text: string, i: number): number {
  switch (text.charCodeAt(i + 1)) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return i + 2;
    case 0x75: // u
      return afterUnicodeEscape(text, i);
    default:
      throw unexpected(text, i + 1, `one of " \\ / b f n r t u after '\\'`);
  }
}

function afterUnicodeEscape(text: string, i: number): number {
  const unit = hexUnit(text, i + 2);
  if (unit === 0) throw new Fault('nul', 'the character U+0000 is not allowed in a string', i);
  if ((unit & 0xf800) !== 0xd800) return i + 6;
  const isPair = unit < 0xdc00 && text.startsWith('\\u', i + 6) && (hexUnit(text, i + 8) & 0xfc00) === 0xdc00;
  if (!isPair) throw new Fault('lone-surrogate', `lone surrogate ${text.slice(i, i + 6)} in a string`, i);
  return i + 12;
}

/** The value of the four hexadecimal digits at `start`. Throws Fault. */
function hexUnit(text: string, start: number): number {
  let unit = 0;
  for (let i = start; i < start + 4; i += 1) {
    const c = text.charCodeAt(i);
    const lower = c | 0x20;
    let digit: number;
    if (c >= 0x30 && c <= 0x39) digit = c - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) digit = lower - 0x57;
    else throw unexpected(text, i, `four hexadecimal digits after '\\u'`);
    unit = (unit << 4) | digit;
  }
  return unit;
}

/** The offset after the number, `true`, `false` or `null` at `i`. Throws Fault for anything else. */
export function endOfScalar(text: string, i: number, expected: string): number {
  const c = text.charCodeAt(i);
  if ((c >= 0x30 && c <= 0x39) || c === 0x2d) return endOfNumber(text, i);
  if (c === 0x74 && text.startsWith('true', i)) return i + 4;
  if (c === 0x66 && text.startsWith('false', i)) return i + 5;
  if (c === 0x6e && text.startsWith('null', i)) return i + 4;
  throw unexpected(text, i, expected);
}

function endOfNumber(text: string, start: number): number {
  let i = start;
  if (text.charCodeAt(i) === 0x2d) i += 1;
  // No leading zeros: after a 0 the integer part has ended.
  i = text.charCodeAt(i) === 0x30 ? i + 1 : afterDigits(text, i, 'a digit');
  if (isDigit(text.charCodeAt(i))) throw new Fault('syntax', 'a number may not begin with 0', start);
  let isSuspicious = i - start > 308;
  if (text.charCodeAt(i) === 0x2e) i = afterDigits(text, i + 1, "a digit after '.' in a number");
  if ((text.charCodeAt(i) | 0x20) === 0x65) {
    i += 1;
    if (text.charCodeAt(i) === 0x2b || text.charCodeAt(i) === 0x2d) i += 1;
    i = afterDigits(text, i, 'a digit in the exponent of a number');
    isSuspicious = true;
  }
  if (isSuspicious && !Number.isFinite(Number(text.slice(start, i)))) {
    throw new Fault('number-range', 'the number is too large (beyond 1.8e308)', start);
  }
  return i;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function afterDigits(text: string, i: number, expected: string): number {
  if (!isDigit(text.charCodeAt(i))) throw unexpected(text, i, expected);
  do i += 1;
  while (isDigit(text.charCodeAt(i)));
  return i;
}
