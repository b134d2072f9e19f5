/** The columns of a ViewDefinition as written, without an engine: those of all its selections, in their order. */
import { listOf, membersOf, textOf } from '../explorer/kept.ts';

export interface ShownColumn {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly description: string;
}

/** Nesting of selections that is searched; the server refuses deeper ones. */
const mostDepth = 32;

export function columnsOf(definition: unknown): ShownColumn[] {
  const found = new Map<string, ShownColumn>();
  const look = (selections: unknown, depth: number): void => {
    for (const one of listOf(selections).map(membersOf)) {
      for (const column of listOf(one['column']).map(membersOf)) {
        const name = textOf(column['name']);
        // Branches of a union have the same names.
        if (found.has(name)) continue;
        const type = `${textOf(column['type'])}${column['collection'] === true ? '[]' : ''}`;
        found.set(name, { name, type, path: textOf(column['path']), description: textOf(column['description']) });
      }
      if (depth < mostDepth) {
        look(one['select'], depth + 1);
        look(one['unionAll'], depth + 1);
      }
    }
  };
  look(membersOf(definition)['select'], 0);
  return [...found.values()];
}
