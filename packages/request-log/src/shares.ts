/** Rows that one client may have written: of its thousands a second nearly all would be removed again within the minute. */
import type { LoggedRequest } from './logged-request.ts';

export interface Share {
  /** Rows that a client may write at once after a quiet time. */
  readonly atOnce: number;
  readonly perSecond: number;
}

interface Left {
  rows: number;
  /** Milliseconds since 1970. */
  at: number;
}

type Counted = Pick<LoggedRequest, 'client' | 'status' | 'time'>;

/**
 * Returns a function that takes a row from a client's share, and returns whether there was one. Refused requests have a separate share, so
 * that those of a busy client can be found.
 * @param most clients that are remembered; a forgotten client has its full share again
 */
export function createShares({ atOnce, perSecond }: Share, most: number): (request: Counted) => boolean {
  const left = new Map<string, Left>();
  return ({ client, status, time }) => {
    const key = `${status === undefined || status >= 400 ? 'refused' : 'answered'} ${client}`;
    let own = left.get(key);
    if (own === undefined) {
      if (left.size >= 2 * most) left.delete(left.keys().next().value!);
      left.set(key, (own = { rows: atOnce, at: time }));
    }
    own.rows = Math.min(atOnce, own.rows + (Math.max(0, time - own.at) / 1000) * perSecond);
    own.at = Math.max(own.at, time);
    if (own.rows < 1) return false;
    own.rows -= 1;
    return true;
  };
}
