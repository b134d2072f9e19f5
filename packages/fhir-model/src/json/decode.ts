import { Buffer, isUtf8 } from 'node:buffer';
import { JsonSyntaxError, placeOf } from './syntax-error.ts';

/**
 * The text of a JSON body. Bytes that are not UTF-8 are refused, where the usual decoding would silently store U+FFFD
 * in their place.
 * @throws JsonSyntaxError of kind `encoding`; its offset counts bytes
 */
export function decodeJson(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (isUtf8(buffer)) return text;
  const offset = firstInvalidByte(buffer, Buffer.from(text, 'utf8'));
  const before = buffer.toString('utf8', 0, offset);
  const found = `0x${buffer[offset]!.toString(16).toUpperCase().padStart(2, '0')}`;
  throw new JsonSyntaxError('encoding', `byte ${found} is not UTF-8`, offset, placeOf(before, before.length), '');
}

/** Decoding has put U+FFFD where bytes were wrong: the first byte that encoding does not give back begins the wrong sequence. */
function firstInvalidByte(bytes: Buffer, reencoded: Buffer): number {
  let offset = 0;
  while (offset < bytes.length && bytes[offset] === reencoded[offset]) offset += 1;
  // A wrong sequence may begin as U+FFFD itself does (EF BF); its first byte is the one to name.
  while (offset > 0 && (offset === bytes.length || (bytes[offset]! & 0xc0) === 0x80) && bytes[offset - 1]! >= 0x80)
    offset -= 1;
  return offset;
}
