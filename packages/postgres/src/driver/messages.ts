/** Parses PostgreSQL's messages: a type byte, a length and a body. https://www.postgresql.org/docs/current/protocol-message-formats.html */

/** Type bytes of the messages that a statement is answered with. */
export const message = {
  parseComplete: 0x31,
  bindComplete: 0x32,
  commandComplete: 0x43,
  dataRow: 0x44,
  error: 0x45,
  copyIn: 0x47,
  copyOut: 0x48,
  emptyQuery: 0x49,
  notice: 0x4e,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  copyBoth: 0x57,
  ready: 0x5a,
  noData: 0x6e,
  notification: 0x41,
} as const;

/** Longer than any answer of the server: PostgreSQL itself makes none above 1 GB. */
const longest = 0x4000_0000;

/** One message: `bytes[at, end)` is its body. */
export type OnMessage = (type: number, bytes: Buffer, at: number, end: number) => void;

/**
 * Splits a stream of bytes into messages. A message that arrives in several chunks is assembled as they arrive, so that none is copied
 * again when it is complete, and none is held twice.
 * @throws RangeError for an invalid length: the two ends are out of step
 */
export function createFrames(onMessage: OnMessage): (chunk: Buffer) => void {
  /** Less than the type and the length of a message. */
  let head: Buffer | undefined;
  let begun: Buffer | undefined;
  let filled = 0;

  /** Fills the message that has begun, and returns the rest of the chunk. */
  function fill(message: Buffer, chunk: Buffer): Buffer | undefined {
    const taken = chunk.copy(message, filled);
    filled += taken;
    if (filled < message.length) return undefined;
    begun = undefined;
    onMessage(message[0]!, message, 5, message.length);
    return chunk.subarray(taken);
  }

  return (chunk) => {
    let bytes: Buffer | undefined = chunk;
    if (begun !== undefined) bytes = fill(begun, chunk);
    else if (head !== undefined) bytes = Buffer.concat([head, chunk]);
    if (bytes === undefined) return;
    head = undefined;
    let at = 0;
    while (at + 5 <= bytes.length) {
      const size = bytes.readUInt32BE(at + 1);
      if (size < 4 || size > longest) throw new RangeError(`A message of PostgreSQL with the length ${String(size)}`);
      const end = at + 1 + size;
      if (end > bytes.length) {
        begun = Buffer.allocUnsafe(end - at);
        filled = bytes.copy(begun, 0, at);
        return;
      }
      onMessage(bytes[at]!, bytes, at + 5, end);
      at = end;
    }
    if (at < bytes.length) head = bytes.subarray(at);
  };
}

/** The fields of an error or a notice, by their type letters. */
export function readFields(bytes: Buffer, at: number, end: number): Map<string, string> {
  const fields = new Map<string, string>();
  let next = at;
  while (next < end && bytes[next] !== 0) {
    const stop = bytes.indexOf(0, next + 1);
    if (stop === -1 || stop >= end) throw new RangeError('A message of PostgreSQL whose end is missing');
    fields.set(String.fromCharCode(bytes[next]!), bytes.toString('utf8', next + 1, stop));
    next = stop + 1;
  }
  return fields;
}

export interface Column {
  readonly name: string;
  /** OID of the type. */
  readonly type: number;
}

export function readColumns(bytes: Buffer, at: number): Column[] {
  const count = bytes.readInt16BE(at);
  const columns: Column[] = [];
  let next = at + 2;
  for (let index = 0; index < count; index += 1) {
    const stop = bytes.indexOf(0, next);
    columns.push({ name: bytes.toString('utf8', next, stop), type: bytes.readUInt32BE(stop + 7) });
    next = stop + 19;
  }
  return columns;
}

/**
 * The values of a row as sent: slices of the chunk, no copies.
 * @throws RangeError if their lengths do not match the message
 */
export function readRow(bytes: Buffer, at: number, end: number): (Buffer | null)[] {
  const count = bytes.readInt16BE(at);
  const row = new Array<Buffer | null>(count);
  let next = at + 2;
  for (let index = 0; index < count; index += 1) {
    const size = bytes.readInt32BE(next);
    next += 4;
    if (size < 0) row[index] = null;
    else {
      row[index] = bytes.subarray(next, next + size);
      next += size;
    }
  }
  if (next !== end) throw new RangeError('A row of PostgreSQL that is not as long as its message');
  return row;
}

/** The name and the value of a setting that the server reports. */
export function readSetting(bytes: Buffer, at: number, end: number): [name: string, value: string] {
  const stop = bytes.indexOf(0, at);
  return [bytes.toString('utf8', at, stop), bytes.toString('utf8', stop + 1, end - 1)];
}
