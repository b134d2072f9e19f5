import { maxNarrativeDepth } from './limits.ts';
import { Fault } from './xml-fault.ts';
import { readXml, xhtmlNamespace, type XmlTag } from './xml-reader.ts';

/**
 * The `div` of a narrative from an XML document: its source text as written, so that entities, CDATA, comments and quotes come back
 * unchanged. https://hl7.org/fhir/R5/narrative.html
 *
 * The string must stand alone: a prefix of XHTML elements is taken off, and the namespace declared on the `div` when it was declared
 * further out.
 */
export class NarrativeCopy {
  readonly #source: string;
  #copied: number;
  #xhtml = '';
  #depth = 0;

  /** `start` is the begin of the `div` in the source. */
  constructor(source: string, start: number) {
    this.#source = source;
    this.#copied = start;
  }

  open(tag: XmlTag, start: number): void {
    if (this.#depth === maxNarrativeDepth)
      throw new Fault('limit', `the narrative is deeper than ${maxNarrativeDepth} elements`, start);
    requireXhtml(tag, start);
    if (tag.prefix !== '') this.#cut(start + 1, start + 1 + tag.prefix.length + 1);
    if (this.#depth === 0 && tag.attributes['xmlns'] === undefined) {
      this.#cut(start + 1 + tag.name.length, start + 1 + tag.name.length);
      this.#xhtml += ` xmlns="${xhtmlNamespace}"`;
    }
    this.#depth += 1;
  }

  /** The whole text when that was the end of the `div`. */
  close(tag: XmlTag, start: number, end: number): string | undefined {
    if (tag.prefix !== '' && !tag.isSelfClosing) this.#cut(start + 2, start + 2 + tag.prefix.length + 1);
    this.#depth -= 1;
    if (this.#depth > 0) return undefined;
    this.#cut(end, end);
    return this.#xhtml;
  }

  /** Copies up to `from` and continues after `to`. */
  #cut(from: number, to: number): void {
    this.#xhtml += this.#source.slice(this.#copied, from);
    this.#copied = to;
  }
}

/** Throws Fault unless the element and its attributes are XHTML, and would be without its prefix. */
function requireXhtml(tag: XmlTag, start: number): void {
  if (tag.uri !== xhtmlNamespace) {
    const found = tag.uri === '' ? 'no namespace' : `the namespace ${tag.uri}`;
    throw new Fault('namespace', `<${tag.name}> of a narrative must be in ${xhtmlNamespace}, it is in ${found}`, start);
  }
  for (const { name, prefix, value } of Object.values(tag.attributes)) {
    if (name === 'xmlns' ? value !== xhtmlNamespace : prefix !== '' && prefix !== 'xmlns' && prefix !== 'xml')
      throw new Fault('namespace', `the attribute ${name} of a narrative's <${tag.name}> is not XHTML`, start);
  }
}

/** White space of XML alone. An expression would begin again at each space within the text, which takes the square of their number. */
function withoutSpaceAround(text: string): string {
  const isSpace = (at: number): boolean => ' \t\r\n'.includes(text.charAt(at));
  let [from, to] = [0, text.length];
  while (from < to && isSpace(from)) from += 1;
  while (from < to && isSpace(to - 1)) to -= 1;
  return text.slice(from, to);
}

/**
 * The XHTML of a JSON narrative, to be written into XML unchanged (without the white space around it). Throws Fault, with `offset`, unless
 * it is well-formed XML with a single `div` as its root: nothing in it can close the elements around it.
 */
export function narrativeXml(xhtml: string, offset: number): string {
  const source = withoutSpaceAround(xhtml);
  const copy = new NarrativeCopy(source, 0);
  let isFirst = true;
  let rootEnd = 0;
  try {
    readXml(source, {
      open(tag, start) {
        if (isFirst && (start !== 0 || tag.local !== 'div'))
          throw new Fault('value', `a narrative must begin with <div>`, start);
        isFirst = false;
        copy.open(tag, start);
      },
      close(tag, start, end) {
        copy.close(tag, start, end);
        rootEnd = end;
      },
      text() {
        // Any text may be in a narrative.
      },
      aside(fault) {
        throw fault;
      },
    });
    if (rootEnd !== source.length) throw new Fault('value', 'a narrative must end with its </div>', rootEnd);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.kind, `${error.message} (after ${error.offset} characters of the XHTML)`, offset, error);
  }
  return source;
}
