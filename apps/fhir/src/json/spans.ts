/**
 * Offsets of the parts of a JSON text that `scanJson` has accepted: nothing is checked again, so that a Bundle of many megabytes is walked
 * at the speed of searching for quotes. Offsets count UTF-16 code units.
 */
import type { MemberSpan } from '@dhp/fhir-model';

/** The offset of the first character at or after `i` that is not white space. */
export function afterSpace(text: string, i: number): number {
  while (text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** The offset after the string whose opening quote is at `start`. */
export function afterString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes is before the offset. */
function isEscaped(text: string, i: number): boolean {
  let before = i - 1;
  while (text.charCodeAt(before) === 0x5c) before -= 1;
  return (i - before) % 2 === 0;
}

/** The offset after the value that begins at `start`. */
export function afterValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === 0x22) return afterString(text, start);
  if (first !== 0x7b && first !== 0x5b) return afterScalar(text, start);
  let depth = 0;
  let i = start;
  do {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i = afterString(text, i);
      continue;
    }
    if (c === 0x7b || c === 0x5b) depth += 1;
    else if (c === 0x7d || c === 0x5d) depth -= 1;
    i += 1;
  } while (depth > 0);
  return i;
}

/** Numbers, true, false and null end before white space, a comma or a closing bracket. */
function afterScalar(text: string, start: number): number {
  let i = start;
  for (;;) {
    const c = text.charCodeAt(i);
    if (!(c > 0x20) || c === 0x2c || c === 0x5d || c === 0x7d) return i;
    i += 1;
  }
}

/** Looks at the value that begins at `start` and returns the offset after it, or `enough`. */
export type SpanVisitor<Key> = (key: Key, start: number) => number;

/** Returned by a visit that needs no further members: the others are not visited. */
export const enough = -1;

/** Visits the members of the object at `start`; returns the offset after it, or `enough`. */
export function eachMember(text: string, start: number, visit: SpanVisitor<string>): number {
  let i = afterSpace(text, start + 1);
  while (text.charCodeAt(i) === 0x22) {
    const end = afterString(text, i);
    const raw = text.slice(i + 1, end - 1);
    const key = raw.includes('\\') ? (JSON.parse(text.slice(i, end)) as string) : raw;
    const value = afterSpace(text, afterSpace(text, end) + 1);
    const after = visit(key, value);
    if (after === enough) return enough;
    i = nextAfter(text, after);
  }
  return i + 1;
}

/** Returns the spans of the members of the object at `start`, by name. */
export function memberSpans(text: string, start: number): Map<string, MemberSpan> {
  const spans = new Map<string, MemberSpan>();
  let keyStart = afterSpace(text, start + 1);
  eachMember(text, start, (key, value) => {
    const end = afterValue(text, value);
    spans.set(key, { keyStart, start: value, end });
    keyStart = nextAfter(text, end);
    return end;
  });
  return spans;
}

/** Visits the elements of the array at `start`; returns the offset after it. */
export function eachElement(text: string, start: number, visit: SpanVisitor<number>): number {
  let i = afterSpace(text, start + 1);
  for (let index = 0; text.charCodeAt(i) !== 0x5d; index += 1) {
    i = nextAfter(text, visit(index, i));
  }
  return i + 1;
}

/** The offset of the next element of an array, or of its closing bracket, when an element ends at `end`. */
export function nextAfter(text: string, end: number): number {
  const i = afterSpace(text, end);
  return text.charCodeAt(i) === 0x2c ? afterSpace(text, i + 1) : i;
}

/** Text to put in the place of `[start, end)`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with the edits made, which are in order and do not overlap; the rest stays as it is. */
export function edited(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  let result = '';
  let from = 0;
  for (const edit of edits) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}
