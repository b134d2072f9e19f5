/** Carries out a bulk import: input by input, page by page, and then the lines that had to wait. docs/decisions/0105-bulk-import.md */
import { createHash } from 'node:crypto';
import type { ImportInput, ImportLine } from '@dhp/fhir-store/jobs';
import type { FileHeaders, Imports } from '../contract/imports.ts';
import { Failure, failure, statusOf } from '../http/errors.ts';
import { readAsked, type AskedImport } from '../operations/import/asked.ts';
import { fetchInput, inflated } from '../operations/import/fetch.ts';
import { linesFrom, linesOfBuffer, linesOfFile, trimmed, type LineSource } from '../operations/import/lines.ts';
import { parsedLine, type ParsedLine } from '../operations/import/parsed-line.ts';
import { removeOrLeave } from '../job-files/orphans.ts';
import { submissionKind, type KeptRequest } from './deferred.ts';
import { isFailedStorage } from './failed-storage.ts';
import {
  behindAnother,
  fewLines,
  mostLines,
  storePage,
  type Importing,
  type Page,
  type RefusedLine,
} from './import-page.ts';
import type { Running } from './holding.ts';
import { knownThere } from './import-aside.ts';
import { readRights } from '../access/rights.ts';
import { refused, type RequestOutcome, type RunMeans } from './run-request.ts';
import { askedBySubmission, submissionEnded } from './run-submission.ts';
import type { Result } from './worker.ts';

/** Stores valid lines, and notes the others. A failure of the server is tried again: the next attempt continues from there. */
export async function runImport(means: RunMeans, running: Running): Promise<Result> {
  const { services } = means;
  try {
    await importAll(means, running);
    await removeOrLeave(services.exports?.files, running.job.id);
    const done: RequestOutcome = { status: 200, isRefused: false, labels: [], first: running.parts, parts: 0 };
    const outcome = { ...done, ...(await submissionEnded(means, running)) };
    return { first: running.parts, outcome, minutes: services.exports?.minutes };
  } catch (error) {
    if (running.signal.aborted) throw error;
    const isFinal = (error instanceof Failure && statusOf(error) < 500) || isFailedStorage(error, running);
    if (!isFinal) throw error;
    await removeOrLeave(services.exports?.files, running.job.id);
    await services.imports?.store.submissions.forget(running.job.id);
    return refused(means, running, error);
  }
}

async function importAll(means: RunMeans, running: Running): Promise<void> {
  const { services } = means;
  const { imports } = services;
  if (imports === undefined) throw new Error('an import runs where imports are off');
  const { attempt, job } = running;
  const kept = job.input as KeptRequest;
  const rights = readRights(kept.rights);
  const before = await imports.store.inputsOf(job.id);
  // It was begun in time, and ends when its rights do not stand any more.
  const access = before.length > 0 ? { ...rights, expiresAt: Infinity } : rights;
  await means.bearerOf(access);
  await means.goesOn(access, running.signal);
  const asked =
    job.kind === submissionKind
      ? await askedBySubmission(means, running, before.length > 0)
      : {
          ...readAsked(kept.query ?? {}, kept.headers['content-type'], job.body, imports.most.inputs),
          headers: new Map<number, FileHeaders>(),
        };
  const inputs = await imports.store.begin(attempt, asked.inputs);
  const importing: Importing = {
    ...{ means, running, imports, kept, access: { ...access, expiresAt: Infinity } },
    headers: asked.headers,
    keptLines: await imports.store.countLines(job.id),
    waiting: new Set(),
    there: knownThere(),
    pageLines: mostLines,
  };
  for await (const { name } of waitingLines(imports, job.id)) importing.waiting.add(name);
  for (const input of inputs) if (!input.ended) await importInput(importing, asked, input, inputs.length);
  await importWaiting(importing, asked);
  await imports.store.remember(job.id, asked.mode);
}

async function importInput(importing: Importing, asked: AskedImport, input: ImportInput, count: number): Promise<void> {
  const { running, imports, access } = importing;
  const { store } = imports;
  let source: LineSource;
  let digest: Buffer;
  try {
    ({ source, digest } = await sourceOf(importing, input));
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import-source-failed') throw error;
    const { services } = importing.means;
    const told = services.failed(error, { headers: importing.kept.headers }).body;
    await store.endInput(running.attempt, input.number, { failure: told });
    return;
  }
  try {
    const same = { client: access.clientId, mode: asked.mode, type: input.type, digest };
    const repeated = input.position === 0 ? await store.imported(same) : undefined;
    if (repeated !== undefined) {
      await store.endInput(running.attempt, input.number, { repeated });
      return;
    }
    for await (const page of pagesOf(importing, asked, { ...input, digest }, source)) {
      running.signal.throwIfAborted();
      await importing.means.goesOn(access, running.signal);
      await storePage(importing, page);
      running.reached((input.number + page.to.position / Math.max(1, source.length)) / count);
      await running.made(page.to.position - page.from.position);
    }
    await store.endInput(running.attempt, input.number, {});
  } finally {
    await source.close();
  }
}

/** The lines that were sent, or a file that this attempt or one before has fetched. */
async function sourceOf(
  { means, running, imports, headers: headersOf }: Importing,
  input: ImportInput,
): Promise<{ source: LineSource; digest: Buffer }> {
  const { number } = input;
  const { job, attempt } = running;
  if (input.source === '') {
    const lines = await inflated(job.body ?? Buffer.alloc(0), imports);
    const digest = createHash('sha256').update(lines).digest();
    if (input.digest === null) await imports.store.fetched(attempt, { number, digest, bytes: lines.length });
    return { source: linesOfBuffer(lines), digest };
  }
  const { exports } = means.services;
  if (exports === undefined) throw new Error('an import has addresses, and there is no place for files');
  const { files } = exports;
  if (input.digest !== null && input.attempt !== null) {
    const stored = await files.open(job.id, { number, attempt: input.attempt, isSealed: files.seals });
    if (stored !== undefined) return { source: linesOfFile(stored, input.bytes ?? 0), digest: input.digest };
  }
  const now = means.services.clock();
  await exports.store.begin(job.id, { until: now, begun: now });
  const file = { number, attempt: attempt.attempt };
  const headers = (input.manifest === null ? undefined : headersOf.get(input.manifest)) ?? {};
  const fetched = await fetchInput(imports, files, { ...input, headers }, { job: job.id, file, work: running });
  if (input.digest !== null && !input.digest.equals(fetched.digest)) {
    const diagnostics = `${input.source.slice(0, 500)}: it has changed since the import began, and the file of then is gone.`;
    throw failure('import-source-failed', { source: input.source.slice(0, 200) }, { diagnostics });
  }
  await imports.store.fetched(attempt, { number, ...fetched });
  const stored = fetched.bytes === 0 ? undefined : await files.open(job.id, { ...file, isSealed: files.seals });
  const source = stored === undefined ? linesOfBuffer(Buffer.alloc(0)) : linesOfFile(stored, fetched.bytes);
  return { source, digest: fetched.digest };
}

/** Bytes of the lines of one transaction: few enough that other clients do not wait. */
const mostBytes = 2 * 1024 ** 2;

/** Lines that follow each other, up to one that writes a resource again. */
async function* pagesOf(
  importing: Importing,
  { mode }: AskedImport,
  input: ImportInput & { readonly digest: Buffer },
  source: LineSource,
): AsyncGenerator<Page> {
  const { line: most } = importing.imports.most;
  let from = { position: input.position, line: input.line };
  let to = from;
  let [lines, refusals, names]: [ParsedLine[], RefusedLine[], Set<string>] = [[], [], new Set()];
  const page = (): Page => {
    const made = { input, from, to, lines, refused: refusals, again: false };
    [lines, refusals, names, from] = [[], [], new Set(), to];
    return made;
  };
  for await (const raw of linesFrom(source, from, most)) {
    const parsed = await parsedLine(raw, { mode, type: input.type, most });
    const isFull = lines.length + refusals.length >= importing.pageLines || to.position - from.position >= mostBytes;
    if (isFull || (!(parsed instanceof Failure) && names.has(parsed.name))) yield page();
    if (parsed instanceof Failure) {
      const { number, place, end } = raw;
      refusals.push({ line: { number, place, end, name: '' }, error: parsed });
    } else if (parsed.name !== '' && importing.waiting.has(parsed.name)) {
      refusals.push({ line: parsed, error: behindAnother(parsed.name) });
    } else {
      lines.push(parsed);
      if (parsed.name !== '') names.add(parsed.name);
    }
    to = { position: raw.end, line: raw.number };
  }
  if (to.position > from.position) yield page();
}

/** Tries the waiting lines again, until none of them can be stored. */
async function importWaiting(importing: Importing, asked: AskedImport): Promise<void> {
  const { imports, running } = importing;
  for (;;) {
    const before = await tryWaiting(importing, asked);
    if (before.left === 0) return;
    if (before.settled > 0) continue;
    if ((await imports.store.rejectWaiting(running.attempt, 'firsts')) > 0) continue;
    await imports.store.rejectWaiting(running.attempt, 'all');
    return;
  }
}

async function tryWaiting(importing: Importing, asked: AskedImport): Promise<{ left: number; settled: number }> {
  const { running, imports } = importing;
  const inputs = new Map((await imports.store.inputsOf(running.job.id)).map((input) => [input.number, input]));
  importing.waiting.clear();
  let [left, settled] = [0, 0];
  let page: { input: ImportInput; lines: ParsedLine[]; source: LineSource } | undefined;
  const flush = async (): Promise<void> => {
    if (page === undefined || page.lines.length === 0) return;
    const { input, lines } = page;
    const place = { position: input.position, line: input.line };
    page.lines = [];
    await importing.means.goesOn(importing.access, running.signal);
    const done = await storePage(importing, { input, from: place, to: place, lines, refused: [], again: true });
    settled += done;
    left += lines.length - done;
    await running.made(lines.reduce((sum, { text }) => sum + text.length, 0));
  };
  try {
    for await (const line of waitingLines(imports, running.job.id)) {
      running.signal.throwIfAborted();
      if (page?.input.number !== line.input) {
        await flush();
        await page?.source.close();
        page = undefined;
        const input = inputs.get(line.input)!;
        page = { input, lines: [], source: (await sourceOf(importing, input)).source };
      }
      const isAnew = page.lines.some(({ name }) => name !== '' && name === line.name);
      if (page.lines.length >= fewLines || isAnew) await flush();
      // Behind one that waits on.
      if (line.name !== '' && importing.waiting.has(line.name)) {
        left += 1;
        continue;
      }
      page.lines.push(await lineAgain(importing, asked, line, page));
    }
    await flush();
  } finally {
    await page?.source.close();
  }
  return { left, settled };
}

async function lineAgain(
  { imports: { most } }: Importing,
  { mode }: AskedImport,
  { line, place, length }: ImportLine,
  { input, source }: { input: ImportInput; source: LineSource },
): Promise<ParsedLine> {
  const bytes = await source.read(place, length);
  const parsed = await parsedLine(
    { number: line, place, end: place + length, bytes: trimmed(bytes, place) },
    { mode, type: input.type, most: most.line },
  );
  if (parsed instanceof Failure) throw new Error(`line ${String(line)} of an import has changed`);
  return parsed;
}

const page = 1_000;

/** In their order; those that are settled meanwhile are not missed. */
async function* waitingLines({ store }: Imports, job: string): AsyncGenerator<ImportLine> {
  for (let behind = { input: -1, line: 0 }; ;) {
    const lines = await store.linesOf(job, { waits: true, behind, most: page });
    yield* lines;
    const last = lines.at(-1);
    if (last === undefined || lines.length < page) return;
    behind = { input: last.input, line: last.line };
  }
}
