/** The nesting rules of HTML for the elements of a narrative. https://hl7.org/fhir/R5/narrative.html#xhtml */
import { elementKinds, type ElementKind } from './vocabulary.ts';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** Elements that allow only these children and no text. */
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

/** Elements that are only allowed in these parents. */
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
/** Elements for text. They must not contain block elements at any depth. */
const ofText: ReadonlySet<string> = new Set([
  ...inline,
  ...setOf('p h1 h2 h3 h4 h5 h6 pre address span caption dd dt'),
]);
const blocks = setOf('div pre table ul ol');

/** An element in a place where it is not allowed. */
export interface Misplaced {
  readonly inner: string;
  readonly outer: string;
}

/** Flag of an open element, added to its index: a wrong child was already reported. */
const isTold = 0x100;

const isWrongChild = 1;
const isWrongPlace = 2;

/** Bit flags of each element by index, so that one lookup per tag is enough. */
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

/**
 * For each pair of outer and inner element: the nesting faults, and the flags of the inner element except `holdsNoText`. Most pairs have
 * none of either.
 */
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
 * Follows the elements of a narrative and records misplaced ones, at most once for each containing element. It only looks at open elements
 * without a finding, so the work is linear in the text.
 */
export class Nesting {
  readonly misplaced: Misplaced[] = [];
  /** Names of the open elements, maintained by the reader. Unknown elements are in no table. */
  readonly #names: readonly string[];
  /** Indexes of the open elements, outermost first, with a flag if a wrong child was reported. */
  readonly #open: number[] = [];
  /** Depths of open text elements in which no block was found yet. */
  readonly #texts: number[] = [];
  /** By kind: 1 + the depth of the open inline element; 0 if none is open. */
  #lines: Int32Array | undefined;

  /** ¶ @param names the open elements, outermost first, maintained by the caller */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Called when an element begins. */
  open(tag: string, { index }: ElementKind): void {
    const open = this.#open;
    const depth = open.length;
    // The outermost div takes the role of the body.
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

  /** Called when the innermost element ends. */
  close(): void {
    const last = this.#open.pop();
    if (last === undefined) return;
    const index = last & ~isTold;
    const depth = this.#open.length;
    const texts = this.#texts;
    if (texts.length > 0 && texts[texts.length - 1] === depth) texts.pop();
    if (this.#lines?.[index] === depth + 1) this.#lines[index] = 0;
  }

  /** Called for text other than white space. */
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
