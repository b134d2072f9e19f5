import type { Finding } from '../issue.ts';
import type { MessageId } from '../messages/kinds.ts';
import { isAddress, isLost, isScript } from './address.ts';
import { Nesting } from './nesting.ts';
import { attributeAt, entities, kindAt, numberedBy, stranger, type ElementKind } from './vocabulary.ts';

/** A fault in the XHTML of a narrative. */
export type NarrativeFault = Finding<Extract<MessageId, `narrative-${string}`>>;

/** A direct child of the outermost div. */
export interface NarrativePart {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface NarrativeFindings {
  readonly faults: readonly NarrativeFault[];
  /** Element ids and anchor names that occur more than once. */
  readonly repeated: readonly string[];
  /** All element ids and anchor names, with the number of occurrences. */
  readonly names: ReadonlyMap<string, number>;
  /** Fragments within the resource that links and images point to, without `#`. */
  readonly links: readonly string[];
  /** Addresses of links that are empty or that no browser can follow. */
  readonly lost: readonly string[];
  /** Invalid addresses of links and images: forbidden characters, or data that cannot be decoded. */
  readonly invalid: readonly string[];
  /** The direct children of the outermost div, if requested. */
  readonly parts: readonly NarrativePart[];
  /** Whether some parts have a language of their own and other text has none. */
  readonly mixesLanguages: boolean;
  /** Whether there is text other than white space, or an image (txt-2). */
  readonly hasContent: boolean;
}

const namespace = 'http://www.w3.org/1999/xhtml';
const reference = /&(?:#[0-9]+|#x[0-9A-Fa-f]+|([A-Za-z][A-Za-z0-9]*));/y;

/**
 * Reads the div of a narrative once and checks that it is well-formed XML within the vocabulary that R5 allows.
 * https://hl7.org/fhir/R5/narrative.html
 * @param pay charges the work, in units per character and per tag
 * @param asksParts whether to collect `parts`
 */
export function readNarrative(
  text: string,
  pay: (units: number) => void = () => undefined,
  asksParts = false,
): NarrativeFindings {
  pay(text.length / 16);
  return new Reader(text, pay, asksParts).read();
}

/** Units of work charged at once. Charging each tag takes longer than reading it. */
const paidTogether = 256;

class Reader {
  readonly #text: string;
  #at = 0;
  readonly #faults: NarrativeFault[] = [];
  #hasContent = false;
  readonly #names = new Map<string, number>();
  readonly #links: string[] = [];
  readonly #lost: string[] = [];
  readonly #invalid: string[] = [];
  readonly #parts: NarrativePart[] | undefined;
  readonly #open: string[] = [];
  readonly #nesting = new Nesting(this.#open);
  /** Number of parts with a language of their own; whether the reader is in one; whether there is text outside of them. */
  #languages = 0;
  #isInLanguage = false;
  #hasOtherText = false;
  /** Number of open paragraphs. Searching all open elements at every tag would be quadratic. */
  #openParagraphs = 0;
  /** Position of the next `&` at or after the current one; beyond the end of the text if there is none. */
  #ampersand = -1;
  /** The same for the next `<`. */
  #less = -1;
  /** The attributes of the current tag that are needed later. */
  #id: string | undefined;
  #name: string | undefined;
  #link: string | undefined;
  #stated: string | undefined;
  #hasLanguage = false;
  #isPrefixTold = false;

  readonly #pay: (units: number) => void;
  #due = 0;

  constructor(text: string, pay: (units: number) => void, asksParts: boolean) {
    this.#text = text.trim();
    this.#pay = pay;
    this.#parts = asksParts ? [] : undefined;
  }

  read(): NarrativeFindings {
    const text = this.#text;
    while (this.#at < text.length) {
      const next = this.#nextLess(this.#at);
      this.#content(Math.min(next, text.length));
      if (next > text.length) break;
      this.#due += 4;
      if (this.#due >= paidTogether) this.#payDue();
      if (!this.#markup()) return this.#findings();
      if (this.#open.length === 0 && this.#at < text.length) return this.#broken(`text after the end of the div`);
    }
    if (this.#open.length > 0) this.#broken(`<${this.#open.at(-1)!}> is not closed`);
    else if (!text.startsWith('<div')) this.#broken('it does not begin with <div');
    return this.#findings();
  }

  #payDue(): void {
    this.#pay(this.#due);
    this.#due = 0;
  }

  #findings(): NarrativeFindings {
    this.#payDue();
    if (this.#text.startsWith('<div'))
      for (const values of this.#nesting.misplaced)
        this.#faults.push({ id: 'narrative-nesting', values: { ...values } });
    return {
      faults: this.#faults,
      hasContent: this.#hasContent,
      repeated: this.#repeated(),
      names: this.#names,
      links: this.#links,
      lost: this.#lost,
      invalid: this.#invalid,
      parts: this.#parts ?? [],
      mixesLanguages: this.#languages > 0 && this.#hasOtherText,
    };
  }

  #repeated(): string[] {
    let found = none;
    for (const [name, count] of this.#names) if (count > 1) found = [...found, name];
    return found;
  }

  #note(reason: string): void {
    this.#faults.push({ id: 'narrative-syntax', values: { reason } });
  }

  #broken(reason: string): NarrativeFindings {
    this.#note(reason);
    return this.#findings();
  }

  #fail(reason: string): false {
    this.#broken(reason);
    return false;
  }

  #content(end: number): void {
    const text = this.#text;
    let i = this.#at;
    if (i === end) return;
    while (i < end && text.charCodeAt(i) <= 0x20) i += 1;
    if (i < end) {
      this.#hasContent = true;
      if (!this.#isInLanguage) this.#hasOtherText = true;
      this.#nesting.text();
    }
    for (let at = this.#nextAmpersand(this.#at); at < end; at = this.#nextAmpersand(at + 1)) {
      reference.lastIndex = at;
      const found = reference.exec(text);
      // A numeric reference has no name.
      const name = found?.[1];
      if (found === null) this.#note('& must be written as &amp;');
      else if (name !== undefined && !entities.has(name)) this.#note(`&${name}; is no character of HTML`);
      else if (name !== undefined && !ofXml.has(name)) this.#faults.push({ id: 'narrative-entity', values: { name } });
    }
    this.#at = end;
  }

  /** Cached: without this, a narrative without any would be searched to its end from each tag. */
  #nextAmpersand(from: number): number {
    if (this.#ampersand < from) this.#ampersand = this.#indexOf('&', from);
    return this.#ampersand;
  }

  #nextLess(from: number): number {
    if (this.#less < from) this.#less = this.#indexOf('<', from);
    return this.#less;
  }

  /** Returns a position beyond the end of the text if the character is not found. */
  #indexOf(character: string, from: number): number {
    const found = this.#text.indexOf(character, from);
    return found < 0 ? this.#text.length + 1 : found;
  }

  /** Reads one tag, comment or section. Returns false if the rest cannot be read. */
  #markup(): boolean {
    const text = this.#text;
    const c = text.charCodeAt(this.#at + 1);
    if (c === 0x2f) return this.#closing();
    if (c !== 0x21 && c !== 0x3f) return this.#opening();
    if (c === 0x3f) return this.#skipTo('?>', 'a processing instruction is not closed');
    if (text.startsWith('<!--', this.#at)) return this.#skipTo('-->', 'a comment is not closed');
    if (text.startsWith('<![CDATA[', this.#at)) return this.#characterData();
    return this.#fail('a document type is not allowed');
  }

  #characterData(): boolean {
    const start = this.#at + '<![CDATA['.length;
    if (!this.#skipTo(']]>', 'a CDATA section is not closed')) return false;
    if (this.#text.slice(start, this.#at - ']]>'.length).trim() !== '') this.#hasContent = true;
    return true;
  }

  #skipTo(end: string, fault: string): boolean {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) return this.#fail(fault);
    this.#at = found + end.length;
    return true;
  }

  #closing(): boolean {
    const expected = this.#open.pop();
    const tag = this.#isNameAt(this.#at + 2, expected) ? expected : this.#nameAt(this.#at + 2);
    if (this.#open.length === 1) this.#isInLanguage = false;
    this.#nesting.close();
    if (expected === 'p') this.#openParagraphs -= 1;
    if (tag !== expected) {
      return this.#fail(
        expected === undefined ? `</${tag}> closes nothing` : `</${tag}> stands where </${expected}> is due`,
      );
    }
    return this.#endTag() !== undefined;
  }

  #opening(): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    let [end, number] = [start, 0];
    for (let c = text.charCodeAt(end); isNameCharacter(c, end > start); c = text.charCodeAt(end)) {
      number = numberedBy(number, c);
      end += 1;
    }
    this.#at = end;
    if (end === start) return this.#fail('< must be written as &lt;');
    const kind = kindAt(text, start, end, number) ?? stranger;
    const tag = kind === stranger ? text.slice(start, end) : kind.tag;
    // If the outermost element is not a div, everything in it is wrong, which is reported once.
    const isNestedParagraph = this.#openParagraphs > 0 && this.#open[0] === 'div' && notInParagraphs.has(tag);
    const hasPrefix = kind === stranger && tag.includes(':');
    if (hasPrefix) this.#isPrefixTold = false;
    else if (!kind.isAllowed) this.#faults.push({ id: 'narrative-element', values: { name: tag } });
    else if (isNestedParagraph) this.#faults.push({ id: 'narrative-paragraph', values: { name: tag } });
    if (tag === 'img') this.#hasContent = true;
    const depth = this.#open.length;
    const attributes = this.#parts !== undefined && depth === 1 ? new Map<string, string>() : undefined;
    let isEmpty = false;
    // Most tags have no attributes.
    if (text.charCodeAt(end) === 0x3e) {
      this.#at = end + 1;
      if (depth === 0) this.#checkNamespace(undefined);
    } else {
      const ending = this.#attributes(tag, kind, attributes) ? this.#endTag() : undefined;
      if (ending === undefined) return false;
      isEmpty = ending;
      this.#remember(tag);
    }
    // A prefix means another namespace. It is reported here unless its declaration on this tag was reported.
    if (hasPrefix && !this.#isPrefixTold) this.#faults.push({ id: 'narrative-element', values: { name: tag } });
    if (attributes !== undefined) this.#parts!.push({ tag, attributes });
    this.#nesting.open(tag, kind);
    if (isEmpty) this.#nesting.close();
    else {
      if (depth === 1) this.#beginPart(tag, end);
      this.#open.push(tag);
      if (tag === 'p') this.#openParagraphs += 1;
    }
    return true;
  }

  /** Marks a direct child of the outermost div that has a language of its own. A tag that ends after its name has no attributes. */
  #beginPart(tag: string, end: number): void {
    if (tag !== 'div' || this.#text.charCodeAt(end) === 0x3e || !this.#hasLanguage) return;
    this.#languages += 1;
    this.#isInLanguage = true;
  }

  /**
   * Whether this name is at `start`; if so, moves behind it. Most closing tags match the open element, so their name need not be copied.
   */
  #isNameAt(start: number, name: string | undefined): name is string {
    if (name === undefined || !this.#text.startsWith(name, start)) return false;
    const end = start + name.length;
    if (isNameCharacter(this.#text.charCodeAt(end), true)) return false;
    this.#at = end;
    return true;
  }

  /** Returns the name at `start`, '' if there is none, and moves behind it. */
  #nameAt(start: number): string {
    let end = start;
    while (isNameCharacter(this.#text.charCodeAt(end), end > start)) end += 1;
    this.#at = end;
    return this.#text.slice(start, end);
  }

  /**
   * Reads the attributes of a tag and keeps those that are needed later.
   * @param all receives all attributes, if given
   * @returns false if an attribute is repeated
   */
  #attributes(tag: string, kind: ElementKind, all: Map<string, string> | undefined): boolean {
    const text = this.#text;
    this.#id = this.#name = this.#link = this.#stated = undefined;
    this.#hasLanguage = false;
    /** Attributes seen so far, as bits by index. */
    let [low, high] = [0, 0];
    let strangers: Set<string> | undefined;
    for (;;) {
      const start = behindSpace(text, this.#at);
      if (start === this.#at) return true;
      let [end, number] = [start, 0];
      for (let c = text.charCodeAt(end); isOfAttributeName(c, end > start); c = text.charCodeAt(end)) {
        number = numberedBy(number, c);
        end += 1;
      }
      const equals = behindSpace(text, end);
      if (end === start || text.charCodeAt(equals) !== 0x3d) return true;
      const open = behindSpace(text, equals + 1);
      const quote = text.charCodeAt(open);
      const close = quote === 0x22 ? text.indexOf('"', open + 1) : quote === 0x27 ? text.indexOf("'", open + 1) : -1;
      if (close < 0 || this.#nextLess(open) < close) return true;
      this.#at = close + 1;
      const known = attributeAt(text, start, end, number);
      const key = known === undefined ? text.slice(start, end) : known.tag;
      let isTwice: boolean;
      if (known === undefined) isTwice = (strangers ??= new Set()).size === strangers.add(key).size;
      else if (known.index < 31) [isTwice, low] = [(low & (1 << known.index)) !== 0, low | (1 << known.index)];
      else [isTwice, high] = [(high & (1 << (known.index - 31))) !== 0, high | (1 << (known.index - 31))];
      if (isTwice) {
        this.#broken(`attribute ${key} stands twice on <${tag}>`);
        return false;
      }
      all?.set(key, text.slice(open + 1, close));
      // A declared prefix is only a fault if an element uses it.
      if (key.startsWith('xmlns:')) this.#noteNamespace(tag, key, text.slice(open + 1, close));
      else if (known === undefined || kind.attributes[known.index] !== 1 || isScript(text, open + 1, close))
        this.#faults.push({ id: 'narrative-attribute', values: { name: key, element: tag } });
      this.#keep(tag, key, open + 1, close);
    }
  }

  #noteNamespace(tag: string, key: string, stated: string): void {
    if (!tag.startsWith(`${key.slice('xmlns:'.length)}:`)) return;
    this.#checkNamespace(stated);
    this.#isPrefixTold = true;
  }

  #keep(tag: string, key: string, start: number, end: number): void {
    if (key === 'id') this.#id = this.#text.slice(start, end);
    else if (key === 'name' && tag === 'a') this.#name = this.#text.slice(start, end);
    else if (tag === 'img' ? key === 'src' : key === 'href' && mayLead.has(tag))
      this.#link = this.#text.slice(start, end);
    else if (key === 'xmlns') this.#stated = this.#text.slice(start, end);
    else if (key === 'xml:lang') this.#hasLanguage = true;
  }

  /** The name of an anchor may equal its id. */
  #remember(tag: string): void {
    const [id, name, link] = [this.#id, this.#name, this.#link];
    if (link !== undefined) {
      if (tag === 'a' && isLost(link)) this.#lost.push(link);
      if ((tag === 'a' || tag === 'img') && !isAddress(link)) this.#invalid.push(link);
      // A link to `#` alone goes to the top of the page.
      if (link.startsWith('#') && (link !== '#' || tag === 'img')) this.#links.push(link.slice(1));
    }
    if (id !== undefined) this.#names.set(id, (this.#names.get(id) ?? 0) + 1);
    if (name !== undefined && name !== id) this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
    if (this.#open.length === 0 || this.#stated !== undefined) this.#checkNamespace(this.#stated);
  }

  #checkNamespace(stated: string | undefined): void {
    const isRoot = this.#open.length === 0;
    if (stated === undefined ? isRoot : stated !== namespace) {
      this.#faults.push({ id: 'narrative-namespace', values: { found: stated ?? '', expected: namespace } });
    }
  }

  /** Returns whether the tag is self-closing; undefined if its end is malformed. */
  #endTag(): boolean | undefined {
    const text = this.#text;
    let i = behindSpace(text, this.#at);
    const isEmpty = text.charCodeAt(i) === 0x2f;
    if (isEmpty) i += 1;
    if (text.charCodeAt(i) !== 0x3e) {
      this.#broken('a tag does not end with >');
      return undefined;
    }
    this.#at = i + 1;
    return isEmpty;
  }
}

/** Elements that end a paragraph in HTML and therefore cannot be inside one. */
const notInParagraphs: ReadonlySet<string> = new Set(['div', 'blockquote', 'table', 'ol', 'ul', 'p']);

/** Elements whose `href` is a link. On others the attribute is not allowed. */
const mayLead: ReadonlySet<string> = new Set(['a', 'area']);

/** The entities that XML predefines. HTML entities are not allowed in a narrative. https://hl7.org/fhir/R5/narrative.html */
const ofXml: ReadonlySet<string> = new Set(['amp', 'apos', 'gt', 'lt', 'quot']);

const none: string[] = [];

function behindSpace(text: string, start: number): number {
  let i = start;
  while (text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

/** As for an element, and an attribute name may also begin with `_` or `:`. */
const isOfAttributeName = (c: number, isInner: boolean): boolean =>
  isNameCharacter(c, isInner) || c === 0x5f || c === 0x3a;

/** Letters, and after the first character also digits and `-.:_`. NaN, the end of the text, is not a letter. */
function isNameCharacter(c: number, isInner: boolean): boolean {
  const lower = c | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return isInner && ((c >= 0x30 && c <= 0x3a) || c === 0x2d || c === 0x2e || c === 0x5f);
}
