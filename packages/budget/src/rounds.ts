import { BudgetSpent, type Budget } from './budget.ts';

/** Things of one kind that take their time to load. */
export interface Source<Key, Value> {
  /** For errors; sources with the same name share the loaded values. */
  readonly name: string;
  /** The same for the same key, as keys of a Map are; the key itself when absent. */
  readonly nameOf?: (key: Key) => unknown;
  /** A value for each key, in their order. Called once a round, with all keys that the round lacked. */
  readonly load: (keys: readonly Key[]) => Promise<readonly Value[]>;
}

export interface RoundsOptions {
  /** Holds earlier loaded values, for all computations of the same request. */
  readonly loaded?: Loaded;
  /** Pays `unitsOfALoad` for each thing that is loaded. */
  readonly budget?: Budget | undefined;
  /** The most rounds. */
  readonly most?: number;
}

/** Units of work for requesting one thing, in addition to the cost of loading it. */
export const unitsOfALoad = 10;

/** More than any computation needs that asks for all it can at once: things that are only known by other things, so often in a row. */
const mostRounds = 100;

/**
 * Values were still missing in the last round, or a round could not continue although nothing was missing.
 * @example
 * new NoProgress('still missing: names 1').message; // 'still missing: names 1'
 */
export class NoProgress extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoProgress';
  }
}

/** Ends a round that cannot continue without the requested values. Thrown by `Round` alone, and caught by `inRounds`. */
class Missing extends Error {
  readonly round: Round;

  constructor(round: Round) {
    super('a round was ended outside of inRounds');
    this.round = round;
  }
}

/**
 * Holds the loaded values of one request, by source and key.
 * @example
 * const loaded = new Loaded();
 * loaded.once('sum', () => 1 + 1); // 2
 * loaded.once('sum', () => 0); // 2
 */
export class Loaded {
  // Made when they are needed: nearly every request has all that it asks for.
  #values: Map<string, Map<unknown, unknown>> | undefined;
  #loading: Map<string, Map<unknown, Promise<void>>> | undefined;
  #made: Map<unknown, unknown> | undefined;

  /** The values of the source of that name. */
  of(source: string): ReadonlyMap<unknown, unknown> {
    return mapIn((this.#values ??= new Map<string, Map<unknown, unknown>>()), source);
  }

  /** A value that a computation has made for this key before; makes it if there is none yet. */
  once<Value>(key: unknown, make: () => Value): Value {
    const made = (this.#made ??= new Map<unknown, unknown>());
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as Value;
  }

  /** Loads values that are neither loaded nor being loaded. Rejects with the error of the source; they may be requested again then. */
  async load<Key, Value>(source: Source<Key, Value>, asked: ReadonlyMap<unknown, Key>): Promise<void> {
    const values = mapIn((this.#values ??= new Map<string, Map<unknown, unknown>>()), source.name);
    const loading = mapIn((this.#loading ??= new Map<string, Map<unknown, Promise<void>>>()), source.name);
    const names = [...asked.keys()].filter((name) => !values.has(name) && !loading.has(name));
    if (names.length > 0) {
      const run = async (): Promise<void> => {
        const found = await source.load(names.map((name) => asked.get(name)!));
        if (found.length !== names.length)
          throw new NoProgress(`${source.name}: ${names.length} were to be loaded, and ${found.length} came`);
        names.forEach((name, n) => values.set(name, found[n]));
      };
      const work = run().finally(() => {
        for (const name of names) loading.delete(name);
      });
      for (const name of names) loading.set(name, work);
    }
    await Promise.all([...asked.keys()].flatMap((name) => loading.get(name) ?? []));
  }
}

/** Of one source. */
interface MissingKeys {
  readonly source: Source<never, unknown>;
  readonly asked: Map<unknown, unknown>;
}

/**
 * One run of a computation: returns loaded values, and notes missing ones.
 * @example
 * const names = { name: 'names', load: async (keys: readonly number[]) => keys.map(String) };
 * const round = new Round(new Loaded());
 * round.get(names, 1, '…'); // '…'
 * round.lacks; // 1
 */
export class Round {
  /** From 1. */
  readonly number: number;
  /** A missing value in it ends the computation with NoProgress. */
  readonly isLast: boolean;
  readonly loaded: Loaded;
  /** Missing keys by the name of their source. */
  #missing: Map<string, MissingKeys> | undefined;

  constructor(loaded: Loaded, number = 1, isLast = false) {
    this.loaded = loaded;
    this.number = number;
    this.isLast = isLast;
  }

  /** The value of a key; if it is not loaded, a substitute, with which the computation continues to request more. */
  get<Key, Value, Instead>(source: Source<Key, Value>, key: Key, instead: Instead): Value | Instead {
    const name = source.nameOf === undefined ? key : source.nameOf(key);
    const values = this.loaded.of(source.name);
    if (values.has(name)) return values.get(name) as Value;
    const missing = (this.#missing ??= new Map<string, MissingKeys>());
    let own = missing.get(source.name);
    if (own === undefined) missing.set(source.name, (own = { source, asked: new Map() }));
    own.asked.set(name, key);
    return instead;
  }

  /** The value of a key. Ends the round if it is not loaded. */
  need<Key, Value>(source: Source<Key, Value>, key: Key): Value {
    const value = this.get(source, key, absent);
    if (value === absent) throw new Missing(this);
    return value;
  }

  /** A value that the computation makes itself: in the next round it is the same object, so nothing is derived twice from it. */
  once<Value>(key: unknown, make: () => Value): Value {
    return this.loaded.once(key, make);
  }

  /** Ends the round if something is missing: to be called before actions that must not run twice. */
  needAll(): void {
    if (this.lacks > 0) throw new Missing(this);
  }

  /** The result is valid, whatever was missing so far. */
  doWithout(): void {
    this.#missing = undefined;
  }

  /** Number of missing things so far. */
  get lacks(): number {
    if (this.#missing === undefined) return 0;
    let sum = 0;
    for (const { asked } of this.#missing.values()) sum += asked.size;
    return sum;
  }

  /** Loads the missing values, sources in parallel. */
  async load(budget?: Budget): Promise<void> {
    const wanted = [...(this.#missing?.values() ?? [])];
    for (const { source, asked } of wanted) budget?.spend(unitsOfALoad * asked.size, source.name);
    await Promise.all(wanted.map(({ source, asked }) => this.loaded.load(source, asked as Map<unknown, never>)));
  }

  /** Some of the missing values, for an error. */
  describe(): string {
    const names = [...(this.#missing?.values() ?? [])].flatMap(({ source, asked }) =>
      [...asked.keys()].slice(0, 3).map((name) => `${source.name} ${typeof name === 'string' ? name : ''}`.trim()),
    );
    return names.slice(0, 3).join(', ');
  }
}

const absent = Symbol('absent');

/**
 * Runs a computation that requests values by key from a round; loads the missing ones, in one batch for each source and all sources in
 * parallel; and runs it again, until nothing is missing. So the computation stays a plain function, which must have done nothing by the
 * time that it asks. Each round adds to what is loaded, and nothing is loaded twice.
 * @returns what the computation returns: at once where it does and nothing is missing
 * @throws what the computation throws when nothing is missing: an error while something is missing may result from that. A budget that is
 *   spent ends it at once
 * @throws NoProgress when something is missing in the last round
 * @throws what a source rejects with
 * @example
 * const names = { name: 'names', load: async (keys: readonly number[]) => keys.map((key) => `name of ${key}`) };
 * await inRounds((round) => round.get(names, 1, '…')); // 'name of 1'
 */
export function inRounds<T>(run: (round: Round) => T | Promise<T>, options: RoundsOptions = {}): T | Promise<T> {
  return oneRound(run, { loaded: new Loaded(), most: mostRounds, ...options }, 1);
}

interface Settled extends RoundsOptions {
  readonly loaded: Loaded;
  readonly most: number;
}

function oneRound<T>(run: (round: Round) => T | Promise<T>, options: Settled, number: number): T | Promise<T> {
  const round = new Round(options.loaded, number, number >= options.most);
  const next = (): Promise<T> => {
    if (round.isLast) throw new NoProgress(`after ${number} rounds there is still missing: ${round.describe()}`);
    return round.load(options.budget).then(() => oneRound(run, options, number + 1));
  };
  const ended = (result: T): T | Promise<T> => (round.lacks === 0 ? result : next());
  const failed = (error: unknown): Promise<T> => {
    // Work that is spent is not had back by loading something.
    if (round.lacks > 0 && !(error instanceof BudgetSpent)) return next();
    if (error instanceof Missing && error.round === round)
      throw new NoProgress(`round ${number} was ended although nothing is missing`);
    throw error;
  };
  let result: T | Promise<T>;
  try {
    result = run(round);
  } catch (error) {
    return failed(error);
  }
  return result instanceof Promise ? result.then(ended, failed) : ended(result);
}

function mapIn<Key, Value>(maps: Map<string, Map<Key, Value>>, name: string): Map<Key, Value> {
  let found = maps.get(name);
  if (found === undefined) maps.set(name, (found = new Map<Key, Value>()));
  return found;
}
