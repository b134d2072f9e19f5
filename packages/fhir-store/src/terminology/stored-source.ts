import { setImmediate } from 'node:timers/promises';
import { typeNumber } from '@dhp/fhir-model';
import { ChangingSource } from '@dhp/fhir-terminology';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { createChanges, nameOf } from '../reads/changes-of-types.ts';
import { readBodies } from '../statements/terminology-changes.ts';
import type { Preparer } from './prepare.ts';

/** The types whose resources are terminology; a NamingSystem gives further names of a code system. */
export const terminologyTypes = ['CodeSystem', 'ValueSet', 'ConceptMap', 'NamingSystem'] as const;
const types = terminologyTypes.map((type) => typeNumber(type)!);

/** Resources that are fetched at a time. */
const chunk = 20;

/** The terminology that is stored, in memory, as of one moment. */
export interface StoredSource {
  /** The source, with its parts under `type/id`. */
  readonly source: ChangingSource;
  /** Rises with every change. */
  revision(): number;
  /** Loads everything that was committed since the last call, at once: no reader sees a part of it. */
  refresh(): Promise<void>;
}

interface Ready {
  readonly name: string;
  readonly rank: string;
  readonly bytes: Uint8Array | undefined;
}

/** @param sql a pool of one connection: a refresh that finds something new holds a transaction while it reads */
export function createStoredSource(
  sql: Sql,
  preparer: Preparer,
  { memory, isSpread }: { readonly memory: DatabaseMemory; readonly isSpread: () => boolean },
): StoredSource {
  const source = new ChangingSource();
  const changes = createChanges({ sql, memory, types, name: 'terminology', isSpread });
  let revision = 0;
  return {
    source,
    revision: () => revision,
    async refresh() {
      const taken = await changes.take(async (transaction, missing) => {
        const ready: Ready[] = [];
        for (let from = 0; from < missing.length; from += chunk) {
          for (const body of await readBodies(transaction, missing.slice(from, from + chunk))) {
            const bytes = body.deleted ? undefined : await preparer.prepare(body.content);
            ready.push({ name: nameOf(body), rank: body.rank, bytes });
          }
          await setImmediate(); // others get their turn
        }
        return ready;
      });
      if (taken === undefined) return;
      for (const name of taken.gone) source.delete(name);
      for (const { name, rank, bytes } of taken.found) {
        if (bytes === undefined) source.delete(name);
        else source.put(name, bytes, rank);
      }
      revision += 1;
    },
  };
}
