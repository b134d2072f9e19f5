import { hash } from 'node:crypto';
import { hash64 } from './hash.ts';

/** The most UTF-16 units of a text under its key, and of a requested text. */
export const maxStringLength = 256;

/** Ends a truncated text, so that it neither equals a requested text nor ends with one: no text contains it. */
export const cutMark = '\uffff';

/** A text as a column holds it: no longer than a B-tree takes, without NUL, which PostgreSQL has not, and without the mark of a cut. */
export function textForIndex(text: string): string {
  return storable(text.length > maxStringLength ? text.slice(0, maxStringLength) : text);
}

function storable(text: string): string {
  return text.includes('\0') || text.includes(cutMark) ? text.replaceAll(/[\0\uffff]/g, ' ') : text;
}

/** The key, or the parameter of words, of the windows of long texts. */
export function longTextKey(key: bigint): bigint {
  return key ^ longText;
}

const longText = hash64('long text');

/**
 * A text in pieces for columns, each under a key that encodes all previous pieces, the first under the key itself: a text with a given
 * beginning, or an equal one, has the last piece of it under the same key. All but the last end with the truncation mark.
 */
export function piecesOf(key: bigint, text: string): { readonly key: bigint; readonly text: string }[] {
  const whole = storable(text);
  const pieces = [];
  let under = key;
  let start = 0;
  while (start + maxStringLength < whole.length) {
    const end = betweenLetters(whole, start + maxStringLength);
    const piece = whole.slice(start, end);
    pieces.push({ key: under, text: piece + cutMark });
    under = (start === 0 ? longTextKey(under) : under) ^ hash64(`${start}:${piece}`);
    start = end;
  }
  pieces.push({ key: under, text: whole.slice(start) });
  return pieces;
}

/** The place, or the one before it inside a surrogate pair: half pairs all become the same character in a column. */
function betweenLetters(text: string, place: number): number {
  return /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(place - 1, place + 1)) ? place - 1 : place;
}

/**
 * A long text in overlapping windows: any part of it that may be requested is whole in one of them. All but the last end with the
 * truncation mark, so that only the last has the end of the text. Empty for a short text.
 */
export function windowsOf(text: string): string[] {
  const windows: string[] = [];
  if (text.length <= maxStringLength) return windows;
  const whole = storable(text);
  const at = (place: number): number => betweenLetters(whole, place);
  let start = 0;
  for (; start + 2 * maxStringLength < whole.length; start += maxStringLength) {
    windows.push(whole.slice(at(start), at(start + 2 * maxStringLength)) + cutMark);
  }
  windows.push(whole.slice(at(start)));
  return windows;
}

/**
 * The unit of a quantity in the form of a word, which is also the input of its key. If it is longer than a word may be, long parts are
 * replaced by their hash: a truncated text would be invalid JSON, or the unit of others.
 */
export function unitText(system: string, code: string | undefined, unit: string | undefined): string {
  const name = code ?? unit ?? '';
  const before = knownUnits.get(name);
  if (before?.system === system && before.code === code && before.unit === unit) return before.text;
  const text = madeUnitText(system, code, unit);
  if (text.length > maxStringLength) return text;
  if (knownUnits.size >= mostUnits) knownUnits.clear();
  knownUnits.set(name, { system, code, unit, text });
  return text;
}

interface KnownUnit {
  readonly system: string;
  readonly code: string | undefined;
  readonly unit: string | undefined;
  readonly text: string;
}

/** The latest unit by its code, or its name: few are in use, and each quantity needs the text under several keys. */
const knownUnits = new Map<string, KnownUnit>();
const mostUnits = 1_000;

function madeUnitText(system: string, code: string | undefined, unit: string | undefined): string {
  const parts = [system, code ?? '', unit ?? ''];
  const whole = JSON.stringify(parts);
  return whole.length <= maxStringLength ? whole : JSON.stringify(parts.map(shortPart));
}

/** Three of them are shorter than a word may be. */
const longestPart = 72;

/** A part of a long unit in the form of `unitText`. */
export function shortPart(part: string): string {
  return JSON.stringify(part).length <= longestPart
    ? part
    : `hash of ${part.length}: ${hash('sha256', part)}`.slice(0, longestPart);
}
