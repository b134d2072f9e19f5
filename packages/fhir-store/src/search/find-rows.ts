import { typeNumber } from '@dhp/fhir-model';
import { booleanOf, textOf, type Column } from '../statements/columns.ts';
import { attemptsOf, signature, type Effort } from './attempts.ts';
import type { FullText } from './keep-words.ts';
import type { SearchMemory } from './memory.ts';
import type { Order } from './order.ts';
import { pageStatement, type PageColumns } from './page-statement.ts';
import { conjuncts, isNothing, type RowCondition } from './row-condition.ts';
import type { Run } from './run.ts';
import type { Attempt } from './way.ts';
import type { Sql } from './fragment.ts';

/** What one search works with. */
export interface Finding {
  readonly sql: Sql;
  /** Sessions that read nothing but in the order of an index. */
  readonly walking: Sql;
  readonly run: Run;
  readonly memory: SearchMemory;
  readonly effort: Effort;
  readonly fullText: FullText;
}

/** The resources of one type that are looked for. */
export interface Branch {
  readonly type: string;
  readonly where: RowCondition;
}

export interface FoundRows {
  /** What the statement could see; undefined when there was nothing to ask. */
  readonly snapshot: string | undefined;
  /** What was asked beside. */
  readonly also?: Column | undefined;
  /** `Attempt.known` */
  readonly known: boolean;
  /** The columns asked for. */
  readonly rows: Column[][];
}

/** The first rows in an order, by the first attempt that is not given up. */
export async function findRows(
  finding: Finding,
  branches: readonly Branch[],
  { order, rows, columns }: { order: Order; rows: number; columns: PageColumns },
): Promise<FoundRows> {
  const { sql, memory, effort } = finding;
  const lists = alike(
    branches.filter(({ where }) => !isNothing(where)),
    order,
  ).map(({ types, where }) => attemptsOf(sql, { types, where, order, memory, effort }));
  if (lists.length === 0) return { snapshot: undefined, known: false, rows: [] };
  const most = Math.max(...lists.map((list) => list.length));
  for (let n = 0; n < most; n += 1) {
    const attempts = lists.map((list): Attempt => list[Math.min(n, list.length - 1)]!);
    const found = await tried(finding, attempts, { order, rows, columns });
    if (found !== undefined) return found;
    // Of several types nobody knows which was given up.
    if (attempts.length === 1) memory.add(attempts[0]!.name);
  }
  throw new Error('The last attempt of a search has no limit');
}

/**
 * Branches that ask the same of their types are one: a compartment has more than 60 types, and most records are of a few. Only in
 * the order of the main date, which is the same column for every type, and only where no value is asked for, whose keys are of a type.
 */
function alike(
  branches: readonly Branch[],
  { columns }: Order,
): { readonly types: number[]; readonly where: RowCondition }[] {
  const groups: { readonly types: number[]; readonly where: RowCondition }[] = [];
  const known = new Map<string, number[]>();
  const isByDate = columns.length === 1 && columns[0]!.by.kind === 'main-date';
  for (const { type, where } of branches) {
    const ty = typeNumber(type)!;
    const name = isByDate && conjuncts(where).every(isOfAnyType) ? signature(where) : undefined;
    const others = name === undefined ? undefined : known.get(name);
    if (others !== undefined) {
      others.push(ty);
      continue;
    }
    const types = [ty];
    if (name !== undefined) known.set(name, types);
    groups.push({ types, where });
  }
  return groups;
}

function isOfAnyType({ op }: RowCondition): boolean {
  return op === 'patient' || op === 'last-updated';
}

/** Undefined when an attempt was given up. */
export async function tried(
  { sql, walking, run }: Finding,
  attempts: readonly Attempt[],
  { order, rows, columns }: { order: Order; rows: number; columns: PageColumns },
): Promise<FoundRows | undefined> {
  const walks = attempts.every(({ ways, inOrder }) => inOrder ?? ways.every(({ kind }) => kind === 'walk'));
  const known = attempts.some((attempt) => attempt.known);
  const values = known ? order.columns.map((column) => column.known ?? column) : order.columns;
  const statement = pageStatement(sql, { attempts, order: { ...order, columns: values }, rows }, columns);
  const found = await run(walks ? walking : sql, statement, 'page');
  if (booleanOf(found[0]![1])) return undefined;
  const matches = found.map((row) => row.slice(3)).filter(([first]) => first !== null);
  return { snapshot: textOf(found[0]![0]), also: found[0]![2], known, rows: matches };
}
