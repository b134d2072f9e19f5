/** Limits of the cost of a plan alternative, after which the next one is tried, and the memory of cancelled ones. */
/** Numbers of rows after which a search tries something else. */
export interface CostLimits {
  /** Candidates of an access path that should have been narrow. */
  readonly few: number;
  /** Candidates of an ordered scan that should have filled its page. */
  readonly farEnough: number;
  /** Ends of a chain that are looked up before the search. */
  readonly ends: number;
  /** Rows that a count reads one by one, if no index leads to the counted ones (default: 100,000). */
  readonly lookedAt?: number;
  /**
   * Rows are on several nodes, and no statement joins them with those of others: so many candidates and ends of each chain are looked up before a search, and of more it is
   * refused.
   */
  readonly apart?: number;
}

export const usualCostLimits: CostLimits = { few: 5_000, farEnough: 20_000, ends: 1_000 };

/** Attempts that were given up lately, by its name: alternatives of plans, and totals. */
export interface KnownFailures {
  has(name: string): boolean;
}

/** The same, to which others are added. */
export interface FailedPlans extends KnownFailures {
  /** Whether nothing is remembered: then no name need be made. */
  isEmpty(): boolean;
  /** @param milliseconds after which it is tried again (default: some minutes) */
  add(name: string, milliseconds?: number): void;
}
