import type { DatabaseMemory, Sql } from '@dhp/postgres';
import type { ContainedRow, Rings, Term } from '@dhp/search-index/rows';
import type { StoredDefinitions } from '../statements/index-definition.ts';
import { hash64 } from '@dhp/search-index/keys';
import type { IndexTables } from '@dhp/search-index/sql';
import { StaleDefinition } from '../statements/stale-definition.ts';
import type { Basis } from '../statements/server.ts';
import { storeBoundaries } from '../statements/store-boundaries.ts';
import { notePatientShards, type PatientShard } from '../placement/patient-shards.ts';
import { storeContained } from '../statements/store-contained.ts';
import { storeTerms } from '../statements/terms.ts';

/**
 * Stores the words of index rows, the rows of contained resources, and boundaries before the rows; and caches which words the database has.
 * Both methods throw an error that `isStaleDefinition` recognises if the cached words are of another server than the basis.
 */
export interface TermDictionary {
  /** Runs `work`, which stores and commits rows with these words, when the database has the words. */
  before<R>(words: readonly PlacedTerm[], basis: Basis, work: () => Promise<R>): Promise<R>;
  /** As `before`, for rows that are committed later. */
  store(words: readonly PlacedTerm[], basis: Basis): Promise<void>;
}

/**
 * A word; for a contained resource or a boundary, with the set of tables that has its row (default: the first). Or no word, but a note
 * about the shard of the resource that must be stored first.
 */
export type PlacedTerm = Term & { readonly tables?: IndexTables; readonly lies?: PatientShard };

/** As a word, which is remembered as words are. */
export function termOf(lies: PatientShard): PlacedTerm {
  const { pat, ty, shard } = lies;
  return { key: hash64(`lies ${pat} ${ty} ${shard}`), parameter: 0n, text: '', lies };
}

/**
 * The words of the rows of the stored definitions.
 * @param beside those of the definition that is built beside, if they differ
 */
export function termsIn(
  { active, next }: StoredDefinitions,
  words: readonly Term[],
  beside = words,
): readonly PlacedTerm[] {
  const own = placed(words, active.tables);
  if (next === undefined) return own;
  return [...own, ...placed(beside === words ? words.filter(isApart) : beside, next.tables)];
}

function placed(words: readonly Term[], tables: IndexTables): readonly PlacedTerm[] {
  return tables === 'a' ? words : words.map((word) => (isApart(word) ? { ...word, tables } : word));
}

/** Each set of tables has its own: they go with the last search row that names them. */
function isApart({ contained, boundary }: Term): boolean {
  return contained !== undefined || boundary !== undefined;
}

/** Words remembered: 100,000 are about 8 MB. */
const capacity = 100_000;

/**
 * Words are stored by separate statements, never removed, and nobody waits for their commit: the log of the database is written in order,
 * so a durable row has its words. For the same reason a word counts as known only when a row with it was committed; until then a crash may
 * have lost it. A word committed on one server may be missing on another: `work` must refuse another basis, too.
 */
export function createTermDictionary(sql: Sql, memory: DatabaseMemory): TermDictionary {
  const held = memory.part('words', () => new Set<bigint>());

  function knownTo({ server }: Basis): Set<bigint> {
    const known = held();
    if (memory.server !== server) throw new StaleDefinition();
    return known;
  }

  /** Each word once that the database may not have. */
  function unknownAmong(words: readonly PlacedTerm[], known: ReadonlySet<bigint>): PlacedTerm[] {
    const unknown = new Map<bigint | string, PlacedTerm>();
    for (const word of words) {
      if (!known.has(word.key)) unknown.set(word.tables === undefined ? word.key : `${word.tables} ${word.key}`, word);
    }
    return [...unknown.values()];
  }

  async function storeApart(words: readonly PlacedTerm[], tables: IndexTables, basis: Basis): Promise<void> {
    const resources: { key: bigint; contained: ContainedRow }[] = [];
    const boundaries: { key: bigint; boundary: readonly Rings[] }[] = [];
    for (const { key, contained, boundary } of words) {
      if (contained !== undefined) resources.push({ key, contained });
      else if (boundary !== undefined) boundaries.push({ key, boundary });
    }
    if (resources.length > 0) await storeContained(sql, tables, resources, basis);
    if (boundaries.length > 0) await storeBoundaries(sql, tables, boundaries, basis);
  }

  async function store(unknown: readonly PlacedTerm[], basis: Basis): Promise<void> {
    const places = unknown.flatMap(({ lies }) => lies ?? []);
    if (places.length > 0) await notePatientShards(sql, places);
    const texts = unknown.filter((word) => !isApart(word) && word.lies === undefined);
    for (const tables of ['a', 'b'] as const) {
      const apart = unknown.filter((word) => isApart(word) && (word.tables ?? 'a') === tables);
      if (apart.length > 0) await storeApart(apart, tables, basis);
    }
    if (texts.length > 0) await storeTerms(sql, texts, basis);
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
      // A term that is removed with its last resource is never remembered as stored, because it may be gone again.
      for (const word of unknown) if (!isApart(word)) known.add(word.key);
      return result;
    },
  };
}
