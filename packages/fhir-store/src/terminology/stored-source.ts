import { setImmediate } from 'node:timers/promises';
import { referenceText } from '@dhp/fhir-search';
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
  readonly name: string;
  readonly version: string;
  readonly rank: string;
  readonly bytes: Uint8Array | undefined;
}

/** @param sql a pool of one connection: a refresh that finds something new holds a transaction while it reads */
export function createStoredSource(sql: Sql, preparer: Preparer): StoredSource {
  const source = new ChangingSource();
  /** The version of each resource, by name. */
  const seen = new Map<string, string>();
  let since = '0';
  let revision = 0;
  const unseen = (rows: readonly ChangedRow[]): ChangedRow[] =>
    rows.filter((row) => seen.get(nameOf(row)) !== row.version);

  /** What is new, and made ready, all of it from one snapshot. */
  async function read(): Promise<{ next: string; ready: readonly Ready[] }> {
    const changed = await readChanged(sql, types, since);
    if (unseen(changed.rows).length === 0) return { next: changed.next, ready: [] };
    return sql.begin('isolation level repeatable read read only', async (transaction) => {
      const { next, rows } = await readChanged(transaction, types, since);
      const wanted = new Map(unseen(rows).map((row) => [nameOf(row), row]));
      const ready: Ready[] = [];
      const missing = [...wanted.values()];
      for (let from = 0; from < missing.length; from += chunk) {
        for (const body of await readBodies(transaction, missing.slice(from, from + chunk))) {
          const bytes = body.deleted ? undefined : await preparer.prepare(body.content);
          const name = nameOf(body);
          ready.push({ name, version: wanted.get(name)!.version, rank: body.rank, bytes });
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
      for (const { name, version, rank, bytes } of ready) {
        seen.set(name, version);
        if (bytes === undefined) source.delete(name);
        else source.put(name, bytes, rank);
      }
      if (ready.length > 0) revision += 1;
      since = next;
    },
  };
}

function nameOf({ ty, id }: { readonly ty: number; readonly id: string }): string {
  return referenceText(typeName(ty)!, id);
}
