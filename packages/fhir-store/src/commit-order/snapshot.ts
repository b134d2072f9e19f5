const highestXid = 2n ** 63n - 1n;

/**
 * Whether a text is a snapshot as PostgreSQL writes it: `xmin:xmax:xip,…`, ascending.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
export function isSnapshot(text: string): boolean {
  const match = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/.exec(text);
  if (match === null) return false;
  const [low, high] = [BigInt(match[1]!), BigInt(match[2]!)];
  const running = match[3] === '' ? [] : match[3]!.split(',').map(BigInt);
  if (low < 1n || low > high || high > highestXid) return false;
  return running.every((xid, n) => xid >= low && xid < high && (n === 0 || xid > running[n - 1]!));
}
