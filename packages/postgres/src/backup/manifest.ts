/** The description of a base backup: when it was made, of which database, which files it has. It is complete when this file is there. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './failure.ts';
import { namesIn, type BackupPlace } from './place.ts';

export interface Manifest {
  /** Name of its folder: the time at which it began, such as `20261130T081500Z`. */
  readonly id: string;
  /** By the clock of the database, ISO 8601. From `ended` on, every moment can be restored for which there is a log. */
  readonly began: string;
  readonly ended: string;
  readonly system: string;
  readonly majorVersion: number;
  readonly timeline: number;
  readonly segmentSize: number;
  /** Positions in the log between which it was made. */
  readonly start: string;
  readonly stop: string;
  readonly bytes: number;
  /** Hash of the list of files. */
  readonly files: string;
  /** Proofs of the contents of the databases, by their names, to compare after a restore. */
  readonly proofs: Readonly<Record<string, unknown>>;
}

export interface FileEntry {
  /** With `/`, from the folder of the backup on. */
  readonly path: string;
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

const manifestFile = 'manifest.json';
const listFile = 'files.json';

export const manifestOf = (place: BackupPlace, id: string): string => join(place.base, id, manifestFile);

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface FileList {
  /** From the folder of the backup on, parents first. */
  readonly folders: readonly string[];
  readonly files: readonly FileEntry[];
}

/** Writes both; the backup is valid from then on. */
export async function writeManifest(
  folder: string,
  manifest: Omit<Manifest, 'files'>,
  { folders, files }: FileList,
): Promise<Manifest> {
  const list = JSON.stringify({ folders, files: files.map(({ path, size, hash }) => [path, size, hash]) });
  const whole: Manifest = { ...manifest, files: hashOf(list) };
  await writeFile(join(folder, listFile), list, { mode: 0o600, flush: true });
  await writeFile(join(folder, manifestFile), `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600, flush: true });
  return whole;
}

/**
 * Complete base backups, the oldest first.
 * @param onUnreadable called with the manifest of each unreadable backup; the others are still returned
 */
export async function listBackups(
  place: BackupPlace,
  onUnreadable: (file: string) => void = () => undefined,
): Promise<readonly Manifest[]> {
  const names = (await namesIn(place.base)).filter((name) => /^\d{8}T\d{6}Z$/.test(name)).sort();
  const all = await Promise.all(names.map(async (name) => [name, await readManifest(place, name)] as const));
  return all.flatMap(([name, one]) => {
    if (one !== undefined) return [one];
    onUnreadable(manifestOf(place, name));
    return [];
  });
}

/** @returns undefined for a manifest that cannot be read, is cut, or belongs to another folder */
async function readManifest(place: BackupPlace, name: string): Promise<Manifest | undefined> {
  const text = await readFile(manifestOf(place, name), 'utf8').catch(() => '');
  try {
    const found = JSON.parse(text) as Manifest;
    const isWhole = [found.ended, found.start, found.stop, found.files].every((one) => typeof one === 'string');
    return isWhole && found.id === name ? found : undefined;
  } catch {
    return undefined;
  }
}

const safe = /^(?:password|(?:data|wal)(?:\/(?!\.\.?(?:\/|$))[^/\0]+)*)$/;

/** @throws BackupError if the list was changed, or leads out of the folder */
export async function readFiles(folder: string, manifest: Manifest): Promise<FileList> {
  const text = await readFile(join(folder, listFile), 'utf8').catch(() => '');
  const damaged = (): BackupError =>
    new BackupError('backup-damaged', `${join(folder, listFile)} is not as it was written`);
  if (hashOf(text) !== manifest.files) throw damaged();
  const { folders, files } = JSON.parse(text) as { folders: string[]; files: [string, number, string][] };
  if (![...folders, ...files.map(([path]) => path)].every((path) => safe.test(path))) throw damaged();
  return { folders, files: files.map(([path, size, hash]) => ({ path, size, hash })) };
}
