import { Refusal } from '../fault.ts';
import { isObject, memberValue, type JsonValue } from '../json.ts';

/** The reference tokens of a JSON Pointer, unescaped; none for the whole document. https://www.rfc-editor.org/rfc/rfc6901 */
export type Pointer = readonly string[];

/** @throws Refusal `malformed-patch` */
export function parsePointer(text: string): Pointer {
  if (text === '') return [];
  if (!text.startsWith('/')) {
    throw new Refusal('malformed-patch', `a JSON Pointer is empty or begins with '/': write '/name/0/family'`);
  }
  if (/~(?![01])/.test(text)) {
    throw new Refusal('malformed-patch', `in a JSON Pointer '~' is written '~0' and '/' inside a name '~1'`);
  }
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer as text again. */
export function formatPointer(pointer: Pointer): string {
  return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value a pointer names. @throws Refusal `path-not-found` or `index-out-of-range` */
export function valueAt(document: JsonValue, pointer: Pointer): JsonValue {
  let value = document;
  pointer.forEach((token, depth) => {
    value = child(value, token, () => formatPointer(pointer.slice(0, depth)));
  });
  return value;
}

function child(value: JsonValue, token: string, place: () => string): JsonValue {
  if (Array.isArray(value)) return value[arrayIndex(token, value.length - 1, place)]!;
  if (!isObject(value)) throw new Refusal('path-not-found', `${named(place())} is neither an object nor an array`);
  const member = memberValue(value, token);
  if (member === undefined) throw new Refusal('path-not-found', `${named(place())} has no member '${cut(token)}'`);
  return member;
}

/** The index of a token, at most `last`. RFC 6901 section 4: digits, no leading zero. @throws Refusal */
export function arrayIndex(token: string, last: number, place: () => string): number {
  if (token === '-') {
    throw new Refusal(
      'path-not-found',
      `'-' is the place after the last of ${named(place())}, where only add can write`,
    );
  }
  if (!/^(?:0|[1-9]\d*)$/.test(token)) {
    const reason = `${named(place())} is an array: '${cut(token)}' is not an index (0, 1, 2 … without leading zeros)`;
    throw new Refusal('path-not-found', reason);
  }
  const index = Number(token);
  if (index > last) {
    const range = last < 0 ? 'has no elements' : `ends at index ${last} here`;
    throw new Refusal('index-out-of-range', `${named(place())} ${range}: there is no ${cut(token)}`);
  }
  return index;
}

function named(place: string): string {
  return place === '' ? 'the resource' : `'${cut(place)}'`;
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
