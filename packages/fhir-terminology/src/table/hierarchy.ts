import { LRUCache } from 'lru-cache';
import type { Budget } from '@dhp/budget';
import type { ConceptTable } from './concept-table.ts';

/** Lists of numbers, one for each row, one after the other: those of row i are from `first[i]` to before `first[i + 1]`. */
interface Lists {
  readonly first: Uint32Array;
  readonly items: Uint32Array;
}

/** Hierarchy of the concepts: by nesting, and by the properties that name parents or children. It takes at least 16 bytes a concept. */
export class Hierarchy {
  readonly #parents: Lists;
  readonly #children: Lists;
  /** Concepts whose descendants were requested; after some requests all their descendants are marked. */
  readonly #tops = new LRUCache<number, Top>({ max: mostTops });

  /**
   * @param codes the properties that name a parent or a child of a concept
   * @param find returns the number of a code, -1 if it is unknown
   */
  constructor(
    table: ConceptTable,
    codes: { parent: ReadonlySet<string>; child: ReadonlySet<string> },
    find: (code: string) => number,
  ) {
    const links = new Links();
    const size = table.parent.length;
    for (let row = 0; row < size; row++) links.add(row, table.parent[row]!);
    const roles = table.propertyKinds.map(({ code }) =>
      codes.parent.has(code) ? 'parent' : codes.child.has(code) ? 'child' : undefined,
    );
    if (roles.some((role) => role !== undefined)) {
      const { first, kind, position } = table.properties;
      for (let row = 0; row < size; row++) {
        for (let i = first[row]!; i < first[row + 1]!; i++) {
          const role = roles[kind[i]!];
          if (role === undefined) continue;
          const other = find(table.propertyKinds[kind[i]!]!.texts.at(position[i]!) ?? '');
          if (other < 0) continue;
          if (role === 'parent') links.add(row, other);
          else links.add(other, row);
        }
      }
    }
    this.#parents = once(listed(links.children, links.parents, size));
    // The same links from above, in the order of the concepts below.
    const { first, items } = this.#parents;
    const below = new Uint32Array(items.length);
    for (let row = 0; row < size; row++) below.fill(row, first[row], first[row + 1]);
    this.#children = listed(items, below, size);
  }

  parents(row: number): Uint32Array {
    return of(this.#parents, row);
  }

  children(row: number): Uint32Array {
    return of(this.#children, row);
  }

  /**
   * Whether a concept is the other or below it; a circle in the data ends where it was entered.
   * @param budget pays for the concepts passed on the paths upwards, and so for the marks to which they lead
   * @throws BudgetSpent
   */
  isA(row: number, ancestor: number, budget?: Budget): boolean {
    if (row === ancestor) return true;
    const top = this.#top(ancestor);
    if (top.below !== undefined) return top.below[row] === 1;
    const seen = new Set([row]);
    for (const one of seen) {
      const parents = this.parents(one);
      top.walked += 1 + parents.length;
      budget?.spend(unitsOfStep * (1 + parents.length), 'the hierarchy of a code system');
      for (const parent of parents) {
        if (parent === ancestor) return true;
        seen.add(parent);
      }
    }
    return false;
  }

  /** Marks the concepts below one, if the ways up to it were long: a filter asks about each of hundreds of thousands. */
  #top(top: number): Top {
    let known = this.#tops.get(top);
    if (known === undefined) this.#tops.set(top, (known = { walked: 0 }));
    const size = this.#parents.first.length - 1;
    if (known.below !== undefined || stepsOfMark * known.walked < size + this.#parents.items.length) return known;
    const below = new Uint8Array(size);
    const open = [top];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      for (const child of this.children(one)) {
        if (below[child] === 1) continue;
        below[child] = 1;
        open.push(child);
      }
    }
    known.below = below;
    return known;
  }
}

/** A concept whose descendants were requested. */
interface Top {
  /** Concepts and links passed on the paths up to it: from some number on, marks are cheaper. */
  walked: number;
  below?: Uint8Array;
}

/** Concepts whose marks are cached. */
const mostTops = 16;
/** Concepts that are marked in the time that one step on a way up takes. */
const stepsOfMark = 8;
/** Units of work for a step on a way up: one for itself, and one for the marks that are made when there were many. */
const unitsOfStep = 2;

/** Pairs of a concept and one right above it. */
class Links {
  #children = new Uint32Array(1024);
  #parents = new Uint32Array(1024);
  #length = 0;

  add(child: number, parent: number): void {
    if (parent < 0 || parent === child) return;
    if (this.#length === this.#children.length) {
      this.#children = grown(this.#children);
      this.#parents = grown(this.#parents);
    }
    this.#children[this.#length] = child;
    this.#parents[this.#length++] = parent;
  }

  get children(): Uint32Array {
    return this.#children.subarray(0, this.#length);
  }

  get parents(): Uint32Array {
    return this.#parents.subarray(0, this.#length);
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

/** The items of each row, in the order given. */
function listed(rows: Uint32Array, items: Uint32Array, size: number): Lists {
  const first = new Uint32Array(size + 1);
  for (const row of rows) first[row + 1]!++;
  for (let row = 0; row < size; row++) first[row + 1]! += first[row]!;
  const next = first.slice();
  const sorted = new Uint32Array(items.length);
  rows.forEach((row, i) => (sorted[next[row]!++] = items[i]!));
  return { first, items: sorted };
}

/** The lists with each item once in its list. */
function once({ first, items }: Lists): Lists {
  const starts = new Uint32Array(first.length);
  /** The last row, and one more, that an item was seen in. */
  const seen = new Uint32Array(first.length);
  let kept = 0;
  for (let row = 0; row + 1 < first.length; row++) {
    starts[row] = kept;
    for (let i = first[row]!; i < first[row + 1]!; i++) {
      const item = items[i]!;
      if (seen[item] === row + 1) continue;
      seen[item] = row + 1;
      items[kept++] = item;
    }
  }
  starts[first.length - 1] = kept;
  return { first: starts, items: items.slice(0, kept) };
}

function of({ first, items }: Lists, row: number): Uint32Array {
  return items.subarray(first[row], first[row + 1]);
}
