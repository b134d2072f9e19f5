/** Errors with which a statement rejects: an error that PostgreSQL reports, or the loss of the connection. */

/**
 * Effect of a statement whose connection failed. `none`: it was not executed, or certainly rolled back. `unknown`: it was sent and no
 * answer came, so it may have been committed.
 */
export type Outcome = 'none' | 'unknown';

/**
 * The connection, not the statement, failed. `code` is one of `ConnectionCode`, the code of Node's socket (`ECONNREFUSED`), or that of
 * TLS.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string;
  readonly outcome: Outcome;

  constructor(code: string, message: string, outcome: Outcome, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.outcome = outcome;
  }
}

export type ConnectionCode =
  | 'CONNECT_TIMEOUT'
  | 'CONNECTION_CLOSED'
  | 'CONNECTION_DESTROYED'
  | 'CONNECTION_ENDED'
  /** The server did not answer within the statement's limit and an additional margin. */
  | 'STATEMENT_DEADLINE'
  /** The host no longer answers, or it has forgotten the connection. */
  | 'HOST_SILENT'
  /** Committed here, and not confirmed by the synchronous standby. */
  | 'NOT_REPLICATED'
  /** The statement was not sent, because commits wait in vain for the synchronous standby or the disk. */
  | 'COMMITS_BLOCKED'
  /** The server runs, but waits for a disk that does not respond. */
  | 'DISK_SILENT'
  /** No host has a session of the kind that `target_session_attrs` requires. */
  | 'WRONG_SESSION_KIND';

/**
 * An error that the server reports. https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
  readonly severity: string;
  /** SQLSTATE */
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** In characters from the start of the statement, counted from 1. */
  readonly position: string | undefined;
  readonly where: string | undefined;
  readonly schema_name: string | undefined;
  readonly table_name: string | undefined;
  readonly column_name: string | undefined;
  readonly constraint_name: string | undefined;
  /** The function of PostgreSQL's source that reports it; in no language. */
  readonly routine: string | undefined;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? 'The server reports an error without a message');
    this.severity = fields.get('V') ?? fields.get('S') ?? 'ERROR';
    this.code = fields.get('C') ?? 'XX000';
    this.detail = fields.get('D');
    this.hint = fields.get('H');
    this.position = fields.get('P');
    this.where = fields.get('W');
    this.schema_name = fields.get('s');
    this.table_name = fields.get('t');
    this.column_name = fields.get('c');
    this.constraint_name = fields.get('n');
    this.routine = fields.get('R');
  }
}

/**
 * An error with all that led to it, the error itself first: packages wrap errors of the database in errors of their own. Bounded, because a
 * cause may lead back to an earlier error.
 */
export function causesOf(error: unknown): readonly unknown[] {
  const found = new Set([error]);
  for (const one of found) {
    const further = one instanceof AggregateError ? (one.errors as readonly unknown[]) : [];
    const cause = one instanceof Error ? one.cause : undefined;
    for (const each of [cause, ...further]) if (each !== undefined && found.size < mostCauses) found.add(each);
  }
  return [...found];
}

const mostCauses = 20;

/**
 * True if an error or one of its causes says that the connection, not the statement, failed: the server is not reachable, is starting or
 * shutting down, refuses the session, is a standby that has not been promoted yet, or the link broke. Whether a write in flight was committed
 * is then unknown, unless `isOutcomeUnknown` denies it.
 */
export function isConnectionError(error: unknown): boolean {
  return causesOf(error).some(isOfConnection);
}

function isOfConnection(error: unknown): boolean {
  if (error instanceof ConnectionError || endsSession(error)) return true;
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code.startsWith('08') || error.code.startsWith('57P0') || error.code === readOnly;
}

/**
 * True when the server refused the session, or ended it: no such database, no connection left, a role that may not log in, a wrong
 * password. Another statement would have met the same. The severity decides, not a list of SQLSTATEs: every refusal of a session is FATAL.
 * https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
 */
function endsSession(error: unknown): boolean {
  return error instanceof PostgresError && (error.severity === 'FATAL' || error.severity === 'PANIC');
}

/** SQLSTATE read_only_sql_transaction: a standby's answer to a write. */
const readOnly = '25006';

/** True when a commit was made here, and its wait for the synchronous standby was in vain. */
export function isNotConfirmed(error: unknown): boolean {
  return causesOf(error).some((one) => one instanceof ConnectionError && one.code === 'NOT_REPLICATED');
}

/** True if a write was refused because commits are known to wait in vain, for a standby or for the disk; nothing of it was executed. */
export function areCommitsBlocked(error: unknown): boolean {
  return causesOf(error).some((one) => one instanceof ConnectionError && one.code === 'COMMITS_BLOCKED');
}

/** True if a statement or a commit was sent and it is unknown whether it was executed. */
export function isOutcomeUnknown(error: unknown): boolean {
  return causesOf(error).some((one) => one instanceof ConnectionError && one.outcome === 'unknown');
}

/** Two transactions conflicted, and PostgreSQL has ended this one: deadlock_detected, serialization_failure. */
const overtaken = new Set(['40P01', '40001']);
const mostTries = 4;

/**
 * A statement that conflicted with another is tried again a little later: it and its transaction were rolled back.
 * @returns milliseconds to wait before; undefined for other errors, and after the fourth try
 */
export function pauseBehindOvertaken(error: unknown, tries: number): number | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return tries < mostTries && overtaken.has(String(code)) ? 1 + Math.random() * 20 * tries : undefined;
}
