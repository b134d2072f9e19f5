import { Refusal } from './fault.ts';

/** What one patch may cost. Copies of copies grow without bound, and so can what a FHIRPath expression visits. */
export interface PatchLimits {
  /** Operations in one patch. */
  readonly operations: number;
  /** Characters of JSON that all `copy` and `move` operations together may read. */
  readonly copied: number;
  /** Nested containers in the result. */
  readonly depth: number;
  /** Characters of one FHIRPath expression. */
  readonly pathLength: number;
  /** Tokens of all FHIRPath expressions of a patch that are more than names and indices: parsing takes 0.2 ms a token. */
  readonly pathTokens: number;
  /** Elements that all FHIRPath expressions of a patch may visit (some 0.2 µs each). */
  readonly visits: number;
}

export const defaultLimits: PatchLimits = {
  operations: 1000,
  copied: 16_777_216,
  depth: 500,
  pathLength: 1000,
  pathTokens: 8000,
  visits: 5_000_000,
};

/** A sum that may not pass its limit. */
export class Meter {
  readonly #limit: number;
  readonly #what: string;
  #spent = 0;

  /** @param what completes `the operations of this patch …` */
  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  /** @throws Refusal `too-costly` when the sum passes the limit. */
  spend(amount: number): void {
    this.#spent += amount;
    if (this.#spent > this.#limit) {
      const reason = `the operations of this patch ${this.#what} (the limit is ${this.#limit}); split it into several`;
      throw new Refusal('too-costly', reason);
    }
  }
}
