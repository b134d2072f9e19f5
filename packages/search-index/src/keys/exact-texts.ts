import { hash64 } from './hash.ts';
import { cutMark, maxStringLength } from './text-for-index.ts';

/**
 * Texts as they are written, for `:exact`. Each is searched together with the same text without case and accents, which leads to few
 * resources: so no index contains the keys of texts as written. They are in a string of the search row, between spaces.
 */
export const exactTexts = hash64('exact texts');

/** @param keys of the texts, each under the seed of its parameter */
export function exactTextsOf(keys: Iterable<bigint>): string {
  let text = ' ';
  for (const key of keys) text += `${nameOf(key)} `;
  return text;
}

/** The part of `exactTextsOf` that shows that a key is among them. */
export function exactTextOf(key: bigint): string {
  return ` ${nameOf(key)} `;
}

function nameOf(key: bigint): string {
  return BigInt.asUintN(64, key).toString(32);
}

/** Characters that a column does not hold. */
const changed = new RegExp(`[\\0-\\u001f${cutMark}]`);

/**
 * The text that leads to an exact text: its normalised form, or the start of that. Undefined if there is no such text: then the key itself must be
 * among those of the resource.
 */
export function leadTo(normalised: string): { readonly match: 'equals' | 'starts'; readonly text: string } | undefined {
  if (normalised.length < maxStringLength && !changed.test(normalised)) {
    return normalised === '' ? undefined : { match: 'equals', text: normalised };
  }
  const start = normalised.slice(0, maxStringLength - 1).split(changed)[0]!;
  // Half of a surrogate pair matches nothing.
  const text = start.replace(/[\ud800-\udbff]$/, '');
  return text === '' ? undefined : { match: 'starts', text };
}

/** Whether there is any such text. */
export function isLed(normalised: string): boolean {
  const first = normalised.charCodeAt(0);
  return (first > 0x1f && first < 0xd800) || leadTo(normalised) !== undefined;
}
