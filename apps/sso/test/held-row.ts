/** Requests and acts of the same moment: a row is held while they wait for it, so that what comes first is the test's to say. */
import assert from 'node:assert/strict';
import type { Session, Sql } from '@dhp/postgres';

/**
 * Locks something, begins the work, and lets go when all of it waits for a lock.
 * @param lock statement that takes the lock
 * @param works in the order in which they come to it, each once the one before waits
 * @param then what is done before it is let go, in the transaction that holds it
 */
export async function whileHeld<Done>(
  sql: Sql,
  lock: (held: Session) => Promise<unknown>,
  works: readonly (() => Promise<Done>)[],
  then: (held: Session) => Promise<unknown> = () => Promise.resolve(),
): Promise<Done[]> {
  const { begun } = await sql.begin(async (held) => {
    await lock(held);
    const started: Promise<Done>[] = [];
    for (const work of works) {
      started.push(work());
      await untilWaiting(held, started.length);
    }
    await then(held);
    return { begun: Promise.all(started) };
  });
  return begun;
}

async function untilWaiting(held: Session, count: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    // A transaction sees the connections of its first look until it is told otherwise.
    await held`select pg_stat_clear_snapshot()`;
    const [row] = await held<{ waiting: number }[]>`
      select count(distinct pid)::int as waiting from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database()`;
    if (row!.waiting >= count) return;
    assert.ok(Date.now() < deadline, `${String(row!.waiting)} of ${String(count)} wait`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
