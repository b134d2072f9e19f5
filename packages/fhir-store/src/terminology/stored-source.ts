import { setImmediate } from 'node:timers/promises';
import { typeName, typeNumber } from '@dhp/fhir-model';
import { ChangingSource } from '@dhp/fhir-terminology';
import type { Sql } from '@dhp/postgres';
import { readBodies, readChanged, type ChangedRow } from '../statements/terminology-changes.ts';
import type { Preparer } from './prepare.ts';

/** The types whose resources are terminology; a NamingSystem says what else a code system is called by. */
export const terminologyTypes = ['CodeSystem', 'ValueSet', 'ConceptMap', 'NamingSystem'] as const;
const types = terminologyTypes.map((type) => typeNumber(type)!);

/** Resources that are fetched at a time. */
const chunk = 20;

/** The terminology that is stored, in memory, as of one moment. */
export interface StoredSource {
  /** Under `type/id`. */
  readonly source: ChangingSource;
  /** Rises with every change. */
  revision(): number;
  /** Takes in all that is committed now and was not when it was last called, at once: nobody sees a part of it. */
  refresh(): Promise<void>;
}

interface Ready {
  readonly row: ChangedRow;
  readonly id: string;
  readonly rank: string;
  readonly bytes: Uint8Array | undefined;
}

/** @param sql a pool of one connection: a refresh that finds something new holds a transaction while it reads */
export function createStoredSource(sql: Sql, preparer: Preparer): StoredSource {
  const source = new ChangingSource();
  const seen = new Map<number, number>();
  let since = '0';
  let revision = 0;
  const unseen = (rows: readonly ChangedRow[]): ChangedRow[] => rows.filter(({ rid, ver }) => seen.get(rid) !== ver);

  /** What is new, and made ready, all of it from one snapshot. */
  async function read(): Promise<{ next: string; ready: readonly Ready[] }> {
    const changed = await readChanged(sql, types, since);
    if (unseen(changed.rows).length === 0) return { next: changed.next, ready: [] };
    return sql.begin('isolation level repeatable read read only', async (transaction) => {
      const { next, rows } = await readChanged(transaction, types, since);
      const wanted = new Map(unseen(rows).map((row) => [row.rid, row]));
      const ready: Ready[] = [];
      const rids = [...wanted.keys()];
      for (let from = 0; from < rids.length; from += chunk) {
        for (const { rid, id, rank, deleted, content } of await readBodies(
          transaction,
          rids.slice(from, from + chunk),
        )) {
          const bytes = deleted ? undefined : await preparer.prepare(content);
          ready.push({ row: wanted.get(rid)!, id, rank, bytes });
        }
        await setImmediate(); // others get their turn
      }
      return { next, ready };
    });
  }

  return {
    source,
    revision: () => revision,
    async refresh() {
      const { next, ready } = await read();
      for (const { row, id, rank, bytes } of ready) {
        const key = `${typeName(row.ty)!}/${id}`;
        seen.set(row.rid, row.ver);
        if (bytes === undefined) source.delete(key);
        else source.put(key, bytes, rank);
      }
      if (ready.length > 0) revision += 1;
      since = next;
    },
  };
}
