/**
 * The two sets of tables of the search index. Statements are written with the names of the first one, `fhir.search` and so on; a tag that
 * puts a statement together for the second one names those of the second set instead. docs/decisions/0027-index-definitions.md
 */
/** A set of tables: `fhir.search`, or `fhir.search_b`. */
export type IndexTables = 'a' | 'b';

/** Where rows go in a statement that stores those of two definitions: the names of the parts of one statement differ. */
export interface IndexPlace {
  readonly tables: IndexTables;
  /** It is the second of the statement. */
  readonly second: boolean;
}

/** Tables and functions of the first set; those of the second have `_b` behind. */
const ofASet = /\bfhir\.(search|tok|num|date|str|contained|boundary|indexed|organizations_above)\b/g;
/** The parts of a statement that exist for each definition. */
const partOfEach = /\b(changes|fresh|again|stale|(?:search|tok|num|date|str)_(?:gone|changed|new|fresh))\b/g;

/** The literals of a statement, which come from the program, for a set of tables. Values are bound, and never examined. */
export function literalsFor<Literals extends readonly string[]>(literals: Literals, place: IndexPlace): Literals {
  const known = renamed[`${place.tables}${place.second}`];
  const found = known.get(literals);
  if (found !== undefined) return found as Literals;
  const named = literals.map((text) => inPlace(text, place)) as readonly string[] as Literals;
  known.set(literals, named);
  return named;
}

/** A text of the program, for a set of tables. */
export function textFor(text: string, tables: IndexTables): string {
  return tables === 'a' ? text : text.replaceAll(ofASet, 'fhir.$1_b');
}

function inPlace(text: string, { tables, second }: IndexPlace): string {
  const named = textFor(text, tables);
  return second ? named.replaceAll(partOfEach, '$1_next') : named;
}

/** The literals of tags, each of which occurs once in the program. */
type Renamed = Map<readonly string[], readonly string[]>;
const renamed: Readonly<Record<`${IndexTables}${boolean}`, Renamed>> = {
  afalse: new Map(),
  atrue: new Map(),
  bfalse: new Map(),
  btrue: new Map(),
};
