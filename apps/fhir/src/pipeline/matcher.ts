/** The only matcher of routes: for requests over HTTP, for entries of Bundles, and for messages about unknown addresses. */
import type { Route } from '../contract/route.ts';

/** The values of the variables of a path, by name. */
export interface Variables {
  readonly compartment: string | undefined;
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly versionId: string | undefined;
}

export interface Match<Run> extends Variables {
  readonly route: Route<Run>;
}

export interface Matcher<Run> {
  /**
   * The route of a method and a path. A literal part takes precedence over a variable, and a variable matches any text: whether that is a
   * type or an id is checked after authentication.
   * @param values the parts of the path as values of variables, if they are decoded further
   */
  match(method: string, segments: readonly string[], values?: readonly string[]): Match<Run> | undefined;
  /**
   * The routes of all methods that match a path, in the order of the table: of several, the most specific. No operation (`$x`) and no empty
   * part is taken for the value of a variable. `isExact`: the path is literally in the table.
   */
  at(segments: readonly string[]): { readonly routes: readonly Route<Run>[]; readonly isExact: boolean };
  /** Whether the path has the form of any route, whatever its type. */
  fits(segments: readonly string[]): boolean;
}

interface End<Run> {
  readonly route: Route<Run>;
  /** Its place in the table. */
  readonly order: number;
  /** The positions of its variables, -1 for absent ones. */
  readonly places: { readonly [Name in keyof Variables]: number };
}

interface Node<Run> {
  readonly literals: Map<string, Node<Run>>;
  variable: Node<Run> | undefined;
  readonly ends: Map<string, End<Run>>;
}

export function createMatcher<Run>(routes: readonly Route<Run>[]): Matcher<Run> {
  const root = emptyNode<Run>();
  for (const [order, route] of routes.entries()) insert(root, route, order);
  const base = root.literals.get('');

  return {
    match(method, segments, values = segments) {
      // The base URL without a slash at its end.
      const end = segments.length === 0 ? base?.ends.get(method) : endAt(root, method, segments, 0);
      if (end === undefined) return undefined;
      const { route, places } = end;
      return {
        route,
        compartment: values[places.compartment],
        type: values[places.type],
        id: values[places.id],
        versionId: values[places.versionId],
      };
    },
    at(given) {
      const segments = given.length === 0 ? [''] : given;
      const type = segments[0] ?? '';
      const fitting = fitsOf(root, segments, 0, 0).filter(({ end }) => end.route.types?.includes(type) !== false);
      const least = Math.min(...fitting.map(({ variables }) => variables));
      const ends = fitting.filter(({ variables }) => variables === least).map(({ end }) => end);
      return { routes: ends.sort((a, b) => a.order - b.order).map(({ route }) => route), isExact: least === 0 };
    },
    fits: (segments) => segments.length > 0 && fitsOf(root, segments, 0, 0).length > 0,
  };
}

/** The parts of the path of a URL: decoded except for reserved characters, and decoded completely. */
export function partsOf(path: string): { readonly segments: readonly string[]; readonly values: readonly string[] } {
  const fragment = path.indexOf('#');
  const given = (fragment < 0 ? path : path.slice(0, fragment)).split('/').slice(1);
  if (!path.includes('%')) return { segments: given, values: given };
  return { segments: given.map(decodeURI), values: given.map(decodeURIComponent) };
}

function emptyNode<Run>(): Node<Run> {
  return { literals: new Map(), variable: undefined, ends: new Map() };
}

function insert<Run>(root: Node<Run>, route: Route<Run>, order: number): void {
  let node = root;
  const parts = route.path.split('/').slice(1);
  for (const part of parts) {
    if (part.startsWith(':')) node = node.variable ??= emptyNode();
    else {
      const next = node.literals.get(part) ?? emptyNode<Run>();
      node.literals.set(part, next);
      node = next;
    }
  }
  const place = (name: keyof Variables): number => parts.indexOf(`:${name}`);
  const places = {
    compartment: place('compartment'),
    type: place('type'),
    id: place('id'),
    versionId: place('versionId'),
  };
  if (node.ends.has(route.method)) throw new TypeError(`two routes are ${route.method} ${route.path}`);
  node.ends.set(route.method, { route, order, places });
}

function endAt<Run>(node: Node<Run>, method: string, segments: readonly string[], depth: number): End<Run> | undefined {
  if (depth === segments.length) return node.ends.get(method);
  const literal = node.literals.get(segments[depth]!);
  const found = literal && endAt(literal, method, segments, depth + 1);
  if (found !== undefined || node.variable === undefined) return found;
  return endAt(node.variable, method, segments, depth + 1);
}

function fitsOf<Run>(
  node: Node<Run>,
  segments: readonly string[],
  depth: number,
  variables: number,
): { readonly end: End<Run>; readonly variables: number }[] {
  const segment = segments[depth];
  if (segment === undefined) return [...node.ends.values()].map((end) => ({ end, variables }));
  const literal = node.literals.get(segment);
  const isValue = node.variable !== undefined && segment !== '' && !segment.startsWith('$');
  return [
    ...(literal === undefined ? [] : fitsOf(literal, segments, depth + 1, variables)),
    ...(isValue ? fitsOf(node.variable!, segments, depth + 1, variables + 1) : []),
  ];
}
