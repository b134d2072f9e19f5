import { Fault } from './xml-fault.ts';

/** Characters that an attribute value must escape or cannot contain. */
const unusual = /[&<"\p{Cc}\p{Cs}\ufffe\uffff]/u;
const escaped = /[&<"\t\n\r]/g;
/** Characters that are no Char of XML 1.0, not even as a character reference. https://www.w3.org/TR/xml/#charsets */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Tab and line ends as references: written plainly, a reader must make them spaces (XML 1.0, 3.3.3). */
const references: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    '&': '&amp;',
    '<': '&lt;',
    '"': '&quot;',
    '\t': '&#9;',
    '\n': '&#10;',
    '\r': '&#13;',
  }),
);

/**
 * A string as the text of an attribute in double quotes. Throws Fault (`character`) if it contains a control character, a lone surrogate,
 * U+FFFE or U+FFFF; `offset` is where the string is in the JSON text.
 */
export function escapeAttribute(text: string, offset: number): string {
  if (!unusual.test(text)) return text;
  requireXmlCharacters(text, offset);
  return text.replace(escaped, (character) => references.get(character)!);
}

function requireXmlCharacters(text: string, offset: number): void {
  const found = forbidden.exec(text);
  if (found === null) return;
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  throw new Fault('character', `the string holds U+${code} (at ${found.index}), which XML cannot hold`, offset);
}
