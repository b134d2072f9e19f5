/** Concurrent requests and acts: a row is locked while they wait for it, so that the test determines the order. */
import assert from 'node:assert/strict';
import type { Session, Sql } from '@dhp/postgres';

/**
 * Takes a lock, starts the work, and releases the lock when all of it waits.
 * @param lock statement that takes the lock
 * @param works in the order in which they reach it, each once the previous one waits
 * @param then runs before the release, in the transaction that holds the lock
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
    // A transaction keeps its first snapshot of the connections until it is cleared.
    await held`select pg_stat_clear_snapshot()`;
    const [row] = await held<{ waiting: number }[]>`
      select count(distinct pid)::int as waiting from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database()`;
    if (row!.waiting >= count) return;
    assert.ok(Date.now() < deadline, `${String(row!.waiting)} of ${String(count)} wait`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
