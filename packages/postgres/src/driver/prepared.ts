import type { Column } from './messages.ts';

/** A statement that the server keeps prepared for a connection. */
export interface Prepared {
  readonly name: string;
  readonly columns: { of: readonly Column[] | undefined };
  /** Whether the server was asked for its columns. */
  isDescribed: boolean;
  /** Whether the server has accepted it. */
  isParsed: boolean;
  /** Average duration in milliseconds, weighted towards the latest answers; undefined before the first. */
  takes: number | undefined;
}

/** The longest duration in milliseconds of a brief statement. */
export const brief = 10;
/**
 * From this duration on, a single answer counts more than all earlier ones: a statement that takes so long with some values may do so
 * again.
 */
const long = 10 * brief;
/** The share of the last answer. */
const share = 1 / 8;

/** Notes how long the answer took, from that of the statement before on the same connection. */
export function noteAnswer(prepared: Prepared, milliseconds: number): void {
  const { takes } = prepared;
  prepared.takes = takes === undefined || milliseconds >= long ? milliseconds : takes + share * (milliseconds - takes);
}

export function isBrief({ takes }: Prepared): boolean {
  return takes !== undefined && takes <= brief;
}

/**
 * The most statements that a connection keeps prepared, and the total length of their texts. The least recently used ones are dropped
 * first.
 */
const most = 2_000;
const mostText = 2_000_000;
/** A longer text is not kept: others would be dropped for it, and it is seldom the same again. */
const longest = 200_000;

/** The prepared statements of one connection, by their text and the types of their parameters. */
export class PreparedStatements {
  readonly #close: (name: string) => void;
  readonly #known = new Map<string, Prepared>();
  #text = 0;
  #next = 1;

  /** @param close tells the server that a statement is no longer needed */
  constructor(close: (name: string) => void) {
    this.#close = close;
  }

  /** @returns undefined for a text that is too long to be kept */
  of(key: string): Prepared | undefined {
    if (key.length > longest) return undefined;
    const known = this.#known.get(key);
    if (known !== undefined) {
      // A Map keeps the order of insertion: the last entry is the most recently used.
      this.#known.delete(key);
      this.#known.set(key, known);
      return known;
    }
    this.#text += key.length;
    this.#makeRoom();
    const prepared = {
      name: `s${String(this.#next)}`,
      columns: { of: undefined },
      isDescribed: false,
      isParsed: false,
      takes: undefined,
    };
    this.#next += 1;
    this.#known.set(key, prepared);
    return prepared;
  }

  /** Like `of`, but does not add an unknown statement. */
  known(key: string): Prepared | undefined {
    return this.#known.get(key);
  }

  #makeRoom(): void {
    for (const [key, { name }] of this.#known) {
      if (this.#known.size < most && this.#text <= mostText) return;
      this.#forget(key);
      this.#close(name);
    }
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#text -= key.length;
  }

  /** @param which the one to delete; one that has replaced it meanwhile stays. Undefined: whichever it is */
  delete(key: string, which: Prepared | undefined): void {
    const known = this.#known.get(key);
    if (known !== undefined && (which === undefined || known === which)) this.#forget(key);
  }
}
