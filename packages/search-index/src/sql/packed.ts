/** Contents of versions that are stored compressed, as statements bring them. docs/decisions/0198-packed-versions.md */
import { createHash } from 'node:crypto';
import { zstdDecompressSync, type ZstdOptions } from 'node:zlib';
import type { Column } from './columns.ts';

/** A version whose compressed content cannot be read: it has changed, or its dictionary is missing. */
export class DamagedVersion extends Error {
  override readonly name = 'DamagedVersion';

  constructor(reason: string) {
    super(`a packed version of fhir.history cannot be read: ${reason}`);
  }
}

/**
 * The content of a row of fhir.history as one text, in either form: for a packed one a control character, with which no JSON begins, the
 * number of its dictionary, its length, and its bytes.
 * @param row the alias of the row
 */
export function contentText(row: string): string {
  return `case when ${row}.packed is null then ${row}.content
    else concat(chr(1), ${row}.dictionary, ' ', ${row}.size, ' ', encode(${row}.packed, 'hex')) end`;
}

/** Reads a dictionary; undefined if the number is unknown. */
export type DictionaryReader = (number: number) => Promise<Buffer | undefined>;

/** By number. A number is derived from the bytes themselves, so it means the same in all databases. */
const known = new Map<number, Buffer>();

/** The number of a dictionary: the first four bytes of its hash. */
export function dictionaryNumber(bytes: Buffer): number {
  return createHash('sha256').update(bytes).digest().readInt32BE();
}

const mark = 1;

/** Whether a text is that of a packed content. */
export function isPacked(text: Buffer | string | null | undefined): text is Buffer | string {
  if (text === null || text === undefined || text.length === 0) return false;
  return typeof text === 'string' ? text.charCodeAt(0) === mark : text[0] === mark;
}

/** @throws DamagedVersion */
export async function unpacked(text: Buffer | string, read: DictionaryReader): Promise<Buffer> {
  const [number = '', size = '', hex = ''] = (typeof text === 'string' ? text : text.toString('latin1'))
    .slice(1)
    .split(' ');
  const dictionary = known.get(Number(number)) ?? (await readDictionary(Number(number), read));
  return unpack(Buffer.from(hex, 'hex'), Number(size), dictionary);
}

async function readDictionary(number: number, read: DictionaryReader): Promise<Buffer> {
  const bytes = await read(number);
  if (bytes === undefined) throw new DamagedVersion(`fhir.dictionary has no ${String(number)}`);
  if (dictionaryNumber(bytes) !== number)
    throw new DamagedVersion(`dictionary ${String(number)} of fhir.dictionary is damaged`);
  known.set(number, bytes);
  return bytes;
}

/** @throws DamagedVersion for invalid bytes, also if they would be longer than the length */
export function unpack(packed: Buffer, size: number, dictionary: Buffer): Buffer {
  const options: ZstdOptions = { dictionary, maxOutputLength: Math.max(size, 1) };
  let content: Buffer;
  try {
    content = zstdDecompressSync(packed, options);
  } catch (error) {
    throw new DamagedVersion(`it does not unpack: ${String((error as NodeJS.ErrnoException).code)}`);
  }
  if (content.length !== size) throw new DamagedVersion('it has another length than its row says');
  return content;
}

/**
 * Puts contents in the places of packed ones, in a column of raw rows.
 * @throws DamagedVersion
 */
export async function unpackColumn(rows: readonly Column[][], at: number, read: DictionaryReader): Promise<void> {
  for (const row of rows) {
    const text = row[at];
    if (isPacked(text)) row[at] = await unpacked(text, read);
  }
}
