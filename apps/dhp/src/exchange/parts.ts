/** Parts of the lines of an import: cutting, sending, and settling them by the server's results. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { spokenLanguage } from '../locale.ts';
import type { ProgressStep } from '../progress.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { codeOf, ServerRefusal } from './faults.ts';
import { follow, kickOff, remove } from './follow.ts';
import type { Results } from './import-state.ts';
import { addTo, rowsIn, type Row } from './rows.ts';
import type { Server } from './server.ts';
import { linesOf, nameOf } from './sources.ts';

const compress = promisify(gzip);
/** A server stores the reasons for 100,000 lines of an import. */
const mostRows = 50_000;

export const nameOfRow = ({ text }: Row): string => nameOf(Buffer.from(text));
/** A line without an id creates a new resource. */
const isNamed = (name: string): boolean => /.\/./.test(name);

interface Placed {
  readonly row: Row;
  readonly to: { readonly file: number; readonly line: number };
  readonly read: number;
}

/** The lines of the pass behind its place. */
async function* linesAhead({ state, waitingPath }: Results): AsyncGenerator<Placed> {
  if (state.pass > 0) {
    let number = 0;
    for await (const { held: _held, ...row } of rowsIn(waitingPath(state.pass), state.waited)) {
      number += 1;
      if (number > state.at.line) yield { row, to: { file: 0, line: number }, read: 0 };
    }
    return;
  }
  for (let file = state.at.file; file < state.files.length; file += 1)
    for await (const { line, text, read } of linesOf(state.files[file]!, file === state.at.file ? state.at.line : 0))
      yield { row: { file, line, text: text.toString('utf8') }, to: { file, line }, read };
}

/** Sends the rest of the pass, part by part. @throws ServerRefusal @throws Interrupted */
export async function passOver(server: Server, results: Results, step: ProgressStep): Promise<void> {
  const { state } = results;
  if (state.part !== undefined) await settlePart(server, results, step);
  for (let again = true; again;) {
    again = false;
    for await (const part of partsAhead(results, step)) {
      state.part = { size: await addTo(results.partPath, 0, part.rows), to: part.to };
      await results.keep();
      const isSmaller = await settlePart(server, results, step);
      if (!isSmaller) continue;
      again = true;
      break;
    }
  }
}

async function* partsAhead(
  results: Results,
  step: ProgressStep,
): AsyncGenerator<{ rows: Row[]; to: { file: number; line: number } }> {
  const { state, names } = results;
  const total = state.files.reduce((sum, { size }) => sum + size, 0);
  let [rows, bytes]: [Row[], number] = [[], 0];
  let to = state.at;
  for await (const placed of linesAhead(results)) {
    const name = names.size > 0 ? nameOfRow(placed.row) : '';
    const length = placed.row.text.length + 1;
    if (rows.length > 0 && (bytes + length > state.partBytes || rows.length >= mostRows)) {
      yield { rows, to };
      [rows, bytes] = [[], 0];
    }
    // The names of waiting lines are known again after each part.
    const isHeld = isNamed(name) && names.has(name);
    rows.push(isHeld ? { ...placed.row, held: true } : placed.row);
    if (!isHeld) bytes += length;
    to = placed.to;
    if (state.pass === 0 && total > 0) {
      const before = state.files.slice(0, to.file).reduce((sum, { size }) => sum + size, 0);
      step.update(before + placed.read, total, state.files[to.file]?.path);
    }
  }
  if (rows.length > 0) yield { rows, to };
}

interface Reject {
  readonly line: number;
  readonly outcome: unknown;
}

/** @returns whether it was too large, and must be cut again */
async function settlePart(server: Server, results: Results, step: ProgressStep): Promise<boolean> {
  const { state, partPath } = results;
  const part = state.part!;
  const rows: Row[] = [];
  for await (const row of rowsIn(partPath, part.size)) rows.push(row);
  const sent = rows.filter(({ held }) => held !== true);
  let rejects: readonly Reject[] = [];
  if (sent.length > 0) {
    const body = Buffer.from(sent.map(({ text }) => `${text}\n`).join(''));
    try {
      rejects = await sendPart(server, results, { body, lines: sent.length, step });
    } catch (error) {
      if (!(error instanceof ServerRefusal) || error.status !== 413) throw error;
      if (sent.length > 1) {
        delete state.part;
        state.partBytes = Math.max(1, Math.floor(Math.min(state.partBytes, body.length) / 2));
        await results.keep();
        return true;
      }
      rejects = [{ line: 1, outcome: outcomeOf(error.message) }];
      state.totals.rejected += 1;
    }
  }
  await settled(results, rows, new Map(rejects.map(({ line, outcome }) => [line, outcome])));
  state.at = part.to;
  state.settled += sent.length - rejects.length;
  const { job } = part;
  delete state.part;
  await results.keep();
  // A client has so many imports at the server, ended or not.
  if (job !== undefined) await remove(server, job);
  await rm(partPath, { force: true });
  return false;
}

export function outcomeOf(text: string): object {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', details: { text } }] };
}

/** Lines that may be accepted after others. */
const waits = new Set(['reference-not-found', 'import-line-waits']);

async function settled(results: Results, rows: readonly Row[], refused: ReadonlyMap<number, unknown>): Promise<void> {
  const { state, names } = results;
  const waiting: Row[] = [];
  const rejects: object[] = [];
  let number = 0;
  for (const row of rows) {
    if (row.held === true) {
      waiting.push(row);
      continue;
    }
    number += 1;
    if (!refused.has(number)) continue;
    const outcome = refused.get(number);
    if (waits.has(codeOf(outcome) ?? '')) {
      waiting.push({ ...row, outcome });
      state.totals.rejected -= 1;
      names.add(nameOfRow(row));
    } else rejects.push(rejectOf(results, row, outcome));
  }
  state.waiting = await addTo(results.waitingPath(state.pass + 1), state.waiting, waiting);
  state.rejects = await addTo(results.rejectsPath, state.rejects, rejects);
}

/** As a person finds it. */
function rejectOf({ state }: Results, { file, line }: Row, outcome: unknown): object {
  return { source: state.files[file]?.path, line, outcome };
}

interface Told {
  readonly created?: number;
  readonly updated?: number;
  readonly unchanged?: number;
  readonly rejected?: number;
  readonly sha256?: string;
  readonly importedBefore?: string;
}

/** @returns the rejected lines @throws ServerRefusal also if the counts or the SHA-256 do not match the sent lines */
async function sendPart(
  server: Server,
  results: Results,
  { body, lines, step }: { readonly body: Buffer; readonly lines: number; readonly step: ProgressStep },
): Promise<Reject[]> {
  const { state } = results;
  const part = state.part!;
  let manifest: Record<string, unknown> | undefined;
  while (manifest === undefined) {
    if (part.job === undefined) {
      const headers = { 'content-type': 'application/fhir+ndjson', 'content-encoding': 'gzip' };
      const sending = { method: 'POST', headers, body: await compress(body) } as const;
      part.job = await kickOff(server, `${server.base}/$import?mode=${state.mode}`, sending);
      await results.keep();
    }
    try {
      manifest = (await follow(server, part.job, (now) => step.update(0, 0, now))) as Record<string, unknown>;
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      delete part.job;
      await results.keep();
      // The job has expired, or an operator has ended it; resources that it has stored will be found unchanged.
      if (error.status !== 404) throw error;
    }
  }
  const [told = {}] = (Array.isArray(manifest['output']) ? manifest['output'] : []) as Told[];
  const { created = 0, updated = 0, unchanged = 0, rejected = 0, importedBefore } = told;
  const digest = createHash('sha256').update(body).digest('hex');
  const isAll = importedBefore !== undefined || created + updated + unchanged + rejected === lines;
  if (!isAll || (told.sha256 !== undefined && told.sha256 !== digest))
    throw new ServerRefusal(exchangeMessages[spokenLanguage()].differs.part({ job: part.job!, lines }));
  const rejects = await rejectsOf(server, manifest);
  const { totals } = state;
  totals.created += created;
  totals.updated += updated;
  totals.unchanged += unchanged;
  totals.rejected += rejected;
  totals.before += importedBefore === undefined ? 0 : lines;
  totals.notKept += rejected - rejects.length;
  return rejects;
}

/** The rejected lines to which a manifest leads. @throws ServerRefusal if their number differs from the manifest */
export async function rejectsOf<Found extends Reject>(server: Server, manifest: object): Promise<Found[]> {
  const { error: files = [] } = manifest as { error?: readonly { url: string; count?: number }[] };
  const found: Found[] = [];
  for (const { url, count } of files) {
    const text = await (await server.ask(url, { headers: { accept: 'application/ndjson' } })).text();
    const rows = text.split('\n').filter((line) => line !== '');
    if (count !== undefined && count !== rows.length) {
      const said = exchangeMessages[spokenLanguage()];
      throw new ServerRefusal(said.differs.lines({ name: url, got: rows.length, wanted: count }));
    }
    found.push(...rows.map((line) => JSON.parse(line) as Found));
  }
  return found;
}
