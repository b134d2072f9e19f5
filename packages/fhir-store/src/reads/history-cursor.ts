import type { HistoryPosition } from '../statements/read-history.ts';

/** A position as a text for URLs. */
export function formatCursor({ towards, snapshot, upd, rid, ver }: HistoryPosition): string {
  return Buffer.from(`${snapshot} ${upd} ${rid} ${ver} ${towards}`).toString('base64url');
}

/** @throws TypeError for a text that `formatCursor` does not make */
export function parseCursor(cursor: string): HistoryPosition {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match = /^(\d{1,19}:\d{1,19}:[\d,]*) (-?\d{1,15}) (\d{1,15}) (\d{1,9}) (older|newer)$/.exec(text);
  if (match === null || !isSnapshot(match[1]!)) throw new TypeError(`"${cursor}" is not a position in a history`);
  const towards = match[5] as HistoryPosition['towards'];
  return { towards, snapshot: match[1]!, upd: Number(match[2]), rid: Number(match[3]), ver: Number(match[4]) };
}

/** `xmin:xmax:xip,…`, ascending. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT */
function isSnapshot(text: string): boolean {
  const [xmin, xmax, list] = text.split(':') as [string, string, string];
  const running = list === '' ? [] : list.split(',');
  if (running.some((xid) => !/^\d{1,19}$/.test(xid))) return false;
  const [low, high] = [BigInt(xmin), BigInt(xmax)];
  const xids = running.map(BigInt);
  if (low < 1n || low > high || high > highestXid) return false;
  return xids.every((xid, n) => xid >= low && xid < high && (n === 0 || xid > xids[n - 1]!));
}

const highestXid = 2n ** 63n - 1n;
