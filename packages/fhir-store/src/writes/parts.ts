/** Writes that are stored together, divided into statements that each end in time. */
import { moves } from '../placement/placement.ts';
import type { WriteStep } from './decide.ts';
import { isCurrent, type Write } from './write.ts';

/** A write that is not refused, and its next step. */
export interface Decided {
  readonly write: Write;
  readonly step: WriteStep;
}

/** Writes of one statement, and characters of their bodies; of a body that is longer, it alone. */
export const mostWrites = 2_000;
export const mostCharacters = 8 * 1024 * 1024;

/** Whether the writes need more than one statement, and so a transaction around them. */
export function needParts(writes: readonly Write[]): boolean {
  if (writes.length > mostWrites) return true;
  return writes.length > 1 && writes.reduce((sum, write) => sum + lengthOf(write), 0) > mostCharacters;
}

/**
 * The parts, which are stored one after the other in one transaction: together they take locks in the order of all writers, as
 * `storeTogether` does by itself: rows by rid, then new names by type and id, then moves.
 */
export function partsOf(decided: readonly Decided[]): readonly (readonly Decided[])[] {
  if (!needParts(decided.map(({ write }) => write))) return [decided];
  const parts: Decided[][] = [];
  let room = 0;
  for (const each of [...decided].sort(inOrderOfLocks)) {
    const length = lengthOf(each.write);
    if (parts.length === 0 || length > room || parts.at(-1)!.length === mostWrites) {
      parts.push([]);
      room = mostCharacters;
    }
    parts.at(-1)!.push(each);
    room -= length;
  }
  return parts;
}

function lengthOf({ body }: Write): number {
  return body?.source.text.length ?? 0;
}

function inOrderOfLocks(a: Decided, b: Decided): number {
  const phase = phaseOf(a) - phaseOf(b);
  if (phase !== 0) return phase;
  const [one, other] = [a.write, b.write];
  if (isCurrent(one.known) && isCurrent(other.known)) return one.known.rid - other.known.rid;
  // As `collate "C"` has them: ids are ASCII.
  return one.key.ty - other.key.ty || (one.key.id < other.key.id ? -1 : 1);
}

/** Resources that stay absent have no lock, and come first. */
function phaseOf({ write: { known, body }, step }: Decided): number {
  if (step.step === 'insert') return 2;
  if (!isCurrent(known)) return 0;
  return step.step === 'replace' && body !== undefined && moves(known, body) ? 3 : 1;
}
