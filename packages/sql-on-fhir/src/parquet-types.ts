/**
 * How the values of a column are in a Parquet file, by its type of ISO/IEC 9075: that of the FHIR type, or of the tag `ansi/type`.
 * https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
import type { SchemaElement } from 'hyparquet-writer';
import type { Cell } from './cell.ts';
import type { TableColumn } from './columns.ts';
import { sqlTypeOf } from './types.ts';

/** A value as in JSON, from which a file can be made later; undefined if it does not fit. */
export type Kept = string | number | boolean;

export interface Physical {
  /** The name of the type, for messages. */
  readonly sql: string;
  readonly element: Omit<SchemaElement, 'name'>;
  /** @param cell is never null */
  readonly kept: (cell: Cell) => Kept | undefined;
  /** As the file takes it. */
  readonly written: (kept: Kept) => unknown;
}

/** The type of the values of a column, or of those in its lists. If the SQL type is none of these, values are text. */
export function physicalOf({ type, sqlType, isCollection }: TableColumn): Physical {
  const sql = isCollection ? sqlTypeOf(type) : sqlType;
  const name = sql.toUpperCase().replace(/\s+/g, ' ').trim();
  const [, digits, scale = '0'] = /^(?:DECIMAL|NUMERIC|DEC) ?\((\d+)(?:, ?(\d+))?\)$/.exec(name) ?? [];
  if (digits !== undefined && Number(digits) >= 1 && Number(digits) <= 38 && Number(scale) <= Number(digits))
    return decimal(name, Number(digits), Number(scale));
  return physicals.find(({ names }) => names.test(name))?.make(name) ?? text;
}

const as = (kept: Kept): unknown => kept;
const asBigInt = (kept: Kept): bigint => BigInt(kept);

const text: Physical = {
  sql: 'text',
  element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  kept: (cell) => (typeof cell === 'object' ? JSON.stringify(cell) : String(cell)),
  written: as,
};

const physicals: readonly { readonly names: RegExp; readonly make: (sql: string) => Physical }[] = [
  {
    names: /^BOOL(EAN)?$/,
    make: (sql) => ({
      sql,
      element: { type: 'BOOLEAN' },
      kept: (cell) => (typeof cell === 'boolean' ? cell : undefined),
      written: as,
    }),
  },
  {
    names: /^(INT|INTEGER|SMALLINT)$/,
    make: (sql) => ({
      sql,
      element: { type: 'INT32' },
      kept: (cell) => (typeof cell === 'number' && Number.isInteger(cell) && (cell | 0) === cell ? cell : undefined),
      written: as,
    }),
  },
  {
    names: /^BIGINT$/,
    make: (sql) => ({ sql, element: { type: 'INT64' }, kept: (cell) => within(cell, 64n), written: asBigInt }),
  },
  {
    names: /^(DOUBLE PRECISION|FLOAT|REAL|FLOAT ?\(\d+\))$/,
    make: (sql) => ({ sql, element: { type: 'DOUBLE' }, kept: floating, written: as }),
  },
  {
    names: /^DATE$/,
    make: (sql) => ({ sql, element: { type: 'INT32', converted_type: 'DATE' }, kept: day, written: as }),
  },
  {
    names: /^(TIMESTAMP( ?\(\d\))? WITH TIME ZONE|TIMESTAMPTZ)$/,
    make: (sql) => ({
      sql,
      element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
      kept: microseconds,
      written: asBigInt,
    }),
  },
  {
    names: /^(BINARY|VARBINARY|BINARY VARYING|BYTEA|BLOB)$/,
    make: (sql) => ({ sql, element: { type: 'BYTE_ARRAY' }, kept: base64, written: bytes }),
  },
];

/** Whole numbers of so many bits, as text. */
function within(cell: Cell, bits: bigint): string | undefined {
  if (typeof cell === 'object' || !/^-?\d{1,20}$/.test(String(cell))) return undefined;
  const value = BigInt(String(cell));
  return BigInt.asIntN(Number(bits), value) === value ? String(value) : undefined;
}

function floating(cell: Cell): number | undefined {
  if (typeof cell !== 'number' && (typeof cell !== 'string' || !number.test(cell))) return undefined;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}

const number = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;

/** A value with more digits than the type does not fit: nothing is rounded. Zeros at the end do not count. */
function decimal(sql: string, precision: number, scale: number): Physical {
  const most = 10n ** BigInt(precision);
  const kept = (cell: Cell): string | undefined => {
    const [, sign, whole, fraction = '', exponent = '0'] =
      (typeof cell !== 'object' && number.exec(String(cell))) || [];
    if (whole === undefined) return undefined;
    // Digits after the point of the type: surplus ones must be zeros.
    const shift = Number(exponent) - fraction.length + scale;
    let units = BigInt(whole + fraction);
    if (shift >= 0) units *= 10n ** BigInt(shift);
    else {
      const divisor = 10n ** BigInt(-shift);
      if (units % divisor !== 0n) return undefined;
      units /= divisor;
    }
    if (units >= most) return undefined;
    return String(sign === '-' ? -units : units);
  };
  const type = {
    converted_type: 'DECIMAL',
    precision,
    scale,
    logical_type: { type: 'DECIMAL', precision, scale },
  } as const;
  if (precision <= 18) return { sql, element: { type: 'INT64', ...type }, kept, written: asBigInt };
  return { sql, element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, ...type }, kept, written: asBigInt };
}

const moment = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?$/;

/** Days since 1970, of a date that has its day; undefined for a year, a month and a moment. */
function day(cell: Cell): number | undefined {
  const [, year, month, date, hour] = (typeof cell === 'string' && moment.exec(cell)) || [];
  const start = hour === undefined ? startOf(year, month, date) : undefined;
  return start === undefined ? undefined : start / 86_400_000;
}

/** Microseconds since 1970, as text. Further digits of an instant are cut off; a leap second is the next second. */
function microseconds(cell: Cell): string | undefined {
  const [, year, month, date, hour, minute, second = '0', fraction = '', zone] =
    (typeof cell === 'string' && moment.exec(cell)) || [];
  const start = startOf(year, month, date);
  if (start === undefined || zone === undefined) return undefined;
  const seconds = start / 1_000 + (Number(hour) * 60 + Number(minute) - east(zone)) * 60 + Number(second);
  const rest = Number(fraction.padEnd(6, '0').slice(0, 6));
  const whole = seconds * 1_000_000 + rest;
  // Numbers are exact for some 285 years before and after 1970.
  return Number.isSafeInteger(whole) ? String(whole) : String(BigInt(seconds) * 1_000_000n + BigInt(rest));
}

/** Minutes east of UTC. */
function east(zone: string): number {
  if (zone === 'Z') return 0;
  return Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
}

/** ms; undefined for a day that its month does not have. */
function startOf(year?: string, month?: string, date?: string): number | undefined {
  if (year === undefined) return undefined;
  const start = new Date(0);
  const ms = start.setUTCFullYear(Number(year), Number(month) - 1, Number(date));
  return start.getUTCMonth() === Number(month) - 1 && start.getUTCDate() === Number(date) ? ms : undefined;
}

/** Bytes as base64, without the white space that FHIR permits in it. */
function base64(cell: Cell): string | undefined {
  if (typeof cell !== 'string') return undefined;
  const packed = cell.replace(/\s/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed) ? packed : undefined;
}

function bytes(kept: Kept): Uint8Array {
  return Uint8Array.from(atob(kept as string), (byte) => byte.charCodeAt(0));
}
