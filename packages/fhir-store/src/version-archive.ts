/**
 * Versions that a purge by rules writes to a file before it removes them. This package does not use files: the caller provides one.
 * docs/decisions/0172-archives-of-versions.md
 */
import { createHash } from 'node:crypto';
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import type { TrailKeys } from '@dhp/trail';
import { certificateOf, type ArchiveOfVersions, type Certificate } from '@dhp/trail/acts';
import { countLines, selectArchiveOf } from './statements/retention.ts';
import type { Session } from './statements/session.ts';
import { actsSoFar, recordDone, TrailActRefused, type LifeMeans } from './trail-life.ts';

/** A version as it was stored; `content` is its exact text. */
export interface ArchivedVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** When it was stored, as PostgreSQL writes it. */
  readonly stored: string;
  readonly transaction: string;
  readonly row: string;
  readonly content: string;
}

/** The file of one purge. */
export interface ArchiveFile {
  readonly name: string;
  /** Continues after the bytes of committed steps; the rest is cut off. @throws TrailActRefused if the file has changed */
  open(bytes: number): Promise<void>;
  /** @returns the bytes of the file, when all of it is on the disk */
  append(versions: readonly ArchivedVersion[]): Promise<number>;
  /** Reads all of it once more. @throws TrailActRefused if it is damaged */
  end(): Promise<ArchiveOfVersions>;
  /** Closes it, in any state. */
  close(): Promise<void>;
}

/** An archive that a signed statement names. */
export interface SignedArchive {
  readonly run: string;
  readonly versions: number;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly archive: ArchiveOfVersions;
  /** The statement by itself, with its signature: the manifest of the file. */
  readonly manifest: Certificate;
}

/** All archives, the oldest first. @throws TrailActRefused if the statements do not match their signatures */
export async function archivesOf(sql: Session, keys: Pick<TrailKeys, 'verifying'>): Promise<SignedArchive[]> {
  const { acts, signed } = await actsSoFar(sql, keys);
  return acts.flatMap((act, index) => {
    if (act.kind !== 'purge' || act.archive === undefined) return [];
    const { run, versions, made, archive } = act;
    return [{ run, versions, made, archive, manifest: certificateOf(keys.verifying, signed, index + 1) }];
  });
}

/** The run that has purged a version; undefined if it was not purged. */
export function runOfVersion(
  sql: Session,
  { type, id, version }: Pick<ArchivedVersion, 'type' | 'id' | 'version'>,
): Promise<string | undefined> {
  const ty = typeNumber(type);
  return ty === undefined ? Promise.resolve(undefined) : selectArchiveOf(sql, { ty, id, ver: version });
}

/** Whether some versions of a file are, byte for byte, those that a run has purged. */
export async function areThosePurged(
  sql: Session,
  run: string,
  versions: readonly ArchivedVersion[],
): Promise<boolean> {
  const lines = versions.map(({ type, id, version, transaction, row, content }) => {
    const ty = typeNumber(type) ?? -1;
    const text = `${transaction} ${row} ${String(version)} ${String(ty)} ${id} f ${content}`;
    return { ty, id, ver: version, line: createHash('sha256').update(text).digest('hex') };
  });
  return (await countLines(sql, run, lines)) === versions.length;
}

/** Records that a version was read from an archive, before it is shown. */
export function recordRead(
  means: LifeMeans,
  { type, id, version }: Pick<ArchivedVersion, 'type' | 'id' | 'version'>,
): Promise<void> {
  const told = { of: type, version };
  return recordDone(means.sql, means, { interaction: 'archive-read', told, about: `${type}/${id}` });
}

/** How a purge archives. */
export interface Archiving {
  /** The file of a run; absent: nothing is archived. */
  readonly archive?: ((run: string) => ArchiveFile) | undefined;
  /** The file of the open run is lost: the run ends with the work done so far, and its statement records this. */
  readonly isLost?: boolean | undefined;
}

/**
 * Ends the file of a run.
 * @param run with its archive and the number of versions that it has removed
 * @returns undefined if it has no archive
 */
export async function endArchive(
  sql: Sql,
  run: { readonly id: string; readonly archive: string | undefined; readonly archiveBytes: number },
  { archive, isLost }: Archiving,
  countPurged: (sql: Sql, run: string) => Promise<number>,
): Promise<ArchiveOfVersions | undefined> {
  if (run.archive === undefined || run.archiveBytes === 0) return undefined;
  if (isLost === true) return { file: run.archive, isLost };
  const file = requireFile(run.archive, archive?.(run.id));
  const ended = await endOf(file, run.archiveBytes);
  const [inFile, purged] = [ended.isLost === true ? 0 : versionsIn(ended), await countPurged(sql, run.id)];
  if (inFile !== purged)
    throw new TrailActRefused(
      `${file.name} has ${String(inFile)} versions, and ${String(purged)} were purged: put a copy of it in its place, or say that it is lost.`,
    );
  return ended;
}

async function endOf(file: ArchiveFile, bytes: number): Promise<ArchiveOfVersions> {
  try {
    await file.open(bytes);
    return await file.end();
  } finally {
    await file.close();
  }
}

/** @throws TrailActRefused if it is another file, or no file is given */
export function requireFile(name: string, file: ArchiveFile | undefined): ArchiveFile {
  if (file?.name === name) return file;
  throw new TrailActRefused(
    `A purge is under way that writes to ${name}: end it first, by dhp retention run with --archive and the folder of that file.`,
  );
}

export function versionsIn({ types = [] }: Pick<ArchiveOfVersions, 'types'>): number {
  return types.reduce((sum, { versions }) => sum + versions, 0);
}
