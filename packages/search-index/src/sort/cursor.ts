import type { CommitOrder } from '../sql/fragment.ts';
import type { ColumnType } from '../types/sorting.ts';

/** The begin of a page, and the snapshot of the search's first page. */
export interface Position {
  /** A `pg_snapshot`. */
  readonly snapshot: string;
  /** The server whose transactions it counts; undefined if a server of the release before has made the position. */
  readonly server?: string;
  /** The page is before the position instead of after it. */
  readonly before: boolean;
  /** The sort values of the row, in PostgreSQL's format; null if it has none. */
  readonly values: readonly (string | null)[];
  readonly rid: string;
  /** The page was read by a plan alternative of the same name (`PlanAlternative.known`), so those beside it are, too. */
  readonly known?: boolean;
  /** All pages end before this time, in milliseconds since 1970 (`settledFor`). */
  readonly until?: number;
}

/** How PostgreSQL writes them. */
const forms: Record<ColumnType, RegExp> = {
  timestamptz: /^(?:-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00(?: BC)?)$/,
  float8: /^(?:NaN|-?Infinity|-?\d{1,20}(?:\.\d{1,30})?(?:e[+-]\d{1,3})?)$/,
  text: /^[^\0]*$/,
};

/** A position as a text for URLs. */
export function formatCursor({ snapshot, server, before, values, rid, known = false, until }: Position): string {
  const seen = server === undefined ? snapshot : `${snapshot}@${server}`;
  const parts = [seen, before, rid, ...values, ...(known ? [true] : []), ...(until === undefined ? [] : [until])];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws TypeError for a text that `formatCursor` does not make of rows sorted by these columns */
export function parseCursor(
  cursor: string,
  columns: readonly { readonly type: ColumnType }[],
  { isSnapshot }: Pick<CommitOrder, 'isSnapshot'>,
): Position {
  const [parts, until] = withoutUntil(parsed(Buffer.from(cursor, 'base64url').toString()));
  if (parts === undefined) throw noCursor(cursor);
  const known = parts.at(-1) === true && parts.length === 4 + columns.length;
  if (parts.length - Number(known) !== 3 + columns.length) throw noCursor(cursor);
  const [seen, before, rid, ...rest] = known ? parts.slice(0, -1) : parts;
  const [, snapshot, server] = (typeof seen === 'string' && /^([^@]*)(?:@(.{1,100}))?$/s.exec(seen)) || [];
  if (snapshot === undefined || !isSnapshot(snapshot)) throw noCursor(cursor);
  if (typeof before !== 'boolean' || typeof rid !== 'string' || !/^-?\d{1,18}$/.test(rid)) throw noCursor(cursor);
  const values = rest.map((value, n) => {
    if (value !== null && (typeof value !== 'string' || !forms[columns[n]!.type].test(value))) throw noCursor(cursor);
    return value;
  });
  const optional = { ...(server === undefined ? {} : { server }), ...(until === undefined ? {} : { until }) };
  return { snapshot, before, rid, values, ...(known ? { known } : {}), ...optional };
}

/** `Position.until` of a cursor, before its sort columns are known; undefined also for an invalid cursor. */
export function untilOf(cursor: string): number | undefined {
  return withoutUntil(parsed(Buffer.from(cursor, 'base64url').toString()))[1];
}

function withoutUntil(parts: unknown): [parts: unknown[] | undefined, until?: number] {
  if (!Array.isArray(parts)) return [undefined];
  const until = parts.at(-1) as unknown;
  return typeof until === 'number' && Number.isSafeInteger(until) ? [parts.slice(0, -1), until] : [parts];
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
