import { isSnapshot } from '../commit-order/snapshot.ts';
import type { HistoryPosition } from '../statements/read-history.ts';
import type { Settled } from '../statements/settled.ts';

/** A position as a text for URLs. */
export function formatCursor(
  { towards, snapshot, upd, rid, ver }: HistoryPosition,
  { before, until }: Settled,
): string {
  return Buffer.from(`${snapshot} ${upd} ${rid} ${ver} ${towards} ${before} ${until ?? '-'}`).toString('base64url');
}

/**
 * Without `settled` where a server of the version before has made it.
 * @throws TypeError for a text that `formatCursor` does not make
 */
export function parseCursor(cursor: string): HistoryPosition & { readonly settled: Settled | undefined } {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match =
    /^(\d{1,19}:\d{1,19}:[\d,]*) (-?\d{1,15}) (\d{1,15}) (\d{1,9}) (older|newer)(?: (\d{1,13}) (\d{1,13}|-))?$/.exec(
      text,
    );
  if (match === null || !isSnapshot(match[1]!)) throw new TypeError(`"${cursor}" is not a position in a history`);
  const towards = match[5] as HistoryPosition['towards'];
  const until = match[7] === '-' ? undefined : Number(match[7]);
  const settled = match[6] === undefined ? undefined : { before: Number(match[6]), until };
  return { towards, snapshot: match[1]!, upd: Number(match[2]), rid: Number(match[3]), ver: Number(match[4]), settled };
}
