/**
 * Whether commits are known to wait in vain, for a synchronous standby or for a disk that does not respond. Meanwhile a write would be
 * reported as of unknown outcome after many seconds, and hold a connection until then. So writes are refused before they are sent, and one
 * commit is tried all the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, isNotConfirmed } from './errors.ts';
import type { Sql } from './sql.ts';

export interface Commits {
  readonly areBlocked: boolean;
  /** Reports that a commit has waited in vain up to the limit. Each pool is notified; a commit is tried until one is confirmed. */
  block(): void;
  /**
   * @param refuse is called with the reason when commits become blocked
   * @returns a function that ends the watch; after that of the last pool no commit is tried any more
   */
  watch(refuse: (reason: ConnectionError) => void): () => Promise<void>;
}

/** Nothing was sent, so it can be repeated without doing anything twice. */
export const refusal = (): ConnectionError =>
  new ConnectionError(
    'COMMITS_BLOCKED',
    'Commits are not confirmed by the synchronous standby or the disk now',
    'none',
  );

/**
 * @param open opens a pool of one connection to the server itself, which waits for a disk without limit, and for a standby up to the usual
 * limit
 */
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
  /** Resolves when a commit was confirmed, and also when the state becomes unknown, so that writes find out by themselves. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds after which it is left alone, as if the server were unavailable. */
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
        // While the standby is unavailable the wait is cut short after some seconds; when it comes back, it ends at once. A wait for the
        // disk cannot be cut short: starting it again would leave one more process at the server each time.
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
      // A process that waits for a standby does not notice that its client is gone. It may not have begun to wait yet.
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

/** Words that mark a statement of this platform as changing data, and one that does not wait for its commit. */
const changing =
  /\b(?:insert\s+into|update\s+(?:only\s+)?["\w]|delete\s+from|merge\s+into|nextval\s*\(|for\s+(?:no\s+key\s+)?update\b|pg_logical_emit_message)|^\s*(?:create|alter|drop|truncate|grant|revoke)\b/i;
const unwaited = /\bsynchronous_commit\b/i;

/** Whether a statement certainly waits for no commit, judged by its text: it only reads, or states that it does not wait. */
export function waitsForNoCommit(text: string): boolean {
  if (unwaited.test(text)) return true;
  return /^\s*(?:select|with)\b/i.test(text) && !changing.test(text) && !/\bset_config\b|_lock\b/i.test(text);
}

/** Whether a statement outside a transaction ends with a commit that waits, judged by its text. */
export function waitsForCommit(text: string): boolean {
  return changing.test(text) && !unwaited.test(text);
}
