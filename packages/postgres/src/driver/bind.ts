/** The message that gives a statement its parameters. */
import { setImmediate } from 'node:timers/promises';
import { serialize } from 'pg-protocol';
import { EncodedText, type Encoded } from './values.ts';

/** Formats of parameters. */
const [text, binary] = [0, 1];
/** UTF-16 code units that are encoded at a time, and from which on a text is. */
const part = 256 * 1024;

/**
 * The message Bind, in one piece or more; a text that is encoded already is a piece by itself, without a copy.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND
 */
export function bind(
  statement: string,
  parameters: readonly Encoded[],
  /** In which form the columns of the answer come, all of them. */
  answer: 'text' | 'binary' = 'text',
): readonly Buffer[] {
  return parameters.every(isSmall)
    ? [serialize.bind({ statement, values: [...parameters], binary: answer === 'binary' })]
    : bindInPieces(statement, parameters, answer === 'binary' ? binary : text);
}

function isSmall(value: Encoded): value is string | Buffer | null {
  return !(value instanceof EncodedText);
}

function bindInPieces(statement: string, parameters: readonly Encoded[], answer: number): readonly Buffer[] {
  const name = Buffer.from(`\0${statement}\0`);
  const formats = parameters.map((value) => (value instanceof Buffer ? binary : text));
  const pieces = [name, numbers16([formats.length, ...formats, formats.length])];
  for (const value of parameters) {
    if (value === null) pieces.push(number32(-1));
    else if (value instanceof EncodedText) pieces.push(number32(value.length), ...value.pieces);
    else {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      pieces.push(number32(bytes.length), bytes);
    }
  }
  pieces.push(numbers16([1, answer]));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 4);
  return [Buffer.from('B'), number32(length), ...pieces];
}

/** Whether a text is large enough to be encoded in parts before it is sent. */
export function isLarge(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 4 * part;
}

/**
 * A large text in UTF-8. Others of the process get their turn between the parts.
 */
export async function encodedInParts(value: string): Promise<EncodedText> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < value.length;) {
    await setImmediate();
    let end = Math.min(at + part, value.length);
    // A pair of surrogates is one character, and has bytes only as a whole.
    if (end < value.length && (value.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
    pieces.push(Buffer.from(value.slice(at, end)));
    at = end;
  }
  return new EncodedText(pieces);
}

function number32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function numbers16(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(2 * values.length);
  // Unsigned: there may be 65535 parameters.
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}
