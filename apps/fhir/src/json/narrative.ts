import type { Edit } from './spans.ts';

/**
 * A comment or CDATA section, in which nothing is a link; or the start tag of `a` or `img`, in which attributes are quoted and hold no `<`
 * (https://www.w3.org/TR/xml/#CleanAttrVals), so that text that begins like a tag is read to the next one at most.
 */
const tags =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<(a|img)(?=\s)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))+)\s*\/?>/g;
const attributes = /(?<!\s)\s+([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g;

/**
 * The edits that replace the targets of `<a href>` and `<img src>` in a narrative (https://hl7.org/fhir/R5/narrative.html).
 * `start` and `end` are those of the JSON string that holds the XHTML; `replace` gives the new target or undefined. All other
 * characters of the string, escapes included, stay as they are.
 */
export function narrativeEdits(
  text: string,
  start: number,
  end: number,
  replace: (target: string) => string | undefined,
): Edit[] {
  const raw = text.slice(start, end);
  const xhtml = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  return inSource(raw, start, tagEdits(xhtml, replace));
}

/** The same for a decoded string; the edits have its offsets. */
export function tagEdits(xhtml: string, replace: (target: string) => string | undefined): Edit[] {
  const found: Edit[] = [];
  for (const tag of xhtml.matchAll(tags)) {
    const [, element, list] = tag;
    if (element === undefined || list === undefined) continue;
    const listStart = tag.index + 1 + element.length;
    for (const attribute of list.matchAll(attributes)) {
      const [whole, name, quoted = ''] = attribute;
      if (name !== (element === 'a' ? 'href' : 'src')) continue;
      const replacement = replace(unescapeXml(quoted.slice(1, -1)));
      if (replacement === undefined) continue;
      const valueEnd = listStart + attribute.index + whole.length - 1;
      found.push({
        start: valueEnd - quoted.length + 2,
        end: valueEnd,
        text: JSON.stringify(escapeXml(replacement)).slice(1, -1),
      });
    }
  }
  return found;
}

/** Turns offsets in the decoded string, in ascending order, into offsets in the text: an escape there is one character here. */
export function inSource(raw: string, start: number, edits: readonly Edit[]): Edit[] {
  let decoded = 0;
  let i = 1;
  const offsetOf = (wanted: number): number => {
    for (; decoded < wanted; decoded += 1) i += raw.charCodeAt(i) !== 0x5c ? 1 : raw.charCodeAt(i + 1) === 0x75 ? 6 : 2;
    return start + i;
  };
  return edits.map((edit) => ({ start: offsetOf(edit.start), end: offsetOf(edit.end), text: edit.text }));
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
