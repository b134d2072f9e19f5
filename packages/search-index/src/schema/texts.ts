/** Strings as the index holds them. */
import { cutMark, maxStringLength } from '../keys/text-for-index.ts';
import type { IndexRow } from '../row/index-row.ts';

/** UNIT SEPARATOR; `searchable` leaves none in a text. */
export const textSeparator = '\u001f';

/** A text without control characters: PostgreSQL refuses one of them, and two separate columns. */
export function searchable(text: string): string {
  return control.test(text) ? text.replaceAll(controls, ' ') : text;
}

/* eslint-disable no-control-regex -- they are what it is about */
const control = /[\0-\u001f]/;
const controls = /[\0-\u001f]+/g;
/* eslint-enable no-control-regex */

/** Empty texts are not searchable. */
export function searchableStrings(strings: IndexRow['strings']): IndexRow['strings'] {
  if (!strings.some(({ text }) => text === '' || control.test(text))) return strings;
  const byName = new Map<string, IndexRow['strings'][number]>();
  for (const { key, text, posted } of strings) {
    const stored = searchable(text);
    const name = `${key} ${stored}`;
    if (stored !== '') byName.set(name, { key, text: stored, posted: posted || byName.get(name)?.posted === true });
  }
  return [...byName.values()];
}

/** Number of the longest texts of a resource that may contain others: a name and an address as a whole are among them. */
const wholes = 4;

/** Whether a text is a cut piece of a longer one: a window has it as a whole, and is longer. */
function isPiece(text: string): boolean {
  return text.length <= maxStringLength + cutMark.length && text.endsWith(cutMark);
}

/**
 * Whether each text that is posted is a part of another one of its resource, or occurs earlier under another key. The whole contains every
 * part of such a text, so the trigrams of the whole lead to the resource, and its own need not be stored. The result must depend on the
 * texts and their keys alone: unchanged rows keep it. Undefined for a text that is not posted.
 */
export function partsAmong(strings: IndexRow['strings']): (boolean | undefined)[] {
  if (strings.length < 2) return strings.map(() => false);
  const posted = strings.filter((each) => each.posted);
  const longest = [...new Set(posted.map(({ text }) => text))].sort((a, b) => b.length - a.length).slice(0, wholes);
  const seen = new Set<string>();
  return strings.map(({ text, posted }) => {
    if (!posted) return undefined;
    if (seen.has(text)) return true;
    seen.add(text);
    if (isPiece(text)) return true;
    return longest.some((whole) => whole.length > text.length && whole.includes(text));
  });
}
