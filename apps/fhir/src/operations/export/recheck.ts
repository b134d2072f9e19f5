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

/** @returns resources (`Type/id`) that the caller does not see any more */
export async function refusedSince(
  services: Services,
  times: SnapshotTimes,
  written: Written,
  changed: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  const isMeant = (line: Buffer): boolean => written.isOfDeleted || isAbout(line, changed, services.baseUrl);
  for await (const { type, ids: asked } of namedIn(written, isMeant)) {
    const left = new Set(asked);
    for (let ids = sortedIds(asked); ids.length > 0;) {
      const { versions, last } = await storedPage(services, type, times, ids);
      for (const { id } of await seenNow(services, versions)) left.delete(id);
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
    for (const id of left) refused.add(`${type}/${id}`);
  }
  return refused;
}

/** The lines of a file made again, of those that the caller still sees, as the caller sees them now. @param lineOf a version, with its end */
export async function* linesAnew(
  services: Services,
  times: SnapshotTimes,
  written: Written,
  lineOf: (version: StoredVersion) => Buffer,
): AsyncGenerator<Buffer> {
  for await (const { type, ids: asked } of namedIn(written, () => true)) {
    for (let ids = sortedIds(asked); ids.length > 0;) {
      const { versions, last } = await storedPage(services, type, times, ids);
      for (const version of await seenNow(services, versions)) yield lineOf(version);
      ids = last === undefined ? [] : ids.filter((id) => id > last);
    }
  }
}

/** The lines of a file without those of some resources. */
export async function* linesWithout(written: Written, refused: ReadonlySet<string>): AsyncGenerator<Buffer> {
  for await (const line of linesIn(written.stored)) {
    const { type, id } = resourceIn(line, written);
    if (!refused.has(`${type}/${id}`)) yield line;
  }
}

/** The resources of lines, some of one type at a time. */
async function* namedIn(
  written: Written,
  isMeant: (line: Buffer) => boolean,
): AsyncGenerator<{ readonly type: string; readonly ids: readonly string[] }> {
  let [of, ids] = ['', [] as string[]];
  for await (const line of linesIn(written.stored)) {
    if (!isMeant(line)) continue;
    const { type, id } = resourceIn(line, written);
    if (ids.length === together || (type !== of && ids.length > 0)) {
      yield { type: of, ids };
      ids = [];
    }
    of = type;
    ids.push(id);
  }
  if (ids.length > 0) yield { type: of, ids };
}

function isAbout(line: Buffer, patients: ReadonlySet<string>, baseUrl: string): boolean {
  const named = new Set<string>();
  patientsIn(line, baseUrl, named);
  if (line.includes('"Patient"')) named.add(resourceIn(line, { type: '', isOfDeleted: false }).id);
  return [...named].some((id) => patients.has(id));
}

/** Of which resource a line is. Those of tables made by a query are of several types. */
function resourceIn(
  line: Buffer,
  { type, isOfDeleted }: Pick<Written, 'type' | 'isOfDeleted'>,
): { readonly type: string; readonly id: string } {
  const resource = JSON.parse(line.toString('utf8')) as Line;
  if (isOfDeleted) return { type, id: resource.entry?.[0].request.url.split('/')[1] ?? '' };
  return { type: resource.resourceType ?? type, id: resource.id ?? '' };
}

interface Line {
  readonly resourceType?: string;
  readonly id?: string;
  readonly entry?: readonly [{ readonly request: { readonly url: string } }];
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
