/** Columns of raw rows, which come as Buffers, and lists that are sent as one text. */
/** A column of a raw row. */
export type Column = Buffer | null;

/** Whole numbers are read digit by digit: a text of each takes three times as long. */
export function numberOf(column: Column | undefined): number {
  if (column === undefined || column === null || column.length === 0 || column.length > 15) return parsedNumber(column);
  let number = 0;
  for (const byte of column) {
    if (byte < 0x30 || byte > 0x39) return parsedNumber(column);
    number = number * 10 + byte - 0x30;
  }
  return number;
}

function parsedNumber(column: Column | undefined): number {
  return Number(column?.toString('latin1'));
}

export function booleanOf(column: Column | undefined): boolean {
  return column?.[0] === 0x74; // t
}

export function textOf(column: Column | undefined): string {
  return column?.toString('latin1') ?? ''; // ids and numbers: ASCII
}

/** `smallint[]`, `int[]`, `bigint[]`; null if a value is undefined. */
export function numbers(values: readonly (number | bigint | string | undefined)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

/**
 * Control characters cannot be in JSON, so this one (RECORD SEPARATOR, as in RFC 7464) can be between two texts
 * of it.
 */
export const separator = '\u001e';
