/** Encoding of JavaScript values for PostgreSQL and back: as text, except bytes, which go unchanged. */

/** A value with the type that PostgreSQL is to read it as. */
export class Parameter {
  readonly value: unknown;
  /** OID */
  readonly type: number;

  constructor(value: unknown, type: number) {
    this.value = value;
    this.type = type;
  }
}

/**
 * A text in UTF-8 that is already in memory as bytes, in order and in any number of pieces. It is sent without copying or encoding, so that
 * a text of many megabytes does not block the process. It must not contain NUL.
 */
export class EncodedText {
  readonly pieces: readonly Buffer[];
  /** Bytes. */
  readonly length: number;

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
  }
}

/**
 * A text that is made when the statement is sent, between the turns of others: one of the many texts of a statement about very many rows,
 * which would take too long to make together. It must be the same whenever it is made.
 */
export class Deferred {
  readonly make: () => string;

  constructor(make: () => string) {
    this.make = make;
  }
}

/** Values that can be bound. Undefined is refused, because it is more often a mistake than a null. */
export type Value =
  string | number | bigint | boolean | null | Date | Uint8Array | Parameter | EncodedText | Deferred | readonly Value[];

/** A value as sent. */
export type Encoded = string | Buffer | EncodedText | null;

const oid = { bool: 16, bytea: 17, int8: 20, text: 25, json: 114, timestamptz: 1184, jsonb: 3802 } as const;
const arrayOf: Readonly<Record<number, number>> = {
  [oid.bool]: 1000,
  [oid.bytea]: 1001,
  [oid.int8]: 1016,
  [oid.timestamptz]: 1185,
};

export function json(value: unknown): Parameter {
  return new Parameter(value, oid.jsonb);
}

/** Bytes that already have the binary form of the parameter's type, such as `bytea[]`: no text is made or parsed. */
export function binary(bytes: Buffer): Parameter {
  return new Parameter(bytes, 0);
}

/** The declared type of a value; 0 leaves it to the server, which determines it from the statement. */
export function typeOf(value: unknown): number {
  if (typeof value === 'string' || typeof value === 'number' || value === null || value instanceof EncodedText)
    return 0;
  if (typeof value === 'boolean') return oid.bool;
  if (typeof value === 'bigint') return oid.int8;
  if (value instanceof Parameter) return value.type;
  if (value instanceof Date) return oid.timestamptz;
  if (value instanceof Uint8Array) return oid.bytea;
  return Array.isArray(value) ? (arrayOf[typeOf(value[0])] ?? 0) : 0;
}

/** @throws TypeError for a value that cannot be sent */
export function encode(value: unknown): Encoded {
  if (typeof value === 'string' || value === null || value instanceof EncodedText) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Parameter) return encodeTyped(value);
  if (value instanceof Deferred) return value.make();
  if (Array.isArray(value)) return arrayText(value);
  throw new TypeError(`A statement was given ${value === undefined ? 'undefined' : 'an object'} as a parameter`);
}

/** PostgreSQL accepts neither the sign of a year with six digits nor the year 0. */
function dateText(value: Date): string {
  const text = value.toISOString();
  const year = value.getUTCFullYear();
  if (year > 0) return text.startsWith('+') ? text.slice(1) : text;
  return `${String(1 - year).padStart(4, '0')}${text.slice(text.startsWith('-') ? 7 : 4)} BC`;
}

function encodeTyped({ value, type }: Parameter): Encoded {
  if (value === null) return null;
  if (type !== oid.jsonb && type !== oid.json) return encode(value);
  const text = JSON.stringify(value) as string | undefined;
  return text ?? encode(undefined);
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return arrayText(value);
  const encoded = encode(value);
  if (encoded === null) return 'null';
  if (encoded instanceof EncodedText) throw new TypeError('An encoded text cannot be an element of an array');
  const text = typeof encoded === 'string' ? encoded : `\\x${encoded.toString('hex')}`;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

export type Decode = (bytes: Buffer) => unknown;

const text: Decode = (bytes) => bytes.toString('utf8');
const ascii = (bytes: Buffer): string => bytes.toString('latin1');
const number: Decode = (bytes) => Number(ascii(bytes));
const boolean: Decode = (bytes) => bytes[0] === 0x74;
/** `2025-03-01 09:30:00.123456+00`; years have four digits or more, and offsets of long ago seconds. */
const dateForm =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/**
 * Date would read a text without an offset in the zone of this process, and a year below 100 as one of this century. The result is an
 * invalid Date for values that Date cannot represent: `infinity`, and years above 275760.
 */
const date: Decode = (bytes) => {
  const match = dateForm.exec(ascii(bytes));
  if (match === null) return new Date(NaN);
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '', ...zone] = match;
  const [sign, ...offset] = zone.slice(0, 4);
  const isBc = zone[4];
  const [hours, minutes, seconds] = offset.map(
    (part: string | undefined) => (sign === '-' ? -1 : 1) * Number(part ?? 0),
  );
  const date = new Date(0);
  // 1 BC is the year 0.
  date.setUTCFullYear(isBc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(
    Number(hour) - hours!,
    Number(minute) - minutes!,
    Number(second) - seconds!,
    Number(fraction.padEnd(3, '0')),
  );
  return date;
};
const parsedJson: Decode = (bytes) => JSON.parse(bytes.toString('utf8')) as unknown;
const bytea: Decode = (bytes) => Buffer.from(bytes.toString('latin1', 2), 'hex');

/** Decoders by OID; `int8` and `numeric` stay texts, because a number would lose digits. */
const scalars: Readonly<Record<number, Decode>> = {
  [oid.bool]: boolean,
  [oid.bytea]: bytea,
  21: number, // int2
  23: number, // int4
  26: number, // oid
  700: number, // float4
  701: number, // float8
  [oid.json]: parsedJson,
  [oid.jsonb]: parsedJson,
  1082: date, // date
  1114: date, // timestamp
  [oid.timestamptz]: date,
};

/** Array types of PostgreSQL itself, by the OID of the array. */
const elements: Readonly<Record<number, Decode>> = {
  ...{ 1000: boolean, 1001: bytea, 1005: number, 1007: number, 1028: number, 1021: number, 1022: number },
  ...{ 199: parsedJson, 3807: parsedJson, 1182: date, 1115: date, 1185: date },
  // "char", char(n), name, text, varchar, int8, uuid, numeric, interval, xid, xid8, regclass
  ...{ 1002: text, 1014: text, 1003: text, 1009: text, 1015: text, 1016: text, 2951: text, 1231: text },
  ...{ 1187: text, 1011: text, 271: text, 2210: text },
};

/** Returns the decoder of a type's values. */
export function decoderOf(type: number): Decode {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  const element = elements[type];
  return element === undefined ? text : (bytes) => readArray(bytes.toString('utf8'), element);
}

/** Parses `{1,NULL,"a \"b\"",{…}}`; leading bounds (`[2:3]={…}`) are ignored. */
function readArray(source: string, element: Decode): unknown[] {
  let at = source.indexOf('{');
  const one = (): unknown[] => {
    const values: unknown[] = [];
    at += 1;
    while (source[at] !== '}') {
      if (at >= source.length) throw new RangeError('An array of PostgreSQL whose end is missing');
      if (source[at] === ',') at += 1;
      else if (source[at] === '{') values.push(one());
      else values.push(source[at] === '"' ? quoted() : bare());
    }
    at += 1;
    return values;
  };
  const bare = (): unknown => {
    const begin = at;
    while (at < source.length && source[at] !== ',' && source[at] !== '}') at += 1;
    const word = source.slice(begin, at);
    return word === 'NULL' ? null : element(Buffer.from(word));
  };
  const quoted = (): unknown => {
    let value = '';
    for (at += 1; at < source.length && source[at] !== '"'; at += 1) {
      if (source[at] === '\\') at += 1;
      value += source[at]!;
    }
    at += 1;
    return element(Buffer.from(value));
  };
  return one();
}
