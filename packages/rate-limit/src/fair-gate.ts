/**
 * Admits as many requests as can be answered in time, and shares that capacity among their callers. If more arrive than can be answered,
 * each would wait longer than the one before it, until nobody gets an answer in time; so the excess is refused at once, which costs little.
 *
 * The limit follows the measured throughput: by Little's law each request takes limit / (done in a second). Waiting requests are admitted
 * in turns: first the caller with the fewest inside, then the one that was admitted longest ago. So a caller that sends more than its share
 * only delays itself.
 */
export interface FairGateOptions {
  /** Most requests inside. */
  readonly most: number;
  /** The lowest value of the limit (default 16): requests that wait for something else must not close the gate. */
  readonly fewest?: number;
  /** Milliseconds that admitted requests should take while others wait (default 200). */
  readonly target?: number;
  /** Milliseconds that a request waits before it is refused (default 250); twice that if its caller has less than its share inside. */
  readonly patience?: number;
  /** Milliseconds of a clock that goes forward. */
  readonly now?: () => number;
}

export interface FairGate {
  /** Whether a further request of the caller would be refused at once. */
  isFullFor(caller: string): boolean;
  /**
   * Calls `begin` when the request may begin, at once if there is room, or `refuse` if it may not. `begin` gets a function to call when the
   * request has its answer; calling it again has no effect.
   * @returns a function that gives up waiting; undefined if nothing waits
   */
  enter(caller: string, begin: (leave: () => void) => void, refuse: () => void): (() => void) | undefined;
  readonly state: Readonly<{ inside: number; waiting: number; limit: number }>;
}

/** The requests of one caller. */
interface Flow {
  inside: number;
  /** Oldest first. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly since: number;
  readonly begin: (leave: () => void) => void;
  readonly refuse: () => void;
}

/** Milliseconds over which finished requests are counted. */
const period = 100;
/** Limit while the throughput is unknown: more slow requests would all be late together, and fewer quick ones would wait needlessly. */
const atRest = 64;
/** Milliseconds after which a count no longer describes the present. */
const memory = 1_000;
/** Requests that a caller with few of them may send at once: they go before the last ones of others. */
const burst = 8;
/** Share of the places that a single caller may have, so that the next caller need not wait for it. */
const shareOfOne = 0.75;

/** @throws RangeError for a gate that admits nobody */
export function createFairGate(options: FairGateOptions): FairGate {
  if (!(options.most >= 1)) throw new RangeError('a gate lets in at least one request');
  return new Gate(options);
}

class Gate implements FairGate {
  readonly #most: number;
  readonly #fewest: number;
  readonly #target: number;
  readonly #patience: number;
  readonly #atRest: number;
  readonly #now: () => number;
  /** Callers with requests inside or waiting; the most recently admitted are at the end. */
  readonly #flows = new Map<string, Flow>();
  /** The number of them that are waiting. */
  #flowsWaiting = 0;
  #inside = 0;
  #waiting = 0;
  #limit: number;
  /** Requests finished in a millisecond while others waited; undefined until measured. */
  #pace: number | undefined;
  #counted = 0;
  #countedSince = 0;
  /** Whether a request has waited or was refused since then. */
  #isPressed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ most, fewest = 16, target = 200, patience = 250, now = () => performance.now() }: FairGateOptions) {
    this.#most = most;
    this.#fewest = Math.min(fewest, most);
    this.#target = target;
    this.#patience = patience;
    this.#now = now;
    this.#atRest = Math.min(atRest, most);
    this.#limit = this.#atRest;
  }

  get state(): FairGate['state'] {
    return { inside: this.#inside, waiting: this.#waiting, limit: this.#limit };
  }

  isFullFor(caller: string): boolean {
    const room = this.#room();
    if (this.#waiting < room) return false;
    const flow = this.#flows.get(caller);
    const own = flow?.waiting.length ?? 0;
    return own >= Math.max(burst, room / Math.max(1, this.#flowsWaiting + Number(own === 0)));
  }

  enter(caller: string, begin: (leave: () => void) => void, refuse: () => void): (() => void) | undefined {
    const flow = this.#flowOf(caller);
    // If there is room, waiting requests belong to callers that have reached the share of one caller.
    if (flow.waiting.length > 0 || !this.#isFree(flow)) {
      return this.#wait(caller, flow, { since: this.#now(), begin, refuse });
    }
    begin(this.#letIn(caller, flow));
    return undefined;
  }

  #flowOf(caller: string): Flow {
    let flow = this.#flows.get(caller);
    if (flow === undefined) this.#flows.set(caller, (flow = { inside: 0, waiting: [] }));
    return flow;
  }

  /**
   * The most requests that may wait: later ones would exceed their patience. At least as many as are inside, for all of these may leave at
   * once.
   */
  #room(): number {
    return this.#pace === undefined ? Infinity : Math.max(this.#limit, this.#pace * this.#patience);
  }

  #isFree({ inside }: Flow): boolean {
    return this.#inside < this.#limit && inside < Math.max(1, this.#limit * shareOfOne);
  }

  /** @returns a function that lets it out again */
  #letIn(caller: string, flow: Flow): () => void {
    flow.inside += 1;
    this.#inside += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      flow.inside -= 1;
      this.#inside -= 1;
      this.#forget(caller, flow);
      this.#count();
      this.#next();
    };
  }

  #forget(caller: string, { inside, waiting }: Flow): void {
    if (inside === 0 && waiting.length === 0) this.#flows.delete(caller);
  }

  #wait(caller: string, flow: Flow, one: Waiting): (() => void) | undefined {
    if (this.isFullFor(caller)) {
      this.#forget(caller, flow);
      one.refuse();
      return undefined;
    }
    if (this.#waiting >= this.#room()) this.#refuseNewestOfMost();
    this.#press(one.since);
    if (flow.waiting.push(one) === 1) this.#flowsWaiting += 1;
    // A refusal may have forgotten it.
    this.#flows.set(caller, flow);
    this.#waiting += 1;
    this.#watch();
    return () => {
      this.#giveUp(caller, flow, one);
    };
  }

  #press(now: number): void {
    if (this.#isPressed) return;
    this.#isPressed = true;
    [this.#countedSince, this.#counted] = [now, 0];
  }

  #giveUp(caller: string, flow: Flow, one: Waiting): void {
    const at = flow.waiting.indexOf(one);
    if (at < 0) return;
    flow.waiting.splice(at, 1);
    this.#left(caller, flow);
  }

  /** One of the flow waits no more. */
  #left(caller: string, flow: Flow): void {
    this.#waiting -= 1;
    if (flow.waiting.length === 0) this.#flowsWaiting -= 1;
    this.#forget(caller, flow);
  }

  #refuseNewestOfMost(): void {
    let found: [string, Flow] | undefined;
    for (const each of this.#flows) if (each[1].waiting.length > (found?.[1].waiting.length ?? 0)) found = each;
    const newest = found?.[1].waiting.pop();
    if (found === undefined || newest === undefined) return;
    this.#left(...found);
    newest.refuse();
  }

  /** Admits waiting requests, as far as there is room. */
  #next(): void {
    while (this.#waiting > 0) {
      const found = this.#whoseTurn();
      if (found === undefined) return;
      const [caller, flow] = found;
      const { begin } = flow.waiting.shift()!;
      const leave = this.#letIn(caller, flow);
      this.#left(caller, flow);
      this.#flows.delete(caller);
      this.#flows.set(caller, flow);
      begin(leave);
    }
  }

  #whoseTurn(): [string, Flow] | undefined {
    let found: [string, Flow] | undefined;
    for (const each of this.#flows) {
      const [, flow] = each;
      if (flow.waiting.length === 0 || !this.#isFree(flow)) continue;
      if (flow.inside < (found?.[1].inside ?? Infinity)) found = each;
      if (flow.inside === 0) break;
    }
    return found;
  }

  /** Adapts the limit to the throughput. Only requests finished while others wait or are refused show the capacity. */
  #count(): void {
    if (!this.#isPressed && this.#pace === undefined) return;
    const now = this.#now();
    const passed = now - this.#countedSince;
    this.#counted += 1;
    if (passed < period) return;
    if (this.#isPressed && passed < memory) this.#fit(this.#counted / passed);
    else if (!this.#isPressed) [this.#pace, this.#limit] = [undefined, this.#atRest];
    [this.#countedSince, this.#counted] = [now, 0];
    this.#isPressed = this.#waiting > 0;
  }

  #fit(pace: number): void {
    this.#pace = this.#pace === undefined ? pace : (this.#pace + pace) / 2;
    this.#limit = Math.round(Math.min(this.#most, Math.max(this.#fewest, this.#pace * this.#target)));
  }

  /**
   * Runs after requests that have arrived meanwhile: after a long turn of the event loop, requests for which there is room now are admitted
   * first.
   */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      setImmediate(() => {
        this.#timer = undefined;
        this.#expire();
        if (this.#waiting > 0) this.#watch();
      });
    }, this.#patience / 8).unref();
  }

  /** A caller with less than its share inside goes next and only waits for a place to become free: it gets twice the time. */
  #expire(): void {
    const now = this.#now();
    for (const [caller, flow] of this.#flows) {
      const patience = flow.inside * this.#flows.size < this.#limit ? 2 * this.#patience : this.#patience;
      while (flow.waiting.length > 0 && flow.waiting[0]!.since <= now - patience) {
        const { refuse } = flow.waiting.shift()!;
        this.#left(caller, flow);
        refuse();
      }
    }
  }
}
