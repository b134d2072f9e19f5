/**
 * One connection to PostgreSQL, and the statements sent on it. They are answered in order, each with its own messages up to ReadyForQuery,
 * so the first of them is always the one that is being answered.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type { Socket } from 'node:net';
import { serialize } from 'pg-protocol';
import { bind } from './bind.ts';
import { ConnectionError, PostgresError, type ConnectionCode } from './errors.ts';
import { message, readColumns, readFields, readRow, readSetting, type Column } from './messages.ts';
import { statements, type MeasuredStatement } from '../measured.ts';
import { Outbox } from './outbox.ts';
import { brief, isBrief, noteAnswer, PreparedStatements, type Prepared } from './prepared.ts';
import { compile, rowMaker, textOf, type Compiled, type Query, type RawColumn } from './query.ts';
import { StatementText } from './statement-text.ts';

/** A statement that was sent. */
interface Sent {
  readonly query: Query;
  readonly key: string;
  readonly compiled: Compiled;
  readonly prepared: Prepared | undefined;
  /** Columns of the current answer, if the statement is not kept prepared. */
  columns: readonly Column[] | undefined;
  make: ((row: RawColumn[]) => unknown) | undefined;
  rows: unknown[];
  results: unknown[];
  error: PostgresError | ConnectionError | undefined;
  /** Outstanding answers of the settings in front of the statement. */
  skip: number;
  /** Whether its end may be a commit. */
  readonly mayCommit: boolean;
  readonly isLocal: boolean;
  /** The server has accepted its parameters: from here on it is executed. */
  isBound: boolean;
  /** Sends it once more if nothing of it was executed; undefined if it must not be repeated. */
  readonly again: (() => void) | undefined;
}

export interface SendOptions {
  readonly mayCommit: boolean;
  /** It is a separate transaction, and the connection is not reserved. */
  readonly isLocal: boolean;
  readonly again?: (() => void) | undefined;
}

export interface LinkOptions {
  readonly socket: Socket;
  /** Which of the hosts it leads to. */
  readonly at: number;
  /** Process id of the server's side; undefined behind a pooler, where each transaction may have another one. */
  readonly backend: number | undefined;
  readonly settings: Map<string, string>;
  /** Rules of the pooler; undefined on a connection to the server itself. */
  readonly pooled: Pooled | undefined;
  /** All statements were answered. */
  readonly onIdle: (link: Link) => void;
  /** A statement was answered, or the connection is lost. */
  readonly onProgress: (link: Link) => void;
  readonly onClose: (link: Link) => void;
  /**
   * Called when its statements were given up while the server still executes them: it occupies a place there, accepting no statement, until
   * that ends.
   */
  readonly onAbandoned: (link: Link) => void;
  /** Called when the server has refused a write as a standby does. */
  readonly onStandby?: (() => void) | undefined;
}

/**
 * A connection behind a pooler keeps no settings, and shares the prepared statements of the server with other connections by their text.
 */
export interface Pooled {
  /** A `select` of settings for the current transaction. It is sent before each statement that is a separate transaction. */
  readonly settings: string;
  /** Appended to the text of a prepared statement, so that only connections with the same settings share its plan. */
  mark: string;
  /** Gives the texts another mark, since the server no longer accepts the statements prepared with this one. */
  readonly renew: () => void;
}

/** Routines of PostgreSQL that refuse a prepared statement before anything of it is executed. */
const staleRoutines = new Set(['FetchPreparedStatement', 'RevalidateCachedQuery']);
/** SQLSTATE of sessions that end because they wait for a statement: idle_in_transaction_session_timeout, idle_session_timeout. */
const idleCodes = new Set(['25P03', '57P05']);
/** Errors of PgBouncer on a connection for which it has no session of the server. PgBouncer does not translate its messages. */
const notServed = /^(query_wait_timeout|server login has been failing|pgbouncer cannot connect to server)/;

/** Routines of PostgreSQL whose warning about a commit means that it must not be relied on. */
const warnings: ReadonlyMap<string, [ConnectionCode, string]> = new Map([
  ['SyncRepWaitForLSN', ['NOT_REPLICATED', 'The commit is not confirmed by the synchronous standby']],
  ['EndTransactionBlock', ['CONNECTION_CLOSED', 'The transaction had ended before its commit']],
]);

/** Whether an error that ends the connection says that no unanswered statement was executed. */
function isBeforeStatement({ code, message: text }: PostgresError): boolean {
  return idleCodes.has(code) || (code === '08P01' && notServed.test(text));
}

function isBriefOne({ prepared }: Sent): boolean {
  return prepared !== undefined && isBrief(prepared);
}

function marked({ text, types }: StatementText, mark: string): StatementText {
  return new StatementText(text + mark, types);
}

const sync = serialize.sync();
const executeAll = serialize.execute();
const executeAndSync = Buffer.concat([executeAll, sync]);
const describeUnnamed = serialize.describe({ type: 'S' });

export class Link {
  readonly settings: Map<string, string>;
  /** Which of the hosts it leads to. */
  readonly at: number;
  /** Process of the server that works for this connection, if known. */
  backend: number | undefined;
  /** Called when the connection is lost; set while it is reserved. */
  onLost: ((error: ConnectionError) => void) | undefined;
  /** Statements that were sent since it was idle. */
  burst = 0;
  readonly #options: LinkOptions;
  readonly #socket: Socket;
  readonly #prepared: PreparedStatements;
  readonly #out: Outbox;
  #sent: Sent[] = [];
  #fatal: PostgresError | undefined;
  #lost: ConnectionError | undefined;
  #isAbandoned = false;
  /** `I`: outside a transaction, `T`: inside one, `E`: inside a failed one; according to the last answer. */
  status: 'I' | 'T' | 'E' = 'I';
  /** A transaction or a reservation has it for itself. */
  isReserved = false;
  /** It must be closed when it becomes idle. */
  isRetired = false;
  /** When the server was last heard of, in ms of `performance.now()`. */
  heardAt = performance.now();
  /** Since when the first of the statements has been waiting. */
  waitingSince = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.at = options.at;
    this.#socket = options.socket;
    this.#out = new Outbox(options.socket);
    this.#prepared = new PreparedStatements((name) => this.#out.write(serialize.close({ type: 'S', name })));
    this.backend = options.backend;
    this.settings = options.settings;
  }

  get inFlight(): number {
    return this.#sent.length;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Whether it counts as lost but is still open, since the server cannot be told to stop. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /**
   * Whether this statement was answered quickly here, and so were all that are in flight. Nothing is sent after one that has already taken
   * longer.
   */
  takesBrief(query: Query): boolean {
    if (!query.isPrepared || query.isSimple) return false;
    const prepared = this.#prepared.known(textOf(query).key);
    if (prepared === undefined || !isBrief(prepared)) return false;
    const isLate = this.#sent.length > 0 && performance.now() - this.waitingSince > brief;
    return !isLate && this.#sent.every((sent) => isBriefOne(sent));
  }

  /** Bytes that the socket has not passed on. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Sends a statement after those in flight. A parameter that cannot be sent rejects only this statement. */
  send(query: Query, { mayCommit, isLocal, again }: SendOptions): void {
    let compiled: Compiled;
    try {
      compiled = query.compiled ?? compile(query);
    } catch (error) {
      query.settle(error as TypeError, undefined);
      return;
    }
    if (this.#lost !== undefined) {
      query.settle(this.#lostError('none'), undefined);
      return;
    }
    const { pooled } = this.#options;
    const local = isLocal ? pooled?.settings : undefined;
    if (pooled !== undefined && query.isPrepared && !query.isSimple)
      compiled = { ...compiled, statement: marked(compiled.statement, pooled.mark) };
    const { key, text } = compiled.statement;
    const prepared = query.isSimple || !query.isPrepared ? undefined : this.#prepared.of(key);
    if (local !== undefined && !query.isSimple) {
      const inFront = this.#prepared.of(local);
      this.#writeExtended({ statement: new StatementText(local, []), parameters: [] }, inFront, 'text', executeAll);
      if (inFront !== undefined) inFront.isParsed = true;
    }
    const sent: Sent = {
      ...{ query, key, compiled, prepared, mayCommit, isLocal, again, isBound: false },
      ...{ columns: undefined, make: undefined, rows: [], results: [], error: undefined },
      skip: local === undefined ? 0 : 1,
    };
    // Several statements of one text are one transaction.
    if (query.isSimple) this.#out.write(serialize.query(local === undefined ? text : `${local};${text}`));
    else this.#writeExtended(compiled, prepared, query.mode === 'binary' ? 'binary' : 'text', executeAndSync);
    this.burst += 1;
    if (this.#sent.push(sent) === 1) this.waitingSince = performance.now();
  }

  #writeExtended(
    { statement: { text, types }, parameters }: Compiled,
    prepared: Prepared | undefined,
    answer: 'text' | 'binary',
    behind: Buffer,
  ): void {
    if (prepared === undefined)
      this.#out.write(serialize.parse({ name: '', text, types: [...types] }), describeUnnamed);
    else if (!prepared.isDescribed) {
      if (!prepared.isParsed) this.#out.write(serialize.parse({ name: prepared.name, text, types: [...types] }));
      this.#out.write(serialize.describe({ type: 'S', name: prepared.name }));
      prepared.isDescribed = true;
    }
    this.#out.write(...bind(prepared?.name ?? '', parameters, answer, behind));
  }

  /** A message of the server. */
  receive(type: number, bytes: Buffer, at: number, end: number): void {
    this.heardAt = performance.now();
    if (this.#isAbandoned) {
      this.#close();
      return;
    }
    const sent = this.#sent[0];
    if (type === message.notice) this.#notice(readFields(bytes, at, end));
    else if (type === message.parameterStatus) this.settings.set(...readSetting(bytes, at, end));
    else if (type === message.error) this.#error(sent, new PostgresError(readFields(bytes, at, end)));
    else if (type === message.notification) return;
    else if (sent === undefined) this.destroy('CONNECTION_CLOSED', 'The server answered what nobody had asked');
    else this.#answer(sent, type, bytes, at, end);
  }

  #answer(sent: Sent, type: number, bytes: Buffer, at: number, end: number): void {
    const { prepared } = sent;
    switch (type) {
      case message.dataRow:
        if (sent.skip > 0) return;
        sent.make ??= rowMaker(sent.columns ?? prepared?.columns.of ?? [], sent.query.mode);
        sent.rows.push(sent.make(readRow(bytes, at, end)));
        return;
      case message.commandComplete:
        if (sent.skip > 0) sent.skip -= 1;
        else this.#complete(sent, bytes.toString('latin1', at, end - 1));
        return;
      case message.emptyQuery:
        this.#complete(sent, '');
        return;
      case message.parseComplete:
        if (sent.skip === 0 && prepared !== undefined) prepared.isParsed = true;
        return;
      case message.bindComplete:
        if (sent.skip === 0) sent.isBound = true;
        return;
      case message.rowDescription:
        if (sent.skip > 0) return;
        sent.make = undefined;
        if (prepared === undefined) sent.columns = readColumns(bytes, at);
        else prepared.columns.of = readColumns(bytes, at);
        return;
      case message.noData:
        if (sent.skip === 0 && prepared !== undefined) prepared.columns.of = [];
        return;
      case message.ready:
        this.#ready(sent, String.fromCharCode(bytes[at]!) as 'I' | 'T' | 'E');
        return;
      case message.copyIn:
      case message.copyOut:
      case message.copyBoth:
        // Messages after this one would be read as data of the COPY.
        this.destroy('CONNECTION_CLOSED', 'COPY from or to the client is not supported');
        return;
      default: // closeComplete, parameterDescription
    }
  }

  #complete(sent: Sent, tag: string): void {
    const count = Number(tag.slice(tag.lastIndexOf(' ') + 1));
    sent.results.push(Object.assign(sent.rows, { count: Number.isNaN(count) ? 0 : count, tag }));
    sent.rows = [];
    sent.make = undefined;
  }

  #error(sent: Sent | undefined, error: PostgresError): void {
    if (error.severity === 'FATAL' || error.severity === 'PANIC') this.#fatal = error;
    // It was made a standby; another host is the primary now.
    if (error.code === '25006') {
      this.isRetired = true;
      this.#options.onStandby?.();
    }
    if (sent === undefined || this.#fatal !== undefined) return;
    sent.error ??= error;
  }

  /**
   * PostgreSQL answers a commit whose wait for the synchronous standby was cancelled, and one outside of a transaction, with success and a
   * warning; the name of the routine is not translated, unlike its text.
   */
  #notice(fields: ReadonlyMap<string, string>): void {
    const sent = this.#sent[0];
    const reason = warnings.get(fields.get('R') ?? '');
    if (reason === undefined || sent === undefined) return;
    const [code, said] = reason;
    sent.error = new ConnectionError(code, `${said}: ${fields.get('M') ?? ''}`, 'unknown');
  }

  #ready(sent: Sent, status: 'I' | 'T' | 'E'): void {
    if (this.#fatal !== undefined) {
      this.destroy('CONNECTION_CLOSED', `The server goes on after a fatal error: ${this.#fatal.message}`);
      return;
    }
    this.status = status;
    if (sent.isLocal && status !== 'I') {
      // The statements of others would continue in it.
      this.destroy('CONNECTION_CLOSED', 'A statement outside a transaction has left one open; use sql.begin');
      return;
    }
    this.#sent.shift();
    const now = performance.now();
    if (statements.hasSubscribers) this.#tell(sent, now - this.waitingSince);
    if (sent.prepared !== undefined) noteAnswer(sent.prepared, now - this.waitingSince);
    this.waitingSince = now;
    const { error, prepared, key } = sent;
    if (error !== undefined && prepared !== undefined) {
      if (sent.skip > 0) this.#prepared.delete(this.#options.pooled!.settings, undefined);
      if (!prepared.isParsed) this.#prepared.delete(key, prepared);
      else if (prepared.columns.of === undefined) prepared.isDescribed = false;
    }
    if (error !== undefined && this.#isStale(sent)) {
      this.#prepared.delete(key, prepared);
      const { pooled } = this.#options;
      if (pooled !== undefined && key.endsWith(pooled.mark)) pooled.renew();
      const mayGoAgain = this.status === 'I' && (sent.isLocal || this.inFlight === 0);
      if (sent.again === undefined || !mayGoAgain) sent.query.settle(error, undefined);
      else sent.again();
    } else if (error === undefined)
      sent.query.settle(undefined, sent.results.length === 1 ? sent.results[0] : sent.results);
    else sent.query.settle(error, undefined);
    if (this.#sent.length === 0) {
      this.burst = 0;
      this.#options.onIdle(this);
    } else this.#options.onProgress(this);
  }

  #tell({ query, compiled }: Sent, milliseconds: number): void {
    const { text } = compiled.statement;
    const session = this.settings.get('application_name') ?? '';
    statements.publish({ text, session, isBound: !query.isSimple, milliseconds } satisfies MeasuredStatement);
  }

  /**
   * Whether a prepared statement is one that the server no longer accepts, after a change of a table or a DISCARD: it was refused before it
   * began, so it may be prepared again and sent once more. In a transaction that does not help, since the refusal has broken it; the next
   * one prepares it again. Nor may it be sent again on this connection: another's transaction may already follow it, and it would become
   * part of that.
   */
  #isStale({ error, prepared, isBound }: Sent): boolean {
    if (prepared === undefined || isBound || !(error instanceof PostgresError)) return false;
    if (error.code !== '26000' && error.code !== '0A000') return false;
    return error.routine !== undefined && staleRoutines.has(error.routine);
  }

  /** Ends the connection properly; only for an idle one. */
  end(): void {
    if (this.#lost !== undefined) return;
    this.#lose(new ConnectionError('CONNECTION_ENDED', 'The connection was closed', 'none'));
    this.#socket.end(serialize.end());
    // If the peer does not close its side, it is not waited for.
    this.#socket.setTimeout(1000, () => this.#socket.destroy());
  }

  /** Ends the connection at once. Statements in flight are rejected with unknown outcome. */
  destroy(code: ConnectionCode, text: string): void {
    this.#lose(new ConnectionError(code, text, 'unknown'));
    this.#close();
  }

  /**
   * Rejects its statements as `destroy` does, and leaves the connection open until the server answers: its process is busy and cannot be
   * interrupted, so each connection that was closed and reopened would add one more there.
   */
  abandon(code: ConnectionCode, text: string): void {
    if (this.#lost !== undefined) return;
    this.#isAbandoned = true;
    this.#lose(new ConnectionError(code, text, 'unknown'));
  }

  #close(): void {
    this.#socket.destroy();
    if (!this.#isAbandoned) return;
    this.#isAbandoned = false;
    this.#options.onClose(this);
  }

  /** The socket is closed, or has failed. */
  closed(cause?: Error): void {
    const reason = this.#fatal ?? cause;
    const text =
      reason === undefined ? 'The server closed the connection' : `The connection was lost: ${reason.message}`;
    const outcome = this.#fatal !== undefined && isBeforeStatement(this.#fatal) ? 'none' : 'unknown';
    this.#lose(new ConnectionError('CONNECTION_CLOSED', text, outcome, reason));
    this.#close();
  }

  #lose(error: ConnectionError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    const sent = this.#sent;
    this.#sent = [];
    this.#out.close();
    if (this.#isAbandoned) this.#options.onAbandoned(this);
    else this.#options.onClose(this);
    this.onLost?.(this.#lostError('none'));
    for (const { query, mayCommit } of sent)
      query.settle(this.#lostError(mayCommit ? error.outcome : 'none'), undefined);
  }

  #lostError(outcome: ConnectionError['outcome']): ConnectionError {
    const { code, message: text, cause } = this.#lost!;
    return new ConnectionError(code, text, outcome, cause);
  }
}
