import { setImmediate } from 'node:timers/promises';
import type { Round, Source } from '@dhp/budget';

/** Work that is done a part at a time; between two parts, a few hundred steps each, something else may be done. */
export type Sliced<T> = Generator<undefined, T>;

/** Steps between two readings of the clock: each takes some microseconds. */
export const stepsOfAPart = 256;

/** The rest of some work that took longer than a slice. It continues when a caller awaits `finish`, in slices between which other work runs. */
export class Unfinished {
  readonly #rest: () => Promise<void>;
  #finishing: Promise<void> | undefined;

  constructor(rest: () => Promise<void>) {
    this.#rest = rest;
  }

  /** Rejects with the error of the work, perhaps a TerminologyFault. */
  finish(): Promise<void> {
    return (this.#finishing ??= this.#rest());
  }
}

/** Work that a question has begun. A repeated question finds it done. */
const own: Source<Unfinished, void> = {
  name: 'unfinished work',
  load: (works) => Promise.all(works.map((work) => work.finish())),
};

/** Work that another question has begun: whatever its result, the waiting caller asks again, and gets faults in its own language. */
const ofOthers: Source<Unfinished, void> = {
  name: 'unfinished work of others',
  load: (works) => Promise.all(works.map((work) => work.finish().catch(() => undefined))),
};

/** A question that can wait: it is asked again when the work is done. In its last round everything is done at once. */
export type Patient = Round | undefined;

export const canWait = (round: Patient): round is Round => round?.isLast === false;

/** Ends the round until the work is done, which it has begun, or another question. */
export function waitFor(work: Unfinished, round: Round, by: 'own' | 'others'): void {
  round.need(by === 'own' ? own : ofOthers, work);
}

/** Does all of the work now. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/**
 * Does the work now, as far as one slice allows.
 * @param slice milliseconds; infinite for all of it
 * @param done called with the result, now or later
 * @param failed called with a later error; returns the error for waiting callers
 * @returns the rest, if any
 */
export function inSlices<T>(
  work: Sliced<T>,
  slice: number,
  done: (value: T) => void,
  failed: (error: unknown) => unknown,
): Unfinished | undefined {
  const isDone = (): boolean => {
    const until = performance.now() + slice;
    do {
      const result = work.next();
      if (result.done === true) {
        done(result.value);
        return true;
      }
    } while (performance.now() < until);
    return false;
  };
  if (isDone()) return undefined;
  return new Unfinished(async () => {
    try {
      do await setImmediate();
      while (!isDone());
    } catch (error) {
      throw failed(error);
    }
  });
}

/**
 * Sorts texts by their UTF-16 units, as `sort` does, in parts: pieces on their own, then pieces merged by twos.
 * @param texts is not changed
 */
export function* sortedInSlices(texts: readonly string[]): Sliced<string[]> {
  const piece = 2048;
  let from: string[] = [];
  for (let start = 0; start < texts.length; start += piece) {
    for (const text of texts.slice(start, start + piece).sort()) from.push(text);
    yield;
  }
  let to: string[] = new Array<string>(from.length);
  for (let width = piece; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at += 1) {
        const takesLeft = left < middle && (right >= end || from[left]! <= from[right]!);
        to[at] = takesLeft ? from[left++]! : from[right++]!;
        if (at % stepsOfAPart === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
