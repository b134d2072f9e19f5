import type { DatabaseMemory, Sql } from '@dhp/postgres';
import type { ContainedRow, Rings, Word } from '@dhp/fhir-search';
import { StaleDefinition } from '../statements/stale-definition.ts';
import type { Basis } from '../statements/server.ts';
import { storeBoundaries } from '../statements/store-boundaries.ts';
import { storeContained } from '../statements/store-contained.ts';
import { storeWords } from '../statements/store-words.ts';

/**
 * Stores the words of index rows, the rows of what a resource contains, and boundaries before the rows; and remembers which words the
 * database has. Both throw what `isStaleDefinition` knows when the words that are known are of another server than the basis.
 */
export interface WordBook {
  /** Runs `work`, which stores and commits rows with these words, when the database has the words. */
  before<R>(words: readonly Word[], basis: Basis, work: () => Promise<R>): Promise<R>;
  /** As `before`, for rows that are committed later. */
  store(words: readonly Word[], basis: Basis): Promise<void>;
}

/** Words remembered: 100,000 are about 8 MB. */
const capacity = 100_000;

/**
 * Words are stored by themselves, never removed, and nobody waits for their commit: the log of the database is written in
 * order, so a row that is durable has its words. For the same reason a word is known only when a row with it was committed;
 * until then a crash may have lost it. What a server has committed another one may not have: `work` must refuse another basis, too.
 */
export function createWordBook(sql: Sql, memory: DatabaseMemory): WordBook {
  const held = memory.part('words', () => new Set<bigint>());

  function knownTo({ server }: Basis): Set<bigint> {
    const known = held();
    if (memory.server !== server) throw new StaleDefinition();
    return known;
  }

  /** Each word once that the database may not have. */
  function unknownAmong(words: readonly Word[], known: ReadonlySet<bigint>): Word[] {
    const unknown = new Map<bigint, Word>();
    for (const word of words) if (!known.has(word.key)) unknown.set(word.key, word);
    return [...unknown.values()];
  }

  async function store(unknown: readonly Word[], basis: Basis): Promise<void> {
    const texts: Word[] = [];
    const resources: { key: bigint; contained: ContainedRow }[] = [];
    const boundaries: { key: bigint; boundary: readonly Rings[] }[] = [];
    for (const word of unknown) {
      const { key, contained, boundary } = word;
      if (contained !== undefined) resources.push({ key, contained });
      else if (boundary !== undefined) boundaries.push({ key, boundary });
      else texts.push(word);
    }
    if (resources.length > 0) await storeContained(sql, resources, basis);
    if (boundaries.length > 0) await storeBoundaries(sql, boundaries, basis);
    if (texts.length > 0) await storeWords(sql, texts, basis);
  }

  return {
    store: async (words, basis) => store(unknownAmong(words, knownTo(basis)), basis),
    async before(words, basis, work) {
      const known = knownTo(basis);
      // Nearly all words are known.
      const unknown = unknownAmong(words, known);
      if (unknown.length === 0) return work();
      await store(unknown, basis);
      const result = await work();
      if (known.size > capacity) known.clear();
      // What goes with the last resource that has it is never known: it may be gone again.
      for (const { key, contained, boundary } of unknown) {
        if (contained === undefined && boundary === undefined) known.add(key);
      }
      return result;
    },
  };
}
