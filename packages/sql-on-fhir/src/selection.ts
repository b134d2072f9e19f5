import type { EvaluationEnvironment, Item } from '@dhp/fhirpath';
import { cellOf, type Cell, type ValueOf } from './cell.ts';
import { builtColumn, checkBranches, together, type BuiltColumn } from './columns.ts';
import { expression, typesUnder, type Building, type Frame } from './expressions.ts';
import { RowFault } from './faults.ts';
import type { Select } from './view-definition.ts';

/** A row, or the beginning of one: a value for each column. */
export type Cells = readonly Cell[];

/** The context of rows: the resource, the index in the innermost loop, and the remaining allowance. */
export interface Around {
  /** `Patient/pt1`, for messages. */
  readonly name: string;
  /** The environment of an expression on an item, with `%rowIndex` at that place. */
  readonly environmentOf: (focus: Item, rowIndex: number) => EvaluationEnvironment;
  readonly rowIndex: number;
  readonly allowance: Allowance;
  /** Set if cells are not the plain values of items. */
  readonly take?: ValueOf;
}

/** Counts the rows and values of one resource. */
export interface Allowance {
  /** @throws RowFault `limit` when a resource makes more than it may; BudgetSpent */
  spend: (items: number, place: string) => void;
}

/** A selection structure, prepared: its columns in order, and the rows that it makes of an item. */
export interface Selection {
  readonly columns: readonly BuiltColumn[];
  readonly rows: (focus: Item, around: Around) => Cells[];
}

/** Deeper items are a circle (`repeat` of `$this`), or made to be one. */
const mostLevels = 256;

/** `Process(S, N)`: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#processs-n-recursive-step */
export function selection(select: Select, place: string, frame: Frame, building: Building): Selection {
  const { forEach, forEachOrNull, repeat } = select;
  if (repeat !== undefined) {
    const paths = repeat.map((path, index) => ({ path, place: `${place}.repeat[${index}]` }));
    return repeated(select, place, frame, building, paths);
  }
  const path = forEach ?? forEachOrNull;
  if (path === undefined) return body(select, place, frame, building);
  const name = forEach === undefined ? 'forEachOrNull' : 'forEach';
  const items = expression(path, `${place}.${name}`, frame, building);
  const inner = body(select, place, { types: items.types, isRoot: false }, building);
  const absent = forEach === undefined ? [inner.columns.map(({ whenAbsent }) => whenAbsent)] : [];
  return {
    columns: inner.columns,
    rows: (focus, around) => {
      const foci = items.items(focus, around.environmentOf(focus, around.rowIndex), around.name);
      return foci.length === 0 ? absent : rowsOfEach(foci, inner, around, items.place);
    },
  };
}

function rowsOfEach(foci: readonly Item[], inner: Selection, around: Around, place: string): Cells[] {
  around.allowance.spend(foci.length, place);
  if (foci.length === 1) return inner.rows(foci[0]!, { ...around, rowIndex: 0 });
  const rows: Cells[] = [];
  for (const [rowIndex, item] of foci.entries())
    for (const row of inner.rows(item, { ...around, rowIndex })) rows.push(row);
  return rows;
}

interface Path {
  readonly path: string;
  readonly place: string;
}

/** The items to which the paths lead, those to which they lead from there, and so on; each before its results. */
function repeated(select: Select, place: string, frame: Frame, building: Building, paths: readonly Path[]): Selection {
  const steps = paths.map((one) => expression(one.path, one.place, { types: undefined, isRoot: false }, building));
  const types = typesUnder(
    paths.map(({ path }) => path),
    frame.types,
    building,
  );
  const inner = body(select, place, { types, isRoot: false }, building);
  return {
    columns: inner.columns,
    rows: (focus, around) => {
      const foci: Item[] = [];
      const traverse = (item: Item, level: number): void => {
        if (level > mostLevels) {
          const at = { place: `${place}.repeat`, resource: around.name };
          throw new RowFault(
            'limit',
            at,
            `it leads through more than ${mostLevels} levels. Do not repeat a path that leads back to where it began.`,
          );
        }
        for (const step of steps) {
          const found = step.items(item, around.environmentOf(item, around.rowIndex), around.name);
          around.allowance.spend(found.length, step.place);
          for (const child of found) {
            foci.push(child);
            traverse(child, level + 1);
          }
        }
      };
      traverse(focus, 1);
      return rowsOfEach(foci, inner, around, `${place}.repeat`);
    },
  };
}

/** Columns, nested selections and unions on one item: their rows are combined, each with each. */
function body(select: Select, place: string, frame: Frame, building: Building): Selection {
  const { findings } = building;
  const own = (select.column ?? []).map((column, n) => builtColumn(column, `${place}.column[${n}]`, frame, building));
  const nested = (select.select ?? []).map((one, n) => selection(one, `${place}.select[${n}]`, frame, building));
  const branches = (select.unionAll ?? []).map((one, n) => selection(one, `${place}.unionAll[${n}]`, frame, building));
  checkBranches(
    branches.map(({ columns }) => columns),
    `${place}.unionAll`,
    findings,
  );
  const [first] = branches;
  const parts = first === undefined ? nested : [...nested, { columns: first.columns, rows: unionOf(branches) }];
  const columns = together([own, ...parts.map((part) => part.columns)], findings);
  const valuesOf = rowOf(own);
  if (parts.length === 0) return { columns, rows: (focus, around) => [valuesOf(focus, around)] };
  return {
    columns,
    rows: (focus, around) => {
      const rows = parts.map((part) => part.rows(focus, around));
      return own.length === 0 && rows.length === 1
        ? rows[0]!
        : product([[valuesOf(focus, around)], ...rows], place, around);
    },
  };
}

function unionOf(branches: readonly Selection[]): Selection['rows'] {
  return (focus, around) => branches.flatMap((branch) => branch.rows(focus, around));
}

function rowOf(columns: readonly BuiltColumn[]): (focus: Item, around: Around) => Cells {
  return (focus, around) => {
    const environment = around.environmentOf(focus, around.rowIndex);
    return columns.map((column) =>
      cellOf(column, column.expression.items(focus, environment, around.name), around.name, around.take),
    );
  };
}

/** Every row of one part with every row of each other part; the last part changes fastest. */
function product(parts: readonly (readonly Cells[])[], place: string, { allowance }: Around): Cells[] {
  const count = parts.reduce((all, part) => all * part.length, 1);
  allowance.spend(count, place);
  const rows: Cells[] = [];
  for (let n = 0; n < count; n++) {
    const row: Cell[] = [];
    let left = n;
    let block = count;
    for (const part of parts) {
      block /= part.length;
      for (const cell of part[Math.floor(left / block)]!) row.push(cell);
      left %= block;
    }
    rows.push(row);
  }
  return rows;
}
