/**
 * Whether commits are known to wait in vain, for a synchronous standby or for a disk that answers nothing. While they do, a write would be told after
 * many seconds that its outcome is unknown, and hold a connection until then. So what writes is refused before it is sent, and one commit is tried all
 * the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, isNotConfirmed } from './errors.ts';
import type { Sql } from './sql.ts';

export interface Commits {
  readonly areBlocked: boolean;
  /** A commit has waited in vain for as long as one is waited for. Each pool is told; a commit is tried until one is confirmed. */
  block(): void;
  /**
   * @param refuse is called with the reason when commits are blocked from now on
   * @returns what ends the watch; with that of the last pool no commit is tried any more
   */
  watch(refuse: (reason: ConnectionError) => void): () => Promise<void>;
}

/** Nothing was sent, so whoever repeats it does nothing twice. */
export const refusal = (): ConnectionError =>
  new ConnectionError(
    'COMMITS_BLOCKED',
    'Commits are not confirmed by the synchronous standby or the disk now',
    'none',
  );

/** @param open a pool of one connection to the server itself, which waits for a disk without end, and for a standby as long as one is waited for */
export function createCommits(open: () => Sql): Commits {
  const pools = new Set<(reason: ConnectionError) => void>();
  let trial: Trial | undefined;

  return {
    get areBlocked() {
      return trial !== undefined;
    },
    block() {
      if (trial !== undefined || pools.size === 0) return;
      const begun = tryCommits(open);
      trial = begun;
      void begun.ended.then(() => (trial = undefined));
      for (const refuse of pools) refuse(refusal());
    },
    watch(refuse) {
      pools.add(refuse);
      return async () => {
        pools.delete(refuse);
        if (pools.size === 0) await trial?.stop();
      };
    },
  };
}

interface Trial {
  /** Resolves when a commit was confirmed, and also when nothing can be said any more, so that writes find out by themselves. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds after which it is left alone, as when the server is away. */
const stopPatience = 2_000;

function tryCommits(open: () => Sql): Trial {
  const sql = open();
  let process: number | undefined;
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      try {
        const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        process = row!.pid;
        // As long as the standby is away the wait is cut short after some seconds; when it comes back, it ends at once. A wait for the disk cannot be
        // cut short: begun again, each would leave one more process at the server.
        await sql`select pg_logical_emit_message(true, 'dhp commits', '')`;
        return;
      } catch (error) {
        if (!isNotConfirmed(error)) return;
      }
    }
  };
  const ended = run().finally(() => sql.end({ timeout: 0 }));
  return {
    ended,
    async stop() {
      isStopped = true;
      // A process that waits for a standby does not notice that nobody waits for it. It may not have begun to wait yet.
      const other = open();
      const enough = delay(stopPatience, 'over', { ref: false });
      const cancelled = async (): Promise<unknown> => {
        await other`select pg_cancel_backend(${process ?? 0})`.catch(() => undefined);
        return delay(50);
      };
      while ((await Promise.race([ended.then(() => 'over'), enough, cancelled()])) !== 'over');
      await Promise.all([other.end({ timeout: 0 }), sql.end({ timeout: 0 })]);
    },
  };
}

/** Words by which a statement of this platform is known to change something, and one that does not wait for its commit. */
const changing =
  /\b(?:insert\s+into|update\s+(?:only\s+)?["\w]|delete\s+from|merge\s+into|nextval\s*\(|for\s+(?:no\s+key\s+)?update\b|pg_logical_emit_message)|^\s*(?:create|alter|drop|truncate|grant|revoke)\b/i;
const unwaited = /\bsynchronous_commit\b/i;

/** Whether a statement surely waits for no commit, as far as its text tells: it only reads, or says that it does not wait. */
export function waitsForNoCommit(text: string): boolean {
  if (unwaited.test(text)) return true;
  return /^\s*(?:select|with)\b/i.test(text) && !changing.test(text) && !/\bset_config\b|_lock\b/i.test(text);
}

/** Whether a statement that is a transaction of its own ends with a commit that waits, as far as its text tells. */
export function waitsForCommit(text: string): boolean {
  return changing.test(text) && !unwaited.test(text);
}
