/** Position of a version in the order of commits: by transaction, within one by row and version. */
export interface Position {
  /** A 64-bit transaction id, in digits. */
  readonly txid: string;
  readonly rid: number;
  readonly ver: number;
}

/** Position before all versions. */
export const beginning: Position = { txid: '0', rid: 0, ver: 0 };

/** Position behind all that a transaction has stored. */
export function lastOf(txid: bigint): Position {
  return { txid: String(txid), rid: Number.MAX_SAFE_INTEGER, ver: 2 ** 31 - 1 };
}

/** Negative if the first comes before the second. */
export function comparePositions(a: Position, b: Position): number {
  const [first, second] = [BigInt(a.txid), BigInt(b.txid)];
  return first === second ? a.rid - b.rid || a.ver - b.ver : first < second ? -1 : 1;
}

export function formatPosition({ txid, rid, ver }: Position): string {
  return `${txid}.${rid}.${ver}`;
}

/** @throws TypeError for a text that `formatPosition` does not make */
export function parsePosition(text: string): Position {
  const match = /^(\d{1,20})\.(\d{1,16})\.(\d{1,10})$/.exec(text);
  if (match === null) throw new TypeError(`"${text}" is not a position in the feed of changes`);
  return { txid: match[1]!, rid: Number(match[2]), ver: Number(match[3]) };
}
