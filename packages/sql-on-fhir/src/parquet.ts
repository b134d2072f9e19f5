/** The table of a view as a file of Apache Parquet. https://parquet.apache.org/docs/file-format/ */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Cell } from './cell.ts';
import type { TableColumn } from './columns.ts';
import { RowFault } from './faults.ts';
import { physicalOf, type Kept, type Physical } from './parquet-types.ts';
import { charges } from './table-text.ts';
import type { RowOptions, Tabular } from './view.ts';

/** A value of a row that is kept until its file is made: JSON returns it unchanged. */
type KeptCell = Kept | null | readonly (Kept | null)[];
/** A row, in the order of the columns. */
type KeptRow = readonly KeptCell[];

/**
 * A group of rows is written when it has so many values, or this many characters: until then it is in memory, and while it is written nothing else is done,
 * 60 ms of a core for 100,000 values. Of a wide table it has more, since each column of each group has its entry at the end of the file.
 */
const mostValues = 100_000;
const leastRows = 1_000;
const mostCharacters = 4 * 1024 ** 2;
const charactersOfColumn = 8 * 1024;
/** Entries of a file, which stay in memory until its end. */
const mostEntries = 200_000;
/** Counted for values that are not text. */
const charactersOfValue = 8;

/**
 * Makes the rows of a resource as a file of Parquet takes them. Of decimals all digits are kept, where the resource was read by `parseResource`.
 * It throws RowFault `value` also for a value that the type of SQL of its column does not hold; BudgetSpent.
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'born', path: 'birthDate' }] }] });
 * keptRowsOf(view)({ resourceType: 'Patient', birthDate: '1974' }); // [ [ '1974' ] ]
 */
export function keptRowsOf(view: Tabular): (resource: unknown, options?: RowOptions) => KeptRow[] {
  const types = view.columns.map(physicalOf);
  return (resource, options = {}) => {
    const charge = charges(view, resource, options);
    const keptOf = (value: Cell, n: number): Kept | null => {
      const kept = value === null ? null : types[n]!.kept(value);
      if (kept === undefined) doesNotFit(view, n, types[n]!, resource);
      charge(typeof kept === 'string' ? kept.length : charactersOfValue);
      return kept;
    };
    return view
      .cells(resource, { ...options, digits: true })
      .map((cells) =>
        cells.map((cell, n) => (isList(view, n, cell) ? cell.map((value) => keptOf(value, n)) : keptOf(cell, n))),
      );
  };
}

function isList({ columns }: Tabular, n: number, cell: Cell): cell is Cell[] {
  return columns[n]!.isCollection && Array.isArray(cell);
}

function doesNotFit(view: Tabular, n: number, { sql }: Physical, resource: unknown): never {
  const { name, place } = view.columns[n]!;
  const text = `the column ${name} has a value that does not fit in ${sql}. Give it another type by the tag ansi/type, or another path.`;
  throw new RowFault('value', { place, resource: view.nameOf(resource) }, text);
}

/**
 * A file of Parquet that is made group by group, so that memory does not grow with its rows, but for a line about each column of each group, which
 * is at the end of the file.
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }] }] });
 * const file = new ParquetFile(view);
 * file.add(keptRowsOf(view)({ resourceType: 'Patient', id: 'a' }));
 * String.fromCharCode(...file.end().subarray(0, 4)); // 'PAR1'
 */
export class ParquetFile {
  readonly #types: readonly Physical[];
  readonly #columns: readonly TableColumn[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #values: unknown[][];
  #characters = 0;
  #rows = 0;
  #entries = 0;
  readonly #resource: string;

  constructor(view: Tabular) {
    this.#resource = view.resource;
    this.#types = view.columns.map(physicalOf);
    this.#columns = view.columns;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(view.columns, this.#types),
      createdBy: 'dhp',
    });
    this.#values = view.columns.map(() => []);
  }

  /**
   * Adds rows, which are in one group. @returns whether `take` has what can be stored or sent, a whole group
   * @throws RowFault `limit` for more groups than a file can have: some 100 million rows of twenty columns
   */
  add(rows: readonly KeptRow[]): boolean {
    for (const row of rows) for (let n = 0; n < row.length; n += 1) this.#addCell(n, row[n]!);
    this.#rows += rows.length;
    const width = this.#columns.length;
    const isFull =
      (this.#rows >= leastRows && this.#rows * width >= mostValues) ||
      this.#characters >= Math.max(mostCharacters, width * charactersOfColumn);
    if (isFull) this.#writeGroup();
    return isFull;
  }

  /** Bytes that are made and not yet taken. */
  take(): Uint8Array {
    const made = this.#bytes.getBytes().slice();
    // The offset of the file stays; the buffer is used again.
    this.#bytes.index = 0;
    return made;
  }

  /** Ends the group, however small. @returns the bytes that `take` would return */
  endGroup(): Uint8Array {
    if (this.#rows > 0) this.#writeGroup();
    return this.take();
  }

  /** The rest of the file. */
  end(): Uint8Array {
    if (this.#rows > 0) this.#writeGroup();
    void this.#writer.finish();
    return this.take();
  }

  #addCell(n: number, cell: KeptCell): void {
    const { written } = this.#types[n]!;
    const one = (kept: Kept | null): unknown => {
      this.#characters += typeof kept === 'string' ? kept.length : charactersOfValue;
      return kept === null ? null : written(kept);
    };
    this.#values[n]!.push(Array.isArray(cell) ? cell.map(one) : one(cell as Kept | null));
  }

  #writeGroup(): void {
    this.#entries += this.#columns.length;
    if (this.#entries > mostEntries) {
      const text = `a file of Parquet has ${mostEntries} groups of values at most. Select fewer columns or rows, or export the table as several files.`;
      throw new RowFault('limit', { place: 'ViewDefinition.select', resource: this.#resource }, text);
    }
    const columnData = this.#columns.map(({ name }, n) => ({ name, data: this.#values[n]!, offsetIndex: false }));
    void this.#writer.write({ columnData, rowGroupSize: this.#rows });
    this.#values = this.#columns.map(() => []);
    [this.#rows, this.#characters] = [0, 0];
  }
}

/** A column may be null; a list has three levels: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
function schemaOf(columns: readonly TableColumn[], types: readonly Physical[]): SchemaElement[] {
  const fields = columns.flatMap(({ name, isCollection }, n): SchemaElement[] => {
    const { element } = types[n]!;
    if (!isCollection) return [{ name, repetition_type: 'OPTIONAL', ...element }];
    return [
      { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', ...element },
    ];
  });
  return [{ name: 'root', num_children: columns.length }, ...fields];
}
