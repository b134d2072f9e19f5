/** The file of an export of the trail: AuditEvents, one per line. While it is made its name ends with `.part`. docs/decisions/0205-exports-of-the-trail.md */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFile, OpenedAt } from '@dhp/fhir-store/trail-export';

const newline = 10;

/** @param o.line the text of a record, without its newline */
export function trailExportFile(o: {
  readonly folder: string;
  readonly name: string;
  readonly line: (record: OpenedAt) => string;
}): ExportFile {
  const { folder, name, line } = o;
  const whole = join(folder, name);
  const part = `${whole}.part`;
  let handle: FileHandle | undefined;
  let size = 0;
  return {
    async open(bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // It was ended, and the process with it, before that was noted.
      if (!(await isFile(part)) && (await isFile(whole))) await rename(whole, part);
      const isThere = bytes > 0 && ((await sizeOf(part)) ?? 0) >= bytes;
      handle = await open(part, isThere ? 'r+' : 'w+', 0o600);
      size = isThere ? bytes : 0;
      await handle.truncate(size);
      return isThere;
    },
    async append(records) {
      const bytes = Buffer.from(records.map((record) => `${line(record)}\n`).join(''));
      for (let at = 0; at < bytes.length;)
        at += (await handle!.write(bytes, at, bytes.length - at, size + at)).bytesWritten;
      await handle!.sync();
      size += bytes.length;
      return size;
    },
    async end() {
      if (!(await isFile(part))) return undefined;
      const made = await survey(part);
      await rename(part, whole);
      const directory = await open(folder, 'r');
      await directory.sync().finally(() => directory.close());
      return made;
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
    async remove() {
      for (const path of [part, whole]) await rm(path, { force: true });
    },
  };
}

/** The name of a file, without that of its folder. @param month by its first day; undefined: all periods */
export function exportName(environment: string, month: string | undefined, id: string): string {
  return ['requests', environment, ...(month === undefined ? [] : [month.slice(0, 7)]), id].join('-') + '.ndjson';
}

const named = /^requests-([a-z]+)-(?:\d{4}-\d{2}-)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.ndjson(?:\.part)?$/;

/**
 * Removes the files of exports that were given up: after a kill nobody else does it. Other files of the folder stay.
 * @param givenUp those of some exports of the environment
 */
export async function removeGivenUp(
  folder: string,
  environment: string,
  givenUp: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => {
    const [, of, id] = named.exec(name) ?? [];
    return of === environment && id !== undefined ? [{ name, id }] : [];
  });
  if (found.length === 0) return;
  const over = await givenUp(found.map(({ id }) => id));
  for (const { name, id } of found) if (over.has(id)) await rm(join(folder, name), { force: true });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

async function isFile(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

async function survey(path: string): Promise<{ records: number; sha256: string }> {
  const hash = createHash('sha256');
  let records = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) records += 1;
  }
  return { records, sha256: hash.digest('hex') };
}
