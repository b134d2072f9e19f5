/** A seeded random source (mulberry32), so that failures can be reproduced. */
export interface Random {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  pick<Value>(choices: readonly Value[]): Value;
  /** True in one of `n` cases. */
  oneIn(n: number): boolean;
}

/** The source for one request of a run: each has its own, so that it can be generated without the previous ones. */
export function randomSource(seed: number, request: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(request + 1, 0xc2b2ae35)) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    pick: (choices) => choices[below(choices.length)]!,
    oneIn: (n) => below(n) === 0,
  };
}
