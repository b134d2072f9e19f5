import { hash } from 'node:crypto';

/** How many UTF-16 units of a text are compared; a text that is asked for must be cut in the same way. */
export const maxStringLength = 256;

/** A text as a column holds it: no longer than a B-tree takes, and without NUL, which PostgreSQL has not. */
export function textForIndex(text: string): string {
  const cut = text.length > maxStringLength ? text.slice(0, maxStringLength) : text;
  return cut.includes('\0') ? cut.replaceAll('\0', ' ') : cut;
}

/**
 * The unit of a quantity as a word holds it, which is also what its key is taken of. Where it is longer than a word may be, parts that are
 * long are told by their hash: what is cut would be no JSON, or the unit of others.
 */
export function unitText(system: string, code: string | undefined, unit: string | undefined): string {
  const parts = [system, code ?? '', unit ?? ''];
  const whole = JSON.stringify(parts);
  return whole.length <= maxStringLength ? whole : JSON.stringify(parts.map(shortPart));
}

/** Three of them are shorter than a word may be. */
const longestPart = 72;

/** A part of a unit as `unitText` has it where the unit is long. */
export function shortPart(part: string): string {
  return JSON.stringify(part).length <= longestPart
    ? part
    : `hash of ${part.length}: ${hash('sha256', part)}`.slice(0, longestPart);
}
