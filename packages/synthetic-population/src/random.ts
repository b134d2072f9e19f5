/** The finaliser of MurmurHash3: every input bit reaches every output bit. */
function avalanche(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A stream of pseudo-random numbers (sfc32) that is a pure function of its keys: streams with different keys are independent of each other,
 * so patient 7 is the same for any number of patients before or after.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param keys whole numbers that name the stream, e.g. seed, purpose, index; at least one */
  constructor(...keys: number[]) {
    let a = 0x9e3779b9 | 0;
    let b = 0x243f6a88 | 0;
    let c = 0xb7e15162 | 0;
    for (const key of keys) {
      // Both halves, so that a key above 2^32 is not truncated.
      a = avalanche(a ^ (key | 0)) + b;
      b = avalanche(b ^ Math.floor(key / 0x1_0000_0000)) + c;
      c = avalanche(c + a);
    }
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    return result >>> 0;
  }

  /** At least 0, below 1. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.unit() * list.length)]!;
  }

  /** Picks by weight; weights need not add up to 1. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let sum = 0;
    for (const item of list) sum += item.weight;
    let left = this.unit() * sum;
    for (const item of list) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return list[list.length - 1]!;
  }

  /** Roughly normal, never further than 3 standard deviations from the mean: the sum of three even draws. */
  around(mean: number, deviation: number): number {
    return mean + (this.unit() + this.unit() + this.unit() - 1.5) * 2 * deviation;
  }

  /** Returns `count` decimal digits, with leading zeros. */
  digits(count: number): string {
    let text = '';
    while (text.length < count) text += String(this.between(0, 9));
    return text;
  }
}
