/**
 * Mends a defect of postgres.js 3.4.9: when a statement fails after it has sent rows (a timeout, a division by zero, a
 * closed connection), the row counter of that connection is not reset, and the rows of the *next* statement start at
 * that index. `const [row] = await sql…` would then find nothing although the row is there.
 * https://github.com/porsager/postgres/issues/1119, https://github.com/porsager/postgres/issues/1181
 *
 * The rows themselves are right: only empty places stand before them. So every result passes through here on its way
 * to the caller and loses them.
 */
import type { Sql } from './connect.ts';

/** What is touched of a query of postgres.js, which is a promise with its two functions as properties. */
interface DriverQuery {
  resolve: (result: unknown) => void;
  cursorFn?: (rows: unknown) => unknown;
  handle: () => unknown;
  executed: boolean;
}

let guarded = false;

/** Guards every pool of this process; the first call does it. The class is the same for all, and is not exported. */
export function guardResults(sql: Sql): void {
  if (guarded) return;
  guarded = true;
  const neverRun = sql`select 1`; // a query is sent when somebody waits for it
  const prototype = Object.getPrototypeOf(neverRun) as DriverQuery;

  const { handle } = prototype;
  prototype.handle = function guardedHandle(this: DriverQuery): unknown {
    if (!this.executed) {
      const { resolve, cursorFn } = this;
      this.resolve = (result) => {
        resolve(withoutLeadingHoles(result));
      };
      if (cursorFn) this.cursorFn = (rows) => cursorFn(withoutLeadingHoles(rows));
    }
    return handle.call(this);
  };
}

/** Of the results of several statements in one message only the first can be wrong. */
function withoutLeadingHoles(result: unknown): unknown {
  const rows: unknown = Array.isArray(result) && Array.isArray(result[0]) && isResultList(result) ? result[0] : result;
  if (!Array.isArray(rows) || rows.length === 0 || 0 in rows) return result;
  rows.splice(0, Number(Object.keys(rows)[0] ?? rows.length));
  return result;
}

/** A list of results is a plain array; a result of `.raw()` or `.values()` rows is a subclass of it. */
function isResultList(result: unknown[]): boolean {
  return Object.getPrototypeOf(result) === Array.prototype;
}
