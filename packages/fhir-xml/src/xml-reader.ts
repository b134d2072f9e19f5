import { SaxesParser, type SaxesTagNS } from 'saxes';
import { Fault } from './xml-fault.ts';

// The XML parser is `saxes`: strict XML 1.0 with namespaces, streaming (so no nesting can exhaust the stack), nothing but the
// five predefined entities, and positions in code units, by which a narrative is cut out of the text as it was written. It is
// complete rather than busy: the last version is some years old and its author no longer works on it, while jsdom still parses
// XML with it. Rejected: `sax` (lets malformed XML pass), `@rgrove/parse-xml` (well kept, but recursive and without namespaces),
// `fast-xml-parser` (not strict). Only this file knows it.

export const fhirNamespace = 'http://hl7.org/fhir';
export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

export type XmlTag = SaxesTagNS;

/** Receives the events of a reader; `[start, end)` is the tag in the text. An empty element opens and closes at the same place. */
export interface XmlHandler {
  open(tag: XmlTag, start: number, end: number): void;
  close(tag: XmlTag, start: number, end: number): void;
  /** Character data, references resolved; CDATA too. */
  text(data: string, start: number): void;
  /** A fault outside of the content, such as a processing instruction or the named encoding: throws it unless reading is to continue. */
  aside(fault: Fault): void;
}

/**
 * Reads an XML document. Throws Fault for a malformed document, and for parts that no FHIR document may have: a document type (it could
 * declare entities: XXE, exponential expansion), processing instructions (the specification says SHOULD NOT, and JSON has no place for
 * them), an encoding other than UTF-8.
 */
export function readXml(text: string, handler: XmlHandler): void {
  // The parser treats half of a pair as a character, together with the one that follows it.
  if (!text.isWellFormed())
    throw new Fault('malformed', 'half of a surrogate pair is no character of XML', text.search(/\p{Surrogate}/u));
  refuseDocumentType(text);
  const parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
  /** End of the last markup: character data begins there. */
  let afterMarkup = 0;
  // In well-formed XML `<` does not occur inside a tag, so the last one before its end begins it.
  const tagStart = (): number => text.lastIndexOf('<', parser.position - 1);

  parser.on('opentag', (tag) => {
    afterMarkup = parser.position;
    // The parser looks for a prefix from the innermost element outwards, for every tag and attribute: with hundreds of levels
    // that took 19 s for 8 MB. Found at once so.
    tag.ns[tag.prefix] = tag.uri;
    tag.ns['xml'] = xmlNamespace;
    handler.open(tag, tagStart(), parser.position);
  });
  parser.on('closetag', (tag) => {
    afterMarkup = parser.position;
    handler.close(tag, tagStart(), parser.position);
  });
  parser.on('text', (data) => handler.text(data, afterMarkup));
  parser.on('cdata', (data) => {
    handler.text(data, afterMarkup);
    afterMarkup = parser.position;
  });
  parser.on('comment', () => {
    afterMarkup = parser.position;
  });
  parser.on('xmldecl', ({ version, encoding }) => {
    afterMarkup = parser.position;
    // A later version of XML 1 is read as 1.0: https://www.w3.org/TR/xml/#sec-prolog-dtd
    if (!/^1\.\d+$/.test(version ?? '')) throw new Fault('forbidden', 'the XML version must be 1.0', 0);
    if (encoding === undefined || encoding.toLowerCase() === 'utf-8') return;
    handler.aside(new Fault('forbidden', `the encoding must be UTF-8, not ${encoding}`, 0));
    if (!isOfBytes(encoding)) throw new Fault('malformed', `this text cannot be read as ${encoding}`, 0);
  });
  parser.on('processinginstruction', ({ target }) => {
    handler.aside(new Fault('forbidden', `a processing instruction (${target}) is not allowed here`, tagStart()));
    afterMarkup = parser.position;
  });
  parser.on('error', (error) => {
    throw malformed(text, error.message, parser.position, afterMarkup);
  });
  parser.write(text).close();
}

/**
 * Whether readers know the encoding, and characters of ASCII are one byte each in it: then a text that is in UTF-8 can be read by that name,
 * if wrongly. https://www.w3.org/TR/xml/#charencoding
 */
function isOfBytes(encoding: string): boolean {
  try {
    return !new TextDecoder(encoding).encoding.startsWith('utf-16');
  } catch {
    return false;
  }
}

/**
 * Throws Fault when the prolog holds a document type. Looked for before the parser runs, which would read all the declarations
 * first; after the root element the parser itself refuses one.
 */
function refuseDocumentType(text: string): void {
  let i = 0;
  for (;;) {
    while (/[ \t\r\n]/.test(text.charAt(i))) i += 1;
    if (text.startsWith('<!DOCTYPE', i))
      throw new Fault('forbidden', 'a document type declaration is not allowed in FHIR', i);
    const terminator = text.startsWith('<?', i) ? '?>' : text.startsWith('<!--', i) ? '-->' : undefined;
    const end = terminator === undefined ? -1 : text.indexOf(terminator, i);
    if (terminator === undefined || end < 0) return;
    i = end + terminator.length;
  }
}

const advice = 'XML knows only &amp; &lt; &gt; &quot; &apos;: write any other character itself or as its number';

function malformed(text: string, message: string, position: number, afterMarkup: number): Fault {
  const sentence = message.replace(/\.$/, '');
  if (sentence === 'undefined entity') {
    const start = text.lastIndexOf('&', position - 1);
    return new Fault('malformed', `undefined entity ${text.slice(start, position)}; ${advice}`, start);
  }
  const loose = /^unclosed tag|^unexpected end|entity name$/.test(sentence) ? looseAmpersand(text, afterMarkup) : -1;
  if (loose >= 0) return new Fault('malformed', `an & that begins no reference; ${advice}`, loose);
  return new Fault('malformed', `not well-formed XML: ${sentence}`, Math.max(0, position - 1));
}

/** The first plain `&` from there on: the parser searches for its `;` and reports an error far away, at the end. */
function looseAmpersand(text: string, from: number): number {
  const loose = /&(?!#?\w+;)/g;
  loose.lastIndex = from;
  const at = loose.exec(text)?.index ?? -1;
  return at >= 0 && text.slice(from, at).includes('<!') ? -1 : at;
}
