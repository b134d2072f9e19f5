/** Records of requests, opened, for whoever may read them: at once, or into a file by a job that continues after a kill. docs/decisions/0205-exports-of-the-trail.md */
import { randomUUID } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { LockTaken, whileLocked } from '@dhp/postgres/locks';
import { openRecord, type OpenedRecord, type TrailKeys } from '@dhp/trail';
import type { Place, RecordRow } from './statements/audit-heads.ts';
import { countRecords, lastRecord, selectKeys } from './statements/audit-life.ts';
import type { Session } from './statements/session.ts';
import {
  endTrailExport,
  endWithoutJob,
  insertTrailExport,
  noteTrailExport,
  selectGivenUp,
  selectOpenTrailExport,
  selectTrailExport,
  type TrailExport,
} from './statements/trail-exports.ts';
import { partOf, recordDone, recordsOfPart, TrailActRefused, type LifeMeans } from './trail-life.ts';

export { noteInput } from './statements/jobs.ts';

/** A record with its place, opened. */
export type OpenedAt = OpenedRecord & Pick<RecordRow, 'transactionId' | 'id' | 'recorded'>;

const exportedAtATime = 500;

/**
 * The records of a period, or all of them, in the order of the chain and decrypted if their keys exist. The export is recorded before the
 * first record is returned.
 * @throws TrailActRefused for a period that is not in the database
 */
export async function* exportRecords(
  means: LifeMeans,
  month: string | undefined,
): AsyncGenerator<{ readonly records: readonly OpenedAt[]; readonly of: number }> {
  const { sql } = means;
  const table = await tableOf(sql, month);
  await recordDone(sql, means, { interaction: 'trail-exported', told: { month: month?.slice(0, 7) } });
  const of = await countRecords(sql, table);
  for await (const records of openedPages(means, table, { after: undefined, upTo: undefined })) yield { records, of };
}

async function tableOf(sql: Session, month: string | undefined): Promise<string | undefined> {
  if (month === undefined) return undefined;
  const part = await partOf(sql, month);
  if (part === undefined) throw new TrailActRefused(`The records of ${month.slice(0, 7)} are not in the database.`);
  return part.table;
}

async function* openedPages(
  { sql, keys }: Pick<LifeMeans, 'sql' | 'keys'>,
  table: string | undefined,
  range: { readonly after: Place | undefined; readonly upTo: Place | undefined },
): AsyncGenerator<OpenedAt[]> {
  let page: RecordRow[] = [];
  const opened = async (): Promise<OpenedAt[]> => {
    const ids = [...new Set(page.map(({ keyId }) => keyId))];
    const known = new Map((await selectKeys(sql, ids)).map(({ id, sealed }) => [id, sealed]));
    return page.map((row) => ({ ...row, ...openRecord(keys, { ...row, key: known.get(row.keyId) }) }));
  };
  for await (const row of recordsOfPart(sql, table, range)) {
    page.push(row);
    if (page.length < exportedAtATime) continue;
    yield await opened();
    page = [];
  }
  yield await opened();
}

/**
 * Begins an export to a file, or finds the one that is open, and reads nothing yet. Nobody but the owner can: a job without it does nothing.
 * @param isUnderWay whether a job has the export that is open; else that one is given up
 * @returns its id
 * @throws TrailActRefused for a period that is not in the database, and while another one is exported
 */
export function beginTrailExport(
  means: LifeMeans,
  month: string | undefined,
  isUnderWay: boolean,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  return means.sql.begin(async (session) => {
    const open = await selectOpenTrailExport(session);
    if (open !== undefined && isUnderWay) {
      if (open.month === month) return { id: open.id, isNew: false };
      const other = open.month?.slice(0, 7) ?? 'all periods';
      throw new TrailActRefused(`An export of ${other} is under way: dhp job list shows it.`);
    }
    if (open !== undefined) await endTrailExport(session, open.id, undefined);
    const table = await tableOf(session, month);
    const id = randomUUID();
    await recordDone(session, means, {
      interaction: 'trail-exported',
      told: { month: month?.slice(0, 7), export: id },
    });
    const upTo = await lastRecord(session, table);
    await insertTrailExport(session, { ...{ id, month, upTo }, by: means.by, reason: means.reason });
    return { id, isNew: true };
  });
}

/** The file to which an export writes. */
export interface ExportFile {
  /** Opens it with as many bytes as are in it for certain; what is behind them is removed. @returns false where they are not there: it is empty then */
  open(bytes: number): Promise<boolean>;
  /** Writes records to the disk. @returns the length of the file */
  append(records: readonly OpenedAt[]): Promise<number>;
  /** Gives it its name. Repeated it changes nothing. @returns lines, and the hash of the whole in hexadecimal; undefined if there is no such file */
  end(): Promise<{ readonly records: number; readonly sha256: string } | undefined>;
  close(): Promise<void>;
  /** Removes it, complete or not. */
  remove(): Promise<void>;
}

export interface ExportReport {
  /** The period, by its first day; undefined: all. */
  readonly month: string | undefined;
  readonly records: number;
  readonly sha256: string;
}

export interface TrailExportOptions {
  readonly signal: AbortSignal;
  readonly file: (one: TrailExport) => ExportFile;
  /** Called in the transaction that notes a step, with the share that is done. Rejects once the job is another one's: the step is not noted then. */
  readonly note: (session: Session, share: number) => Promise<void>;
}

/**
 * Carries out an export that was begun, and waits while another process has it. Of one that has ended it says how. The file of one that is
 * cancelled is removed.
 * @throws TrailActRefused where nobody has begun it, it was given up, or its period left meanwhile
 */
export function carryOutTrailExport(
  means: { readonly sql: Sql; readonly keys: TrailKeys },
  id: string,
  options: TrailExportOptions,
): Promise<ExportReport> {
  const { sql } = means;
  const work = async (held: AbortSignal): Promise<ExportReport> => {
    const one = await selectTrailExport(sql, id);
    if (one === undefined) throw new TrailActRefused(`No export ${id} was begun.`);
    const { month, sha256, isEnded, records } = one;
    if (sha256 !== undefined) return { month, records, sha256 };
    if (isEnded) throw new TrailActRefused(`The export ${id} was given up.`);
    const file = options.file(one);
    try {
      return await toEnd(means, one, file, { ...options, signal: AbortSignal.any([options.signal, held]) });
    } catch (error) {
      // Without the database it is unknown whether somebody continues it.
      await removeIfOver(sql, id, file).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  };
  return whileLocked(sql, lockOfWork, work, options.signal);
}

/** First it is given up: if this process ends between the two, the file is known as one that nobody needs. */
async function removeIfOver(sql: Sql, id: string, file: ExportFile): Promise<void> {
  await endWithoutJob(sql, id);
  if ((await selectGivenUp(sql, [id])).size === 0) return;
  await file.close();
  await file.remove();
}

const lockOfWork = 'fhir trail export';
/** Between the begin of an export and the job for it. */
const lockOfBegin = 'fhir trail export begins';

/** Runs `work`, which begins an export and asks for its job, beside no `givenUpOf`. */
export function whileBeginning<R>(sql: Sql, work: () => Promise<R>): Promise<R> {
  return whileLocked(sql, lockOfBegin, work, new AbortController().signal);
}

/**
 * The exports that were given up, of some: their files are of no use. The open one is given up if no job has it any more, unless a process
 * carries it out at this moment.
 */
export async function givenUpOf(sql: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
  await whileLocked(sql, lockOfBegin, () => whileLocked(sql, lockOfWork, () => endWithoutJob(sql))).catch(
    (error: unknown) => {
      if (!(error instanceof LockTaken)) throw error;
    },
  );
  return selectGivenUp(sql, ids);
}

async function toEnd(
  means: { readonly sql: Sql; readonly keys: TrailKeys },
  { id, month, upTo, ...noted }: TrailExport,
  file: ExportFile,
  { signal, note }: TrailExportOptions,
): Promise<ExportReport> {
  const { sql } = means;
  const table = await tableOf(sql, month);
  const of = upTo === undefined ? 0 : await countRecords(sql, table, upTo);
  const isThere = await file.open(noted.bytes);
  let { records, place } = isThere ? noted : { records: 0, place: undefined };
  if (records < of) {
    for await (const page of openedPages(means, table, { after: place, upTo })) {
      signal.throwIfAborted();
      const bytes = await file.append(page);
      records += page.length;
      place = page.at(-1) ?? place;
      await sql.begin(async (session) => {
        await noteTrailExport(session, id, { place, records, bytes });
        // Last: signs of life and whoever cancels the job wait for its row.
        await note(session, Math.min(1, records / of));
      });
    }
  }
  const made = await file.end();
  if (made?.records !== records)
    throw new TrailActRefused(`The file of the export ${id} is not as it was written. Begin another one.`);
  await sql.begin(async (session) => {
    await endTrailExport(session, id, made.sha256);
    await note(session, 1);
  });
  return { month, ...made };
}
