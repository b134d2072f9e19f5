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
 * Goes through the rows over and over: what a write left behind that failed goes in the same way. No search depends on it, since a row
 * that no search row names leads to nothing. Every server does it, each from a place of its own, so that those that do not live for a
 * whole pass come everywhere in the end.
 * @param begins milliseconds from now: a server that has just started has others to serve, and one that ends soon needs no connection for this
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
          // Where the database is away, each would wait for a connection before the server has ended.
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
