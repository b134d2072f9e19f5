/**
 * Values are lists, tokens have parts, composites have components: `,`, `|` and `$` separate them unless preceded by a backslash.
 * https://hl7.org/fhir/R5/search.html#escaping
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

/** The unescaped text: `\,` `\|` `\$` `\\` stand for the character; any other backslash is itself. */
export function unescape(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([,|$\\])/g, '$1') : text;
}

/** The escaped text, which `unescape` reverses and which is not split. */
export function escape(text: string): string {
  return text.replaceAll(/[,|$\\]/g, '\\$&');
}
