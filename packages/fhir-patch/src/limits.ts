import type { Budget } from '@dhp/budget';
import { Refusal } from './fault.ts';

/** Limits of one patch. Without them, copies of copies grow without bound, as do the visits of a FHIRPath expression. */
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
  /** Remaining budget of the request: the patch is charged to it, and BudgetSpent is thrown beyond it. */
  readonly budget?: Budget | undefined;
}

export const defaultLimits: PatchLimits = {
  operations: 1000,
  copied: 16_777_216,
  depth: 500,
  pathLength: 1000,
  pathTokens: 8000,
  visits: 5_000_000,
};

/** Units of work for each counted thing, in a tenth of a microsecond. */
export interface Price {
  readonly units: number;
  readonly budget: Budget | undefined;
}

/**
 * Pays for reading and writing the resource and the patch, and for each operation something.
 * @throws BudgetSpent
 */
export function payForTexts(budget: Budget | undefined, resourceText: string, patchText: string): void {
  budget?.spend((resourceText.length + patchText.length) / 8, 'a patch');
}

/** A sum that may not pass its limit. */
export class Meter {
  readonly #limit: number;
  readonly #what: string;
  readonly #price: Price | undefined;
  #spent = 0;

  /**
   * @param what completes `the operations of this patch …`
   * @param price the cost for the request
   */
  constructor(limit: number, what: string, price?: Price) {
    this.#limit = limit;
    this.#what = what;
    this.#price = price;
  }

  /** @throws Refusal `too-costly` when the sum passes the limit; BudgetSpent when that of the request is spent. */
  spend(amount: number): void {
    this.#price?.budget?.spend(this.#price.units * amount, 'a patch');
    this.#spent += amount;
    if (this.#spent > this.#limit) {
      const reason = `the operations of this patch ${this.#what} (the limit is ${this.#limit}); split it into several`;
      throw new Refusal('too-costly', reason);
    }
  }
}
