import type { Session } from './driver/sql.ts';

/** Milliseconds: longer than a healthy database takes, shorter than a load balancer waits. */
const patience = 2_000;
/** Milliseconds for which an answer is good, so that nobody makes commits by asking. */
const freshness = 1_000;

/**
 * Whether a commit can be made now that stays: the host answers on a connection that is open already, takes writes, has room on its disk,
 * and the synchronous standby, where one is named, confirms it.
 *
 * @returns a function that resolves when it can, and rejects when it cannot or is not known within two seconds. Whoever asks while a
 *   question is open gets its answer.
 */
export function createDurableCheck(sql: Session): () => Promise<void> {
  let answer: Promise<void> | undefined;
  let answeredAt = -Infinity;
  const ask = async (): Promise<void> => {
    try {
      // A message in the log of the server is the smallest commit that is waited for; a transaction number alone is none.
      await sql`select pg_logical_emit_message(true, 'dhp ready', '')`;
    } finally {
      answeredAt = performance.now();
    }
  };
  return async () => {
    if (answer === undefined || performance.now() - answeredAt > freshness) {
      answeredAt = Infinity;
      answer = ask();
    }
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`The database confirmed no commit within ${String(patience)} ms`)),
      patience,
    );
    try {
      await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
