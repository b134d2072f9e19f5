/** The line of a fault in a document. */
import type { PolicyFault } from './read-policy-set.ts';
import { mistakeAt } from './syntax.ts';

/** Returns the line from 1; that of the nearest enclosing part if the part itself is absent. */
export function lineOf(text: string, { key, place }: Pick<PolicyFault, 'key' | 'place'>): number {
  const at = key === 'not-json' ? mistakeAt(text) : offsetOf(text, stepsOf(place));
  return text.slice(0, at).split('\n').length;
}

/** `rules[2].types[0]` as `rules`, 2, `types`, 0; the document itself is called `policies`. */
function stepsOf(place: string): (string | number)[] {
  const steps = [...place.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, n]) =>
    n === undefined ? name! : Number(n),
  );
  return steps[0] === 'policies' ? steps.slice(1) : steps;
}

/** Offset of the value at the end of the steps, or of the last existing one. */
function offsetOf(text: string, steps: readonly (string | number)[]): number {
  let at = skipSpace(text, 0);
  for (const step of steps) {
    const next = typeof step === 'number' ? entryAt(text, at, step) : memberAt(text, at, step);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Of members with one name the last one counts, as for parsers of the text. */
function memberAt(text: string, start: number, name: string): number | undefined {
  if (text[start] !== '{') return undefined;
  let found: number | undefined;
  for (let i = skipSpace(text, start + 1); text[i] === '"';) {
    const end = afterValue(text, i);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (JSON.parse(text.slice(i, end)) === name) found = value;
    i = skipSpace(text, afterValue(text, value));
    if (text[i] === ',') i = skipSpace(text, i + 1);
  }
  return found;
}

function entryAt(text: string, start: number, n: number): number | undefined {
  if (text[start] !== '[') return undefined;
  let i = skipSpace(text, start + 1);
  for (let left = n; text[i] !== ']' && i < text.length; left -= 1) {
    if (left === 0) return i;
    i = skipSpace(text, afterValue(text, i));
    if (text[i] === ',') i = skipSpace(text, i + 1);
  }
  return undefined;
}

function skipSpace(text: string, i: number): number {
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** The offset after the value that begins at `start`, in a text that is JSON. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    const c = text[i]!;
    if (c === '"') i = endOfString(text, i);
    else if (c === '{' || c === '[') depth += 1;
    else if (c === '}' || c === ']') depth -= 1;
    else if (depth === 0 && (c === ',' || c.charCodeAt(0) <= 0x20)) return i;
    if (depth < 0) return i;
    if (depth === 0 && /["}\]]/.test(c)) return i + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
