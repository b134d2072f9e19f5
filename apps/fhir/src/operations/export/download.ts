/** A file of an export, or a range of it. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-output-file-request */
import type { SnapshotTimes } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { StoredFile } from '../../contract/job-files.ts';
import { failure, type Failure } from '../../http/errors.ts';
import { isNotModified } from '../../http/etag.ts';
import { refusedOf } from '../bulk-delete/result.ts';
import { rejectsName, rejectsOf } from '../import/result.ts';
import { outcomeFile, outcomeNumber } from '../submit/result.ts';
import { fileName, fileTypes, lengthOf } from '../views-export/frames.ts';
import { toldTable } from '../views-export/download.ts';
import { toldParquet } from '../views-export/parquet.ts';
import { resultName, tablesResult } from '../views-export/result.ts';
import type { Position } from './files.ts';
import { noteLines } from './patients-of-file.ts';
import { rangeOf, type Range } from './range.ts';

const named = /^(?:table-|query-)?(\d{1,9})\.(?:ndjson|json|csv|parquet)$/;

/** Fails with `job-unknown` for a file that the caller has no export with, as for one that never was. */
export async function jobFile(services: Services, call: Call): Promise<Answer> {
  const { jobs, exports } = services;
  const { id, versionId, access, headers } = call;
  if (versionId === rejectsName) return rejects(services, call);
  if (outcomeNumber(versionId) !== undefined) return outcomes(services, call);
  const [, number] = named.exec(versionId) ?? [];
  if (!wellFormed.test(id)) throw unknown(call);
  if (versionId === resultName) return (await tablesResult(services, call)) ?? refuse(call);
  if (jobs === undefined || exports === undefined || access === undefined || number === undefined) throw unknown(call);
  const file = await exports.store.fileOf(id, jobs.ownerOf(access), Number(number));
  if (file === undefined) throw unknown(call);
  const { table, counts = { [file.type]: file.count }, isSealed = false } = file.position as Position;
  const bytes = table === undefined ? file.bytes : lengthOf(table, file.count);
  if (versionId !== (table === undefined ? `${number}.ndjson` : fileName(table, file.number))) throw unknown(call);
  const tag = `"${file.digest.toString('hex')}"`;
  const common = {
    etag: tag,
    'accept-ranges': 'bytes',
    expires: file.expires.toUTCString(),
    'cache-control': 'private, no-cache',
  };
  if (isNotModified({ 'if-none-match': headers['if-none-match'] }, tag, new Date(0)))
    return { status: 304, headers: { ...common, etag: knownTag(headers['if-none-match'], tag) } };
  const range = rangeOf(headerOf(call, 'range'), headerOf(call, 'if-range'), { tag, length: bytes });
  const contentType = table === undefined ? 'application/fhir+ndjson' : fileTypes[table.format];
  const typed = { ...common, 'content-type': contentType };
  if (range === 'unsatisfiable') return { status: 416, headers: { ...common, 'content-range': `bytes */${bytes}` } };
  const times = await exports.store.timesOf(id);
  const name = { number: file.number, attempt: file.attempt, isSealed };
  const stored = await exports.files.open(id, name);
  if (stored === undefined || times === undefined) throw new Error(`the file ${versionId} of an export is not there`);
  const part = range ?? { first: 0, last: bytes - 1 };
  await stored.close();
  // It is opened when the first part is requested: a HEAD request opens none.
  const open = () => exports.files.open(id, name);
  const of = { open, times: { until: times.until }, type: file.type };
  const tell = table?.format === 'parquet' || table?.isQuery === true ? toldParquet : toldTable;
  // The patients are in the list of the export, which the record of this request names: then nothing is noted line by line.
  const asked = file.isListed ? { ...call, recording: undefined } : call;
  const stream = table === undefined ? told(services, asked, of, part) : tell(services, asked, { ...of, table }, part);
  const noted = { counts, list: { id, file: file.number } };
  const answer = { stream, isNoted: true, ...(file.isListed && noted) } as const;
  const length = String(part.last - part.first + 1);
  if (range === undefined) return { status: 200, headers: { ...typed, 'content-length': length }, ...answer };
  const place = `bytes ${part.first}-${part.last}/${bytes}`;
  return { status: 206, headers: { ...typed, 'content-range': place, 'content-length': length }, ...answer };
}

/** Lines that an import refused. They are shown to the client that sent them: they disclose nothing beyond what it sent. */
async function rejects({ jobs, imports, deletions }: Services, call: Call): Promise<Answer> {
  const { id, access } = call;
  if (jobs === undefined || access === undefined || !wellFormed.test(id)) throw unknown(call);
  const owner = jobs.ownerOf(access);
  const headers = { 'content-type': 'application/ndjson', 'cache-control': 'private, no-cache' };
  if (await deletions.owns(id, owner)) return { status: 200, headers, stream: refusedOf(deletions, id) };
  if (imports === undefined || !(await imports.store.owns(id, owner))) throw unknown(call);
  return { status: 200, headers, stream: rejectsOf(imports, id) };
}

/** The outcomes of a manifest of a submission, for the client that submitted it. */
async function outcomes({ jobs, imports }: Services, call: Call): Promise<Answer> {
  const { id, access, versionId } = call;
  if (jobs === undefined || imports === undefined || access === undefined || !wellFormed.test(id)) throw unknown(call);
  const isOwn = await imports.store.submissions.owns(id, jobs.ownerOf(access));
  const stream = isOwn ? await outcomeFile(imports, id, outcomeNumber(versionId)!) : undefined;
  if (stream === undefined) throw unknown(call);
  const headers = { 'content-type': 'application/fhir+ndjson', 'cache-control': 'private, no-cache' };
  return { status: 200, headers, stream };
}

/** The tag by which the client has the file: of its compressed form it is weak. */
function knownTag(ifNoneMatch: string | undefined, tag: string): string {
  return ifNoneMatch?.includes(`W/${tag}`) === true ? `W/${tag}` : tag;
}

const wellFormed = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function refuse(call: Call): never {
  throw unknown(call);
}

function unknown({ id, versionId }: Call): Failure {
  const diagnostics = `There is no file ${versionId.slice(0, 100)} of a job ${id} of this client, person and set of rights. Files are kept for a time only.`;
  return failure('job-unknown', {}, { diagnostics });
}

const feed = 0x0a;
/** Bytes that are read at a time. */
const piece = 256 * 1024;

/** A file that is sent: resources of a type, as they were stored at a time. */
interface Told {
  readonly open: () => Promise<StoredFile | undefined>;
  readonly times: SnapshotTimes;
  readonly type: string;
}

/**
 * The bytes of a part, line by line as far as the trail is concerned: the patients of a line are noted before any byte of it leaves, those of a line too
 * of which the part has the middle.
 */
async function* told(
  services: Services,
  { recording }: Call,
  file: Told,
  { first, last }: Range,
): AsyncGenerator<Buffer> {
  const stored = await file.open();
  if (stored === undefined) throw new Error('a file of an export is gone');
  try {
    let at = recording === undefined ? first : await startOfLine(stored, first);
    let rest: Buffer = Buffer.alloc(0);
    for (let isOver = false; at <= last;) {
      if (isOver) throw new Error('a file of an export is shorter than it was');
      const read = await stored.read(at + rest.length, piece);
      isOver = read.length === 0;
      const all = Buffer.concat([rest, read]);
      const end = isOver || recording === undefined ? all.length : endOfLines(all, last - at);
      const lines = all.subarray(0, end);
      if (recording !== undefined) await noteLines(services, lines, file, recording.patients);
      const wanted = lines.subarray(Math.max(0, first - at), last + 1 - at);
      at += lines.length;
      rest = all.subarray(end);
      if (wanted.length > 0) yield wanted;
      // They are recorded by now.
      recording?.patients.clear();
    }
  } finally {
    await stored.close();
  }
}

/** The end of the line that has the last byte, or else of the last whole one: of lines behind it nothing leaves. */
function endOfLines(bytes: Buffer, lastByte: number): number {
  const end = lastByte < bytes.length ? bytes.indexOf(feed, lastByte) : -1;
  return (end < 0 ? bytes.lastIndexOf(feed) : end) + 1;
}

async function startOfLine(stored: StoredFile, position: number): Promise<number> {
  for (let end = position; end > 0;) {
    const start = Math.max(0, end - piece);
    const found = (await stored.read(start, end - start)).lastIndexOf(feed);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}
