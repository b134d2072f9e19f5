import type { DatabaseMemory } from '@dhp/postgres';
import type { FailedPlans } from '@dhp/search-index/search';
import { LRUCache } from 'lru-cache';

/** Milliseconds after which a failure is forgotten, because data change; it may also be displaced by newer ones. */
const lifetime = 10 * 60_000;
const maxNames = 5_000;

export interface ForgettingPlans extends FailedPlans {
  /** Everything may be found in another way now. */
  clear(): void;
}

export function createFailedPlans(database: DatabaseMemory, now: () => number = Date.now): ForgettingPlans {
  const held = database.part('what searches found slow', () => new LRUCache<string, number>({ max: maxNames }));
  return {
    has(name) {
      const known = held();
      const until = known.get(name);
      if (until === undefined) return false;
      if (until > now()) return true;
      known.delete(name);
      return false;
    },
    isEmpty: () => held().size === 0,
    add(name, milliseconds = lifetime) {
      held().set(name, now() + milliseconds);
    },
    clear() {
      held().clear();
    },
  };
}
