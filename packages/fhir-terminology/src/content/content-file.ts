import type { Names } from '../source/aliases.ts';
import type { SystemMetadata } from '../concepts/concept-system.ts';
import { BlockReader, BlockWriter, type Span } from './blocks.ts';

/**
 * URL of the content file that is built when this package is installed: FHIR R5's own code systems, value sets and concept maps, HL7
 * Terminology, those of the extensions package, ISO 3166-1 and ISO 4217. This package opens no files: the caller reads it and passes the
 * bytes to `readContent`.
 */
export const contentFile: URL = new URL('../../generated/content.bin', import.meta.url);

/** A code system in a content file: its header, and where its table is (as JSON of TableSpans). */
export interface SystemEntry {
  readonly header: SystemMetadata;
  readonly size: number;
  readonly table: Span;
  /** Where JSON is of the resource without its concepts and its narrative, of a file that keeps definitions. */
  readonly rest?: Span;
}

/** A resource in a content file: where its JSON is. */
export interface ResourceEntry {
  readonly url: string;
  readonly version?: string;
  /** Code system of a supplement. */
  readonly supplements?: string;
  readonly json: Span;
  /** Where JSON is of the elements that no operation uses, without the narrative, of a file that keeps definitions. */
  readonly rest?: Span;
}

/** Directory of a content file; the rest of the file is read when it is needed. */
export interface Directory {
  readonly systems: readonly SystemEntry[];
  readonly supplements: readonly ResourceEntry[];
  readonly valueSets: readonly ResourceEntry[];
  readonly conceptMaps: readonly ResourceEntry[];
  /** Names of the code systems that have several. */
  readonly aliases: readonly Names[];
}

/** The first bytes; the number is that of the format. */
const magic = 'DHPTERM3';

/** Magic, the length of the directory, the directory as JSON, the blocks. */
export function packContent(directory: Directory, blocks: BlockWriter): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(directory));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  const file = new BlockWriter();
  for (const part of [new TextEncoder().encode(magic), length, head, blocks.join()]) file.bytes(part);
  return file.join();
}

/** @throws RangeError when the bytes are no content file of this format */
export function unpackContent(bytes: Uint8Array): { directory: Directory; blocks: BlockReader } {
  const whole = new BlockReader(bytes);
  if (bytes.length < 12 || whole.text([0, 8]) !== magic) throw new RangeError('this is no terminology content file');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true);
  return { directory: whole.json([12, length]) as Directory, blocks: new BlockReader(bytes.subarray(12 + length)) };
}
