/** Brings the lines of an input here: from its address, and out of gzip. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { createGunzip, gunzip, type Gunzip } from 'node:zlib';
import type { ImportInput } from '@dhp/fhir-store/jobs';
import type { FileHeaders, Imports } from '../../contract/imports.ts';
import { StorageFailure, type FileName, type JobFiles, type NewFile } from '../../contract/job-files.ts';
import type { Work } from '../../contract/jobs.ts';
import { Failure, failure } from '../../http/errors.ts';

export interface Fetched {
  readonly digest: Buffer;
  readonly bytes: number;
}

const inflate = promisify(gunzip);

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Lines that were sent with the request. Fails with `import-source-failed`. */
export async function inflated(body: Buffer, { most }: Imports): Promise<Buffer> {
  if (!isGzip(body)) return body;
  return inflate(body, { maxOutputLength: most.line * 4 }).catch((error: unknown) => {
    throw unusable('the body', messageOf(error));
  });
}

/**
 * Stores the lines of an input as a file. Fails with `import-source-failed` where they cannot be had, `import-storage-failed` where they cannot be stored.
 */
export async function fetchInput(
  { outbound, most }: Imports,
  files: JobFiles,
  { source, headers }: Pick<ImportInput, 'source'> & { readonly headers: FileHeaders },
  { job, file, work }: { readonly job: string; readonly file: FileName; readonly work: Pick<Work, 'signal'> },
): Promise<Fetched> {
  const saving = new Saving(files, job, file, most.input);
  try {
    const { status } = await outbound(source, {
      ...{ method: 'GET', maxBytes: most.input, timeout: most.time, idle: most.idle, signal: work.signal },
      headers: { accept: 'application/fhir+ndjson, application/ndjson;q=0.9, */*;q=0.1', ...headers },
      into: (part) => saving.add(part),
    });
    if (status !== 200) throw unusable(source, `it was answered with ${status}, not with 200`);
    return await saving.end();
  } catch (error) {
    if (work.signal.aborted || error instanceof Failure) throw error;
    throw error instanceof StorageFailure ? storageFailed(error) : unusable(source, messageOf(error));
  } finally {
    await saving.close();
  }
}

/** A file whose bytes come one after the other. */
class Saving {
  readonly #made: () => Promise<NewFile>;
  readonly #most: number;
  readonly #hash = createHash('sha256');
  #stored: NewFile | undefined;
  #gunzip: Gunzip | undefined;
  #inflating: Promise<void> | undefined;
  #begun = Buffer.alloc(0);
  #isKnown = false;
  #failed: unknown;
  bytes = 0;

  constructor(files: JobFiles, job: string, file: FileName, most: number) {
    this.#made = () => files.create(job, file);
    this.#most = most;
  }

  async add(part: Buffer): Promise<void> {
    let given = part;
    if (!this.#isKnown) {
      // Its first two bytes show the format.
      this.#begun = given = Buffer.concat([this.#begun, part]);
      if (given.length < 2) return;
      this.#isKnown = true;
      if (isGzip(given)) this.#inflating = this.#inflate();
    }
    if (this.#gunzip === undefined) return this.#write(given);
    this.#raise();
    if (!this.#gunzip.write(given)) await Promise.race([once(this.#gunzip, 'drain'), this.#inflating]);
    this.#raise();
  }

  async end(): Promise<Fetched> {
    if (!this.#isKnown) await this.#write(this.#begun);
    this.#gunzip?.end();
    await this.#inflating;
    this.#raise();
    await this.#stored?.end();
    this.#stored = undefined;
    return { digest: this.#hash.digest(), bytes: this.bytes };
  }

  async close(): Promise<void> {
    this.#gunzip?.destroy();
    await this.#inflating;
    await this.#stored?.discard();
  }

  #raise(): void {
    if (this.#failed !== undefined) throw this.#failed as Error;
  }

  async #inflate(): Promise<void> {
    const inflating = (this.#gunzip = createGunzip());
    try {
      for await (const part of inflating) await this.#write(part as Buffer);
    } catch (error) {
      this.#failed ??= error;
      inflating.destroy();
    }
  }

  async #write(part: Buffer): Promise<void> {
    this.bytes += part.length;
    if (this.bytes > this.#most) throw new Error(`it has more than ${this.#most} bytes`);
    this.#hash.update(part);
    this.#stored ??= await this.#made();
    await this.#stored.append(part);
  }
}

export function storageFailed({ reason, during, isPassing }: StorageFailure): Failure {
  const diagnostics = `The lines of an input could not be stored: ${reason} (${during}).`;
  return failure('import-storage-failed', { reason }, { diagnostics, ...(isPassing && { isPassing }) });
}

/** Says why something that was named could not be had. */
export function unusable(source: string, why: string): Failure {
  return failure(
    'import-source-failed',
    { source: source.slice(0, 200) },
    { diagnostics: `${source.slice(0, 500)}: ${why}.` },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
