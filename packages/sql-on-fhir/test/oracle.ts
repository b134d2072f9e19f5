// The processing algorithm of the specification, step by step and without regard to speed.
// https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#processing-algorithm
import { evaluate, type Path, type Scope } from './paths.ts';
import { columnsOf, constants, type Tree, type TreeColumn, type TreeView } from './views.ts';
import { isPrimitiveType } from './world.ts';

type Row = Record<string, unknown>;
type Resource = Readonly<Record<string, unknown>>;

/** The view or one of the resources is refused. */
export class Refused extends Error {}

/** A view multiplies its rows beyond a useful comparison. */
export class TooMany extends Error {}

const mostRows = 5_000;

/** The rows of all resources. @throws Refused */
export function oracleRows(view: TreeView, resources: readonly Resource[]): Row[] {
  const whole: Tree = { column: [], select: view.select, unionAll: [] };
  validateColumns(whole, []);
  for (const { type } of view.where) if (type !== 'boolean') throw new Refused('a condition is no boolean');
  return resources.flatMap((resource) => {
    if (resource['resourceType'] !== view.resource) return [];
    const scope: Scope = { resource, variables: { ...constants, rowIndex: 0 } };
    const isWanted = view.where.every(({ path }) => {
      const items = evaluate(path, resource, scope);
      if (items.length > 1) throw new Refused('a condition gives several items');
      return items[0] === true;
    });
    return isWanted ? process(whole, resource, scope) : [];
  });
}

function validateColumns(tree: Tree, before: readonly TreeColumn[]): readonly TreeColumn[] {
  const all = [...before];
  const add = (column: TreeColumn): void => {
    if (all.some(({ name }) => name === column.name)) throw new Refused('column already defined');
    all.push(column);
  };
  for (const column of tree.column) {
    if (isMistaken(column)) throw new Refused('type of a column');
    add(column);
  }
  for (const nested of tree.select) for (const column of validateColumns(nested, all).slice(all.length)) add(column);
  const [first, ...others] = tree.unionAll.map((branch) => validateColumns(branch, all).slice(all.length));
  const shape = (columns: readonly TreeColumn[]): string =>
    columns.map(({ name, type, collection }) => `${name} ${type} ${collection}`).join();
  for (const other of others) if (shape(other) !== shape(first!)) throw new Refused('union branches inconsistent');
  first?.forEach(add);
  return all;
}

/** Paths have their types from the generator; a mistake is one of form: boolean for text or number, or text for boolean. */
function isMistaken({ path, type }: TreeColumn): boolean {
  const actual = formOf(path);
  return actual !== undefined && actual !== 'any' && (type === 'boolean') !== (actual === 'boolean');
}

function formOf(path: Path): string | undefined {
  if ('literal' in path) return typeof path.literal;
  if ('variable' in path)
    return path.variable === 'rowIndex' ? 'number' : typeof constants[path.variable as keyof typeof constants];
  if ('own' in path) return 'string';
  if (path.end !== undefined) return path.end === 'exists' || path.end === 'empty' ? 'boolean' : 'other';
  if (path.itself !== undefined) return path.itself;
  const last = path.steps.findLast((step) => 'member' in step);
  if (last === undefined || !('member' in last)) return 'any';
  if (last.of !== undefined) return last.of;
  return last.member === 'active' ? 'boolean' : 'other';
}

function process(tree: Tree, node: unknown, scope: Scope): Row[] {
  const rows: Row[] = [];
  const foci = fociOf(tree, node, scope);
  const isLoop = tree.repeat !== undefined || tree.forEach !== undefined || tree.forEachOrNull !== undefined;
  foci.forEach((focus, index) => {
    const inner = isLoop ? { ...scope, variables: { ...scope.variables, rowIndex: index } } : scope;
    const parts: Row[][] = [];
    for (const column of tree.column)
      parts.push([{ [column.name]: valueOf(column, evaluate(column.path, focus, inner)) }]);
    for (const nested of tree.select) parts.push(process(nested, focus, inner));
    if (tree.unionAll.length > 0) parts.push(tree.unionAll.flatMap((branch) => process(branch, focus, inner)));
    if (parts.reduce((count, part) => count * part.length, 1) > mostRows) throw new TooMany();
    rows.push(
      ...parts.reduce<Row[]>(
        (product, part) => product.flatMap((row) => part.map((more) => ({ ...row, ...more }))),
        [{}],
      ),
    );
    if (rows.length > mostRows) throw new TooMany();
  });
  if (foci.length === 0 && tree.forEachOrNull !== undefined)
    rows.push(
      Object.fromEntries(
        columnsOf(tree).map(({ name, path }) => [name, 'variable' in path && path.variable === 'rowIndex' ? 0 : null]),
      ),
    );
  return rows;
}

function fociOf(tree: Tree, node: unknown, scope: Scope): unknown[] {
  if (tree.repeat !== undefined) {
    const result: unknown[] = [];
    const traverse = (from: unknown, isRoot: boolean): void => {
      if (!isRoot) result.push(from);
      for (const path of tree.repeat!) for (const child of evaluate(path, from, scope)) traverse(child, false);
    };
    traverse(node, true);
    return result;
  }
  const path = tree.forEach ?? tree.forEachOrNull;
  return path === undefined ? [node] : evaluate(path, node, scope);
}

/** As in the official cases, a collection is an array also with one value or none. */
function valueOf({ collection, type }: TreeColumn, items: readonly unknown[]): unknown {
  if (items.some((item) => typeof item === 'object' && isPrimitiveType(type))) throw new Refused('no primitive');
  if (collection) return items;
  if (items.length > 1) throw new Refused('multiple values');
  return items[0] ?? null;
}
