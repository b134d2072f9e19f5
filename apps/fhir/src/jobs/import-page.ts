/**
 * Some lines of an import as one transaction, by the pipeline as any other of its client, with the same refusals. The place up to which the
 * import is done is stored in the same transaction. docs/decisions/0105-bulk-import.md
 */
import type { StoredVersion, WriteOutcome } from '@dhp/fhir-store';
import type { ImportInput, ImportStep, StoredStep } from '@dhp/fhir-store/jobs';
import { failure, type Failure } from '../http/errors.ts';
import type { FileHeaders, Imports } from '../contract/imports.ts';
import type { ParsedLine } from '../operations/import/parsed-line.ts';
import { provenanceOf } from '../operations/import/provenance.ts';
import { linesAhead, type KnownThere } from './import-aside.ts';
import { asOne, failuresIn, sendPage, type Paging } from './send-page.ts';

/**
 * Lines of one transaction. With `mostLines` the fixed cost of a transaction is small. If some lines are refused, all others are tried
 * again, so the page after such a one has only `fewLines`.
 */
export const [mostLines, fewLines] = [1_000, 250];
/**
 * Milliseconds for which the resources that a page replaces may be locked: on a busy machine as many lines take longer, and others wait for
 * five seconds at most.
 */
const longest = 1_500;

/** An import that runs. */
export interface Importing extends Paging {
  readonly imports: Imports;
  /** Lines that were not taken and are kept. */
  keptLines: number;
  /** Header fields by the number of the manifest of a submission, sent with each fetch of its files. */
  readonly headers: ReadonlyMap<number, FileHeaders>;
  /** Names of resources that waiting lines would write: later lines for the same resource wait behind them. */
  readonly waiting: Set<string>;
  /** Names of resources that need not be looked for. */
  readonly there: KnownThere;
  /** Lines of the next page, from `fewLines` to `mostLines`. */
  pageLines: number;
}

export interface RefusedLine {
  readonly line: Pick<ParsedLine, 'number' | 'place' | 'end' | 'name'>;
  readonly error: Failure;
}

/** Lines that follow each other, no two of which write the same resource. */
export interface Page {
  readonly input: ImportInput;
  readonly from: ImportStep['from'];
  readonly to: ImportStep['to'];
  readonly lines: readonly ParsedLine[];
  /** Lines between them that cannot be written. */
  readonly refused: readonly RefusedLine[];
  /** They have waited, and go on waiting if the targets of their references are still missing. */
  readonly again: boolean;
}

/** Stores the valid lines of a page, and notes the others. @returns how many lines were settled @throws ImportLost */
export async function storePage(importing: Importing, page: Page): Promise<number> {
  const ahead = await linesToWait(importing, page);
  const waiting = new Set(ahead.map(({ line }) => line));
  let left = page.lines.filter((line) => !waiting.has(line));
  const refused = [...page.refused, ...ahead];
  while (left.length > 0) {
    const now = left;
    const began = performance.now();
    try {
      await send(importing, now, (outcomes) => storedStep(importing, page, { now, refused, outcomes }));
      for (const { name } of now) if (name !== '') importing.there.set(name, true);
      if (now.length + ahead.length === page.lines.length) resize(importing, performance.now() - began);
      return noted(importing, page, refused, now.length);
    } catch (error) {
      importing.pageLines = fewLines;
      const failures = failuresOf(importing, error, now);
      if (failures === undefined) return halves(importing, page);
      refused.push(...failures);
      const names = new Set(failures.map(({ line }) => line));
      left = now.filter((line) => !names.has(line));
    }
  }
  const { store } = importing.imports;
  await store.passed(importing.running.attempt, stepOf(importing, page, refused, { now: [], outcomes: [] }));
  return noted(importing, page, refused, 0);
}

/** Behind a page of which nothing was refused. */
function resize(importing: Importing, milliseconds: number): void {
  const lines = importing.pageLines * (milliseconds > longest ? 0.5 : 2);
  importing.pageLines = Math.max(fewLines, Math.min(mostLines, lines));
}

/** Those that have waited are tried. A line for which no place is left would be lost, and is tried as well. */
async function linesToWait(importing: Importing, { again, lines, refused }: Page): Promise<RefusedLine[]> {
  const { imports, keptLines, there } = importing;
  return again
    ? []
    : linesAhead(importing.means.services, there, lines, imports.most.kept - keptLines - refused.length);
}

/** Nobody said which of the lines it is. */
async function halves(importing: Importing, page: Page): Promise<number> {
  const { lines, refused, again } = page;
  const half = lines.slice(0, Math.ceil(lines.length / 2));
  const last = half.at(-1)!;
  const at = again ? page.from : { position: last.end, line: last.number };
  const isBefore = ({ line }: RefusedLine): boolean => line.number < last.number;
  const before = { ...page, lines: half, to: at, refused: refused.filter(isBefore) };
  const behind = {
    ...page,
    ...{ lines: lines.slice(half.length), from: at },
    refused: refused.filter((each) => !isBefore(each)),
  };
  return (await storePage(importing, before)) + (await storePage(importing, behind));
}

/** The failures of lines; undefined if it is not known whose they are. @throws failures of the server, or of all lines together */
function failuresOf({ running }: Importing, error: unknown, lines: readonly ParsedLine[]): RefusedLine[] | undefined {
  const found = failuresIn(running, error, lines.length);
  return found?.map(([index, of]) => ({ line: lines[index]!, error: asOne(of, lines[index]!.text) }));
}

/** Lines of which something is stored, in the order of their outcomes as far as each has an address. */
interface Sent {
  readonly now: readonly ParsedLine[];
  readonly outcomes: readonly WriteOutcome[];
}

function storedStep(
  importing: Importing,
  page: Page,
  { refused, ...sent }: Sent & { readonly refused: readonly RefusedLine[] },
): StoredStep {
  const { means, running, access } = importing;
  const { source, digest } = page.input;
  const stored: StoredVersion[] = [];
  for (const outcome of sent.outcomes)
    if (outcome.kind === 'created' || outcome.kind === 'updated') stored.push(outcome.version);
  const { clock, timeZone } = means.services;
  const lines = [sent.now[0]!.number, sent.now.at(-1)!.number] as const;
  const part = {
    job: running.job.id,
    client: access.clientId,
    source,
    digest: digest!,
    lines,
    time: clock(),
    timeZone,
  };
  return { step: stepOf(importing, page, refused, sent), writes: provenanceOf(part, stored) };
}

function stepOf(
  importing: Importing,
  { input, from, to, again }: Page,
  refused: readonly RefusedLine[],
  { now, outcomes }: Sent,
): ImportStep {
  const count = (kind: WriteOutcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  const room = Math.max(0, importing.imports.most.kept - importing.keptLines);
  // Those that wait on have another reason now than before.
  const kept = again ? refused : refused.slice(0, room);
  const waiting = kept.filter((each) => waits(each)).length;
  return {
    number: input.number,
    ...{ from, to },
    counts: {
      ...{ created: count('created'), updated: count('updated'), unchanged: count('unchanged') },
      rejected: refused.length - waiting,
    },
    lines: kept.map((each) => ({
      ...{ line: each.line.number, place: each.line.place, length: each.line.end - each.line.place },
      ...{ name: each.line.name, waits: waits(each), outcome: outcomeOf(importing, each.error) },
    })),
    settled: again ? [...now, ...refused.map(({ line }) => line)].map(({ number }) => number) : [],
  };
}

/** Whether a line is tried again: the target of its reference may come later. */
function waits({ error }: RefusedLine): boolean {
  if (error.code === 'import-line-waits') return true;
  const all = [error, ...(error.detail.others ?? [])];
  return all.every(({ code }) => code === 'reference-not-found');
}

function outcomeOf({ means, kept }: Importing, error: Failure): string {
  return means.services.failed(error, { headers: kept.headers }).body;
}

/** @returns lines that are settled */
function noted(importing: Importing, page: Page, refused: readonly RefusedLine[], stored: number): number {
  const waiting = refused.filter((each) => waits(each));
  for (const { line } of waiting) if (line.name !== '') importing.waiting.add(line.name);
  if (!page.again) importing.keptLines += refused.length;
  return stored + refused.length - waiting.length;
}

/** The failure of a line behind one of the same resource that waits. */
export function behindAnother(name: string): Failure {
  return failure(
    'import-line-waits',
    { name },
    { diagnostics: `An earlier line of ${name} waits for what it refers to.` },
  );
}

async function send(
  importing: Importing,
  lines: readonly ParsedLine[],
  done: (outcomes: readonly WriteOutcome[]) => StoredStep,
): Promise<void> {
  const { imports, running } = importing;
  const entries = lines.map(({ entry }) => entry);
  await sendPage(importing, entries, imports.store.storing(running.attempt, done));
}
