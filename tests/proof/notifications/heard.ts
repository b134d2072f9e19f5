/** Compares all that a receiver has heard with what it had to hear. */

/** Number, content (`id W/"version"`), when that was stored, and when it came; times in milliseconds. */
export type Arrived = readonly [number: number, content: string, stored: number, came: number];

/** All that came at each address, in its order. */
export type Heard = Readonly<Record<string, readonly Arrived[]>>;

export interface Verdict {
  /** Events that came for the first time, and those that came again. */
  readonly events: number;
  readonly repeats: number;
  /** The first things that are not as they must be; none if all is well. */
  readonly faults: readonly string[];
}

const mostFaults = 5;

/**
 * Compares what came with what is expected: numbers from 1 without a gap, each with its content, and what comes again has the content of its number.
 * @param isWhole whether all must have come; else a beginning is enough
 */
export function judge(came: readonly Arrived[], expected: readonly string[], isWhole: boolean): Verdict {
  const faults: string[] = [];
  let last = 0;
  for (const [number, content] of came) {
    if (number > last + 1) faults.push(`${String(number)} came after ${String(last)}`);
    const due = expected[number - 1] ?? 'nothing';
    if (content !== due) faults.push(`${String(number)} was ${content}, not ${due}`);
    last = Math.max(last, number);
  }
  if (isWhole && last !== expected.length) faults.push(`${String(last)} of ${String(expected.length)} came`);
  return { events: last, repeats: came.length - last, faults: faults.slice(0, mostFaults) };
}

/** Milliseconds from storing to the arrival of each event that was stored in a time, sorted. */
export function delays(heard: Heard, from: number, to: number): number[] {
  const found: number[] = [];
  for (const [path, came] of Object.entries(heard)) {
    if (!path.startsWith('good')) continue;
    let last = 0;
    for (const [number, , stored, at] of came) {
      if (number > last && stored >= from && stored < to) found.push(at - stored);
      last = Math.max(last, number);
    }
  }
  return found.sort((a, b) => a - b);
}

/** @param sorted of which there is one at least */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
