/**
 * The one reading of queries: of URLs, of forms, and of the criteria that a header, an entry of a Bundle or a reference holds. A percent
 * escape that is not UTF-8 is refused: with a replacement character a conditional create would find no match and create the resource.
 * https://url.spec.whatwg.org/#concept-urlencoded-parser, https://www.rfc-editor.org/rfc/rfc3986#section-2.5
 */
import type { Query } from '../contract/query.ts';
import { fail } from './errors.ts';

/** Of all that is well encoded, only characters outside of ASCII are suspected, and then decoded twice. */
const suspect = /%(?![0-7][0-9a-f])/i;

/** The parameters by name, decoded; `place` names their place in messages. Fails as `requireReadable`. */
export function readQuery(text: string, place: string): Query {
  requireReadable(text, place);
  return queryOf(text);
}

/** The parameters in their order, decoded. Fails as `requireReadable`. */
export function readPairs(text: string, place: string): (readonly [name: string, value: string])[] {
  requireReadable(text, place);
  return partsOf(text).map(({ name, value }) => [decoded(name), decoded(value)]);
}

/** Fails with `url-malformed` for an escape that is no UTF-8, and a percent sign that begins none. */
export function requireReadable(text: string, place: string): void {
  if (!suspect.test(text) || isReadable(text)) return;
  for (const part of partsOf(text)) {
    for (const kind of ['name', 'value'] as const) {
      if (!isReadable(part[kind])) failUnreadable(place, kind, part.name, part[kind]);
    }
  }
  throw new Error('no part of a query that cannot be read is at fault');
}

/**
 * Fails with `url-malformed` for a header field with other bytes than ASCII: their encoding is unknown (RFC 9110 section 5.5). If they are
 * UTF-8, the diagnostics hold the text to send instead.
 */
export function requireAscii(field: string, name: string): void {
  if (!/[^\x20-\x7e\t]/.test(field)) return;
  // Node gives each byte as a character.
  const typed = Buffer.from(field.slice(0, 500), 'latin1').toString();
  const encoded = typed.replace(/[^\x20-\x7e]+/gu, encodeURIComponent);
  const cure = typed.includes('\ufffd') ? 'Write other characters as %XX of their UTF-8.' : `Send ${encoded}`;
  fail('url-malformed', {}, { diagnostics: `Only ASCII may stand in ${name}. ${cure}` });
}

/** As `readQuery`, for parameters that are not searched by: text that cannot be decoded is left unchanged. */
export function queryOf(text: string): Query {
  const query = { __proto__: null } as unknown as Record<string, string | string[]>;
  for (const { name, value } of partsOf(text)) {
    const [key, one] = [decoded(name), decoded(value)];
    const before = query[key];
    if (before === undefined) query[key] = one;
    else if (Array.isArray(before)) before.push(one);
    else query[key] = [before, one];
  }
  return query;
}

/** Names and values as they are in the text. */
function partsOf(text: string): { readonly name: string; readonly value: string }[] {
  const parts = [];
  for (let start = 0; start < text.length;) {
    const next = text.indexOf('&', start);
    const end = next < 0 ? text.length : next;
    // Within the part: a look through all that follows would make a query without values cost its square.
    const part = text.slice(start, end);
    const equals = part.indexOf('=');
    if (equals >= 0) parts.push({ name: part.slice(0, equals), value: part.slice(equals + 1) });
    else if (part !== '') parts.push({ name: part, value: '' });
    start = end + 1;
  }
  return parts;
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function isReadable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function failUnreadable(place: string, kind: 'name' | 'value', name: string, given: string): never {
  const named = decoded(name).slice(0, 100);
  const what = kind === 'name' ? `The name of a parameter in ${place}` : `The value of "${named}" in ${place}`;
  const diagnostics = `${what} is not percent-encoded UTF-8: "${given.slice(0, 200)}". A percent sign itself is written %25.`;
  fail('url-malformed', {}, { diagnostics, expression: `http.${named}` });
}
