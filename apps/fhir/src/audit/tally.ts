/** Counts requests of unknown callers: if each were recorded, a client without a token could fill the disk. */

/** The content of the record of a count. */
export interface Counted {
  readonly interaction: 'refused';
  readonly outcome: 'error';
  readonly status: number;
  readonly reason: string;
  readonly count: number;
}

export interface Tally {
  count(status: number, reason: string): void;
  /** All that was counted since it was taken last. */
  take(): readonly Counted[];
  /** Adds back counts that could not be recorded. */
  giveBack(counted: readonly Counted[]): void;
}

export function createTally(): Tally {
  let counts = new Map<string, Counted>();
  const add = (status: number, reason: string, more: number): void => {
    const name = `${String(status)} ${reason}`;
    const count = (counts.get(name)?.count ?? 0) + more;
    counts.set(name, { interaction: 'refused', outcome: 'error', status, reason, count });
  };
  return {
    count: (status, reason) => {
      add(status, reason, 1);
    },
    take() {
      const taken = [...counts.values()];
      counts = new Map();
      return taken;
    },
    giveBack(counted) {
      for (const { status, reason, count } of counted) add(status, reason, count);
    },
  };
}
