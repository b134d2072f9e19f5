import { Buffer, isUtf8 } from 'node:buffer';
import { JsonSyntaxError, placeOf } from './syntax-error.ts';

/**
 * The text of a JSON body. Bytes that are not UTF-8 are refused, where the usual decoding would silently store U+FFFD
 * in their place.
 * @throws JsonSyntaxError of kind `encoding`; its offset counts bytes
 * @example
 * decodeJson(Buffer.from('{}')); // '{}'
 * decodeJson(Uint8Array.of(0xff)); // throws JsonSyntaxError
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

/** Bytes that are decoded at a time. */
const usualPart = 1024 ** 2;

/**
 * As `decodeJson`, in parts: of a body of many megabytes, so that others of this process get their turn.
 * @param pause called before each part; a promise is awaited
 * @throws JsonSyntaxError as `decodeJson`
 * @example
 * await decodeJsonInParts(Buffer.from('{}'), () => undefined); // '{}'
 */
export async function decodeJsonInParts(
  bytes: Uint8Array,
  pause: () => Promise<void> | undefined,
  part: number = usualPart,
): Promise<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at < buffer.length;) {
    const due = pause();
    if (due !== undefined) await due;
    const end = endOfCharacters(buffer, at, at + part);
    const some = buffer.subarray(at, end);
    // The whole text is decoded to find the byte and its line.
    if (!isUtf8(some)) return decodeJson(bytes);
    parts.push(some.toString('utf8'));
    at = end;
  }
  // To put them together takes long enough by itself.
  const due = pause();
  if (due !== undefined) await due;
  return parts.join('');
}

/** An offset at or before `end` before which no character is divided; a sequence of UTF-8 has four bytes at most. */
function endOfCharacters(bytes: Buffer, start: number, end: number): number {
  if (end >= bytes.length) return bytes.length;
  for (let at = end; at > Math.max(start, end - 4); at -= 1) if ((bytes[at]! & 0xc0) !== 0x80) return at;
  return end;
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
