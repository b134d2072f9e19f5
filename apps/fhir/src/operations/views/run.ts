/** `$viewdefinition-run` and `$sql-run`: the table of a view. https://sql-on-fhir.org/ig/OperationDefinition-ViewDefinitionRun.html */
import { createPauses } from '@dhp/budget';
import { isResourceType } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition } from '@dhp/search-index';
import { mediaTypes, parseResource, type RowOptions } from '@dhp/sql-on-fhir';
import { stillSeen } from '../../access/seen-versions.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { refusal, requireSearch } from '../../http/access.ts';
import { payForParsing } from '../../http/cost.ts';
import { fhirJson } from '../../http/respond.ts';
import { searchAccess } from '../../search/search-access.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';
import { pagesOf as pagesOfType } from '../query-pages.ts';
import { wrapped } from './form.ts';
import { readRun, type Run, type StoredRun } from './input.ts';
import { tableMaker, type TableMaker } from './maker.ts';
import { patientCondition } from './patients.ts';

/** A resource as sent or stored, before it is parsed. */
interface Source {
  readonly resource: unknown;
  /** Called if the table contains data of it. */
  readonly told?: () => void;
}

/**
 * The table of a view over the resources of the request, or over stored ones that the caller may search: one resource after the other, so
 * that memory holds one page of them. A failure in the first page fails the request; later the connection is closed, so that a part is not
 * taken for the whole.
 */
export async function runView(services: Services, call: Call, input: Input, definition: unknown): Promise<Answer> {
  const run = readRun(services, call, input, definition);
  const { format, isWrapped } = run.form;
  const { limit } = run;
  const pages = pagesOf(services, call, run);
  const parts = piecesOf(tableMaker(run, format), pages, { work: call.budget, now: services.clock() }, limit);
  // The first piece is made before the status is sent.
  const first = await parts.next();
  const stream = withFirst(first, parts);
  const native = format === 'csv' ? `${mediaTypes.csv}; charset=utf-8` : mediaTypes[format];
  const contentType = isWrapped || format === 'fhir' ? fhirJson : native;
  return {
    status: 200,
    headers: { 'content-type': contentType, 'cache-control': 'private, no-cache' },
    stream: isWrapped ? wrapped(format, stream) : stream,
  };
}

async function* withFirst(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** The pieces of the table: its beginning with the first page, and its end with the last one. */
async function* piecesOf(
  maker: TableMaker,
  pages: AsyncIterable<Iterable<Source> | AsyncIterable<Source>>,
  options: RowOptions,
  limit = Infinity,
): AsyncGenerator<Buffer, void> {
  const pause = createPauses();
  let rows = 0;
  for await (const page of pages) {
    for await (const { resource, told } of page) {
      await pause();
      const made = maker.add(resource, options);
      if (made > 0) told?.();
      rows += made;
      const piece = maker.take(false);
      if (piece.length > 0) yield piece;
    }
    const piece = maker.take(true);
    if (piece.length > 0) yield piece;
    if (rows >= limit) break;
  }
  yield maker.end();
}

async function* pagesOf(
  services: Services,
  call: Call,
  run: Run,
): AsyncGenerator<Iterable<Source> | AsyncIterable<Source>> {
  if (run.resources !== undefined) {
    yield run.resources.map((resource) => ({ resource }));
    return;
  }
  yield* storedSources(services, call, run);
}

/** The resources of the store that a view is about, page by page, as far as the caller may search them. */
export async function* storedSources(
  services: Services,
  call: Call,
  run: StoredRun,
): AsyncGenerator<AsyncIterable<Source>> {
  for await (const page of storedPages(services, call, run)) yield sourcesOf(services, call, run, page);
}

async function* sourcesOf(
  services: Services,
  { recording, budget }: Call,
  { isExact }: StoredRun,
  page: readonly StoredVersion[],
): AsyncGenerator<Source> {
  for await (const { type, id, content } of stillSeen(services.reading('s'), page)) {
    payForParsing(budget, content);
    yield {
      resource: parsed(content, isExact),
      // Keys in a table do not show whose they are, so the patient is recorded in the trail here.
      told: () => {
        if (recording === undefined) return;
        if (type === 'Patient') recording.patients.add(id);
        patientsIn(content, services.baseUrl, recording.patients);
      },
    };
  }
}

/** A resource in the form that a view needs. @param isExact whether decimals keep their digits */
export function parsed(content: Buffer, isExact: boolean): unknown {
  const text = content.toString('utf8');
  return isExact ? parseResource(text) : JSON.parse(text);
}

/**
 * The stored resources that a view covers, as far as the caller may search them. Fails with `scope-insufficient` for a type of which the
 * caller may search nothing. @throws BudgetSpent
 */
async function* storedPages(
  services: Services,
  call: Call,
  { view, since, filters }: Pick<Run, 'view' | 'since' | 'filters'>,
): AsyncGenerator<readonly StoredVersion[]> {
  const type = view.resource;
  const { access } = call;
  if (access === undefined) throw new Error('an operation came without access');
  if (!isResourceType(type)) invalid('viewResource', `${type} is no resource type of R5, so that none is stored here.`);
  requireSearch(access, type, '$viewdefinition-run');
  if (searchAccess(services)(type) === false) throw refusal(access, 's', type, '$viewdefinition-run');
  const of: Condition[] = since === undefined ? [] : [{ op: 'last-updated', interval: { low: { gt: since } } }];
  const ofPatients = await patientCondition(services, call, filters, type);
  if (ofPatients !== undefined) of.push(ofPatients);
  yield* pagesOfType(services, call, { type, where: { op: 'all', of } }, '$viewdefinition-run');
}
