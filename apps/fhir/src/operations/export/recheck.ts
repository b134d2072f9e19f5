/** Lines that are written are asked about once more before a file is whole, where the rules have changed meanwhile. */
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow, storedPage } from '../../access/seen-snapshot.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';

interface Written {
  readonly stored: StoredFile;
  readonly type: string;
  readonly isOfDeleted: boolean;
}

/** Ids that are asked about together. */
const together = 1_000;

/** @returns ids of resources that the caller does not see any more */
export async function refusedSince(
  services: Services,
  times: SnapshotTimes,
  { stored, type, isOfDeleted }: Written,
  changed: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  let asked: string[] = [];
  const ask = async (): Promise<void> => {
    const left = new Set(asked);
    for (let ids = sortedIds(asked); ids.length > 0;) {
      const { versions, last } = await storedPage(services, type, times, ids);
      for (const { id } of await seenNow(services, versions)) left.delete(id);
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
    for (const id of left) refused.add(id);
    asked = [];
  };
  for await (const line of linesIn(stored)) {
    if (!isOfDeleted && !isAbout(line, changed, services.baseUrl)) continue;
    asked.push(idIn(line, isOfDeleted));
    if (asked.length === together) await ask();
  }
  await ask();
  return refused;
}

/** The lines of a file made anew, of those that the caller still sees, as the caller sees them now. @param lineOf a version, with its end */
export async function* linesAnew(
  services: Services,
  times: SnapshotTimes,
  { stored, type, isOfDeleted }: Written,
  lineOf: (version: StoredVersion) => Buffer,
): AsyncGenerator<Buffer> {
  let asked: string[] = [];
  async function* made(): AsyncGenerator<Buffer> {
    for (let ids = sortedIds(asked); ids.length > 0;) {
      const { versions, last } = await storedPage(services, type, times, ids);
      for (const version of await seenNow(services, versions)) yield lineOf(version);
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
    asked = [];
  }
  for await (const line of linesIn(stored)) {
    asked.push(idIn(line, isOfDeleted));
    if (asked.length === together) yield* made();
  }
  yield* made();
}

/** The lines of a file without those of some resources. */
export async function* linesWithout(
  { stored, isOfDeleted }: Written,
  refused: ReadonlySet<string>,
): AsyncGenerator<Buffer> {
  for await (const line of linesIn(stored)) if (!refused.has(idIn(line, isOfDeleted))) yield line;
}

function isAbout(line: Buffer, patients: ReadonlySet<string>, baseUrl: string): boolean {
  const named = new Set<string>();
  patientsIn(line, baseUrl, named);
  if (line.includes('"Patient"')) named.add(idIn(line, false));
  return [...named].some((id) => patients.has(id));
}

function idIn(line: Buffer, isOfDeleted: boolean): string {
  const resource = JSON.parse(line.toString('utf8')) as { id?: string; entry?: [{ request: { url: string } }] };
  return (isOfDeleted ? resource.entry?.[0].request.url.split('/')[1] : resource.id) ?? '';
}

const feed = 0x0a;
const piece = 1024 ** 2;

/** The lines of a file, each with its end. @param from where the first one begins */
export async function* linesIn(stored: StoredFile, from = 0): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0);
  for (let at = from; ;) {
    const read = await stored.read(at, piece);
    if (read.length === 0) return;
    at += read.length;
    const all = Buffer.concat([rest, read]);
    let start = 0;
    for (let end = all.indexOf(feed); end >= 0; end = all.indexOf(feed, start)) {
      yield all.subarray(start, end + 1);
      start = end + 1;
    }
    rest = all.subarray(start);
  }
}
