/** Keeps cached resources of some types in step with the database, whichever server writes and whichever server the database is on. */
import { typeName } from '@dhp/fhir-model';
import { referenceText } from '@dhp/search-index/keys';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import type { Session } from '../statements/session.ts';
import {
  readChanged,
  readChangedSpread,
  type ChangedRow,
  type ChangedRows,
} from '../statements/terminology-changes.ts';

export interface ChangesOfTypes {
  /**
   * Calls `read` with the new rows, in the transaction that has found them.
   * @returns undefined if nothing has changed; else the result of `read`, and the names of resources that no longer exist
   */
  take<Found>(
    read: (transaction: Session, missing: readonly ChangedRow[]) => Promise<Found>,
  ): Promise<{ readonly found: Found; readonly gone: readonly string[] } | undefined>;
}

interface Position {
  /** The transaction to ask from. */
  since: string;
}

const beginning = '0';

/**
 * Keeps resources of some types in step. After a change of the server all current versions are compared with the cached ones, so that only
 * the difference is read again: after most failovers a terminology of a hundred megabytes is unchanged.
 */
export function createChanges(o: {
  readonly sql: Sql;
  readonly memory: DatabaseMemory;
  readonly types: readonly number[];
  /** Its name in the database memory. */
  readonly name: string;
  /** Whether the rows are on several nodes. */
  readonly isSpread: () => boolean;
}): ChangesOfTypes {
  const { sql, memory, types, name, isSpread } = o;
  const positionNow = memory.part(`position in the changes of ${name}`, (): Position => ({ since: beginning }));
  /** The version of each resource, by name. */
  const seen = new Map<string, string>();

  function goneOf({ since }: Position, { rows }: ChangedRows): string[] {
    if (since !== beginning) return [];
    const present = new Set(rows.map(nameOf));
    return [...seen.keys()].filter((known) => !present.has(known));
  }

  const missingOf = ({ rows }: ChangedRows): ChangedRow[] =>
    rows.filter((row) => seen.get(nameOf(row)) !== row.version);

  /** Undefined on another server than that of the position. */
  async function changedSince(session: Session, position: Position): Promise<ChangedRows | undefined> {
    const changed = await (isSpread() ? readChangedSpread : readChanged)(session, types, position.since);
    memory.seen(changed.server);
    return positionNow() === position ? changed : undefined;
  }

  return {
    async take(read) {
      for (;;) {
        const position = positionNow();
        const changed = await changedSince(sql, position);
        if (changed === undefined) continue;
        if (missingOf(changed).length === 0 && goneOf(position, changed).length === 0) {
          position.since = changed.next;
          return undefined;
        }
        const taken = await sql.begin('isolation level repeatable read read only', async (transaction) => {
          const now = await changedSince(transaction, position);
          if (now === undefined) return undefined;
          const missing = missingOf(now);
          return { now, missing, gone: goneOf(position, now), found: await read(transaction, missing) };
        });
        if (taken === undefined) continue;
        // All at once: no reader sees a part of a transaction.
        for (const gone of taken.gone) seen.delete(gone);
        for (const row of taken.missing) seen.set(nameOf(row), row.version);
        position.since = taken.now.next;
        return { found: taken.found, gone: taken.gone };
      }
    },
  };
}

export function nameOf({ ty, id }: { readonly ty: number; readonly id: string }): string {
  return referenceText(typeName(ty)!, id);
}
