/** Downloads one file of an export: it resumes after the existing part, and compares the result with the server's statement. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { Interrupted, ServerRefusal } from './faults.ts';
import { reasonOf, type Server } from './server.ts';

export interface FileToGet {
  readonly name: string;
  readonly url: string;
  /** Undefined if the manifest does not state it. */
  readonly count: number | undefined;
  readonly bytes: number | undefined;
  /** Of a table, which the server stores in another form: its entity tag is not the SHA-256 of the file. */
  readonly isTable?: true;
}

/** Of the uncompressed lines, whether or not they are stored compressed. */
export interface GotFile {
  readonly count: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Attempts for a file that differs from the server's statement. */
const mostAttempts = 2;

/** @throws ServerRefusal if it differs from the manifest, or from its entity tag @throws Interrupted */
export async function download(
  server: Server,
  file: FileToGet,
  folder: string,
  { gzip, onBytes }: { readonly gzip: boolean; readonly onBytes: (held: number) => void },
): Promise<GotFile> {
  const path = join(folder, file.name);
  const draft = `${path}.part`;
  for (let attempt = 1; ; attempt += 1) {
    const tag = await fetchInto(server, file, draft, onBytes);
    const got = await lookedAt(draft);
    const fault = faultOf(file, got, tag);
    if (fault === undefined) {
      await (gzip ? compressed(draft, `${path}.gz`) : rename(draft, path));
      return got;
    }
    await rm(draft, { force: true });
    if (attempt === mostAttempts) throw new ServerRefusal(fault);
  }
}

/** @returns the entity tag of the current file */
async function fetchInto(
  server: Server,
  file: FileToGet,
  draft: string,
  onBytes: (held: number) => void,
): Promise<string> {
  let end = performance.now() + server.patience;
  for (;;) {
    const held = await sizeOf(draft);
    const response = await server.ask(file.url, { headers: headersFor(held), expects: [416] });
    const tag = response.headers.get('etag') ?? '';
    if (response.status === 416) {
      await response.arrayBuffer();
      // The file is complete, or too long.
      if (response.headers.get('content-range') === `bytes */${held}`) return tag;
      await rm(draft, { force: true });
      continue;
    }
    try {
      await written(response, draft, response.status === 206 ? held : 0, (size) => {
        end = performance.now() + server.patience;
        onBytes(size);
      });
      return tag;
    } catch (error) {
      if (server.signal.aborted) throw new Interrupted('ended', { cause: error });
      if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
      if (performance.now() > end) {
        const said = exchangeMessages[spokenLanguage()];
        throw new Interrupted(said.away({ url: file.url, reason: reasonOf(error) }));
      }
      await server.wait(1);
    }
  }
}

/** A range of the compressed form would not be a range of the lines. */
function headersFor(held: number): Readonly<Record<string, string>> {
  const accept = 'application/fhir+ndjson';
  if (held === 0) return { accept, 'accept-encoding': 'gzip' };
  return { accept, 'accept-encoding': 'identity', range: `bytes=${held}-` };
}

async function written(
  response: Response,
  draft: string,
  from: number,
  onBytes: (size: number) => void,
): Promise<void> {
  const file = await open(draft, from === 0 ? 'w' : 'a', 0o600);
  let size = from;
  try {
    for await (const part of response.body ?? []) {
      const bytes = part as Uint8Array;
      for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
      onBytes((size += bytes.length));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

const feed = 0x0a;

/** Reads the file from the disk again: the written data and the stored data may differ. */
async function lookedAt(path: string): Promise<GotFile> {
  const hash = createHash('sha256');
  let [count, bytes, last] = [0, 0, feed];
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(part);
    bytes += part.length;
    last = part.at(-1) ?? last;
    for (let at = part.indexOf(feed); at >= 0; at = part.indexOf(feed, at + 1)) count += 1;
  }
  return { count: last === feed ? count : count + 1, bytes, sha256: hash.digest('hex') };
}

function faultOf({ name, count, bytes, isTable }: FileToGet, got: GotFile, tag: string): string | undefined {
  const said = exchangeMessages[spokenLanguage()];
  if (bytes !== undefined && bytes !== got.bytes) return said.differs.bytes({ name, got: got.bytes, wanted: bytes });
  if (count !== undefined && count !== got.count) return said.differs.lines({ name, got: got.count, wanted: count });
  if (isTable) return undefined;
  // Servers of this platform say the SHA-256 of the file by its entity tag.
  const [, digest] = /^(?:W\/)?"([\da-f]{64})"$/.exec(tag) ?? [];
  return digest === undefined || digest === got.sha256 ? undefined : said.differs.digest({ name });
}

async function compressed(draft: string, path: string): Promise<void> {
  await pipeline(
    createReadStream(draft),
    createGzip(),
    createWriteStream(`${path}.part`, { mode: 0o600, flush: true }),
  );
  await rename(`${path}.part`, path);
  await rm(draft);
}
