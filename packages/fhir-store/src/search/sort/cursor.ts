import { isSnapshot } from '../../commit-order/snapshot.ts';

/** Where a page begins, and what the first page of the search could see. */
export interface Position {
  /** A `pg_snapshot`. */
  readonly snapshot: string;
  /** The page lies before the position instead of behind it. */
  readonly before: boolean;
  /** The values that the row is sorted by, as PostgreSQL writes them; null where it has none. */
  readonly values: readonly (string | null)[];
  readonly rid: string;
  /** The page was read by a plan alternative of the same name (`PlanAlternative.known`), so those beside it are, too. */
  readonly known?: boolean;
}

export type ColumnType = 'timestamptz' | 'float8' | 'text';

/** How PostgreSQL writes them. */
const forms: Record<ColumnType, RegExp> = {
  timestamptz: /^(?:-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00(?: BC)?)$/,
  float8: /^(?:NaN|-?Infinity|-?\d{1,20}(?:\.\d{1,30})?(?:e[+-]\d{1,3})?)$/,
  text: /^[^\0]*$/,
};

/** A position as a text for URLs. */
export function formatCursor({ snapshot, before, values, rid, known = false }: Position): string {
  return Buffer.from(JSON.stringify([snapshot, before, rid, ...values, ...(known ? [true] : [])])).toString(
    'base64url',
  );
}

/** @throws TypeError for a text that `formatCursor` does not make of rows sorted by these columns */
export function parseCursor(cursor: string, columns: readonly { readonly type: ColumnType }[]): Position {
  const parts = parsed(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts)) throw noCursor(cursor);
  const known = parts.at(-1) === true && parts.length === 4 + columns.length;
  if (parts.length - Number(known) !== 3 + columns.length) throw noCursor(cursor);
  const [snapshot, before, rid, ...rest] = (known ? parts.slice(0, -1) : parts) as unknown[];
  if (typeof snapshot !== 'string' || !isSnapshot(snapshot)) throw noCursor(cursor);
  if (typeof before !== 'boolean' || typeof rid !== 'string' || !/^-?\d{1,18}$/.test(rid)) throw noCursor(cursor);
  const values = rest.map((value, n) => {
    if (value !== null && (typeof value !== 'string' || !forms[columns[n]!.type].test(value))) throw noCursor(cursor);
    return value;
  });
  return { snapshot, before, rid, values, ...(known ? { known } : {}) };
}

function noCursor(cursor: string): TypeError {
  return new TypeError(`"${cursor}" is not a position in the results of this search`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
