/**
 * A table export as it runs within its job: one table after the other, of resources stored up to one time.
 * docs/decisions/0114-tables-as-files.md
 */
import { createPauses } from '@dhp/budget';
import type { StoredVersion } from '@dhp/fhir-store';
import type { ExportFile, SnapshotTimes } from '@dhp/fhir-store/jobs';
import { formatInstant } from '@dhp/fhir-model/instant';
import { keptRowsOf, writeTable, type RowOptions } from '@dhp/sql-on-fhir';
import { rulesNow } from '../../access/changed-rules.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Work } from '../../contract/jobs.ts';
import { keptMembers } from '../../cohort/kept-members.ts';
import { ExportFiles, type Making, type Position } from '../export/files.ts';
import { patientsOf } from '../export/patients.ts';
import { begin, ended, tellOfChange } from '../export/run.ts';
import { walk, type Patients } from '../export/walk.ts';
import { named } from '../views/maker.ts';
import { parsed } from '../views/run.ts';
import type { AskedQuery, AskedTables, AskedView } from './asked.ts';
import { frameLine, rowsLine, type FileFormat, type Frame } from './frames.ts';
import { parquetSeal } from './parquet.ts';
import { queryLiner, querySeal, tablesByType } from './query.ts';
import type { TablesTold } from './result.ts';

interface Run {
  readonly services: Services;
  readonly call: Call;
  readonly asked: AskedTables;
  readonly work: Work;
  readonly times: SnapshotTimes;
  readonly patients: Patients | undefined;
  readonly making: Omit<Making, 'lineOf' | 'table' | 'seal'>;
  /** For now() and budgets: the same time in every attempt. */
  readonly options: RowOptions;
}

/**
 * Makes the files, or continues after the complete ones. Fails with `view-row-invalid`, `export-storage-failed`, `export-too-large`, and as
 * a search does.
 */
export async function exportTables(services: Services, call: Call, asked: AskedTables, work: Work): Promise<Answer> {
  const { exports, timeZone } = services;
  if (exports === undefined || call.access === undefined) throw new Error('an export runs without exports or access');
  const job = work.attempt.id;
  const kept = await exports.store.timesOf(job);
  const { until, begun } = kept ?? (await begin(services, exports, { until: undefined }, work));
  const times = { until, ...(asked.since !== undefined && { since: asked.since }) };
  const made = await exports.store.filesOf(job);
  const rules = await rulesNow(services);
  const client = call.access.clientId;
  const making = { services, exports, work, client, times, isPartial: services.partly !== undefined };
  const { groups } = asked;
  const cohorts = await keptMembers(
    services,
    call,
    { groups },
    { exports: exports.store, attempt: work.attempt, times },
  );
  const patients = await patientsOf(services, asked, times, { cohorts });
  const run: Run = {
    ...{ services, call, asked, work, times, patients, making },
    options: { work: call.budget, now: begun },
  };
  const last = made.findLast(({ kind }) => kind === 'output');
  const from = (last?.position as Position | undefined)?.table?.view ?? 0;
  for (const [n, table] of asked.tables.entries()) {
    if (n < from) continue;
    await ('view' in table ? exportTable(run, n, table) : exportQuery(run, n, table));
  }
  const files = new ExportFiles({ ...making, lineOf: () => Buffer.alloc(0) }, next(await exports.store.filesOf(job)));
  try {
    await tellOfChange(services, call, { files, made, rules: { ...rules, from: rules.from && begun } });
  } finally {
    await files.close();
  }
  const told: TablesTold = {
    transactionTime: formatInstant(new Date(until.getTime() - 1), timeZone),
    ended: formatInstant(services.clock(), timeZone),
    format: asked.format,
    clientTrackingId: asked.clientTrackingId,
  };
  return ended({ services, exports, begun }, work, told);
}

function next(made: readonly ExportFile[]): number {
  return (made.at(-1)?.number ?? -1) + 1;
}

/** Its files: at least one, so that a table without rows has a file too. */
async function exportTable(run: Run, n: number, { name, view }: AskedView): Promise<void> {
  const { services, call, asked, work, times, patients, making } = run;
  const { format } = asked;
  const type = view.resource;
  const made = await making.exports.store.filesOf(work.attempt.id);
  const own = made.findLast(({ position }) => (position as Position).table?.view === n);
  const lineOf = liner(run, view);
  const table = { view: n, name, format, head: headOf(view, asked) };
  const seal = format === 'parquet' ? { seal: parquetSeal(view) } : {};
  const files = new ExportFiles({ ...making, lineOf, table, ...seal }, next(made));
  const isOfPatients = patients !== undefined;
  const of = {
    services,
    call,
    asked: { types: [type], isOfPatients, filters: new Map() },
    times,
    patients,
    isOfTable: true as const,
  };
  const pause = createPauses();
  try {
    await files.turnTo(type);
    if (own === undefined) await files.begin();
    for await (const { place, versions } of walk(of, (own?.position as Position | undefined)?.place)) {
      work.signal.throwIfAborted();
      await files.turnTo(type);
      await addLines(files, await versions(), lineOf, pause);
      await files.reached(place);
      work.reached(n / asked.tables.length);
    }
    await files.finish();
  } finally {
    await files.close();
  }
}

/** Its file, which is one: of the rows of all its tables, which are read of one moment. */
async function exportQuery(run: Run, n: number, query: AskedQuery): Promise<void> {
  const { services, call, asked, work, times, patients, making, options } = run;
  const made = await making.exports.store.filesOf(work.attempt.id);
  if (made.some(({ position }) => (position as Position).table?.view === n)) return;
  const types = [...tablesByType(query).keys()].sort();
  const lineOf = queryLiner(services, query, options);
  const table = { view: n, name: query.name, format: asked.format, head: '', isQuery: true as const };
  const seal = querySeal({ services, call, asked, signal: work.signal }, query);
  const files = new ExportFiles({ ...making, lineOf, table, seal }, next(made));
  const pause = createPauses();
  try {
    // From here on a change of the rules counts for all its lines.
    await files.turnTo(types.length === 1 ? types[0]! : 'Resource');
    await files.begin();
    for (const type of types) {
      const only = { types: [type], isOfPatients: patients !== undefined, filters: new Map() };
      for await (const { versions } of walk({ services, call, asked: only, times, patients, isOfTable: true })) {
        work.signal.throwIfAborted();
        await addLines(files, await versions(), lineOf, pause);
        await work.made(0);
        work.reached(n / asked.tables.length);
      }
    }
    await files.finish();
  } finally {
    await files.close();
  }
}

/** A promise is awaited where there is one: of millions of lines each would cost its time. */
async function addLines(
  files: ExportFiles,
  versions: readonly StoredVersion[],
  lineOf: (version: StoredVersion) => Buffer,
  pause: ReturnType<typeof createPauses>,
): Promise<void> {
  for (const version of versions) {
    const paused = pause();
    if (paused !== undefined) await paused;
    const line = lineOf(version);
    if (line.length > 0) await files.add('output', line);
  }
}

function headOf(view: AskedView['view'], { format, header }: AskedTables): string {
  return format === 'parquet' ? '' : writeTable(view, format, { header }).head;
}

/** The rows of a version as a line; empty if it has none. */
function liner({ services, asked, options }: Run, view: AskedView['view']): (version: StoredVersion) => Buffer {
  const { baseUrl } = services;
  const isExact = view.asksForDigits || (asked.format === 'parquet' && view.mayHoldDecimals);
  const lineOf = asked.format === 'parquet' ? linesOfRows(view, options) : linesOfText(view, asked.format, options);
  return (version) => {
    if (version.deleted) return nothing;
    const { type, id, content } = version;
    return lineOf(parsed(content, isExact), () => {
      const patients = new Set(type === 'Patient' ? [id] : []);
      patientsIn(content, baseUrl, patients);
      return { resourceType: type, id, patients: Array.from(patients, (patient) => `Patient/${patient}`) };
    });
  };
}

/** Makes a line of a resource, empty if it has no rows. @param ownerOf called if it has rows */
type LineOf = (resource: unknown, ownerOf: () => Omit<Frame, 'bytes' | 'text'>) => Buffer;

/** Their file is made when the lines are settled. */
function linesOfRows(view: AskedView['view'], options: RowOptions): LineOf {
  const rowsOf = keptRowsOf(view);
  return (resource, ownerOf) => {
    const rows = named(() => rowsOf(resource, options));
    return rows.length === 0 ? nothing : rowsLine(ownerOf(), rows);
  };
}

function linesOfText(view: AskedView['view'], format: FileFormat, options: RowOptions): LineOf {
  const writer = writeTable(view, format as Exclude<FileFormat, 'parquet'>, { header: false });
  return (resource, ownerOf) => {
    const text = withoutComma(named(() => writer.rowsOf(resource, options)).text, format);
    return text === '' ? nothing : frameLine({ ...ownerOf(), text });
  };
}

const nothing = Buffer.alloc(0);

/**
 * The writer puts a comma before each row except the first one of its run. The first row of a file is unknown before the file is complete.
 */
function withoutComma(text: string, format: FileFormat): string {
  return format === 'json' && text.startsWith(',') ? text.slice(1) : text;
}
