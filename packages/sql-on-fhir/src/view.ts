import type { Budget } from '@dhp/budget';
import { parseExactly, type EvaluationEnvironment, type Item } from '@dhp/fhirpath';
import { withDigits, type Cell } from './cell.ts';
import type { TableColumn } from './columns.ts';
import type { Constants } from './constants.ts';
import type { Expression } from './expressions.ts';
import { RowFault } from './faults.ts';
import { primitiveName } from './types.ts';
import type { Allowance, Around, Cells, Selection } from './selection.ts';

/** A row by the names of its columns, in their order. */
export type Row = Readonly<Record<string, Cell>>;

/** Limits and the clock of making rows. */
export interface RowOptions {
  /** The budget of the surrounding work; BudgetSpent is thrown when it is spent. */
  readonly work?: Budget;
  /** The most items and rows that one resource may make. Default 100,000. */
  readonly mostRows?: number;
  /** The most characters of the values of all rows of one resource, when they are written. Default 64 Mi. */
  readonly mostText?: number;
  /** For `now()` and `today()`; the clock of the machine by default. */
  readonly now?: Date;
  /** Whether decimals are text with all their digits, of a resource that `parseResource` has read. Default: they are numbers. */
  readonly digits?: boolean;
}

const defaultMostRows = 100_000;

interface Parts {
  readonly resource: string;
  readonly selection: Selection;
  readonly where: readonly Expression[];
  readonly constants: Constants;
  /** The text of every expression. */
  readonly paths: readonly string[];
}

/** Something that makes rows as a view does. */
export type Tabular = Pick<View, 'resource' | 'columns' | 'cells' | 'nameOf'>;

/** A view that can be run, made by `compileView`. It holds no state of a run. */
export class View {
  /** The resource type; other resources have no rows. */
  readonly resource: string;
  /** The columns of every row, in order. */
  readonly columns: readonly TableColumn[];
  /** Whether any expression depends on the digits that decimals are written with: read resources by `parseResource` then. */
  readonly asksForDigits: boolean;
  /** Whether a column may hold decimals, which keep their digits in a file of Parquet where resources are read by `parseResource`. */
  readonly mayHoldDecimals: boolean;
  readonly #selection: Selection;
  readonly #where: readonly Expression[];
  readonly #constants: Constants;
  readonly #usesRowIndex: boolean;

  constructor({ resource, selection, where, constants, paths }: Parts) {
    this.resource = resource;
    this.columns = selection.columns;
    this.#selection = selection;
    this.#where = where;
    this.#constants = constants;
    this.#usesRowIndex = paths.some((path) => path.includes('rowIndex'));
    this.mayHoldDecimals = this.columns.some(({ type }) => type === undefined || primitiveName(type) === 'decimal');
    this.asksForDigits = paths.some((path) => /Boundary|precision/.test(path));
  }

  /**
   * The rows of one resource, which is only read. @throws RowFault; BudgetSpent
   */
  rows(resource: unknown, options: RowOptions = {}): Row[] {
    return this.cells(resource, options).map((cells) => this.#named(cells));
  }

  /** The rows of one resource as arrays of values in the order of the columns. @throws RowFault; BudgetSpent */
  cells(resource: unknown, options: RowOptions = {}): Cells[] {
    if ((resource as { readonly resourceType?: unknown } | null)?.resourceType !== this.resource) return [];
    const around = this.#around(resource, options);
    const focus: Item = { value: resource, type: '', sibling: undefined, location: undefined };
    if (!this.#isWanted(focus, around)) return [];
    const rows = this.#selection.rows(focus, around);
    options.work?.spend(rows.length, 'rows of a view');
    return rows;
  }

  /** The rows of many resources, one after the other. @throws RowFault; BudgetSpent */
  async *stream(
    resources: Iterable<unknown> | AsyncIterable<unknown>,
    options: RowOptions = {},
  ): AsyncGenerator<Row, void> {
    for await (const resource of resources) yield* this.rows(resource, options);
  }

  /** The name of a resource in messages. */
  nameOf(resource: unknown): string {
    const id = (resource as { readonly id?: unknown } | null)?.id;
    return typeof id === 'string' ? `${this.resource}/${id}` : this.resource;
  }

  #named(cells: Cells): Row {
    const row: Record<string, Cell> = {};
    for (let i = 0; i < cells.length; i++) row[this.columns[i]!.name] = cells[i]!;
    return row;
  }

  /** Every condition is true. @throws RowFault `value` for a result that is not a boolean */
  #isWanted(focus: Item, around: Around): boolean {
    return this.#where.every((condition) => {
      const items = condition.items(focus, around.environmentOf(focus, 0), around.name);
      if (items.length === 0) return false;
      const [{ value, type }] = items as [Item];
      if (items.length === 1 && (typeof value === 'boolean' || value === undefined)) return value === true;
      const given = items.length > 1 ? `${items.length} items` : type === '' ? typeof value : type;
      const text = `the condition gives ${given}. Give true or false, such as by exists().`;
      throw new RowFault('value', { place: condition.place, resource: around.name }, text);
    });
  }

  #around(resource: unknown, { work, mostRows = defaultMostRows, now, digits }: RowOptions): Around {
    const { values, types } = this.#constants;
    const name = this.nameOf(resource);
    const root: EvaluationEnvironment = {
      resource,
      variables: values,
      variableTypes: types,
      ...(work === undefined ? {} : { work }),
      ...(now === undefined ? {} : { now }),
    };
    return {
      name,
      rowIndex: 0,
      allowance: allowanceOf(name, mostRows, work),
      ...(digits === true && { take: withDigits }),
      environmentOf: ({ type, sibling }, rowIndex) => {
        // Most are about the resource itself, and share one.
        if (type === '' && sibling === undefined && !this.#usesRowIndex) return root;
        return {
          ...root,
          ...(this.#usesRowIndex ? { variables: { ...values, rowIndex } } : {}),
          ...(type === '' ? {} : { type }),
          ...(sibling === undefined ? {} : { sibling }),
        };
      },
    };
  }
}

function allowanceOf(resource: string, most: number, work: Budget | undefined): Allowance {
  let left = most;
  return {
    spend: (items, place) => {
      left -= items;
      work?.spend(items, place);
      if (left >= 0) return;
      throw new RowFault(
        'limit',
        { place, resource },
        `it makes more than ${most} items and rows. Select less of each resource.`,
      );
    },
  };
}

/**
 * A resource for a view, from its JSON text: decimals keep their written digits, on which boundaries depend. It takes longer than
 * `JSON.parse`, which is enough if a view does not ask for digits.
 * @throws SyntaxError
 * @example
 * const path = 'value.ofType(Quantity).value.lowBoundary()';
 * const view = compileView({ resource: 'Observation', select: [{ column: [{ name: 'low', path }] }] });
 * view.asksForDigits; // true
 * view.rows(parseResource('{"resourceType":"Observation","valueQuantity":{"value":1.0}}')); // [ { low: 0.95 } ]
 */
export function parseResource(text: string): unknown {
  return parseExactly(text);
}
