/** An SQL query over views of resources that its caller may search. docs/decisions/0137-sql-over-views.md */
import { createPauses } from '@dhp/budget';
import { mediaTypes } from '@dhp/sql-on-fhir';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { SqlSession, TableValue } from '../../contract/sql.ts';
import { fhirJson } from '../../http/respond.ts';
import { invalid, isObject } from '../input.ts';
import type { Input } from '../operation.ts';
import { tableForm, wrapped } from '../views/form.ts';
import { filtersOf, type StoredRun } from '../views/input.ts';
import { named } from '../views/maker.ts';
import { storedSources } from '../views/run.ts';
import { createResolver } from './artefacts.ts';
import { SqlFault } from './engine.ts';
import { boundValues, invalidQuery, readLibrary } from './library.ts';
import { columnOf, textOf, valueOf } from './tables.ts';
import { opened, told } from './told.ts';

/**
 * The result of a query: its tables are made as by `$viewdefinition-run`, from resources that the caller may search, and sent to a process
 * that has no other data. Fails with `query-invalid`, `view-invalid`, `view-row-invalid`, `operation-too-costly`, `too-many-requests`, and
 * as a search does.
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
  const resolver = createResolver(services, call, input.get('context') ?? [], '$sql-run');
  const artefacts = await resolver.artefactsOf(query);
  resolver.requireUsed();
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

interface Table {
  readonly label: string;
  readonly run: StoredRun;
}

/** Makes a table of a view: rows of stored resources that the caller may search. */
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
