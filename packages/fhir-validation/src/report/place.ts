import type { JsonSource } from '@dhp/fhir-model';
import type { Issue } from '../issue.ts';
import { itemsAt, membersAt, skipSpace } from './json-text.ts';

/** Line and column in the source text, both from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * The places of findings in the text that was validated, in the order of the findings. What is not in the text has the place of
 * the nearest element above it. The text is gone through once, however many findings there are.
 */
export function placeIssues(
  issues: readonly Pick<Issue, 'expression' | 'id' | 'values'>[],
  { text }: Pick<JsonSource, 'text'>,
): Place[] {
  const root = nodeUnder(undefined);
  const nodes = issues.map(({ expression, id, values }) => {
    // An element that should not be there, or not so, is shown itself, not what it stands in.
    const path = ofElement.has(id) ? `${expression}.${values['element']!}` : expression;
    return pathSteps(path).reduce(childOf, root);
  });
  walk(text, skipSpace(text, 0), root);
  const places = placesAt(text, new Set(nodes.map(offsetOf)));
  return nodes.map((node) => places.get(offsetOf(node))!);
}

/** Findings about the element that they name, whose expression is that of the object which it stands in. */
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

/** `Patient.value.ofType(Quantity).coding[0]` without its root: the JSON names to go by. */
function pathSteps(expression: string): PathStep[] {
  const cast = expression
    // The type of a resource is no part of the name that it stands under.
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

/** An element that findings are about, or above one, and where it begins once that is known. */
interface Node {
  readonly parent: Node | undefined;
  /** By name and by index, -1 for none. */
  readonly children: Map<string, Map<number, Node>>;
  offset: number | undefined;
}

function nodeUnder(parent: Node | undefined): Node {
  return { parent, children: new Map(), offset: undefined };
}

function childOf(node: Node, { name, index }: PathStep): Node {
  let named = node.children.get(name);
  if (named === undefined) node.children.set(name, (named = new Map<number, Node>()));
  let child = named.get(index);
  if (child === undefined) named.set(index, (child = nodeUnder(node)));
  return child;
}

function offsetOf(node: Node): number {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at.offset !== undefined) return at.offset;
  return 0;
}

/** Notes where the elements begin that are wanted at or below the value at `at`. */
function walk(text: string, at: number, node: Node): void {
  // Extensions of a primitive stand in the member with an underscore; the primitive itself is where its value is.
  node.offset ??= at;
  if (node.children.size === 0 || text[at] !== '{') return;
  for (const { name, value } of membersAt(text, at)) {
    const wanted = node.children.get(name) ?? node.children.get(name.replace(/^_/, ''));
    if (wanted !== undefined) walkItems(text, value, wanted);
  }
}

function walkItems(text: string, at: number, wanted: ReadonlyMap<number, Node>): void {
  const whole = wanted.get(-1);
  if (whole !== undefined) walk(text, at, whole);
  if (text[at] !== '[') {
    // An index into what is no array: the finding may be just that.
    for (const [index, node] of wanted) if (index >= 0) walk(text, at, node);
    return;
  }
  let n = 0;
  for (const item of itemsAt(text, at)) {
    const node = wanted.get(n);
    if (node !== undefined) walk(text, item, node);
    n += 1;
  }
}

/** Lines and columns of offsets, counted in one go. */
function placesAt(text: string, offsets: ReadonlySet<number>): Map<number, Place> {
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
        // The second half of a surrogate pair is no character of its own.
      } else if (c < 0xdc00 || c > 0xdfff) column += 1;
    }
    places.set(offset, { line, column });
  }
  return places;
}
