import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { guarded } from '../store-unavailable.ts';
import { createStoredDefinitions, type DefinitionsNow } from './stored-definitions.ts';

/** The stored definitions, in memory. Writes of this server are visible at the next call, those of others within `patience`. */
export interface DefinitionsService {
  /** Returns the stored definitions: the same object while nothing changes. Rejects with StoreUnavailable. */
  current(): Promise<DefinitionsNow>;
  /** The same at once; undefined if the database has to be asked. */
  known(): DefinitionsNow | undefined;
}

export interface OwnedDefinitions extends DefinitionsService {
  /** Something was written here that may be a definition. */
  changed: () => void;
}

/** @param patience milliseconds for which cached definitions are valid without asking the database */
export function createDefinitionsService(
  sql: Sql,
  memory: DatabaseMemory,
  { patience, isSpread }: { readonly patience: number; readonly isSpread: () => boolean },
): OwnedDefinitions {
  const stored = createStoredDefinitions(sql, memory, isSpread);
  let told = 0;
  let covered = -1;
  let checked = -Infinity;
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const [covers, began] = [told, performance.now()];
    await guarded(() => stored.refresh());
    [covered, checked] = [covers, began];
  }

  const isGood = (needed: number, since: number): boolean => covered >= needed && checked >= since;

  return {
    known: () => (isGood(told, performance.now() - patience) ? stored.now : undefined),
    async current() {
      const [needed, since] = [told, performance.now() - patience];
      while (!isGood(needed, since)) {
        running ??= refresh().finally(() => (running = undefined));
        await running;
      }
      return stored.now;
    },
    changed() {
      told += 1;
    },
  };
}
