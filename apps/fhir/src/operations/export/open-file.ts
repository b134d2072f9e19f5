/** A file of an export while it is made. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { failure } from '../../http/errors.ts';

/** A file that is whole. */
export interface WholeFile {
  readonly number: number;
  readonly count: number;
  readonly bytes: number;
  readonly digest: Buffer;
}

export class OpenFile {
  readonly number: number;
  count = 0;
  bytes = 0;
  waiting = 0;
  /** Bytes of its part of a table. */
  ofTable = 0;
  /** Resources by their types, where it has several. */
  readonly counts = new Map<string, number>();
  #pieces: Buffer[] = [];
  readonly handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');

  constructor(number: number, handle: FileHandle) {
    this.number = number;
    this.handle = handle;
  }

  add(line: Buffer): void {
    this.#pieces.push(line);
    this.count += 1;
    this.bytes += line.length;
    this.waiting += line.length;
  }

  /** Adds bytes that are no line of their own. */
  append(piece: Buffer): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
    this.waiting += piece.length;
  }

  async write(): Promise<void> {
    const text = Buffer.concat(this.#pieces);
    [this.#pieces, this.waiting] = [[], 0];
    this.#hash.update(text);
    for (let at = 0; at < text.length;) at += (await this.handle.write(text, at)).bytesWritten;
  }

  /** On the disk. */
  async end(): Promise<WholeFile> {
    await this.write();
    await this.handle.sync();
    await this.handle.close();
    const { number, count, bytes } = this;
    return { number, count, bytes, digest: this.#hash.digest() };
  }

  close(): Promise<void> {
    return this.handle.close().catch(() => undefined);
  }
}

/** Fails with `export-storage-failed`, which says why. */
export async function storing<Done>(work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    const diagnostics = `A file of the export could not be stored: ${code} (${syscall}).`;
    throw failure('export-storage-failed', { reason: code }, { diagnostics });
  }
}
