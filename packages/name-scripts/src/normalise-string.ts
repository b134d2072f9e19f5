import { apostrophes, latinOf } from './letters.ts';

/** ASCII words separated by single spaces: only letters may need folding. */
const plain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** Letters of plain words that need more than lower case. */
const folded = /[qx'`]|ye/;

/**
 * Text in the form in which string searches compare it: lower case, without accents and other combining marks, white space as one space;
 * Cyrillic in Latin, without apostrophes, and with letters that are confused between the two scripts made equal (`Ўқтам` and `Oʻqtam` are
 * `oktam`), by the table of docs/names-across-scripts.md. Other separate letters stay (`ø`, `ı`).
 *
 * Searched texts go through `searchForms`, which knows that a text may end in the middle of two letters folded into one.
 * @example
 * normaliseString('Ўқтам'); // 'oktam'
 * normaliseString('Oʻqtam'); // 'oktam'
 */
export function normaliseString(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const normalised = normalise(text);
  if (text.length <= maxKnownLength) {
    if (known.size >= maxKnown) known.clear();
    known.set(text, normalised);
  }
  return normalised;
}

/** A name is under several parameters of its resource, and names, places and displays repeat between resources. */
const known = new Map<string, string>();
const maxKnown = 20_000;
const maxKnownLength = 100;

function normalise(text: string): string {
  const lower = text.toLowerCase();
  if (plain.test(lower)) return folded.test(lower) ? fold(lower) : lower;
  return fold(
    lower
      .replaceAll(manyMarks, '$1')
      .normalize('NFC')
      .replaceAll(cyrillic, (letter) => latinOf.get(letter) ?? letter)
      .normalize('NFKD')
      .replaceAll(/\p{Mn}+/gu, '')
      // A letter with a mark that Uzbek has no use for is the letter without it.
      .replaceAll(cyrillic, (letter) => latinOf.get(letter) ?? letter)
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

/**
 * Ordering the marks of one letter takes the square of their number. No script has so many; Unicode Standard Annex #15 limits them to 30
 * for streams.
 */
const manyMarks = /(\p{M}{30})\p{M}+/gu;

const cyrillic = /[\u0400-\u052f]/g;
const apostrophe = new RegExp(`[${apostrophes}]`, 'g');

/** Folds the spellings of Uzbek Latin that vary: `x` and `h`, `q` and `k`, `ye` and `e`; removes all apostrophes. */
function fold(text: string): string {
  return text.replaceAll(apostrophe, '').replaceAll('x', 'h').replaceAll('q', 'k').replaceAll('ye', 'e');
}

/**
 * The normalised texts to search for, by the start or by a part of a text; any of them may match. There are two if the text ends with `y`,
 * which may be the first half of a `ye` that is stored as `e`: `Bay` begins `Bayram` and `Bayev`.
 * @example
 * searchForms('Bay'); // [ 'bay', 'bae' ]
 */
export function searchForms(text: string): readonly string[] {
  const normalised = normaliseString(text);
  return normalised.endsWith('y') ? [normalised, `${normalised.slice(0, -1)}e`] : [normalised];
}
