/** A statement as the tag makes it: put into a larger one, or run when it is awaited. */
import type { ConnectionError, PostgresError } from './errors.ts';
import type { Column } from './messages.ts';
import { decoderOf, encode, typeOf, type Decode } from './values.ts';

/**
 * A text of the protocol ends at the first NUL: the rest of the statement would be read as another part of the message.
 * @throws TypeError
 */
export function assertNoNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('The text of a statement contains a NUL character');
  return text;
}

/** A name: `"schema"."table"`. */
export class Identifier {
  readonly text: string;

  constructor(name: string) {
    this.text = `"${assertNoNul(name).replaceAll('"', '""').replaceAll('.', '"."')}"`;
  }
}

export type Row = Record<string, unknown>;

/** What a statement returns: its rows, with how many rows it read or changed, and the tag of its command (`INSERT 0 1`). */
export type Result<T extends readonly unknown[]> = T & { readonly count: number; readonly tag: string };

/** A value as PostgreSQL sent it: the bytes of its text. They may be a part of a larger buffer. */
export type RawColumn = Buffer | null;

/** What may be put into a statement. */
export interface Part {
  readonly [isPart]: true;
}

const isPart = Symbol('part of a statement');

/**
 * A statement, or a part of one. It is sent when it is awaited, and once; a part is sent with the statement that it was put into.
 * It rejects with `PostgresError` or `ConnectionError`, or with a TypeError for a parameter that cannot be sent.
 */
export interface PendingQuery<T extends readonly unknown[]> extends Promise<Result<T>>, Part {
  /** Rows as arrays of bytes. */
  raw(): PendingQuery<RawColumn[][]>;
  /** Rows as arrays of values. */
  values(): PendingQuery<unknown[][]>;
  /** By the simple protocol: not prepared, several statements are one transaction, and each gives a result. */
  simple(): this;
  /** Sends it now. */
  execute(): this;
}

export interface UnsafeOptions {
  /** Whether the statement is kept prepared by its connection (default false). */
  readonly prepare?: boolean;
}

type Mode = 'rows' | 'values' | 'raw';
type Settle = (error: PostgresError | ConnectionError | TypeError | undefined, result: unknown) => void;

/** What a connection needs of a statement. */
export interface Compiled {
  readonly text: string;
  readonly parameters: readonly (string | Buffer | null)[];
  /** Types of the parameters; 0 where the server finds it. */
  readonly types: readonly number[];
}

export class Query<T extends readonly unknown[] = Row[]> implements PendingQuery<T> {
  readonly [Symbol.toStringTag] = 'Query';
  readonly [isPart] = true;
  readonly strings: readonly string[];
  readonly arguments: readonly unknown[];
  /** Whether the connection keeps it prepared. */
  readonly isPrepared: boolean;
  isSimple: boolean;
  mode: Mode = 'rows';
  settle: Settle = () => undefined;
  readonly #run: (query: Query) => void;
  #answer: Promise<Result<T>> | undefined;

  constructor(
    run: (query: Query) => void,
    strings: readonly string[],
    values: readonly unknown[],
    { isPrepared = true, isSimple = false } = {},
  ) {
    this.#run = run;
    this.strings = strings;
    this.arguments = values;
    this.isPrepared = isPrepared;
    this.isSimple = isSimple;
  }

  raw(): PendingQuery<RawColumn[][]> {
    this.mode = 'raw';
    return this as unknown as PendingQuery<RawColumn[][]>;
  }

  values(): PendingQuery<unknown[][]> {
    this.mode = 'values';
    return this as unknown as PendingQuery<unknown[][]>;
  }

  simple(): this {
    this.isSimple = true;
    return this;
  }

  execute(): this {
    this.#promise().catch(() => undefined); // who has the statement hears of it when awaiting it
    return this;
  }

  // A statement is awaited like a promise; as one from the beginning each part of a larger statement would cost as much as a statement.
  then<A = Result<T>, B = never>(
    fulfilled?: ((result: Result<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise().then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<Result<T> | B> {
    return this.#promise().catch(rejected);
  }

  finally(done?: (() => void) | null): Promise<Result<T>> {
    return this.#promise().finally(done);
  }

  #promise(): Promise<Result<T>> {
    if (this.#answer !== undefined) return this.#answer;
    const { promise, resolve, reject } = Promise.withResolvers<Result<T>>();
    this.#answer = promise;
    this.settle = (error, result) => {
      if (error === undefined) resolve(result as Result<T>);
      else reject(error);
    };
    this.#run(this as unknown as Query);
    return promise;
  }
}

/**
 * The text and the parameters of a statement with all its parts.
 * @throws TypeError for a parameter that cannot be sent
 */
export function compile(query: Query): Compiled {
  const parameters: (string | Buffer | null)[] = [];
  const types: number[] = [];
  let text = '';
  const addValue = (value: unknown): void => {
    if (value instanceof Query) addQuery(value as Query);
    else if (value instanceof Identifier) text += value.text;
    else if (Array.isArray(value) && value[0] instanceof Query) value.forEach(addListed);
    else {
      types.push(typeOf(value));
      text += `$${String(parameters.push(encode(value)))}`;
    }
  };
  const addListed = (value: unknown): void => {
    text += ' ';
    addValue(value);
  };
  const addQuery = ({ strings, arguments: values }: Query): void => {
    // Its $1 would be read as the $1 of the whole.
    if (values.length >= strings.length)
      throw new TypeError('A text with parameters of its own cannot be a part of a statement');
    text += strings[0]!;
    for (let index = 1; index < strings.length; index += 1) {
      addValue(values[index - 1]);
      text += strings[index]!;
    }
  };
  if (query.strings.length === 1 && query.arguments.length > 0) {
    // A text with $1 and so on of its own.
    for (const value of query.arguments) {
      types.push(typeOf(value));
      parameters.push(encode(value));
    }
    assertCount(parameters.length);
    return { text: query.strings[0]!, parameters, types };
  }
  addQuery(query);
  assertCount(parameters.length);
  return { text, parameters, types };
}

/** The protocol counts them in 16 bits. */
function assertCount(parameters: number): void {
  if (parameters > 65_535)
    throw new TypeError(`A statement has ${String(parameters)} parameters; no more than 65535 can be sent`);
}

/** How rows of these columns are made, for a mode. */
export function rowMaker(columns: readonly Column[], mode: Mode): (row: RawColumn[]) => unknown {
  if (mode === 'raw') return (row) => row;
  const decoders: Decode[] = columns.map(({ type }) => decoderOf(type));
  const decode = (bytes: RawColumn, index: number): unknown => (bytes === null ? null : decoders[index]!(bytes));
  if (mode === 'values') return (row) => row.map(decode);
  return (row) => {
    const object: Row = {};
    for (let index = 0; index < row.length; index += 1) object[columns[index]!.name] = decode(row[index]!, index);
    return object;
  };
}
