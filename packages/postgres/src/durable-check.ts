import { areCommitsBlocked, isOutcomeUnknown, PostgresError } from './driver/errors.ts';
import type { Sql } from './driver/sql.ts';

/** Milliseconds: longer than a healthy database takes, shorter than a load balancer waits. */
const patience = 1_500;
/** Milliseconds for which an answer is good, so that nobody makes commits by asking. */
const freshness = 1_000;

/**
 * `confirmed`: a commit can be made now that stays. `blocked`: the server answers, and no commit comes to its end: a synchronous standby does
 * not confirm it, or the disk is full. That is so for all nodes alike, and reads continue.
 */
export type CommitState = 'confirmed' | 'blocked';

/**
 * Whether commits can be made that stay: the host answers on a connection that is open already, takes writes, has room on its disk, and the
 * synchronous standby, where one is named, confirms them.
 *
 * @returns a function that resolves within two seconds, and at once while commits are known to be blocked. It rejects where the server is not
 *   reached, or takes no writes at all. Whoever asks while a question is open gets its answer.
 */
export function createDurableCheck(sql: Sql): () => Promise<CommitState> {
  let question: Promise<CommitState> | undefined;
  let answeredAt = -Infinity;
  let isBlocked = false;
  const ask = async (): Promise<CommitState> => {
    try {
      // A message in the log of the server is the smallest commit that is waited for; a transaction number alone is no commit.
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
      // A commit is being tried already; when one is confirmed, the question is asked again.
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
 * The commit was sent and nobody confirmed it, or class 53 of SQLSTATE: insufficient resources, such as a full disk. Whether the server still
 * answers at all is not asked here.
 */
function isOfServer(error: unknown): boolean {
  return (
    isOutcomeUnknown(error) ||
    areCommitsBlocked(error) ||
    (error instanceof PostgresError && error.code.startsWith('53'))
  );
}
