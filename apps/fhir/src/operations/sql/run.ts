/** A query of SQL over views of what its caller may search. docs/decisions/0137-sql-over-views.md */
import { createPauses } from '@dhp/budget';
import { mediaTypes, type TableColumn, type View } from '@dhp/sql-on-fhir';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { EngineColumn, SqlResult, SqlSession, TableValue } from '../../contract/sql.ts';
import { fail } from '../../http/errors.ts';
import { fhirJson } from '../../http/respond.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { tableForm, wrapped } from '../views/form.ts';
import { filtersOf, type StoredRun } from '../views/input.ts';
import { named, tableMaker } from '../views/maker.ts';
import { storedSources } from '../views/run.ts';
import { artefactsOf } from './artefacts.ts';
import { SqlFault } from './engine.ts';
import { boundValues, invalidQuery, readLibrary } from './library.ts';

const operation = '$sql-run';

/**
 * The result of a query: its tables are made as `$viewdefinition-run` makes them, of what the caller may search, and sent to a process that has nothing else. Fails with
 * `query-invalid`, `view-invalid`, `view-row-invalid`, `operation-too-costly`, `too-many-requests`, and as a search does.
 */
export async function sqlRun(
  services: Services,
  call: Call,
  input: Input,
  library: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  if (input.has('resource'))
    invalid('resource', 'Resources can be sent with a view. A query reads those of this server.');
  const query = readLibrary(library);
  const [parameters] = input.get('parameters') ?? [];
  const values = boundValues(query, isObject(parameters) ? parameters : undefined);
  const artefacts = await artefactsOf(services, call, query, input.get('context') ?? []);
  const { header, limit, since, filters } = filtersOf(services, input);
  const { format, isWrapped } = tableForm(input.get('_format')?.[0] as string | undefined, headerOf(call, 'accept'));
  const session = opened(services, call);
  try {
    for (const artefact of artefacts)
      if ('view' in artefact)
        await fill(services, call, session, {
          label: artefact.label,
          run: { view: artefact.view, since, filters, isExact: artefact.view.asksForDigits },
        });
    for (const artefact of artefacts) if ('sql' in artefact) await session.view(artefact.label, artefact.sql);
    const result = await session.query(query.sql, values);
    const body = textOf(result, format, { header, limit });
    const native = format === 'csv' ? `${mediaTypes.csv}; charset=utf-8` : mediaTypes[format];
    const stream = (async function* () {
      yield* body;
    })();
    return {
      status: 200,
      headers: {
        'content-type': isWrapped || format === 'fhir' ? fhirJson : native,
        'cache-control': 'private, no-cache',
      },
      stream: isWrapped ? wrapped(format, stream) : stream,
    };
  } catch (error) {
    throw error instanceof SqlFault ? told(error) : error;
  } finally {
    session.close();
  }
}

function opened({ sql }: Services, { access }: Call): SqlSession {
  try {
    return sql.open(access?.clientId ?? '');
  } catch (error) {
    throw error instanceof SqlFault ? told(error) : error;
  }
}

function told({ kind, message }: SqlFault): never {
  if (kind === 'fault') invalidQuery(`SQLite: ${message.slice(0, 500)}`, 'Library.content');
  if (kind === 'busy') {
    const diagnostics = `${message} at this server; more at a time do not. Come again in a second.`;
    fail('too-many-requests', { seconds: 1 }, { diagnostics, headers: { 'retry-after': '1' } });
  }
  const cure =
    'Narrow it by patient, group or _since, count in the query, or take the tables by $viewdefinition-export.';
  fail('operation-too-costly', { operation }, { diagnostics: `The query was ended: ${message}. ${cure}` });
}

interface Table {
  readonly label: string;
  readonly run: StoredRun;
}

/** Makes a table of a view: rows of what is stored, as far as the caller may search it. */
async function fill(services: Services, call: Call, session: SqlSession, { label, run }: Table): Promise<void> {
  const { view } = run;
  if (view.columns.length === 0) invalidQuery(`The view of ${label} has no columns.`, 'Library.relatedArtifact');
  await session.table(label, view.columns.map(columnOf));
  const pause = createPauses();
  const options = { work: call.budget, now: services.clock() };
  for await (const page of storedSources(services, call, run)) {
    const rows: TableValue[][] = [];
    for await (const { resource, told: tell } of page) {
      await pause();
      const made = named(() => view.cells(resource, options));
      if (made.length > 0) tell?.();
      for (const cells of made) rows.push(cells.map(valueOf));
    }
    if (rows.length > 0) await session.add(rows);
  }
}

function valueOf(cell: ReturnType<View['cells']>[number][number]): TableValue {
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}

/** Types of SQLite by which a column compares and sorts as its values do. */
function columnOf({ name, type, isCollection }: TableColumn): EngineColumn {
  if (isCollection) return { name, type: 'TEXT' };
  if (type === 'boolean') return { name, type: 'BOOLEAN' };
  if (type === 'decimal') return { name, type: 'REAL' };
  return {
    name,
    type: ['integer', 'positiveInt', 'unsignedInt', 'integer64'].includes(type ?? '') ? 'INTEGER' : 'TEXT',
  };
}

/** The result as a table of that form. Fails with `query-invalid` for columns that cannot be told apart. */
function* textOf(
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
