import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

/** Work that is done a part at a time; between two parts, a few hundred steps each, something else may be done. */
export type Sliced<T> = Generator<undefined, T>;

/** Steps between two looks at the clock: each takes some microseconds. */
export const stepsOfAPart = 256;

/**
 * Work that takes longer than the caller has at a time. It goes on when somebody awaits `finish`, in slices between which
 * others get their turn; who asks again after that finds it done. Not an error of the question: the answer is not ready.
 */
export class Unfinished extends Error {
  readonly #rest: () => Promise<void>;
  #finishing: Promise<void> | undefined;

  constructor(rest: () => Promise<void>) {
    super('this is still being worked out');
    this.#rest = rest;
  }

  /** Rejects with what the work throws, a TerminologyFault perhaps. */
  finish(): Promise<void> {
    return (this.#finishing ??= this.#rest());
  }

  /** The same work for another asker, who asks again whatever comes of it, and is told of faults in the own language. */
  joined(): Unfinished {
    return new Unfinished(() => this.finish().catch(() => undefined));
  }
}

let isUnhurried = false;

/** Runs something in which no work is interrupted: others wait for it. */
export function uninterrupted<T>(run: () => T): T {
  const before = isUnhurried;
  isUnhurried = true;
  try {
    return run();
  } finally {
    isUnhurried = before;
  }
}

export const isUninterrupted = (): boolean => isUnhurried;

/** Does all of the work now. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/**
 * Does the work now, as far as it goes in one slice.
 * @param slice milliseconds
 * @param done called with what the work gives, now or later
 * @param failed called when it throws later
 * @returns what is left, if anything is
 */
export function inSlices<T>(
  work: Sliced<T>,
  slice: number,
  done: (value: T) => void,
  failed: () => void,
): Unfinished | undefined {
  const isDone = (): boolean => {
    const until = performance.now() + slice;
    do {
      const result = work.next();
      if (result.done === true) {
        done(result.value);
        return true;
      }
    } while (isUnhurried || performance.now() < until);
    return false;
  };
  if (isDone()) return undefined;
  const inContext = AsyncLocalStorage.snapshot(); // messages stay in the language of who asked first
  return new Unfinished(async () => {
    try {
      do await setImmediate();
      while (!inContext(isDone));
    } catch (error) {
      failed();
      throw error;
    }
  });
}

/**
 * Sorts texts by their UTF-16 units, as `sort` does, in parts: pieces on their own, then pieces merged by twos.
 * @param texts is left as it is
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
