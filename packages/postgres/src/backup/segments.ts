/**
 * Names of the files of PostgreSQL's log (WAL segments), and the tree of its timelines.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */

/** A position in the log: bytes since its beginning. */
export type Lsn = bigint;

/** @throws TypeError for a text that is not a position such as `0/1A2B3C` */
export function parseLsn(text: string): Lsn {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (high === undefined || low === undefined) throw new TypeError(`"${text}" is no position in the log`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(8, '0');

export function segmentName(timeline: number, number: bigint, size: number): string {
  const perFile = 0x100000000n / BigInt(size);
  return hex(BigInt(timeline)) + hex(number / perFile) + hex(number % perFile);
}

/** @returns undefined for other files, such as the history of a timeline */
export function parseSegment(name: string, size: number): { timeline: number; number: bigint } | undefined {
  const [, timeline, high, low] = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name) ?? [];
  if (timeline === undefined || high === undefined || low === undefined) return undefined;
  const perFile = 0x100000000n / BigInt(size);
  return { timeline: Number(`0x${timeline}`), number: BigInt(`0x${high}`) * perFile + BigInt(`0x${low}`) };
}

/** The point where a timeline left its parent. */
export interface Branch {
  readonly parent: number;
  readonly at: Lsn;
}

export const historyName = (timeline: number): string => `${hex(BigInt(timeline))}.history`;

/** The branches that lead to a timeline, the oldest first. @param text of its history file; '' for the first timeline, which has none */
export function parseHistory(text: string): Branch[] {
  return text.split('\n').flatMap((line) => {
    const [, parent, at] = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line) ?? [];
    return parent === undefined || at === undefined ? [] : [{ parent: Number(parent), at: parseLsn(at) }];
  });
}

/** Whether a point of a timeline is part of another timeline's past. @param branches of that other one */
export function isAncestor(
  { timeline, end }: { readonly timeline: number; readonly end: Lsn },
  target: number,
  branches: readonly Branch[],
): boolean {
  if (timeline === target) return true;
  const branch = branches.find(({ parent }) => parent === timeline);
  return branch !== undefined && end <= branch.at;
}
