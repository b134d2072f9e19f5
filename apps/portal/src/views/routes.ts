/** The routes of the views of an application: the library, one view, and one that the visitor writes. */
import { nationalViews, type NationalView } from '@dhp/sql-on-fhir/library';
import type { FastifyReply } from 'fastify';
import { applicationOf, partOf, send, Unasked, type Routes } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import type { Callers, NotAnswered } from '../bulk/fhir.ts';
import { shownApplication, statusOf, type Parts } from '../bulk/found.ts';
import { passOn } from '../bulk/pass-on.ts';
import { jobIdIn } from '../bulk/read.ts';
import { permittedTypes } from '../bulk/scopes.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { count, exportCall, preview, previewed, runCall, tableFormats, type TableFormat } from './ask.ts';
import { chartCsv } from './chart.ts';
import { libraryPage, viewPage, type ShownView } from './pages.ts';
import { brokenAt, placeAt } from './places.ts';
import type { Preview } from './preview.ts';

/** The name of the page of a view that the visitor writes. */
const own = 'own';

export const viewRoutes =
  (callers: Callers) =>
  (shell: Shell, { show, take }: Routes): void => {
    const parts = { shell, callers };
    show('/:client/views', async (context, page) =>
      send(parts.shell, context, libraryPage(page, await applicationOf(context))),
    );
    show('/:client/views/:view', (context, page) => showView(parts, context, page));
    take('/:client/views/:view', (context, page) => act(parts, context, page));
    show('/:client/views/:view/chart.csv', (context) => takeChart(parts, context));
  };

async function showView(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const view = viewOf(context);
  const definition = view?.definition ?? beginning(application);
  return answer(parts, context, page, { application, view, text: written(definition), isOfLibrary: true });
}

/** The beginning of a view of one's own: something that the application can see. */
function beginning(application: Application): unknown {
  const types = permittedTypes(application);
  const resource = types === 'all' || types.includes('Patient') ? 'Patient' : (types[0] ?? 'Patient');
  const column = [{ name: 'id', path: 'getResourceKey()', type: 'string' }];
  const more = { name: 'gender', path: 'gender', type: 'code' };
  return {
    ...{ resourceType: 'ViewDefinition', name: 'own_view', status: 'draft', resource },
    select: [{ column: resource === 'Patient' ? [...column, more] : column }],
  };
}

const written = (definition: unknown): string => JSON.stringify(definition, undefined, 2);

/** Acts of the buttons of the page, with the definition in the editor. */
async function act(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const view = viewOf(context);
  const text = (context.form.get('definition') ?? '').replaceAll('\r\n', '\n');
  const what = context.form.get('act') ?? 'preview';
  const shown = { application, view, text, isOfLibrary: view !== undefined && text === written(view.definition) };
  const definition = parsed(text);
  if (what === 'preview' || 'broken' in definition) return answer(parts, context, page, shown);
  const faults =
    what === 'export'
      ? await startExport(parts, context, application, definition.value)
      : await download(parts, context, application, { definition: definition.value, format: formatOf(what) });
  if (!('not' in faults)) return faults;
  return answer(parts, context, page, { ...shown, faults });
}

const formatOf = (name: string): TableFormat => tableFormats.find((one) => one === name) ?? 'csv';

async function startExport(
  { shell, callers }: Parts,
  context: RequestContext,
  application: Application,
  definition: unknown,
): Promise<FastifyReply | NotAnswered> {
  const call = exportCall(definition, 'csv');
  const caller = await callers(context, application, call);
  const begun = 'not' in caller ? caller : await caller.call(call);
  if ('not' in begun) return begun;
  const id = jobIdIn(begun.headers);
  return id === undefined
    ? { not: 'away' }
    : shell.goTo(context.reply, `/applications/${application.client_id}/exports/${id}`);
}

async function download(
  { shell, callers }: Parts,
  context: RequestContext,
  application: Application,
  { definition, format }: { readonly definition: unknown; readonly format: TableFormat },
): Promise<FastifyReply | NotAnswered> {
  // Each file has a separate audit event.
  const call = { ...runCall(definition, format), isReading: false };
  const caller = await callers(context, application, call);
  return 'not' in caller ? caller : passOn(shell, context, caller, call, `${nameIn(definition)}.${format}`);
}

function nameIn(definition: unknown): string {
  const { name } = (definition ?? {}) as { name?: unknown };
  return typeof name === 'string' && /^\w{1,100}$/.test(name) ? name : 'view';
}

/** Numbers of the chart of a view of the library. */
async function takeChart({ shell, callers }: Parts, context: RequestContext): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const view = viewOf(context);
  if (view === undefined) throw new Unasked('not-found');
  const caller = await callers(context, application, runCall(view.definition, 'ndjson'));
  const counted = 'not' in caller ? caller : await count(caller, view);
  if (counted === 'cut' || ('not' in counted && counted.not === 'away')) throw new Unasked('away');
  if ('not' in counted) throw new Unasked('not-found');
  return context.reply
    .headers(shell.headers)
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${view.id}.csv"`)
    .type('text/csv; charset=utf-8')
    .send(chartCsv({ tally: view.tally, counted }));
}

interface Answering {
  readonly application: Application;
  readonly view: NationalView | undefined;
  readonly text: string;
  readonly isOfLibrary: boolean;
  /** Why a file was not made. */
  readonly faults?: NotAnswered;
}

async function answer(
  { shell, callers }: Parts,
  context: RequestContext,
  page: Page,
  o: Answering,
): Promise<FastifyReply> {
  const { application, view, text, isOfLibrary, faults } = o;
  const definition = parsed(text);
  if ('broken' in definition)
    return send(shell, context, viewPage(page, { application, view, text, preview: definition }), 422);
  const caller = await callers(context, application, runCall(definition.value, 'ndjson', { limit: previewed }));
  const hasChart = view !== undefined && isOfLibrary && context.request.headers['x-preview'] === undefined;
  const [rows, counted] =
    'not' in caller
      ? [caller, undefined]
      : await Promise.all([faults ?? preview(caller, definition.value), hasChart ? count(caller, view) : undefined]);
  const shown: Preview =
    'not' in rows ? { faults: rows, definition: definition.value } : { rows, definition: definition.value };
  const all: ShownView = { application, view, text, counted, preview: shown };
  return send(shell, context, viewPage(page, all), 'not' in rows ? statusOf(rows) : 200);
}

function parsed(text: string): { readonly value: unknown } | Extract<Preview, { broken: unknown }> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const broken = error instanceof Error ? error.message : String(error);
    return { broken, place: placeAt(text, brokenAt(text)) };
  }
}

/** Undefined for the visitor's own view. @throws Unasked for a view that the library does not have */
function viewOf(context: RequestContext): NationalView | undefined {
  const id = partOf(context, 'view');
  if (id === own) return undefined;
  const view = nationalViews.find((one) => one.id === id);
  if (view === undefined) throw new Unasked('not-found');
  return view;
}
