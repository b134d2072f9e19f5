/**
 * Lets in as many requests as are worked on in time, and shares that among their callers. While more come than can be answered, each would
 * wait longer than the one before it, until nobody gets an answer in time; so the rest is refused at once, which costs little.
 *
 * How many are let in follows what is done: by Little's law each takes limit / (done in a second). Whoever waits is let in by turns: first who
 * has fewest inside, then who was let in longest ago. So a caller that sends more than its share waits behind itself alone.
 */
export interface FairGateOptions {
  /** Most requests inside. */
  readonly most: number;
  /** Fewest that the limit sinks to (default 16): a request that waits for something else must not close the gate. */
  readonly fewest?: number;
  /** Milliseconds that those inside should take while others wait (default 200). */
  readonly target?: number;
  /** Milliseconds that one waits before it is refused (default 250); twice that where its caller has less than its part inside. */
  readonly patience?: number;
  /** Milliseconds of a clock that goes forward. */
  readonly now?: () => number;
}

export interface FairGate {
  /** Whether a further request of the caller would be refused at once. */
  isFullFor(caller: string): boolean;
  /**
   * Calls `begin` when the request may begin, at once where there is room, or `refuse` when it may not. `begin` gets what is called when the
   * request has its answer, once or more often.
   * @returns what gives up waiting; undefined if nothing waits
   */
  enter(caller: string, begin: (leave: () => void) => void, refuse: () => void): (() => void) | undefined;
  readonly state: Readonly<{ inside: number; waiting: number; limit: number }>;
}

/** Those of one caller. */
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

/** Milliseconds over which it is counted what is done. */
const period = 100;
/** Limit while nothing is known of the pace: more of slow requests would be late together, and fewer of quick ones would wait in vain. */
const atRest = 64;
/** Milliseconds after which a count says nothing of now. */
const memory = 1_000;
/** Requests that a caller with few of them may send at once: they go before the last ones of others. */
const burst = 8;
/** Share of the places that one caller may have where it is alone, so that the next one need not wait for it. */
const shareOfOne = 0.75;

/** @throws RangeError for a gate that lets in nobody */
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
  /** Of callers with requests inside or waiting; those let in last are at the end. */
  readonly #flows = new Map<string, Flow>();
  /** Those of them that wait. */
  #flowsWaiting = 0;
  #inside = 0;
  #waiting = 0;
  #limit: number;
  /** Done in a millisecond while others waited; undefined until that is known. */
  #pace: number | undefined;
  #counted = 0;
  #countedSince = 0;
  /** Whether somebody has waited or was refused since. */
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
    // Where there is room, those who wait are at what one caller may have inside.
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

  /** Most that wait: those behind them would be refused for their time. As many as are inside, for all of these may leave at once. */
  #room(): number {
    return this.#pace === undefined ? Infinity : Math.max(this.#limit, this.#pace * this.#patience);
  }

  #isFree({ inside }: Flow): boolean {
    return this.#inside < this.#limit && inside < Math.max(1, this.#limit * shareOfOne);
  }

  /** @returns what lets it out again */
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

  /** Lets in those who wait, as far as there is room. */
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

  /** Fits the limit to what is done. Only what is done while others wait or are refused tells how much can be. */
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

  /** Behind what has come meanwhile: of a turn of the event loop that took long, first those are let in for whom there is room now. */
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

  /** A caller with less than its part inside goes next, and waits for nothing but that one is done: it is given twice the time. */
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
