/** JSON as lines of HTML: its tokens marked, and references to other resources as buttons that request them. */
import { markup, type Html } from '@dhp/web-kit';

/** Names whose values are links. */
const leads: ReadonlySet<string> = new Set(['reference', 'fullUrl', 'url', 'href']);
/** More than a person reads. */
const mostLines = 5_000;
/**
 * The most levels that are indented: each makes every line within it longer, and a short text with many levels would become hundreds of
 * megabytes.
 */
const deepest = 100;

export interface Shown {
  readonly lines: readonly Html[];
  /** Not all lines are shown. */
  readonly isCut: boolean;
}

/**
 * Returns the lines of a text: JSON indented, other text unchanged.
 * @param follow returns the path to which a value leads; undefined if it leads nowhere at this server
 */
export function shownText(text: string, follow: (value: string) => string | undefined): Shown {
  const plain = indented(text);
  const all = (plain ?? text).split(/\r?\n/);
  const lines = all
    .slice(0, mostLines)
    .map((line) => (plain === undefined ? markup`${line}` : shownLine(line, follow)));
  return { lines, isCut: all.length > mostLines };
}

/**
 * JSON with line breaks; undefined for other text, and for JSON that is nested too deeply. Numbers keep their digits: they stay texts until
 * they are written again.
 */
export function indented(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || isDeep(trimmed)) return undefined;
  try {
    const keep = (_name: string, value: unknown, context?: { source?: string }): unknown =>
      typeof value === 'number' && context?.source !== undefined ? rawJson(context.source) : value;
    return JSON.stringify(JSON.parse(trimmed, keep), undefined, 2);
  } catch {
    return undefined;
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  // A text without an end reaches to the end: it is not read again from each of its quotes.
  for (const [sign] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/g)) {
    if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** `JSON.rawJSON`, which the types of the language do not have yet. */
const rawJson = (source: string): unknown =>
  (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(source);

const member = /^(\s*)("(?:[^"\\]|\\.)*")(: )?(.*)$/;

function shownLine(line: string, follow: (value: string) => string | undefined): Html {
  const [, indent = '', first = '', colon, rest = ''] = member.exec(line) ?? [];
  if (first === '') return markup`${line}`;
  if (colon === undefined) return markup`${indent}${value(first, '', follow)}${rest}`;
  const name = JSON.parse(first) as string;
  return markup`${indent}<b>${first}</b>: ${value(rest, name, follow)}`;
}

function value(text: string, name: string, follow: (value: string) => string | undefined): Html {
  const [, quoted = '', end = ''] = /^("(?:[^"\\]|\\.)*")(,?)$/.exec(text) ?? [];
  if (quoted === '') return markup`${text}`;
  const path = leads.has(name) ? follow(JSON.parse(quoted) as string) : undefined;
  if (path === undefined) return markup`<i>${quoted}</i>${end}`;
  return markup`<button class="follow" name="follow" value="${path}" form="call">${quoted}</button>${end}`;
}
