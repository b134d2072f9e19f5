import { setImmediate } from 'node:timers/promises';

/**
 * Measures of a budget. `work`: units of computation, each one to three tenths of a microsecond (an item that an expression visits, a character
 * of a text that is searched, an element that is compared); `bytes`: memory held at the same time; `rows`: resources or other rows of the
 * database that are read for an answer; `milliseconds`: elapsed time, including time spent waiting for others.
 */
export type Measure = 'work' | 'bytes' | 'rows' | 'milliseconds';

/** Units of work that reading a row costs: as many rows as are allowed must not cost all work that is. */
export const unitsOfRow = 10;

/** The most of each measure; absent ones are not limited. */
export type Limits = Partial<Readonly<Record<Measure, number>>>;

/**
 * A limit was passed: the work is to be given up.
 * @example
 * new Budget({ rows: 1 }).take(2); // throws BudgetSpent
 */
export class BudgetSpent extends Error {
  readonly what: Measure;
  readonly limit: number;
  /** Place of the work that exceeded the limit, for the developer; '' when it was not stated. */
  readonly place: string;
  /** The name of the budget: whose limit it is. */
  readonly scope: string;

  constructor(what: Measure, limit: number, place: string, scope: string) {
    super(`The ${scope} goes over its limit of ${what}, ${limit}${place === '' ? '' : ` (${place})`}`);
    this.name = 'BudgetSpent';
    this.what = what;
    this.limit = limit;
    this.place = place;
    this.scope = scope;
  }

  /** The same with the place, unless it is known already. */
  at(place: string): BudgetSpent {
    return this.place === '' ? new BudgetSpent(this.what, this.limit, place, this.scope) : this;
  }
}

/**
 * The limits of a piece of work and its costs so far: one object for each request, passed as an argument to all code that spends. Once a
 * limit of work, rows or time is passed the budget stays spent, so that all remaining work of the same request ends as well.
 * @example
 * const budget = new Budget({ work: 100 });
 * budget.spend(60);
 * budget.workLeft; // 40
 */
export class Budget {
  readonly limits: Limits;
  /** Owner of the limits: `request`, `resource` or `server`. It decides which setting an error names. */
  readonly scope: string;
  readonly #whole: Budget | undefined;
  #mostWork: number;
  readonly #mostBytes: number;
  readonly #mostRows: number;
  readonly #mostTime: number;
  #stopwatch: (() => number) | undefined;
  #work = 0;
  #bytes = 0;
  #mostHeld = 0;
  #rows = 0;
  #spent: BudgetSpent | undefined;
  #isEnded = false;

  constructor(limits: Limits = {}, scope = 'request', whole?: Budget) {
    this.limits = limits;
    this.scope = scope;
    this.#whole = whole;
    this.#mostWork = limits.work ?? Infinity;
    this.#mostBytes = limits.bytes ?? Infinity;
    this.#mostRows = limits.rows ?? Infinity;
    this.#mostTime = limits.milliseconds ?? Infinity;
  }

  /** Begins to count time; before, none is counted. @param clock milliseconds since any moment */
  startTime(clock: () => number = () => performance.now()): void {
    const since = clock();
    this.#stopwatch = () => clock() - since;
  }

  /** Allows at least this many units of work in all. */
  allow(units: number): void {
    this.#mostWork = Math.max(this.#mostWork, units);
  }

  /**
   * Ends the work at its next spending, for example if nobody waits for it any longer.
   * @example
   * const budget = new Budget();
   * budget.stop();
   * budget.spend(1); // throws BudgetSpent
   */
  stop(): void {
    this.#mostWork = -1;
    this.#spent ??= new BudgetSpent('work', 0, 'it was stopped', this.scope);
  }

  /** Counts units of work. @throws BudgetSpent when they are more than the limit */
  spend(units: number, place?: string): void {
    this.#work += units;
    if (this.#work > this.#mostWork) this.#fail('work', this.#mostWork, place);
    this.#whole?.spend(units, place);
  }

  /** Counts memory until it is released. @throws BudgetSpent when there is no room; the bytes are not held then */
  hold(bytes: number, place?: string): void {
    // The failure is not remembered: memory becomes free when something is released.
    if (this.#isEnded || this.#bytes + bytes > this.#mostBytes)
      throw new BudgetSpent('bytes', this.#mostBytes, place ?? '', this.scope);
    this.#whole?.hold(bytes, place);
    this.#bytes += bytes;
    if (this.#bytes > this.#mostHeld) this.#mostHeld = this.#bytes;
  }

  /** Gives back memory that was held. */
  release(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#whole?.release(bytes);
  }

  /** Releases all held memory, and holds none any more: work still running would never release it. */
  end(): void {
    this.#isEnded = true;
    this.release(this.#bytes);
  }

  /** Counts rows that are read, and `unitsOfRow` for each. @throws BudgetSpent when they are more than the limit */
  take(rows: number, place?: string): void {
    this.#take(rows, place);
    this.spend(unitsOfRow * rows, place);
  }

  #take(rows: number, place?: string): void {
    this.#rows += rows;
    if (this.#rows > this.#mostRows) this.#fail('rows', this.#mostRows, place);
    if (this.#whole !== undefined) this.#whole.#take(rows, place);
  }

  /** Used so far: `work`, `rows` and `milliseconds` in all, `bytes` at this moment. */
  get used(): Readonly<Record<Measure, number>> {
    return { work: this.#work, bytes: this.#bytes, rows: this.#rows, milliseconds: this.#stopwatch?.() ?? 0 };
  }

  /**
   * The share of a limit that was used, for memory the peak: 1 and more if it was exceeded; 0 for time before `startTime`. Undefined
   * without a limit, and for the work of a budget that was stopped.
   * @example
   * const budget = new Budget({ work: 100 });
   * budget.spend(60);
   * budget.shareOf('work'); // 0.6
   */
  shareOf(what: Measure): number | undefined {
    switch (what) {
      case 'work':
        return shareOf(this.#work, this.#mostWork);
      case 'bytes':
        return shareOf(this.#mostHeld, this.#mostBytes);
      case 'rows':
        return shareOf(this.#rows, this.#mostRows);
      case 'milliseconds':
        return shareOf(this.#stopwatch?.() ?? 0, this.#mostTime);
    }
  }

  /** The remaining units of work, of this budget and of the one of which it is a part. */
  get workLeft(): number {
    return Math.max(0, Math.min(this.#mostWork - this.#work, this.#whole?.workLeft ?? Infinity));
  }

  /**
   * Stops new steps if the work, the rows or the time of this budget are spent, such as further entries of a batch. Time is only checked
   * here: a step in progress ends.
   * @throws BudgetSpent as it was thrown first
   */
  requireLeft(place?: string): void {
    if (this.#spent !== undefined) throw this.#spent;
    if (this.#mostTime !== Infinity && (this.#stopwatch?.() ?? 0) > this.#mostTime)
      this.#fail('milliseconds', this.#mostTime, place);
    this.#whole?.requireLeft(place);
  }

  /** A separate budget for a part of the work: its costs count for both. If its limits are exceeded, this one is still valid. */
  part(limits: Limits, scope: string): Budget {
    return new Budget(limits, scope, this);
  }

  #fail(what: Measure, limit: number, place = ''): never {
    this.#spent ??= new BudgetSpent(what, limit, place, this.scope);
    throw new BudgetSpent(what, limit, place, this.scope);
  }
}

function shareOf(used: number, most: number): number | undefined {
  return most > 0 && most !== Infinity ? used / most : undefined;
}

/** Milliseconds that one piece of work may take before others of this process get their turn. */
const stretch = 10;

/**
 * For loops over many resources: call it before each. It returns undefined, or a promise to be awaited if the loop has run for long enough.
 * By the clock rather than by a count, since resources differ in size by a factor of a thousand.
 * @example
 * const pause = createPauses();
 * pause(); // undefined
 */
export function createPauses(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < stretch) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
