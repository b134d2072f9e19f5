import { areCommitsBlocked, isOutcomeUnknown, PostgresError } from './driver/errors.ts';
import type { Sql } from './driver/sql.ts';

/** Milliseconds: longer than a healthy database takes, shorter than a load balancer waits. */
const patience = 1_500;
/** Milliseconds for which an answer is reused, so that frequent checks do not cause many commits. */
const freshness = 1_000;

/**
 * `confirmed`: a durable commit is possible now. `blocked`: the server answers, but no commit completes: a synchronous standby does not
 * confirm it, or the disk is full. That affects all nodes alike, and reads continue.
 */
export type CommitState = 'confirmed' | 'blocked';

/**
 * Whether durable commits are possible: the host answers on an open connection, accepts writes, has room on its disk, and the synchronous
 * standby, if there is one, confirms them.
 *
 * @returns a function that resolves within two seconds, and at once while commits are known to be blocked. It rejects if the server is not
 * reached, or accepts no writes at all. Concurrent calls share one check.
 */
export function createDurableCheck(sql: Sql): () => Promise<CommitState> {
  let question: Promise<CommitState> | undefined;
  let answeredAt = -Infinity;
  let isBlocked = false;
  const ask = async (): Promise<CommitState> => {
    try {
      // A message in the log of the server is the smallest commit that is waited for; a transaction number alone is not committed.
      await sql`select pg_logical_emit_message(true, 'dhp ready', '')`;
      isBlocked = false;
      return 'confirmed';
    } catch (error) {
      isBlocked = isOfServer(error);
      if (!isBlocked) throw error;
      return 'blocked';
    } finally {
      answeredAt = performance.now();
    }
  };
  return async () => {
    if (sql.areCommitsBlocked()) {
      // A commit is already being tried; when one is confirmed, the check runs again.
      answeredAt = -Infinity;
      isBlocked = false;
      return 'blocked';
    }
    if (question === undefined || performance.now() - answeredAt > freshness) {
      answeredAt = Infinity;
      question = ask();
      question.catch(() => undefined);
    }
    if (isBlocked) return 'blocked';
    const waited = Promise.withResolvers<CommitState>();
    const timer = setTimeout(() => {
      isBlocked = true;
      waited.resolve('blocked');
    }, patience);
    return Promise.race([question, waited.promise]).finally(() => clearTimeout(timer));
  };
}

/**
 * The commit was sent and not confirmed, or the error is of SQLSTATE class 53: insufficient resources, such as a full disk. Whether the
 * server still answers at all is not checked here.
 */
function isOfServer(error: unknown): boolean {
  return (
    isOutcomeUnknown(error) ||
    areCommitsBlocked(error) ||
    (error instanceof PostgresError && error.code.startsWith('53'))
  );
}
