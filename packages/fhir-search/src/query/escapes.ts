/**
 * Values are lists, tokens have parts, composites have components: `,`, `|` and `$` separate them unless a backslash stands
 * before. https://hl7.org/fhir/R5/search.html#escaping
 */

/** The parts between separators without a backslash before them; the parts stay escaped. */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  if (!text.includes(separator)) return [text];
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The text that is meant: `\,` `\|` `\$` `\\` stand for the character; any other backslash is itself. */
export function unescape(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([,|$\\])/g, '$1') : text;
}

/** The text so that it comes out of `unescape` as it is and is not split. */
export function escape(text: string): string {
  return text.replaceAll(/[,|$\\]/g, '\\$&');
}
