/**
 * Files of jobs in a bucket. A file is a sequence of objects, its pieces. Each is put as a whole, so that nothing is buffered on a disk of
 * this node, written pieces can be read before the file is complete, and no unfinished multipart upload remains unseen.
 * docs/decisions/0160-files-of-jobs-in-s3.md
 */
import { StorageFailure, type FileName, type JobFiles, type NewFile, type StoredFile } from '../contract/job-files.ts';
import { attemptOf, isJob, isOneOf, nameOf } from './names.ts';
import { openObjects, type BucketOptions, type Objects, type StoredObject } from './s3.ts';

/** Bytes of a piece; the last one may be shorter. */
const pieceSize = 4 * 1024 ** 2;
/** Bytes that are read at a time, where somebody reads one part after the other. */
const window = 1024 ** 2;

export function openBucket(options: BucketOptions, size = pieceSize): JobFiles {
  const objects = openObjects(options);
  return {
    seals: false,
    // Of an earlier holder of the same attempt there is nothing: an attempt has one.
    create: (job, file) => Promise.resolve(newFile(objects, placeOf(job, file), size)),
    async open(job, file) {
      const place = placeOf(job, file);
      const pieces = await objects.list(place);
      if (pieces.length === 0) return undefined;
      return storedFile(objects, checked(place, pieces));
    },
    async removeOthers(job, kept, attempt) {
      const others = (await objects.list(`${job}/`)).filter(({ key }) => {
        const name = key.split('/')[1] ?? '';
        return !isOneOf(kept, name) && attemptOf(name) <= attempt;
      });
      await objects.remove(others.map(({ key }) => key));
    },
    async remove(job) {
      await objects.remove((await objects.list(`${job}/`)).map(({ key }) => key));
    },
    jobs: async () => (await objects.folders()).filter(isJob),
    close: () => objects.close(),
  };
}

function placeOf(job: string, file: FileName): string {
  return `${job}/${nameOf(file)}/`;
}

/** In their order as texts, too. */
function pieceKey(place: string, number: number): string {
  return place + String(number).padStart(8, '0');
}

/** Of a file of which a piece is missing, or has another name, nothing is read. */
function checked(place: string, pieces: readonly StoredObject[]): readonly StoredObject[] {
  const isWhole = pieces.every(({ key, size }, number) => key === pieceKey(place, number) && size > 0);
  if (isWhole || (pieces.length === 1 && pieces[0]?.key === pieceKey(place, 0))) return pieces;
  throw new StorageFailure('missing piece', 'list', { isPassing: false });
}

function storedFile(objects: Objects, pieces: readonly StoredObject[]): StoredFile {
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return { size, read: readerOf(objects, pieces), close: () => Promise.resolve() };
}

/** @param pieces may become more */
function readerOf(objects: Objects, pieces: readonly StoredObject[]): (at: number, length: number) => Promise<Buffer> {
  let near: { readonly key: string; readonly first: number; readonly bytes: Buffer } = {
    ...{ key: '', first: 0, bytes: Buffer.alloc(0) },
  };
  /** At least one of the bytes that are wanted of a piece, and the next ones with it. */
  async function some({ key, size }: StoredObject, first: number, length: number): Promise<Buffer> {
    const offset = first - near.first;
    if (near.key !== key || offset < 0 || offset >= near.bytes.length) {
      // A reader that continues where the last part ended gets more than asked for: the next one is there already.
      near = { key, first, bytes: await objects.get(key, first, Math.min(size - first, Math.max(length, window))) };
      return near.bytes.subarray(0, length);
    }
    return near.bytes.subarray(offset, offset + length);
  }
  return async (position, length) => {
    const parts: Buffer[] = [];
    let [at, start] = [position, 0];
    for (const piece of pieces) {
      const end = Math.min(start + piece.size, position + length);
      while (at >= start && at < end) {
        const part = await some(piece, at - start, end - at);
        parts.push(part);
        at += part.length;
      }
      start += piece.size;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  };
}

function newFile(objects: Objects, place: string, size: number): NewFile {
  const pieces: StoredObject[] = [];
  const read = readerOf(objects, pieces);
  let waiting: Buffer[] = [];
  let held = 0;
  async function put(bytes: Buffer): Promise<void> {
    const key = pieceKey(place, pieces.length);
    await objects.put(key, bytes);
    pieces.push({ key, size: bytes.length });
  }
  return {
    get size() {
      return pieces.length * size + held;
    },
    async append(bytes) {
      waiting.push(bytes);
      held += bytes.length;
      if (held < size) return;
      const all = Buffer.concat(waiting, held);
      let at = 0;
      for (; all.length - at >= size; at += size) await put(all.subarray(at, at + size));
      [waiting, held] = [[Buffer.from(all.subarray(at))], all.length - at];
    },
    async read(position, length) {
      const stored = pieces.length * size;
      const before = position < stored ? await read(position, Math.min(length, stored - position)) : Buffer.alloc(0);
      const first = Math.max(0, position - stored);
      const rest = Buffer.concat(waiting, held).subarray(first, first + length - before.length);
      return before.length === 0 ? rest : Buffer.concat([before, rest]);
    },
    async end() {
      // One without bytes has a piece too: it is there.
      if (held > 0 || pieces.length === 0) await put(Buffer.concat(waiting, held));
      [waiting, held] = [[], 0];
    },
    close: () => Promise.resolve(),
    async discard() {
      [waiting, held] = [[], 0];
      await objects.remove(pieces.map(({ key }) => key)).catch(() => undefined);
    },
  };
}
