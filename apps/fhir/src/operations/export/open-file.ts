/** A file of an export while it is made. */
import { createHash, type Hash } from 'node:crypto';
import { StorageFailure, type NewFile } from '../../contract/job-files.ts';
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
  /** Ids of the patients in its lines, as far as they are noted. */
  patients = new Set<string>();
  #pieces: Buffer[] = [];
  readonly stored: NewFile;
  readonly #hash: Hash = createHash('sha256');

  constructor(number: number, stored: NewFile) {
    this.number = number;
    this.stored = stored;
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

  /** All that waits to be written. */
  get next(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!;
  }

  async write(): Promise<void> {
    const text = this.next;
    [this.#pieces, this.waiting] = [[], 0];
    this.#hash.update(text);
    await this.stored.append(text);
  }

  /** Stored for good. */
  async end(): Promise<WholeFile> {
    await this.write();
    await this.stored.end();
    const { number, count, bytes } = this;
    return { number, count, bytes, digest: this.#hash.digest() };
  }

  close(): Promise<void> {
    return this.stored.close().catch(() => undefined);
  }
}

/** Fails with `export-storage-failed`, which says why. */
export async function storing<Done>(work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    const { reason, during } = error;
    const diagnostics = `A file of the export could not be stored: ${reason} (${during}).`;
    throw failure('export-storage-failed', { reason }, { diagnostics, ...(error.isPassing && { isPassing: true }) });
  }
}
