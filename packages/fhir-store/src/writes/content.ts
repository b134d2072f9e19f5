/** The text of a version as it is sent to the database: a large one is encoded in parts, so that other requests continue. */
import type { JsonSource } from '@dhp/fhir-model';
import { rangeOfStamp, stampedParts, stampResource, type ResourceStamp } from '@dhp/fhir-model/stamp';
import { EncodedText } from '@dhp/postgres/values';
import { createPauses } from '@dhp/budget';
import type { Content } from '../statements/columns.ts';

/** UTF-16 code units from which on a text is encoded in parts. */
const largeText = 1024 ** 2;
/** UTF-16 code units that are encoded at a time. */
const usualPart = 256 * 1024;

/** The stamped text; a promise of its bytes if it is large. */
export function stampedContent(source: JsonSource, stamp: ResourceStamp): Content | Promise<EncodedText> {
  return source.text.length < largeText
    ? stampResource(source, stamp)
    : encodedInParts(stampedParts(source, stamp), createPauses());
}

/**
 * The bytes of texts in UTF-8, in pieces.
 * @param pause called between parts; a promise is awaited
 */
export async function encodedInParts(
  texts: readonly string[],
  pause: () => Promise<void> | undefined,
  part: number = usualPart,
): Promise<EncodedText> {
  const pieces: Buffer[] = [];
  for (const text of texts) {
    for (let at = 0; at < text.length;) {
      const due = pause();
      if (due !== undefined) await due;
      const end = endOfPart(text, at + part);
      pieces.push(Buffer.from(text.slice(at, end)));
      at = end;
    }
  }
  return new EncodedText(pieces);
}

/** A pair of surrogates is one character, and has bytes only as a whole. */
function endOfPart(text: string, end: number): number {
  if (end >= text.length) return text.length;
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end + 1 : end;
}

/** A place within a text, in bytes. */
export interface Stamped {
  readonly before: number;
  /** Up to its end. */
  readonly upTo: number;
}

/** The byte range in which two versions of one resource differ by their stamps; undefined for a large text, which is not scanned. */
export function placeOfStamp(content: Content, source: JsonSource, stamp: ResourceStamp): Stamped | undefined {
  if (typeof content !== 'string') return undefined;
  const { start, end } = rangeOfStamp(source, stamp);
  const before = byteLength(content.slice(0, start));
  return { before, upTo: before + byteLength(content.slice(start, end)) };
}

/** Bytes in UTF-8. */
export function byteLength(content: Content): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.length;
}

export function bytesOf(content: Content): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content.pieces, content.length);
}

/** Whether the content contains an ASCII text, also across two pieces. */
export function hasText(content: Content, text: string): boolean {
  if (typeof content === 'string') return content.includes(text);
  let end: Buffer = Buffer.alloc(0);
  return content.pieces.some((piece) => {
    const seam = Buffer.concat([end, piece.subarray(0, text.length)]);
    end = Buffer.concat([end, piece.subarray(-text.length)]).subarray(-text.length);
    return seam.includes(text) || piece.includes(text);
  });
}

/** Whether the bytes are those of the content. */
export function isContent(bytes: Buffer, content: Content): boolean {
  if (typeof content === 'string') return bytes.equals(Buffer.from(content));
  if (bytes.length !== content.length) return false;
  let at = 0;
  return content.pieces.every((piece) => bytes.compare(piece, 0, piece.length, at, (at += piece.length)) === 0);
}
