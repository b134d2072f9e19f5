/**
 * Files of jobs, encrypted where they lie. Each has a key of its own, which is at its beginning, sealed under the key of the environment
 * for this file alone. Its text is cut into chunks, each sealed for its place and for whether it is the last one (STREAM of
 * https://eprint.iacr.org/2015/189): any part can be read without those before it, and a chunk that is changed, moved, of another file or
 * missing at the end is noticed. docs/decisions/0160-files-of-jobs-in-s3.md
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StorageFailure, type FileName, type JobFiles, type NewFile, type StoredFile } from '../contract/job-files.ts';

export interface Sealing {
  /** 32 bytes. */
  readonly key: Buffer;
  /** Whether new files are sealed; those that are can be read in any case. */
  readonly isOn: boolean;
  /** Bytes of text in a chunk. For tests. */
  readonly chunk?: number;
}

const cipher = 'aes-256-gcm';
const usualChunk = 64 * 1024;
const magic = Buffer.from('DHPF\u0001', 'latin1');
const nonceLength = 12;
const tagLength = 16;
const keyLength = 32;
const headLength = magic.length + nonceLength + keyLength + tagLength;

/** @param files where they lie */
export function sealing(files: JobFiles, { key, isOn, chunk = usualChunk }: Sealing): JobFiles {
  return {
    ...files,
    seals: isOn,
    async create(job, file) {
      if (!isOn) return files.create(job, { ...file, isSealed: false });
      const own = randomBytes(keyLength);
      const stored = await files.create(job, { ...file, isSealed: true });
      try {
        await stored.append(headOf(own, key, contextOf(job, file)));
      } catch (error) {
        await stored.discard();
        throw error;
      }
      return newFile(stored, own, chunk);
    },
    async open(job, file) {
      const stored = await files.open(job, file);
      if (stored === undefined || file.isSealed !== true) return stored;
      try {
        const head = await stored.read(0, headLength);
        return await opened(stored, ownKeyIn(head, key, contextOf(job, file)), chunk);
      } catch (error) {
        await stored.close();
        throw error;
      }
    },
  };
}

/** A file of one name is not taken for that of another. */
function contextOf(job: string, { number, attempt }: FileName): Buffer {
  return Buffer.from(`dhp file ${job} ${String(number)} ${String(attempt)}`);
}

function headOf(own: Buffer, key: Buffer, context: Buffer): Buffer {
  const nonce = randomBytes(nonceLength);
  const sealed = createCipheriv(cipher, key, nonce).setAAD(Buffer.concat([magic, context]));
  return Buffer.concat([magic, nonce, sealed.update(own), sealed.final(), sealed.getAuthTag()]);
}

function ownKeyIn(head: Buffer, key: Buffer, context: Buffer): Buffer {
  if (head.length < headLength || !head.subarray(0, magic.length).equals(magic)) throw damaged();
  const nonce = head.subarray(magic.length, magic.length + nonceLength);
  return unsealed(head.subarray(magic.length + nonceLength), key, nonce, Buffer.concat([magic, context]));
}

/** Never used twice with a key: a file is written once, from its beginning to its end. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(nonceLength);
  nonce.writeUInt32BE(number, nonceLength - 5);
  nonce[nonceLength - 1] = isLast ? 1 : 0;
  return nonce;
}

function sealedChunk(text: Buffer, own: Buffer, number: number, isLast: boolean): Buffer {
  const made = createCipheriv(cipher, own, nonceOf(number, isLast));
  return Buffer.concat([made.update(text), made.final(), made.getAuthTag()]);
}

function unsealed(sealed: Buffer, key: Buffer, nonce: Buffer, context?: Buffer): Buffer {
  if (sealed.length < tagLength) throw damaged();
  const end = sealed.length - tagLength;
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagLength });
  if (context !== undefined) opening.setAAD(context);
  opening.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([opening.update(sealed.subarray(0, end)), opening.final()]);
  } catch {
    throw damaged();
  }
}

function damaged(): StorageFailure {
  return new StorageFailure('damaged', 'read', { isPassing: false });
}

/** The last chunk is opened at once: with it the length of the file is known to be true. */
async function opened(stored: StoredFile, own: Buffer, chunk: number): Promise<StoredFile> {
  const sealedChunkLength = chunk + tagLength;
  const body = stored.size - headLength;
  const count = Math.ceil(body / sealedChunkLength);
  if (count < 1) throw damaged();
  const size = body - count * tagLength;
  const read = chunksOf(stored, own, chunk, count - 1);
  await read(count - 1, 1);
  return {
    size,
    read: (position, length) => textOf(read, chunk, { position, length: Math.min(length, size - position) }),
    close: () => stored.close(),
  };
}

/** Chunks from a number on. @param last the number of the last one; none if it is not made yet */
type ReadChunks = (from: number, count: number) => Promise<readonly Buffer[]>;

function chunksOf(stored: StoredFile, own: Buffer, chunk: number, last?: number): ReadChunks {
  const sealedLength = chunk + tagLength;
  /** The one behind which the last reader ended, who goes on in its middle. */
  let kept: { readonly number: number; readonly text: Buffer } | undefined;
  return async (from, count) => {
    if (count === 1 && kept?.number === from) return [kept.text];
    const sealed = await stored.read(headLength + from * sealedLength, count * sealedLength);
    const texts: Buffer[] = [];
    for (let number = from; number < from + count; number += 1) {
      const at = (number - from) * sealedLength;
      const isLast = number === last;
      const text = unsealed(sealed.subarray(at, at + sealedLength), own, nonceOf(number, isLast));
      if (!isLast && text.length !== chunk) throw damaged();
      texts.push(text);
      kept = { number, text };
    }
    return texts;
  };
}

async function textOf(
  read: ReadChunks,
  chunk: number,
  { position, length }: { readonly position: number; readonly length: number },
): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const from = Math.floor(position / chunk);
  const to = Math.floor((position + length - 1) / chunk);
  const first = position - from * chunk;
  const texts = await read(from, to - from + 1);
  const all = texts.length === 1 ? texts[0]! : Buffer.concat(texts);
  return all.subarray(first, first + length);
}

function newFile(stored: NewFile, own: Buffer, chunk: number): NewFile {
  const read = chunksOf(stored, own, chunk);
  /** Text that is not sealed yet: the last chunk is known for that at the end alone. */
  let waiting: Buffer = Buffer.alloc(0);
  let count = 0;
  return {
    get size() {
      return count * chunk + waiting.length;
    },
    async append(bytes) {
      const all = Buffer.concat([waiting, bytes]);
      const sealed: Buffer[] = [];
      let at = 0;
      for (; all.length - at > chunk; at += chunk)
        sealed.push(sealedChunk(all.subarray(at, at + chunk), own, count + sealed.length, false));
      if (sealed.length > 0) await stored.append(Buffer.concat(sealed));
      count += sealed.length;
      waiting = Buffer.from(all.subarray(at));
    },
    async read(position, length) {
      const before = Math.max(0, Math.min(length, count * chunk - position));
      const text = await textOf(read, chunk, { position, length: before });
      const first = Math.max(0, position - count * chunk);
      const rest = waiting.subarray(first, first + length - text.length);
      return text.length === 0 ? rest : Buffer.concat([text, rest]);
    },
    async end() {
      await stored.append(sealedChunk(waiting, own, count, true));
      await stored.end();
    },
    close: () => stored.close(),
    discard: () => stored.discard(),
  };
}
