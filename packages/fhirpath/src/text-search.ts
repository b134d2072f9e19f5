/**
 * Searches for a part in a text in time linear in both. The search of the language compares the part again at every place: a text of
 * a million equal letters and a part of half as many take it minutes.
 */

/** Up to this many comparisons the search of the language is used, which is faster for usual texts. */
const fewComparisons = 1_000_000;

/** Returns the first position of the part, or -1. */
export function indexOf(text: string, part: string): number {
  if (isQuick(text, part)) return text.indexOf(part);
  const [first] = occurrences(text, part);
  return first ?? -1;
}

/** Returns the last position of the part, or -1. */
export function lastIndexOf(text: string, part: string): number {
  if (isQuick(text, part)) return text.lastIndexOf(part);
  let last = -1;
  for (const place of occurrences(text, part, true)) last = place;
  return last;
}

/** Splits a text at the places of a part, which do not overlap; an empty part splits it into characters. */
export function split(text: string, part: string): string[] {
  if (isQuick(text, part)) return text.split(part);
  const pieces: string[] = [];
  let from = 0;
  for (const place of occurrences(text, part)) {
    pieces.push(text.slice(from, place));
    from = place + part.length;
  }
  pieces.push(text.slice(from));
  return pieces;
}

function isQuick(text: string, part: string): boolean {
  return part.length <= 1 || part.length > text.length || part.length * text.length <= fewComparisons;
}

/** Knuth, Morris and Pratt: after a mismatch the part moves by the length that is known to fit already. */
function* occurrences(text: string, part: string, overlapping = false): Generator<number> {
  const borders = bordersOf(part);
  let fitting = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    while (fitting > 0 && part.charCodeAt(fitting) !== code) fitting = borders[fitting - 1]!;
    if (part.charCodeAt(fitting) === code) fitting++;
    if (fitting < part.length) continue;
    yield i + 1 - part.length;
    fitting = overlapping ? borders[fitting - 1]! : 0;
  }
}

/** For each beginning of the part, how long its longest proper beginning is that it also ends with. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let length = 0;
  for (let i = 1; i < part.length; i++) {
    const code = part.charCodeAt(i);
    while (length > 0 && part.charCodeAt(length) !== code) length = borders[length - 1]!;
    if (part.charCodeAt(length) === code) length++;
    borders[i] = length;
  }
  return borders;
}
