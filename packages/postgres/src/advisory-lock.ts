import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Sql } from './driver/sql.ts';

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
    while (!(await tryLock(connection, name))) await delay(100);
    try {
      return await work(connection);
    } finally {
      await connection`select pg_advisory_unlock(hashtextextended(${name}, 0))`.catch(() => undefined);
    }
  } finally {
    connection.release();
  }
}

async function tryLock(sql: Session, name: string): Promise<boolean> {
  const [row] = await sql<{ locked: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as locked`;
  return row?.locked === true;
}
