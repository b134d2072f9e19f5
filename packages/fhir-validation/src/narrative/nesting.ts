/**
 * Which elements of a narrative may stand in which, as the grammar of HTML has it.
 * https://hl7.org/fhir/R5/narrative.html#xhtml
 */

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** Elements that may hold these elements and no text. */
const onlyChildren: Readonly<Record<string, ReadonlySet<string>>> = {
  table: setOf('tbody tr caption thead tfoot col colgroup'),
  tr: setOf('td th'),
  tbody: setOf('tr'),
  thead: setOf('tr'),
  tfoot: setOf('tr'),
  ul: setOf('li'),
  ol: setOf('li'),
  dl: setOf('dd dt'),
  map: setOf('area'),
};

/** Elements that stand in these alone. */
const onlyIn: Readonly<Record<string, ReadonlySet<string>>> = {
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
};

const empty = setOf('br img hr area');
const inline = setOf('a b em i strong small big sub sup code tt dfn q var abbr acronym cite bdo kbd samp');
/** Elements that hold text: no block may stand in them, however deep. */
const ofText = new Set([...inline, ...setOf('p h1 h2 h3 h4 h5 h6 pre address span caption dd dt')]);
const blocks = setOf('div pre table ul ol');

/** An element that stands where it must not. */
export interface Misplaced {
  readonly inner: string;
  readonly outer: string;
}

interface Open {
  readonly tag: string;
  /** Whether a wrong child has been told of it. */
  childTold: boolean;
}

/**
 * Follows the elements of a narrative and notes those that stand where they must not, once for each element that holds them: of all
 * that are open, only those are looked at of which nothing has been told, so that the work grows with the text.
 */
export class Nesting {
  readonly misplaced: Misplaced[] = [];
  readonly #open: Open[] = [];
  /** Open elements that hold text, in which no block has been met. */
  readonly #texts: Open[] = [];
  /** Open elements of a line by their names, in which no other of the name has been met. */
  readonly #lines = new Map<string, Open[]>();

  /** An element begins. */
  open(tag: string): void {
    const parent = this.#open.at(-1);
    // The outermost div stands for the body.
    if (parent !== undefined) this.#check(tag, parent);
    const one: Open = { tag, childTold: false };
    this.#open.push(one);
    if (ofText.has(tag)) this.#texts.push(one);
    if (inline.has(tag)) this.#linesOf(tag).push(one);
  }

  /** The innermost element ends. */
  close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    if (this.#texts.at(-1) === closed) this.#texts.pop();
    const lines = this.#lines.get(closed.tag);
    if (lines?.at(-1) === closed) lines.pop();
  }

  /** There is text that is not white space. */
  text(): void {
    const parent = this.#open.at(-1);
    if (parent === undefined || parent.childTold || !(parent.tag in onlyChildren || empty.has(parent.tag))) return;
    parent.childTold = true;
    this.misplaced.push({ inner: '#text', outer: parent.tag });
  }

  #check(tag: string, parent: Open): void {
    const children = onlyChildren[parent.tag];
    const isWrongChild = children === undefined ? empty.has(parent.tag) : !children.has(tag);
    if (isWrongChild && !parent.childTold) {
      parent.childTold = true;
      this.misplaced.push({ inner: tag, outer: parent.tag });
    }
    const places = onlyIn[tag];
    if (places !== undefined && !places.has(parent.tag)) this.misplaced.push({ inner: tag, outer: parent.tag });
    if (blocks.has(tag)) this.#tell(tag, this.#texts);
    if (inline.has(tag)) this.#tell(tag, this.#linesOf(tag));
  }

  #tell(tag: string, within: Open[]): void {
    for (const { tag: outer } of within.splice(0)) this.misplaced.push({ inner: tag, outer });
  }

  #linesOf(tag: string): Open[] {
    let lines = this.#lines.get(tag);
    if (lines === undefined) this.#lines.set(tag, (lines = []));
    return lines;
  }
}
