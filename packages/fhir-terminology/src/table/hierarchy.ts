import type { ConceptTable } from './concept-table.ts';

/** Which concept is below which: by nesting, and by the properties that name parents or children. */
export class Hierarchy {
  readonly #parents: readonly (readonly number[] | undefined)[];
  readonly #children: readonly (readonly number[] | undefined)[];

  /**
   * @param codes the properties that name a parent or a child of a concept
   * @param find the number of a code, -1 when there is none
   */
  constructor(
    table: ConceptTable,
    codes: { parent: ReadonlySet<string>; child: ReadonlySet<string> },
    find: (code: string) => number,
  ) {
    const size = table.parent.length;
    const parents: (number[] | undefined)[] = new Array<undefined>(size).fill(undefined);
    const children: (number[] | undefined)[] = new Array<undefined>(size).fill(undefined);
    const link = (child: number, parent: number): void => {
      const above = (parents[child] ??= []);
      if (parent < 0 || parent === child || above.includes(parent)) return;
      above.push(parent);
      (children[parent] ??= []).push(child);
    };
    for (let row = 0; row < size; row++) link(row, table.parent[row]!);
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
          if (role === 'parent') link(row, other);
          else link(other, row);
        }
      }
    }
    this.#parents = parents;
    this.#children = children;
  }

  parents(row: number): readonly number[] {
    return this.#parents[row] ?? [];
  }

  children(row: number): readonly number[] {
    return this.#children[row] ?? [];
  }

  /** Whether a concept is the other or below it; a circle in the data ends where it was entered. */
  isA(row: number, ancestor: number): boolean {
    if (row === ancestor) return true;
    const seen = new Set([row]);
    for (const one of seen) {
      for (const parent of this.parents(one)) {
        if (parent === ancestor) return true;
        seen.add(parent);
      }
    }
    return false;
  }
}
