import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';

/** Milliseconds between two looks at whether the other one is ready. */
const patience = 500;

/**
 * Runs `work` when no other process of this database does; while one does, asks `report` until it says that there is
 * nothing left to do. The lock dies with its connection: then two may work, so the work has to bear that.
 * @returns undefined when there was nothing left to do, or when it was stopped first
 */
export async function whenAlone<R>(
  sql: Sql,
  work: () => Promise<R>,
  { report, stopped }: { report: () => Promise<boolean>; stopped: () => boolean },
): Promise<R | undefined> {
  const connection = await sql.reserve();
  try {
    while (!stopped()) {
      const [row] = await connection<{ alone: boolean }[]>`
        select pg_try_advisory_lock(hashtextextended('dhp fhir reindex', 0)) as alone`;
      if (row?.alone === true) {
        try {
          return await work();
        } finally {
          await connection`select pg_advisory_unlock(hashtextextended('dhp fhir reindex', 0))`.catch(() => undefined);
        }
      }
      if (await report()) return undefined;
      await delay(patience);
    }
    return undefined;
  } finally {
    connection.release();
  }
}
