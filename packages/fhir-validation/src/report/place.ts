import type { JsonSource } from '@dhp/fhir-model';
import type { Issue } from '../issue.ts';
import { endOfString, nextAfter, skip, skipSpace, type Skipping } from './json-text.ts';

/** Line and column in the source text, both from 1. The column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

type Findings = readonly Pick<Issue, 'expression' | 'id' | 'values'>[];

/**
 * Returns the place of each finding in the validated text, in the order of the findings. An element that is not in the text has the place
 * of its nearest ancestor. The text is read once, up to the last finding.
 *
 * @example
 * const issues = new Validator().validate({ resourceType: 'Patient', nam: 'x' });
 * placeIssues(issues, { text: '{"resourceType":"Patient",\n"nam":"x"}' }); // [ { line: 2, column: 7 } ]
 */
export function placeIssues(issues: Findings, { text }: Pick<JsonSource, 'text'>): Place[] {
  const placing = placed(issues, text);
  for (;;) {
    const { done, value } = placing.next();
    if (done === true) return value;
  }
}

/**
 * As `placeIssues`, in parts, so that a text of many megabytes does not block the process.
 * @param pause called after each part; a returned promise is awaited
 *
 * @example
 * const issues = new Validator().validate({ resourceType: 'Patient', nam: 'x' });
 * await placeIssuesInParts(issues, { text: '{"resourceType":"Patient",\n"nam":"x"}' }, () => undefined); // [ { line: 2, column: 7 } ]
 */
export async function placeIssuesInParts(
  issues: Findings,
  { text }: Pick<JsonSource, 'text'>,
  pause: () => Promise<void> | undefined,
): Promise<Place[]> {
  const placing = placed(issues, text);
  for (;;) {
    const { done, value } = placing.next();
    if (done === true) return value;
    const due = pause();
    if (due !== undefined) await due;
  }
}

function* placed(issues: Findings, text: string): Parts<Place[]> {
  const search: Search = { text, sought: 0, part: usualPart };
  const root = nodeUnder(undefined, search);
  const nodes = issues.map(({ expression, id, values }) => {
    // For an element that is not allowed, the place is the element itself instead of its parent.
    const path = ofElement.has(id) ? `${expression}.${values['element']!}` : expression;
    return pathSteps(path).reduce((node, step) => childOf(node, step, search), root);
  });
  yield* afterFinding(search, skipSpace(text, 0), [root]);
  const places = yield* placesAt(text, new Set(nodes.map(offsetOf)));
  return nodes.map((node) => places.get(offsetOf(node))!);
}

/** Findings about the element in `values`, whose expression is that of its parent. */
const ofElement: ReadonlySet<Issue['id']> = new Set<Issue['id']>([
  'unknown-element',
  'array-expected',
  'array-not-allowed',
  'array-empty',
]);

interface PathStep {
  readonly name: string;
  /** -1: none. */
  readonly index: number;
}

/** Returns the JSON names on the path of an expression without its root, for example of `Patient.value.ofType(Quantity).coding[0]`. */
function pathSteps(expression: string): PathStep[] {
  const cast = expression
    // The type of a resource is not part of the member's name.
    .replaceAll(/\b(resource|contained(?:\[\d+\])?)\.ofType\(\w+\)/g, '$1')
    .replaceAll(/\.ofType\((\w)(\w*)\)/g, (_, first: string, rest: string) => first.toUpperCase() + rest);
  return cast
    .split('.')
    .slice(1)
    .map((part) => {
      const match = /^(.*)\[(\d+)\]$/.exec(part);
      return match === null ? { name: part, index: -1 } : { name: match[1]!, index: Number(match[2]) };
    });
}

/** An element with findings or an ancestor of one, and its offset once known. */
interface Node {
  readonly parent: Node | undefined;
  /** Children by name and by index, -1 for none. */
  readonly children: Map<string, Map<number, Node>>;
  offset: number | undefined;
}

/** The state of a search for elements in a text. */
interface Search {
  readonly text: string;
  /** Number of elements whose offset is not known yet. */
  sought: number;
  /** Start of the next part of the text. */
  part: number;
}

/** Work that pauses after each part of the text. */
type Parts<Result> = Generator<undefined, Result>;

/** Size of a part in UTF-16 code units. */
const usualPart = 64 * 1024;

function nodeUnder(parent: Node | undefined, search: Search): Node {
  search.sought += 1;
  return { parent, children: new Map(), offset: undefined };
}

function childOf(node: Node, { name, index }: PathStep, search: Search): Node {
  let named = node.children.get(name);
  if (named === undefined) node.children.set(name, (named = new Map<number, Node>()));
  let child = named.get(index);
  if (child === undefined) named.set(index, (child = nodeUnder(node, search)));
  return child;
}

function offsetOf(node: Node): number {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at.offset !== undefined) return at.offset;
  return 0;
}

/**
 * Records the offsets of the wanted elements at or below the value at `at`.
 * @param nodes those that begin with this value
 * @returns the offset after the value; a meaningless one if no element is sought any more
 */
function* afterFinding(search: Search, at: number, nodes: readonly Node[]): Parts<number> {
  for (const node of nodes) note(search, node, at);
  const wanting = search.text[at] === '{' ? nodes.filter(({ children }) => children.size > 0) : [];
  if (wanting.length === 0) return yield* afterSkipping(search, at);
  return yield* afterMembers(search, at, wanting);
}

function note(search: Search, node: Node, at: number): void {
  // Extensions of a primitive are in the member with an underscore. The offset of the primitive is that of its first member in the text.
  if (node.offset !== undefined) return;
  node.offset = at;
  search.sought -= 1;
}

function* afterMembers(search: Search, at: number, nodes: readonly Node[]): Parts<number> {
  const { text } = search;
  let i = skipSpace(text, at + 1);
  while (text[i] === '"' && search.sought > 0) {
    const end = endOfString(text, i);
    const name = JSON.parse(text.slice(i, end)) as string;
    const value = skipSpace(text, skipSpace(text, end) + 1);
    const wanted = nodes.flatMap(({ children }) => wantedOf(children, name));
    const after =
      wanted.length === 0 ? yield* afterSkipping(search, value) : yield* afterElement(search, value, wanted);
    i = nextAfter(text, after);
  }
  return i + 1;
}

/** Returns the wanted elements of a member, by its name or by the name of its choice (`value[x]`). */
function wantedOf(children: Node['children'], name: string): Map<number, Node> | never[] {
  const plain = name.replace(/^_/, '');
  const found = children.get(name) ?? children.get(plain);
  if (found !== undefined) return found;
  for (const [key, nodes] of children)
    if (key.endsWith('[x]') && plain.startsWith(key.slice(0, -3)) && /^[A-Z]/.test(plain.slice(key.length - 3)))
      return nodes;
  return [];
}

/** @param wanted by index, -1 for the element as a whole */
function* afterElement(search: Search, at: number, wanted: readonly ReadonlyMap<number, Node>[]): Parts<number> {
  const wholes = wanted.flatMap((byIndex) => byIndex.get(-1) ?? []);
  // An index on a value that is no array: the finding may be about exactly this.
  if (search.text[at] !== '[')
    return yield* afterFinding(
      search,
      at,
      wanted.flatMap((byIndex) => [...byIndex.values()]),
    );
  for (const whole of wholes) note(search, whole, at);
  return yield* afterItems(search, at, wanted);
}

function* afterItems(search: Search, at: number, wanted: readonly ReadonlyMap<number, Node>[]): Parts<number> {
  const { text } = search;
  let i = skipSpace(text, at + 1);
  for (let n = 0; text[i] !== ']' && search.sought > 0; n += 1) {
    const nodes = wanted.flatMap((byIndex) => byIndex.get(n) ?? []);
    const after = nodes.length === 0 ? yield* afterSkipping(search, i) : yield* afterFinding(search, i, nodes);
    i = nextAfter(text, after);
  }
  return i + 1;
}

/** Returns the offset after the value at `at`. */
function* afterSkipping(search: Search, at: number): Parts<number> {
  const { text } = search;
  const skipping: Skipping = { at, depth: 0 };
  while (search.sought > 0 && !skip(text, skipping, search.part)) {
    search.part = skipping.at + usualPart;
    yield;
  }
  return skipping.at;
}

/** Returns lines and columns for all offsets in one pass. */
function* placesAt(text: string, offsets: ReadonlySet<number>): Parts<Map<number, Place>> {
  const places = new Map<number, Place>();
  let line = 1;
  let column = 1;
  let at = 0;
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    for (; at < offset; at += 1) {
      const c = text.charCodeAt(at);
      // A line ends with \n, \r or both.
      if (c === 0x0a || (c === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) {
        line += 1;
        column = 1;
        // The second half of a surrogate pair is not counted as a character.
      } else if (c < 0xdc00 || c > 0xdfff) column += 1;
      if (at % usualPart === usualPart - 1) yield;
    }
    places.set(offset, { line, column });
  }
  return places;
}
