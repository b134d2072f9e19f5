import type { Column } from './messages.ts';

/** A statement that the server keeps for a connection. */
export interface Prepared {
  readonly name: string;
  readonly columns: { of: readonly Column[] | undefined };
  /** Whether the server was asked what columns it has. */
  isDescribed: boolean;
  /** Whether the server has taken it. */
  isParsed: boolean;
}

/** Those that a connection keeps; the oldest goes first. */
const most = 2_000;

/** The prepared statements of one connection, by their text and the types of their parameters. */
export class PreparedStatements {
  readonly #close: (name: string) => void;
  readonly #known = new Map<string, Prepared>();
  #next = 1;

  /** @param close tells the server that a statement is not needed any more */
  constructor(close: (name: string) => void) {
    this.#close = close;
  }

  of(key: string): Prepared {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= most) {
      const [oldest, { name }] = this.#known.entries().next().value!;
      this.#known.delete(oldest);
      this.#close(name);
    }
    const prepared = {
      name: `s${String(this.#next)}`,
      columns: { of: undefined },
      isDescribed: false,
      isParsed: false,
    };
    this.#next += 1;
    this.#known.set(key, prepared);
    return prepared;
  }

  /** @param which the one that is meant; one that has taken its place meanwhile stays. Undefined: whichever it is */
  delete(key: string, which: Prepared | undefined): void {
    if (which === undefined || this.#known.get(key) === which) this.#known.delete(key);
  }
}
