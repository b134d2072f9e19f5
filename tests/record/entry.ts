/** Format of a recording: one JSON object a line, compressed with gzip. The first line is its head. */
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';

/** A request as a script makes it. */
export interface Sent {
  readonly method: string;
  /** Below the base URL, with the query; sent as it stands. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Caller whose token it carries, a name of `callers.ts`; default `all`. */
  readonly as?: string;
  /** Whether the statements that the search sends to the database are recorded, too. */
  readonly statements?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Where a statement is in its recording, and the values that were bound to it. */
export interface RanStatement {
  readonly statement: string;
  readonly values: readonly (string | null)[];
}

/** A request and its answer, both normalised. */
export interface Entry {
  /** The lane, the kind of request, and its number among those: the same in every recording of the same seed and size. */
  readonly id: string;
  readonly kind: string;
  readonly request: { method: string; path: string; as: string; headers: Record<string, string>; body: string };
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly statements?: readonly RanStatement[];
}

/** The text of a statement, which entries name by its digest. */
export interface StatementText {
  readonly statement: string;
  readonly text: string;
}

export interface Head {
  readonly recording: 1;
  readonly commit: string;
  readonly seed: number;
  readonly requests: number;
  readonly made: string;
}

export type Line = Head | Entry | StatementText;

export interface Writer {
  write(line: Line): void;
  /** Resolves when everything is in the file. */
  end(): Promise<void>;
}

/** Writes a recording, or a part of one: parts that are appended to each other make a recording. */
export function writeRecording(file: string): Writer {
  const output: WriteStream = createWriteStream(file);
  const gzip: Gzip = createGzip({ level: 4 });
  gzip.pipe(output);
  const finished = once(output, 'close');
  return {
    write: (line) => void gzip.write(`${JSON.stringify(line)}\n`),
    async end() {
      gzip.end();
      await finished;
    },
  };
}

/** The lines of a recording. @throws Error when the file is no recording, or is cut off */
export async function* readRecording(file: string): AsyncGenerator<Line> {
  const input = createReadStream(file);
  const gunzip = createGunzip();
  input.on('error', (error) => gunzip.destroy(error));
  for await (const line of createInterface({ input: input.pipe(gunzip), crlfDelay: Infinity })) {
    yield JSON.parse(line) as Line;
  }
}
