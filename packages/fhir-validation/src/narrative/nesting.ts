/**
 * Which elements of a narrative may be in which, as the grammar of HTML has it.
 * https://hl7.org/fhir/R5/narrative.html#xhtml
 */
import { elementKinds, type ElementKind } from './vocabulary.ts';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** Elements that may hold these elements and no text. */
const onlyChildren: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    table: setOf('tbody tr caption thead tfoot col colgroup'),
    tr: setOf('td th'),
    tbody: setOf('tr'),
    thead: setOf('tr'),
    tfoot: setOf('tr'),
    ul: setOf('li'),
    ol: setOf('li'),
    dl: setOf('dd dt'),
    map: setOf('area'),
  }),
);

/** Elements that are in these alone. */
const onlyIn: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    tr: setOf('table thead tfoot tbody'),
    tbody: setOf('table'),
    thead: setOf('table'),
    tfoot: setOf('table'),
    caption: setOf('table'),
    colgroup: setOf('table'),
    col: setOf('colgroup table'),
    th: setOf('tr thead tfoot'),
    td: setOf('tr thead tfoot'),
    li: setOf('ul ol'),
    dd: setOf('dl'),
    dt: setOf('dl'),
  }),
);

const empty = setOf('br img hr area');
const inline = setOf('a b em i strong small big sub sup code tt dfn q var abbr acronym cite bdo kbd samp');
/** Elements that hold text: no block may be in them, however deep. */
const ofText: ReadonlySet<string> = new Set([
  ...inline,
  ...setOf('p h1 h2 h3 h4 h5 h6 pre address span caption dd dt'),
]);
const blocks = setOf('div pre table ul ol');

/** An element that stands where it must not. */
export interface Misplaced {
  readonly inner: string;
  readonly outer: string;
}

/** Of an open element, beside its index: a wrong child has been told of it. */
const isTold = 0x100;

const isWrongChild = 1;
const isWrongPlace = 2;

/** Bits of one element by its index: a tag is looked up once, and all else is read from here. */
const holdsNoText = 4;
const isOfText = 8;
const isBlock = 16;
const isInline = 32;
const traits = Uint8Array.from(
  elementKinds,
  ({ tag }) =>
    (onlyChildren.has(tag) || empty.has(tag) ? holdsNoText : 0) |
    (ofText.has(tag) ? isOfText : 0) |
    (blocks.has(tag) ? isBlock : 0) |
    (inline.has(tag) ? isInline : 0),
);

const count = elementKinds.length;

/** The faults of an element within another, and its own bits but one, by the indices of the outer and the inner one: most have none of either. */
const inPlace = Uint8Array.from(
  elementKinds.flatMap(({ tag: outer }) =>
    elementKinds.map(({ tag: inner, index }) => {
      const isChild = onlyChildren.get(outer)?.has(inner) ?? !empty.has(outer);
      const isPlace = onlyIn.get(inner)?.has(outer) ?? true;
      return (isChild ? 0 : isWrongChild) | (isPlace ? 0 : isWrongPlace) | (traits[index]! & ~holdsNoText);
    }),
  ),
);

/**
 * Follows the elements of a narrative and notes those that stand where they must not, once for each element that holds them: of all
 * that are open, only those are looked at of which nothing has been told, so that the work grows with the text.
 */
export class Nesting {
  readonly misplaced: Misplaced[] = [];
  /** Names of the open elements, kept by the reader: those of strangers are in no table. */
  readonly #names: readonly string[];
  /** Indices of the open elements, the outermost first; with a bit where a wrong child has been told of one. */
  readonly #open: number[] = [];
  /** Depths of open elements that hold text, in which no block has been met. */
  readonly #texts: number[] = [];
  /** One more than the depth of the open element of a line in which no other of its kind has been met, by the kind; 0 where there is none. */
  #lines: Int32Array | undefined;

  /** @param names of the open elements, the outermost first, as they are when this is told of a tag */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** An element begins. */
  open(tag: string, { index }: ElementKind): void {
    const open = this.#open;
    const depth = open.length;
    // The outermost div stands for the body.
    const bits =
      depth === 0 ? traits[index]! & ~(holdsNoText | isBlock) : inPlace[(open[depth - 1]! & ~isTold) * count + index]!;
    open.push(index);
    if (bits === 0) return;
    if ((bits & (isWrongChild | isWrongPlace)) !== 0) this.#tellFault(tag, depth - 1, bits);
    if ((bits & isBlock) !== 0) this.#tellTexts(tag);
    if ((bits & isInline) !== 0) {
      const lines = (this.#lines ??= new Int32Array(count));
      if (lines[index] !== 0) this.misplaced.push({ inner: tag, outer: tag });
      lines[index] = depth + 1;
    }
    if ((bits & isOfText) !== 0) this.#texts.push(depth);
  }

  /** The innermost element ends. */
  close(): void {
    const last = this.#open.pop();
    if (last === undefined) return;
    const index = last & ~isTold;
    const depth = this.#open.length;
    const texts = this.#texts;
    if (texts.length > 0 && texts[texts.length - 1] === depth) texts.pop();
    if (this.#lines?.[index] === depth + 1) this.#lines[index] = 0;
  }

  /** There is text that is not white space. */
  text(): void {
    const depth = this.#open.length - 1;
    if (depth < 0) return;
    const last = this.#open[depth]!;
    if ((last & isTold) !== 0 || (traits[last]! & holdsNoText) === 0) return;
    this.#open[depth]! |= isTold;
    this.misplaced.push({ inner: '#text', outer: this.#names[depth]! });
  }

  #tellFault(tag: string, depth: number, fault: number): void {
    const outer = this.#names[depth]!;
    if ((fault & isWrongChild) !== 0 && (this.#open[depth]! & isTold) === 0) {
      this.#open[depth]! |= isTold;
      this.misplaced.push({ inner: tag, outer });
    }
    if ((fault & isWrongPlace) !== 0) this.misplaced.push({ inner: tag, outer });
  }

  #tellTexts(tag: string): void {
    for (const depth of this.#texts) this.misplaced.push({ inner: tag, outer: this.#names[depth]! });
    this.#texts.length = 0;
  }
}
