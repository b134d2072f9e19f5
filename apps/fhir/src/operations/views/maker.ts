/** Makes a table piece by piece, in any format. */
import { keptRowsOf, ParquetFile, RowFault, writeTable, type RowOptions, type View } from '@dhp/sql-on-fhir';
import { fail } from '../../http/errors.ts';
import { invalid } from '../input.ts';
import type { AnyFormat } from './form.ts';
import type { Run } from './input.ts';

/** A view, or another source of rows. */
export type Tabular = Parameters<typeof keptRowsOf>[0];

export interface TableMaker {
  /** Adds the rows of a resource. @returns how many. Fails with `view-row-invalid` */
  add(resource: unknown, options: RowOptions): number;
  /** Bytes that are ready to be sent, or none; @param isPageOver whether no more is added for a while */
  take(isPageOver: boolean): Buffer;
  end(): Buffer;
}

/** Fails with `parameter-invalid` if the view has no table in that format. */
export function tableMaker(
  { view, header, limit }: Pick<Run, 'header' | 'limit'> & { readonly view: Tabular },
  format: AnyFormat,
): TableMaker {
  if (format === 'parquet') return parquetMaker(view, limit);
  const writer = writeTable(view, format, { header, ...(limit === undefined ? {} : { most: limit }) });
  let text = writer.head;
  const taken = (): Buffer => {
    const all = Buffer.from(text);
    text = '';
    return all;
  };
  return {
    add(resource, options) {
      const made = named(() => writer.rowsOf(resource, options));
      text += made.text;
      return made.rows;
    },
    take: (isPageOver) => (isPageOver || text.length >= longest ? taken() : nothing),
    end() {
      text += writer.tail;
      return taken();
    },
  };
}

/** Characters of a piece: of large values a page has many. */
const longest = 4 * 1024 ** 2;
const nothing = Buffer.alloc(0);

function parquetMaker(view: Tabular, most = Infinity): TableMaker {
  requireParquet(view);
  const file = new ParquetFile(view);
  const rowsOf = keptRowsOf(view);
  let left = most;
  let isReady = false;
  return {
    add(resource, options) {
      if (left <= 0) return 0;
      const rows = named(() => rowsOf(resource, options)).slice(0, left);
      left -= rows.length;
      isReady = file.add(rows) || isReady;
      return rows.length;
    },
    take() {
      if (!isReady) return nothing;
      isReady = false;
      return Buffer.from(file.take().buffer);
    },
    end: () => Buffer.from(file.end().buffer),
  };
}

/** Fails with `parameter-invalid` for a view without columns. */
export function requireParquet(view: Pick<View, 'columns'>): void {
  if (view.columns.length === 0)
    invalid('_format', 'A file of Parquet has one column at least, and the view has none. Add one.');
}

/** Fails with `view-row-invalid`, which names resource, place and cure. */
export function named<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    fail('view-row-invalid', {}, { diagnostics: `${error.resource}: ${error.text}`, expression: error.place });
  }
}
