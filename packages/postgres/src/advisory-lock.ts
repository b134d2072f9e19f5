/** @dhp/postgres/locks: work of which only one may be under way, in all processes together. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Sql } from './driver/sql.ts';

/** Milliseconds between two tries, and between two signs of life of the session that has a lock. */
const [lookEvery, signEvery] = [100, 5_000];

/**
 * Runs `work` on one connection of the pool while that connection holds the advisory lock of this name. The lock ends with the connection,
 * so a killed process leaves none.
 *
 * It polls rather than waiting inside PostgreSQL: a waiting statement holds a snapshot, and `create index concurrently` of the process that
 * has the lock would wait for that snapshot: a deadlock.
 */
export async function withAdvisoryLock<R>(
  sql: Sql,
  name: string,
  work: (connection: Session) => Promise<R>,
): Promise<R> {
  const connection = await sql.reserve();
  try {
    while (!(await tryLock(connection, name))) await delay(lookEvery);
    try {
      return await work(connection);
    } finally {
      await unlock(connection, name);
    }
  } finally {
    connection.release();
  }
}

/** Somebody else has the lock. */
export class LockTaken extends Error {
  override readonly name = 'LockTaken';
}

/**
 * Runs `work` while a connection beside those of the pool holds the advisory lock of this name: work of many transactions, on any connections.
 * If the session of the lock is lost, another process may have the lock, so `work` must then stop: its signal is aborted.
 * @param waits until it is aborted, it waits for its turn (default: it does not)
 * @throws LockTaken
 */
export async function whileLocked<R>(
  sql: Sql,
  name: string,
  work: (held: AbortSignal) => Promise<R>,
  waits?: AbortSignal,
): Promise<R> {
  const own = sql.apart();
  const session = await own.reserve().catch(async (error: unknown) => {
    await own.end();
    throw error;
  });
  // A host that has vanished is noticed by a statement that it does not answer; an idle session would seem to live on.
  const signs = setInterval(() => void session`select`.catch(() => undefined), signEvery).unref();
  try {
    while (!(await tryLock(session, name))) {
      if (waits?.aborted !== false) throw new LockTaken(`Somebody else has the lock "${name}".`);
      await delay(lookEvery, undefined, { signal: waits }).catch(() => undefined);
    }
    try {
      return await work(session.lost);
    } finally {
      // The next one finds it free at once: the end of a connection is noticed a little later.
      await unlock(session, name);
    }
  } finally {
    clearInterval(signs);
    session.release();
    await own.end();
  }
}

async function tryLock(sql: Session, name: string): Promise<boolean> {
  const [row] = await sql<{ locked: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as locked`;
  return row?.locked === true;
}

async function unlock(sql: Session, name: string): Promise<void> {
  await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.catch(() => undefined);
}
