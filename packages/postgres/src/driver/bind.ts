/** The message that binds the parameters of a statement. */
import { setImmediate } from 'node:timers/promises';
import { EncodedText, type Encoded } from './values.ts';

/** Formats of parameters. */
const [text, binary] = [0, 1];
const bindMessage = 'B'.charCodeAt(0);
/** Bytes of a message without its statement and parameters. */
const headLength = 16;
const nothing = Buffer.alloc(0);
/** UTF-16 code units that are encoded at a time; longer texts are encoded in parts. */
const part = 256 * 1024;

/**
 * The message Bind, in one or more pieces; a text that is already encoded is a separate piece, without a copy.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND
 */
export function bind(
  statement: string,
  parameters: readonly Encoded[],
  /** The format of all columns of the answer. */
  answer: 'text' | 'binary' = 'text',
  /** Messages that go behind it. */
  behind: Buffer = nothing,
): readonly Buffer[] {
  const format = answer === 'binary' ? binary : text;
  return parameters.some(isInPieces)
    ? [...bindInPieces(statement, parameters, format), behind]
    : [bindWhole(statement, parameters as readonly (string | Buffer | null)[], format, behind)];
}

function isInPieces(value: Encoded): boolean {
  return value instanceof EncodedText;
}

/**
 * Buffer in which a message is assembled before it is copied as a whole: the UTF-8 length of a text is known when it is written, and
 * counting its bytes before would take as long as writing them. Up to a size, it is kept for the next message.
 */
let room: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
const mostRoom = 1024 ** 2;
/** Bytes of a UTF-16 code unit in UTF-8, at most. */
const widest = 3;

function bindWhole(
  statement: string,
  parameters: readonly (string | Buffer | null)[],
  answer: number,
  behind: Buffer,
): Buffer {
  let most = headLength + widest * statement.length + 6 * parameters.length + behind.length;
  for (const value of parameters)
    if (value !== null) most += typeof value === 'string' ? widest * value.length : value.length;
  const bytes = roomOf(most);
  const count = parameters.length;
  bytes[0] = bindMessage;
  bytes[5] = 0; // the portal without a name
  let at = 6 + bytes.write(statement, 6);
  bytes[at++] = 0;
  at = put16(bytes, count, at);
  const formats = at;
  at = put16(bytes, count, at + 2 * count);
  for (let n = 0; n < count; n += 1) {
    const value = parameters[n] ?? null;
    put16(bytes, value instanceof Buffer ? binary : text, formats + 2 * n);
    if (value === null) at = put32(bytes, -1, at);
    else {
      const length = typeof value === 'string' ? bytes.write(value, at + 4) : value.copy(bytes, at + 4);
      at = put32(bytes, length, at) + length;
    }
  }
  at = put16(bytes, answer, put16(bytes, 1, at));
  put32(bytes, at - 1, 1);
  at += behind.copy(bytes, at);
  const message = bytes.subarray(0, at);
  return bytes === room ? Buffer.from(message) : message;
}

function roomOf(length: number): Buffer {
  if (length <= room.length) return room;
  if (length > mostRoom) return Buffer.allocUnsafeSlow(length);
  return (room = Buffer.allocUnsafeSlow(Math.min(2 * length, mostRoom)));
}

function put16(bytes: Buffer, value: number, at: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
  return at + 2;
}

function put32(bytes: Buffer, value: number, at: number): number {
  return put16(bytes, value & 0xffff, put16(bytes, value >>> 16, at));
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
    // A pair of surrogates is one character, and can only be encoded as a whole.
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
