/** A statement as made by the tag: inserted into a larger one, or run when awaited. */
import { setImmediate } from 'node:timers/promises';
import { encodedInParts, isLarge } from './bind.ts';
import type { ConnectionError, PostgresError } from './errors.ts';
import type { Column } from './messages.ts';
import { toldWait, waits } from '../measured.ts';
import { StatementText, Way } from './statement-text.ts';
import { decoderOf, Deferred, encode, typeOf, type Decode, type Encoded } from './values.ts';

/**
 * A text in the protocol ends at the first NUL: the rest of the statement would be read as another part of the message.
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

/** Rows of a statement, with the number of rows read or changed and the command tag (`INSERT 0 1`). */
export type Result<T extends readonly unknown[]> = T & { readonly count: number; readonly tag: string };

/** A value as PostgreSQL sent it: the bytes of its text. They may be a part of a larger buffer. */
export type RawColumn = Buffer | null;

/** A fragment of SQL with its values, which a statement may contain. */
export interface Part {
  readonly [isPart]: true;
}

const isPart = Symbol('part of a statement');

/**
 * A statement, or a part of one. It is sent when it is awaited, and only once; a part is sent with the enclosing statement. It rejects with
 * `PostgresError` or `ConnectionError`, or with a TypeError for a parameter that cannot be sent.
 */
export interface PendingQuery<T extends readonly unknown[]> extends Promise<Result<T>>, Part {
  /** Rows as arrays of bytes. */
  raw(): PendingQuery<RawColumn[][]>;
  /** Like `raw`, in the binary form of each type: the server writes no text, and none is parsed here. */
  binary(): PendingQuery<RawColumn[][]>;
  /** Rows as arrays of values. */
  values(): PendingQuery<unknown[][]>;
  /** Uses the simple protocol: the statement is not prepared, several statements are one transaction, and each gives a result. */
  simple(): this;
  /** Sends it now. */
  execute(): this;
  /** Its text, with `$1` and so on, and its values, for sending it in another way. @throws TypeError */
  written(): { readonly text: string; readonly values: readonly unknown[] };
}

export interface UnsafeOptions {
  /** Whether the connection keeps the statement prepared (default false). */
  readonly prepare?: boolean;
}

type Mode = 'rows' | 'values' | 'raw' | 'binary';
type Settle = (error: PostgresError | ConnectionError | TypeError | undefined, result: unknown) => void;

/** A statement in the form in which it is sent over a connection. */
export interface Compiled {
  readonly statement: StatementText;
  readonly parameters: readonly Encoded[];
}

/** The text of a statement, and the values of its parameters. */
interface Collected {
  readonly statement: StatementText;
  readonly values: readonly unknown[];
}

const unsettled: Settle = () => undefined;

export class Query<T extends readonly unknown[] = Row[]> implements PendingQuery<T> {
  readonly strings: readonly string[];
  readonly arguments: readonly unknown[];
  /** Whether the connection keeps it prepared. */
  readonly isPrepared: boolean;
  isSimple: boolean;
  mode: Mode = 'rows';
  /** Set if it had large parameters, which are encoded by now. */
  compiled: Compiled | undefined;
  settle: Settle = unsettled;
  readonly #run: (query: Query) => void;
  #answer: Promise<Result<T>> | undefined;
  #collected: Collected | undefined;

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

  get [Symbol.toStringTag](): 'Query' {
    return 'Query';
  }

  get [isPart](): true {
    return true;
  }

  /**
   * Put together when it is requested first.
   * @throws TypeError
   */
  get collected(): Collected {
    return (this.#collected ??= collect(this as unknown as Query));
  }

  raw(): PendingQuery<RawColumn[][]> {
    this.mode = 'raw';
    return this as unknown as PendingQuery<RawColumn[][]>;
  }

  binary(): PendingQuery<RawColumn[][]> {
    this.mode = 'binary';
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

  written(): { readonly text: string; readonly values: readonly unknown[] } {
    const { statement, values } = this.collected;
    return { text: statement.text, values };
  }

  execute(): this {
    this.#promise().catch(() => undefined); // the caller gets the error by awaiting the statement
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
    const query = this as unknown as Query;
    const over = waits.hasSubscribers ? toldWait('statement', () => textOf(query).text) : undefined;
    this.settle = (error, result) => {
      over?.(error);
      if (error === undefined) resolve(result as Result<T>);
      else reject(error);
    };
    if (!hasLarge(query)) this.#run(query);
    else
      compiledInParts(query).then(
        (compiled) => {
          this.compiled = compiled;
          this.#run(query);
        },
        (error: unknown) => this.settle(error as TypeError, undefined),
      );
    return promise;
  }
}

/** Whether parameters take long to encode: texts of many megabytes, and deferred ones. */
function hasLarge(query: Query): boolean {
  try {
    return query.collected.values.some((value) => isLarge(value) || value instanceof Deferred);
  } catch {
    return false; // sending it rejects the statement, and its transaction gets the error
  }
}

/** The same as `compile`, with others' turns between the parameters and their parts. */
async function compiledInParts({ collected: { statement, values } }: Query): Promise<Compiled> {
  const parameters: Encoded[] = [];
  for (const value of values) {
    if (value instanceof Deferred) await setImmediate();
    const encoded = encode(value);
    parameters.push(isLarge(encoded) ? await encodedInParts(encoded) : encoded);
  }
  return { statement, parameters };
}

/**
 * The text and the parameters of a statement with all its parts.
 * @throws TypeError for a parameter that cannot be sent
 */
export function compile({ collected: { statement, values } }: Query): Compiled {
  return { statement, parameters: values.map(encode) };
}

/** The text of a statement with all its parts; its parameters may not be encoded yet. @throws TypeError */
export function textOf(query: Query): StatementText {
  return query.compiled?.statement ?? query.collected.statement;
}

/** The text of a statement with all its parts, and the values of its parameters. @throws TypeError */
function collect(query: Query): Collected {
  const { strings, arguments: given } = query;
  if (strings.length === 1) {
    // A text that already contains $1 and so on, or has no parameters.
    assertCount(given.length);
    return { statement: new StatementText(strings[0]!, given.map(typeOf)), values: given };
  }
  const way = new Way();
  const values: unknown[] = [];
  walk(query, way, values);
  assertCount(values.length);
  return { statement: way.end(() => joined(query)), values };
}

/** Goes through a statement, and adds its values. */
function walk({ strings, arguments: given }: Query, way: Way, values: unknown[]): void {
  // Its $1 would be read as the $1 of the whole.
  if (given.length >= strings.length)
    throw new TypeError('A text with parameters of its own cannot be a part of a statement');
  // The literals of a template are always the same object; those of a text are made for it.
  way.step(strings.length === 1 ? strings[0]! : strings);
  for (let index = 1; index < strings.length; index += 1) walkValue(given[index - 1], way, values);
}

function walkValue(value: unknown, way: Way, values: unknown[]): void {
  if (value instanceof Query) walk(value as Query, way, values);
  else if (value instanceof Identifier) way.step(value.text);
  else if (isList(value)) {
    way.step(-value.length);
    for (const part of value) walkValue(part, way, values);
  } else {
    way.step(typeOf(value));
    values.push(value);
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value[0] instanceof Query;
}

/** The text, with `$1` and so on in the place of values. */
function joined(query: Query): StatementText {
  const types: number[] = [];
  let text = '';
  const add = ({ strings, arguments: given }: Query): void => {
    text += strings[0]!;
    for (let index = 1; index < strings.length; index += 1) {
      addValue(given[index - 1]);
      text += strings[index]!;
    }
  };
  const addValue = (value: unknown): void => {
    if (value instanceof Query) add(value as Query);
    else if (value instanceof Identifier) text += value.text;
    else if (isList(value))
      for (const part of value) {
        text += ' ';
        addValue(part);
      }
    else text += `$${String(types.push(typeOf(value)))}`;
  };
  add(query);
  return new StatementText(text, types);
}

/** The protocol counts them in 16 bits. */
function assertCount(parameters: number): void {
  if (parameters > 65_535)
    throw new TypeError(`A statement has ${String(parameters)} parameters; no more than 65535 can be sent`);
}

/** Returns the function that makes rows of these columns, for a mode. */
export function rowMaker(columns: readonly Column[], mode: Mode): (row: RawColumn[]) => unknown {
  if (mode === 'raw' || mode === 'binary') return (row) => row;
  const decoders: Decode[] = columns.map(({ type }) => decoderOf(type));
  const decode = (bytes: RawColumn, index: number): unknown => (bytes === null ? null : decoders[index]!(bytes));
  if (mode === 'values') return (row) => row.map(decode);
  return (row) => {
    const object: Row = {};
    for (let index = 0; index < row.length; index += 1) object[columns[index]!.name] = decode(row[index]!, index);
    return object;
  };
}
