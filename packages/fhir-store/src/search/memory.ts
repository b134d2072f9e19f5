import type { DatabaseMemory } from '@dhp/postgres';
import type { Memory } from './attempts.ts';

/** What is remembered is forgotten after a while, since data change, and when much else came after it. */
const lifetime = 10 * 60_000;
const maxNames = 5_000;

export interface SearchMemory extends Memory {
  add(name: string): void;
  /** Everything may be found in another way now. */
  clear(): void;
}

export function createMemory(database: DatabaseMemory, now: () => number = Date.now): SearchMemory {
  const held = database.part('what searches found slow', () => new Map<string, number>());
  return {
    has(name) {
      const known = held();
      const until = known.get(name);
      if (until === undefined) return false;
      if (until > now()) return true;
      known.delete(name);
      return false;
    },
    add(name) {
      const known = held();
      known.delete(name);
      known.set(name, now() + lifetime);
      if (known.size > maxNames) known.delete(known.keys().next().value!);
    },
    clear() {
      held().clear();
    },
  };
}
