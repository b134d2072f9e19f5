/** The lines of an input, without holding more of it than one line. */
import type { StoredFile } from '../../contract/job-files.ts';

/** Bytes that can be read from anywhere. */
export interface LineSource {
  /** @returns fewer than asked for at the end, and none behind it */
  read(position: number, length: number): Promise<Buffer>;
  readonly length: number;
  close(): Promise<void>;
}

export interface RawLine {
  /** From 1, blank ones counted. */
  readonly number: number;
  /** Byte at which it begins, and the one behind its end. */
  readonly place: number;
  readonly end: number;
  /** Without its end and a byte order mark; undefined of one that is too long. */
  readonly bytes: Buffer | undefined;
}

const feed = 0x0a;
const piece = 256 * 1024;

export function linesOfBuffer(buffer: Buffer): LineSource {
  return {
    read: (position, length) => Promise.resolve(buffer.subarray(position, position + length)),
    length: buffer.length,
    close: () => Promise.resolve(),
  };
}

export function linesOfFile(stored: StoredFile, length: number): LineSource {
  return {
    async read(position, wanted) {
      const read = await stored.read(position, wanted);
      // A file that became shorter would be taken for one that ends there.
      if (read.length === 0 && position < length) throw new Error('a file of an import is shorter than it was');
      return read;
    },
    length,
    close: () => stored.close(),
  };
}

/**
 * Lines that are not blank, from a place where one begins.
 * @param from bytes and lines before it
 * @param most bytes of a line: of a longer one nothing is held
 */
export async function* linesFrom(
  source: LineSource,
  from: { readonly position: number; readonly line: number },
  most: number,
): AsyncGenerator<RawLine> {
  let { position: place, line: number } = from;
  let parts: Buffer[] = [];
  let held = 0;
  const finished = (last: Buffer, end: number): RawLine | undefined => {
    const isLong = held + last.length > most;
    const bytes = isLong ? undefined : trimmed(parts.length === 0 ? last : Buffer.concat([...parts, last]), place);
    const line = { number: (number += 1), place, end, bytes };
    [parts, held, place] = [[], 0, end];
    return bytes?.length === 0 ? undefined : line;
  };
  for (let at = from.position; ;) {
    const read = await source.read(at, piece);
    if (read.length === 0) break;
    let start = 0;
    for (let end = read.indexOf(feed); end >= 0; end = read.indexOf(feed, start)) {
      const line = finished(read.subarray(start, end), at + end + 1);
      start = end + 1;
      if (line !== undefined) yield line;
    }
    at += read.length;
    const rest = read.subarray(start);
    held += rest.length;
    if (held > most) parts = [];
    else if (rest.length > 0) parts.push(rest);
  }
  if (held > 0) {
    const line = finished(Buffer.alloc(0), place + held);
    if (line !== undefined) yield line;
  }
}

/** Without its end and white space; a byte order mark is at the beginning of all. @param place at which the bytes begin */
export function trimmed(bytes: Buffer, place: number): Buffer {
  let [start, end] = [0, bytes.length];
  if (place === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  while (start < end && isSpace(bytes[start])) start += 1;
  return bytes.subarray(start, end);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === feed;
}
