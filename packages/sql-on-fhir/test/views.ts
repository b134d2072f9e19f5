// Random views: as a tree for the oracle, and the same as a ViewDefinition.
import type { Random } from '../../../tests/random.ts';
import { randomColumnPath, randomPath, textOf, type Path, type TypedPath } from './paths.ts';
import { roots } from './world.ts';

export interface TreeColumn {
  readonly name: string;
  readonly path: Path;
  readonly type: string;
  readonly collection: boolean;
}

export interface Tree {
  readonly column: readonly TreeColumn[];
  readonly select: readonly Tree[];
  readonly unionAll: readonly Tree[];
  readonly forEach?: Path;
  readonly forEachOrNull?: Path;
  readonly repeat?: readonly Path[];
}

export interface TreeView {
  readonly resource: string;
  readonly where: readonly TypedPath[];
  readonly select: readonly Tree[];
}

export const constants = { official: 'official', phone: 'phone', seven: 7, yes: true } as const;

const constantElements = [
  { name: 'official', valueCode: 'official' },
  { name: 'phone', valueString: 'phone' },
  { name: 'seven', valuePositiveInt: 7 },
  { name: 'yes', valueBoolean: true },
];

/** Unused column names; few, if one is to be duplicate. */
interface Names {
  next: number;
}

export function randomView(random: Random): TreeView {
  const resource = random.pick(roots);
  const names = { next: 0 };
  const where: TypedPath[] = [];
  while (random.oneIn(4)) {
    const found = randomColumnPath(resource, random);
    if (found.type === 'boolean' || random.oneIn(6)) where.push(found);
  }
  const select = Array.from({ length: 1 + random.below(2) }, () => randomTree(resource, random, names, 0));
  return { resource, where, select };
}

function randomTree(from: string, random: Random, names: Names, depth: number): Tree {
  const { loop, type } = randomLoop(from, random);
  const column = Array.from({ length: random.below(3) }, () => randomColumn(type, random, names));
  const select =
    depth > 2 ? [] : Array.from({ length: random.below(3) }, () => randomTree(type, random, names, depth + 1));
  return {
    column,
    select,
    unionAll: depth > 2 || !random.oneIn(3) ? [] : randomUnion(type, random, names, depth),
    ...loop,
  };
}

function randomLoop(
  from: string,
  random: Random,
): { loop: Pick<Tree, 'forEach' | 'forEachOrNull' | 'repeat'>; type: string } {
  if (from.startsWith('QuestionnaireResponse') && random.oneIn(3)) {
    const item: Path = { steps: [{ member: 'item' }] };
    const answers: Path = { steps: [{ member: 'answer' }, { member: 'item' }] };
    return {
      loop: { repeat: random.pick([[item], [item, answers], [answers, item]]) },
      type: 'QuestionnaireResponse.item',
    };
  }
  const found = random.oneIn(2) ? undefined : randomPath(from, random, !random.oneIn(5));
  if (found === undefined || found.type === 'Reference') return { loop: {}, type: from };
  return { loop: random.oneIn(2) ? { forEach: found.path } : { forEachOrNull: found.path }, type: found.type };
}

function randomColumn(from: string, random: Random, names: Names): TreeColumn {
  const { path, type } = randomColumnPath(from, random);
  const name = random.oneIn(60) ? 'c0' : `c${names.next++}`;
  const mistaken = random.oneIn(80);
  return {
    name,
    path,
    type: mistaken ? (type === 'boolean' ? 'string' : 'boolean') : type,
    collection: random.oneIn(3),
  };
}

/** Branches with the columns of the first one, in other ways: directly, in nested selections, in nested unions. */
function randomUnion(from: string, random: Random, names: Names, depth: number): Tree[] {
  const first = randomTree(from, random, names, depth + 1);
  const wanted = columnsOf(first);
  const branches = Array.from({ length: random.below(3) }, () => likeThis(wanted, from, random, depth + 1));
  return [first, ...branches];
}

function likeThis(wanted: readonly TreeColumn[], from: string, random: Random, depth: number): Tree {
  const { loop, type } = randomLoop(from, random);
  const columns = wanted.map((column) => ({ ...column, path: alike(column, type, random) }));
  if (random.oneIn(60)) columns.reverse();
  if (random.oneIn(60)) columns.pop();
  const cut = random.below(columns.length + 1);
  const rest = { column: columns.slice(cut), select: [], unionAll: [] };
  const tail = random.oneIn(3) && depth < 3 ? { select: [], unionAll: [rest, rest] } : { select: [rest], unionAll: [] };
  return { column: columns.slice(0, cut), ...tail, ...loop };
}

function alike({ type, path }: TreeColumn, from: string, random: Random): Path {
  for (let n = 0; n < 8; n += 1) {
    const found = randomColumnPath(from, random);
    if (found.type === type) return found.path;
  }
  return 'steps' in path ? { steps: [{ member: 'extension' }, { member: 'value', of: type }] } : path;
}

/** The columns of a selection, in their order: its own, those of nested selections, those of the union. */
export function columnsOf({ column, select, unionAll }: Tree): readonly TreeColumn[] {
  return [...column, ...select.flatMap(columnsOf), ...unionAll.slice(0, 1).flatMap(columnsOf)];
}

/** The view as JSON. */
export function definitionOf(view: TreeView): Record<string, unknown> {
  return {
    resourceType: 'ViewDefinition',
    status: 'active',
    resource: view.resource,
    constant: constantElements,
    ...(view.where.length > 0 && { where: view.where.map(({ path }) => ({ path: textOf(path) })) }),
    select: view.select.map(selectOf),
  };
}

function selectOf(tree: Tree): Record<string, unknown> {
  return {
    ...(tree.forEach !== undefined && { forEach: textOf(tree.forEach) }),
    ...(tree.forEachOrNull !== undefined && { forEachOrNull: textOf(tree.forEachOrNull) }),
    ...(tree.repeat !== undefined && { repeat: tree.repeat.map(textOf) }),
    ...(tree.column.length > 0 && {
      column: tree.column.map(({ name, path, type, collection }) => ({ name, path: textOf(path), type, collection })),
    }),
    ...(tree.select.length > 0 && { select: tree.select.map(selectOf) }),
    ...(tree.unionAll.length > 0 && { unionAll: tree.unionAll.map(selectOf) }),
  };
}
