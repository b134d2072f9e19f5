/** The files and addresses that the words of `dhp import` name, and the lines of files. */
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { UsageError } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { ServerRefusal } from './faults.ts';

interface SourceFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds: a changed file counts as another one. */
  readonly changed: number;
}

interface Line {
  /** From 1, including blank ones. */
  readonly line: number;
  readonly text: Buffer;
  /** Bytes of the file as stored that were read for it. */
  readonly read: number;
}

export interface Sources {
  readonly files: readonly SourceFile[];
  readonly addresses: readonly string[];
}

/** Resources of other types refer to these. */
const first = ['Organization', 'Location', 'Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson', 'Device'];
const named = /\.(ndjson|jsonl|json)(\.gz)?$/i;
const isOfOne = (path: string): boolean => /\.json(\.gz)?$/i.test(path);
const isAddress = (word: string): boolean => /^https?:\/\//i.test(word);

/**
 * Files in an order in which most references refer to earlier ones, without those of the results. @throws UsageError for files that cannot
 * be read, and if there are none
 */
export async function sourcesOf(words: readonly string[], results: string): Promise<Sources> {
  const said = exchangeMessages[spokenLanguage()];
  const files: { readonly file: SourceFile; readonly place: number }[] = [];
  for (const word of words.filter((one) => !isAddress(one))) {
    try {
      for (const path of (await stat(word)).isDirectory() ? await filesBelow(word, results) : [word]) {
        const { size, mtimeMs } = await stat(path);
        files.push({ file: { path, size, changed: Math.floor(mtimeMs) }, place: await placeOf(path) });
      }
    } catch (error) {
      throw new UsageError(said.unreadable({ path: word, reason: (error as Error).message }));
    }
  }
  const addresses = words.filter(isAddress);
  if (files.length + addresses.length === 0) throw new UsageError(said.noFiles({ words: words.join(' ') }));
  return { files: files.toSorted((a, b) => a.place - b.place).map(({ file }) => file), addresses };
}

/** Deletions and notes of an export cannot be imported. */
const ofExports = /^(export\.json|(deleted|error)-\d+\.ndjson(\.gz)?)$/;

async function filesBelow(folder: string, results: string): Promise<string[]> {
  if (resolve(folder) === results) return [];
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || ofExports.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, results)));
    else if (named.test(entry.name)) found.push(path);
  }
  return found;
}

/** By the type of its first line. */
async function placeOf(path: string): Promise<number> {
  for await (const { text } of linesOf({ path, size: 0, changed: 0 }, 0)) {
    const index = first.indexOf(nameOf(text).split('/')[0]!);
    return index < 0 ? first.length : index;
  }
  return first.length;
}

/** `Patient/a`; with nothing after the slash if there is no id, and empty if it is not a resource. */
export function nameOf(text: Buffer): string {
  try {
    const { resourceType, id } = JSON.parse(text.toString('utf8')) as { resourceType?: unknown; id?: unknown };
    return typeof resourceType === 'string' ? `${resourceType}/${typeof id === 'string' ? id : ''}` : '';
  } catch {
    return '';
  }
}

/** Bytes of a line; no server accepts a longer one. */
const mostLine = 256 * 1024 ** 2;
const feed = 0x0a;

/** Lines that are not blank, after the first `skipped`. @throws ServerRefusal for a line without an end, and invalid gzip */
export async function* linesOf(file: SourceFile, skipped: number): AsyncGenerator<Line> {
  if (isOfOne(file.path)) {
    if (skipped === 0) yield* wholeFile(file);
    return;
  }
  const { stream, read } = await inflatedStream(file.path);
  let number = 0;
  let rest: Buffer[] = [];
  let held = 0;
  const lineOf = (last: Buffer): Line | undefined => {
    number += 1;
    const whole = rest.length === 0 ? last : Buffer.concat([...rest, last]);
    [rest, held] = [[], 0];
    const text = trimmed(whole);
    return number <= skipped || text.length === 0 ? undefined : { line: number, text, read: read() };
  };
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = part.indexOf(feed); end >= 0; end = part.indexOf(feed, start)) {
        const line = lineOf(part.subarray(start, end));
        start = end + 1;
        if (line !== undefined) yield line;
      }
      rest.push(part.subarray(start));
      if ((held += part.length - start) > mostLine) throw tooLong(file.path, number + 1);
    }
    if (held > 0) {
      const line = lineOf(Buffer.alloc(0));
      if (line !== undefined) yield line;
    }
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    const said = exchangeMessages[spokenLanguage()];
    throw new ServerRefusal(said.unreadable({ path: file.path, reason: (error as Error).message }));
  } finally {
    stream.destroy();
  }
}

function tooLong(path: string, line: number): ServerRefusal {
  return new ServerRefusal(exchangeMessages[spokenLanguage()].tooLong({ path, line }));
}

/** Without a byte order mark, and the blanks around it. */
function trimmed(text: Buffer): Buffer {
  let [start, end] = [text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0, text.length];
  const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.subarray(start, end);
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function inflatedStream(path: string): Promise<{ stream: Readable; read: () => number }> {
  const raw = createReadStream(path, { highWaterMark: 256 * 1024 });
  const read = (): number => raw.bytesRead;
  if (!(await isGzip(path))) return { stream: raw, read };
  const gunzip = createGunzip();
  raw.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => raw.destroy());
  return { stream: raw.pipe(gunzip), read };
}

/** One resource over many lines: its texts cannot contain line ends, so replacing them with blanks changes nothing. */
async function* wholeFile({ path }: SourceFile): AsyncGenerator<Line> {
  const bytes = await readFile(path);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).map((byte) =>
    byte === feed || byte === 0x0d ? 0x20 : byte,
  );
  const line = trimmed(Buffer.from(text.buffer, text.byteOffset, text.length));
  if (line.length > 0) yield { line: 1, text: line, read: bytes.length };
}
