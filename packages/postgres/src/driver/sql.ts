/** The tag that statements are written with, on a pool, in a transaction and on a reserved connection. */
import { ConnectionError, PostgresError } from './errors.ts';
import type { Link } from './link.ts';
import type { Pool } from './pool.ts';
import {
  assertNoNul,
  Identifier,
  Query,
  textOf,
  type Part,
  type PendingQuery,
  type Row,
  type UnsafeOptions,
} from './query.ts';
import { json, type Parameter, type Value } from './values.ts';

/** An argument of a statement's template: a value, which is bound; a part or a list of parts of a statement; or a name. */
export type Argument = Value | Part | readonly Part[] | Identifier;

/**
 * Runs statements: on a pool, where each is a separate transaction, or in an open transaction. `sql\`select ${value}\`` binds the value;
 * `sql('name')` makes an identifier of a text.
 */
export interface Session {
  (name: string): Identifier;

  <T extends readonly unknown[] = Row[]>(
    strings: TemplateStringsArray,
    ...values: readonly Argument[]
  ): PendingQuery<T>;
  /** A statement, or a part of one, whose text is made by the program; `$1` and so on refer to `parameters`. */

  unsafe<T extends readonly unknown[] = Row[]>(
    text: string,
    parameters?: readonly Value[],
    options?: UnsafeOptions,
  ): PendingQuery<T>;
  /** A parameter of the type `jsonb`. */
  json(value: unknown): Parameter;
}

/** Values of settings by their names: both of letters, digits, `-`, `_` and `.` alone. */
export interface LocalSettings {
  readonly local: Readonly<Record<string, string>>;
}

/** A reserved connection. Statements run one by one and are not one transaction. */
export interface Reserved extends Session {
  /** Aborted with a ConnectionError if the connection is lost before it is released: with it went what the session held. */
  readonly lost: AbortSignal;
  /** Gives the connection back. It must not be in a transaction. */
  release(): void;
}

/** A pool of connections. */
export interface Sql extends Session {
  /**
   * Runs `work` in a transaction and commits. If `work` rejects, or any of its statements failed, even one whose error was caught, all is
   * rolled back and the first error is thrown. It also rejects if the connection is lost, even while `work` waits for something else: the
   * server ends a transaction that is idle for a minute.
   * @param mode such as `isolation level repeatable read read only`; or settings for the transaction, sent with its begin
   * @throws ConnectionError if the connection is lost, or the transaction had ended before its commit; `isOutcomeUnknown` says whether it
   * may have been committed
   */
  begin<R>(work: (session: Session) => Promise<R>): Promise<R>;
  begin<R>(mode: string | LocalSettings, work: (session: Session) => Promise<R>): Promise<R>;
  /** One connection, for uses that need a session of the server, such as its advisory locks. */
  reserve(): Promise<Reserved>;
  /** Another pool, of one connection that bypasses a pooler, beside those of this one; its user ends it. */
  apart(): Sql;
  /** Waits for running statements, 5 seconds at most, and closes all connections. */
  end(options?: { timeout?: number }): Promise<void>;
  /**
   * Whether commits are known to wait in vain for the synchronous standby. Until one is confirmed, transactions and statements that write
   * are refused with a ConnectionError that `areCommitsBlocked` recognises.
   */
  areCommitsBlocked(): boolean;
  /** Milliseconds for which a statement has waited without a sign of life of the server; 0 when all is well. */
  silence(): number;
}

export interface SqlOptions {
  /**
   * Pool for the statements and transactions that wait for no commit, so that none waits behind one; undefined: they use the common pool.
   */
  readonly reads: Pool | undefined;
  /**
   * The text of a statement that runs first in each transaction, and returns the process of the server (`pid`), which stays the same until
   * its end; undefined: none is run.
   */
  readonly beginWith: string | undefined;
  /** Reason why no connection can be reserved; undefined: it can. */
  readonly noReservation: string | undefined;
  readonly apart: () => Sql;
}

export function createSql(pool: Pool, options: SqlOptions): Sql {
  const { reads = pool } = options;
  return Object.assign(
    sessionOf((query) => (reads !== pool && textOf(query).waitsForNoCommit ? reads : pool).run(query)),
    {
      begin: <R>(...given: [Work<R>] | [string | LocalSettings, Work<R>]): Promise<R> => {
        const [how, work] = given.length === 1 ? ['', given[0]] : given;
        const mode = typeof how === 'string' ? how : '';
        return begin(isReadOnly(mode) ? reads : pool, beginOf(how), work, options);
      },
      async reserve() {
        if (options.noReservation !== undefined) throw new Error(options.noReservation);
        const link = await pool.reserve(false);
        let isReleased = false;
        const lost = new AbortController();
        link.onLost = (error) => lost.abort(error);
        const own = { mayCommit: true, isLocal: false };
        const run = (query: Query): void => {
          if (isReleased)
            query.settle(new ConnectionError('CONNECTION_ENDED', 'The connection was released', 'none'), undefined);
          else link.send(query, { ...own, again: () => link.send(query, own) });
          pool.watch.start();
        };
        return Object.assign(sessionOf(run), {
          lost: lost.signal,
          release() {
            if (isReleased) return;
            isReleased = true;
            link.onLost = undefined;
            pool.release(link);
          },
        });
      },
      apart: options.apart,
      async end({ timeout = 5 }: { timeout?: number } = {}) {
        await Promise.all([pool.end(timeout), ...(reads === pool ? [] : [reads.end(timeout)])]);
      },
      areCommitsBlocked: () => pool.areCommitsBlocked(),
      silence: () => Math.max(pool.watch.silence(), reads.watch.silence()),
    },
  );
}

function sessionOf(run: (query: Query) => void): Session {
  const tag = (strings: TemplateStringsArray | string, ...values: readonly unknown[]): unknown =>
    typeof strings === 'string' ? new Identifier(strings) : new Query(run, strings, values);
  const unsafe: Session['unsafe'] = (text, parameters = [], { prepare = false } = {}) =>
    new Query(run, [assertNoNul(text)], parameters, {
      isPrepared: prepare,
      isSimple: parameters.length === 0 && !prepare,
    });
  return Object.assign(tag, { unsafe, json }) as Session;
}

type Work<R> = (session: Session) => Promise<R>;

async function begin<R>(pool: Pool, text: string, work: Work<R>, { beginWith }: SqlOptions): Promise<R> {
  const link = await pool.reserve(!isReadOnly(text));
  try {
    return await transaction(pool, link, text, work, beginWith);
  } finally {
    pool.release(link);
  }
}

/** The text that begins a transaction: one message, of which nothing after a failure is executed. */
function beginOf(how: string | LocalSettings): string {
  if (typeof how === 'string') {
    if (!/^[a-z, ]*$/i.test(how)) throw new TypeError(`"${how}" is no mode of a transaction`);
    return `begin ${how}`;
  }
  const settings = Object.entries(how.local).map(([name, value]) => {
    if (![name, value].every((each) => /^[\w.-]+$/.test(each)))
      throw new TypeError(`"${name}" cannot be set to "${value}"`);
    return `; set local ${name} = '${value}'`;
  });
  return `begin${settings.join('')}`;
}

function isReadOnly(mode: string): boolean {
  return /\bread only\b/i.test(mode);
}

async function transaction<R>(
  pool: Pool,
  link: Link,
  text: string,
  work: Work<R>,
  beginWith: SqlOptions['beginWith'],
): Promise<R> {
  let failure: { error: unknown } | undefined;
  let isOver = false;
  const own = (words: string, mayCommit = false): PendingQuery<Row[]> =>
    new Query((query) => link.send(query, { mayCommit, isLocal: false }), [words], [], { isSimple: true });
  const session = sessionOf((query) => {
    const { settle } = query;
    query.settle = (error, result) => {
      if (error !== undefined) failure ??= { error };
      settle(error, result);
    };
    if (isOver) {
      query.settle(new ConnectionError('CONNECTION_ENDED', 'The transaction has ended', 'none'), undefined);
      return;
    }
    pool.watch.start();
    link.send(query, { mayCommit: false, isLocal: false });
  });
  pool.watch.start();
  const begun = own(text).execute();
  const settings = beginWith === undefined ? undefined : session.unsafe(beginWith, [], { prepare: true }).execute();
  // Work that waits for something else would not notice the loss, as it sends nothing.
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  await begun;
  link.onLost = lost.reject;
  try {
    if (settings !== undefined) link.backend = (await settings)[0]!['pid'] as number;
    const result = await Promise.race([work(session), lost.promise]);
    isOver = true;
    link.onLost = undefined;
    if (failure !== undefined) throw failure.error;
    const { tag } = await own('commit', true);
    if (tag !== 'COMMIT') throw new ConnectionError('CONNECTION_CLOSED', `The transaction ended with ${tag}`, 'none');
    return result;
  } catch (error) {
    isOver = true;
    link.onLost = undefined;
    if (!link.isLost && link.status !== 'I') await own('rollback').catch(() => undefined);
    // A statement that was not awaited may have failed after the check, and made the commit fail.
    const isConsequence = isAborted(error) || (error instanceof ConnectionError && !link.isLost);
    throw isConsequence && failure !== undefined ? failure.error : error;
  } finally {
    if (beginWith !== undefined) link.backend = undefined;
  }
}

/** in_failed_sql_transaction: the error of an earlier statement says why. */
function isAborted(error: unknown): boolean {
  return error instanceof PostgresError && error.code === '25P02';
}
