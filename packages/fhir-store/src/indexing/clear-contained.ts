/** Clears the rows of contained resources and of boundaries when the last resource that has them is changed or deleted. docs/decisions/0007-search.md */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { deleteUnnamed, namedByKey } from '../statements/delete-unnamed.ts';
import type { IndexTables } from '@dhp/search-index/sql';

/** Keys of one statement; milliseconds between two passes over all; share of the time in which it works. */
const batch = 200;
const rest = 60_000;
const share = 0.01;

const first = -(2n ** 63n);

/**
 * Goes through the rows over and over, so rows left by failed writes are also removed. No search depends on it, since a row that no search
 * row names is never found. Every server does it, each from its own starting point, so that servers with short lives cover all rows
 * together.
 * @param begins milliseconds from now: a server that has just started has other work, and one that ends soon needs no connection for this
 */
export function clearUnnamed(sql: Sql, begins: number): { close(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;

  async function pass(from: bigint, of: { table: (typeof namedByKey)[number]; tables: IndexTables }): Promise<void> {
    for (let after = from; ;) {
      const began = performance.now();
      const last = await deleteUnnamed(sql, of, after, batch);
      if (last === undefined) return;
      after = last;
      await delay((performance.now() - began) * (1 / share - 1), undefined, { signal, ref: false });
    }
  }

  async function passes(): Promise<void> {
    await delay(begins, undefined, { signal, ref: false });
    for (let from = randomBytes(8).readBigInt64BE(); ; from = first) {
      // Failures are ignored: the next pass tries again.
      for (const tables of ['a', 'b'] as const) {
        for (const table of namedByKey) {
          // If the database is down, each call would wait for a connection while the server ends.
          if (signal.aborted) return;
          await pass(from, { table, tables }).catch(() => undefined);
        }
      }
      if (from === first) await delay(rest, undefined, { signal, ref: false });
    }
  }

  const working = passes().catch(() => undefined);
  return {
    async close() {
      closing.abort();
      await working;
    },
  };
}
