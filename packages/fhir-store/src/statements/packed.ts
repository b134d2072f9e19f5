/** Contents of fhir.history, plain or packed. Every statement that reads contents uses these functions. docs/decisions/0198-packed-versions.md */
import {
  contentText,
  DamagedVersion,
  isPacked,
  unpackColumn,
  unpacked,
  type DictionaryReader,
} from '@dhp/search-index/packed';
import type { Column } from '@dhp/search-index/sql';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** The content of a row of fhir.history as a text, to be given to `unpackRaw` or `unpackRows`. @param row its alias */
export function contentOf(sql: Session, row: string): Fragment {
  return sql.unsafe(contentText(row));
}

/** The bytes of the plain content, in either form. */
export function lengthOf(sql: Session, row: string): Fragment {
  return sql.unsafe(`coalesce(${row}.size, octet_length(${row}.content))`);
}

/** Puts contents in the places of packed ones, in raw rows. @throws DamagedVersion */
export async function unpackRaw(sql: Session, rows: unknown, at: number): Promise<Column[][]> {
  const columns = rows as Column[][];
  await unpackColumn(columns, at, dictionariesOf(sql));
  return columns;
}

interface WithContent {
  readonly content: string | Buffer | null;
}

/** The same for rows of the driver. @throws DamagedVersion */
export async function unpackRows<Row extends WithContent>(sql: Session, rows: readonly Row[]): Promise<Row[]> {
  const read = dictionariesOf(sql);
  return eachOf(rows, (content) => unpacked(content, read));
}

/** The same; for damaged contents the fault is returned instead of thrown. */
export async function unpackOrTell<Row extends WithContent>(
  sql: Session,
  rows: readonly Row[],
): Promise<(Row & { readonly damage?: string })[]> {
  const read = dictionariesOf(sql);
  const damages = new Map<number, string>();
  const whole = await eachOf(rows, (content, n) =>
    unpacked(content, read).catch((error: unknown) => {
      if (!(error instanceof DamagedVersion)) throw error;
      damages.set(n, error.message);
      return Buffer.alloc(0);
    }),
  );
  return whole.map((row, n) => {
    const damage = damages.get(n);
    return damage === undefined ? row : { ...row, damage };
  });
}

async function eachOf<Row extends WithContent>(
  rows: readonly Row[],
  unpack: (content: string | Buffer, n: number) => Promise<Buffer>,
): Promise<Row[]> {
  const whole: Row[] = [];
  for (const [n, row] of rows.entries()) {
    const { content } = row;
    if (!isPacked(content)) whole.push(row);
    else {
      const bytes = await unpack(content, n);
      whole.push({ ...row, content: typeof content === 'string' ? bytes.toString() : bytes });
    }
  }
  return whole;
}

function dictionariesOf(sql: Session): DictionaryReader {
  return async (number) => {
    const [row] = await sql<{ bytes: Buffer }[]>`select bytes from fhir.dictionary where number = ${number}::int`;
    return row?.bytes;
  };
}
