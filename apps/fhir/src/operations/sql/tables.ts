/** Rows of views as tables of SQLite, and its results as tables of any form. */
import type { TableColumn, View } from '@dhp/sql-on-fhir';
import type { EngineColumn, SqlResult, TableValue } from '../../contract/sql.ts';
import { tableMaker } from '../views/maker.ts';
import { invalidQuery } from './library.ts';

/** A value in the form of the engine. */
export function valueOf(cell: ReturnType<View['cells']>[number][number]): TableValue {
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}

/** Types of SQLite by which a column compares and sorts as its values do. */
export function columnOf({ name, type, isCollection }: TableColumn): EngineColumn {
  if (isCollection) return { name, type: 'TEXT' };
  if (type === 'boolean') return { name, type: 'BOOLEAN' };
  if (type === 'decimal') return { name, type: 'REAL' };
  return {
    name,
    type: ['integer', 'positiveInt', 'unsignedInt', 'integer64'].includes(type ?? '') ? 'INTEGER' : 'TEXT',
  };
}

/** The result as a table of that format. Fails with `query-invalid` for columns with equal names. */
export function* textOf(
  { columns, rows }: SqlResult,
  format: Parameters<typeof tableMaker>[1],
  { header, limit }: { readonly header: boolean; readonly limit: number | undefined },
): Generator<Buffer> {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined) invalidQuery(`Two columns are ${twice}. Name each by AS.`, 'Library.content');
  const booleans = columns.map(({ type }) => type === 'BOOLEAN');
  const cells = rows.map((row) => row.map((cell, n) => (booleans[n] === true && cell !== null ? cell !== 0 : cell)));
  const table = columns.map((column, n) =>
    resultColumn(
      column,
      n,
      cells.map((row) => row[n] ?? null),
    ),
  );
  const view = {
    ...{ resource: 'Library', columns: table, nameOf: () => 'Library' },
    cells: (row: unknown) => [row as (typeof cells)[number]],
  };
  const maker = tableMaker({ view, header, limit }, format);
  for (const row of cells) {
    maker.add(row, {});
    const piece = maker.take(false);
    if (piece.length > 0) yield piece;
  }
  yield maker.end();
}

/** A column with a type that all of its values have. */
function resultColumn({ name }: EngineColumn, n: number, values: readonly TableValue[]): TableColumn {
  const [type, sqlType] = typesOf(values.filter((value) => value !== null));
  const place = `Library.content.column[${String(n)}]`;
  return { name, type, sqlType, isCollection: false, description: undefined, place };
}

/** Of FHIR, and of SQL. */
function typesOf(values: readonly TableValue[]): readonly [type: string, sqlType: string] {
  const all = (test: (value: TableValue) => boolean): boolean => values.length > 0 && values.every(test);
  if (all((value) => typeof value === 'boolean')) return ['boolean', 'BOOLEAN'];
  if (all((value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31)) return ['integer', 'INT'];
  if (all((value) => typeof value === 'number')) return ['decimal', 'DOUBLE PRECISION'];
  return ['string', 'CHARACTER VARYING'];
}
