import type { ValueSet } from '@dhp/fhir-model';
import type { Settings } from '../parameters/settings.ts';
import type { Dependency, Knowledge } from '../source/knowledge.ts';
import { Collector, keyOf, type Member } from './collector.ts';
import { Notes } from './notes.ts';
import type { TextIndex } from './text-index.ts';

/** The members of a value set, ready to be filtered and shown. */
export interface Members {
  readonly list: readonly Member[];
  readonly canNest: boolean;
  readonly versioned: boolean;
  readonly key: Collector['key'];
  readonly notes: Notes;
  /** Made when the first filter asks for it. */
  text?: TextIndex;
}

interface Kept extends Members {
  readonly dependencies: readonly Dependency[];
}

/**
 * Members that were collected before, for as long as everything they were made from is the same object in the source: so a
 * change to a code system or a value set throws away what depends on it and nothing else. Holds a number of members in all,
 * those not asked for longest leave first.
 */
export class MembersCache {
  readonly #most: number;
  readonly #kept = new Map<ValueSet, Map<string, Kept>>();
  #size = 0;

  /** @param most how many members are kept in all; one takes about 100 bytes, and as much again once it was filtered */
  constructor(most: number) {
    this.#most = most;
  }

  get(knowledge: Knowledge, settings: Settings, valueSet: ValueSet, now: Date): Members {
    const key = membershipKey(settings);
    const known = this.#kept.get(valueSet)?.get(key);
    if (known !== undefined && knowledge.stillHolds(known.dependencies)) {
      this.#touch(valueSet);
      for (const { type, url, version } of known.dependencies) if (type === 'system') knowledge.system(url, version);
      return known;
    }
    const notes = new Notes();
    const { result, dependencies } = knowledge.traced(
      () => new Collector({ knowledge, settings, notes, now }, valueSet),
    );
    const members: Kept = {
      list: [...result.members.values()],
      canNest: result.canNest,
      versioned: result.versioned,
      key: keyFor(result.tellsVersionsApart),
      notes,
      dependencies,
    };
    this.#keep(valueSet, key, members);
    return members;
  }

  #keep(valueSet: ValueSet, key: string, members: Kept): void {
    if (members.list.length > this.#most) return;
    const own = this.#kept.get(valueSet) ?? new Map<string, Kept>();
    this.#size += members.list.length - (own.get(key)?.list.length ?? 0);
    own.set(key, members);
    this.#kept.set(valueSet, own);
    this.#touch(valueSet);
    for (const [oldest, all] of this.#kept) {
      if (this.#size <= this.#most || oldest === valueSet) break;
      this.#kept.delete(oldest);
      for (const { list } of all.values()) this.#size -= list.length;
    }
  }

  /** Moves a value set to the end: a Map keeps the order in which keys came. */
  #touch(valueSet: ValueSet): void {
    const own = this.#kept.get(valueSet);
    if (own === undefined) return;
    this.#kept.delete(valueSet);
    this.#kept.set(valueSet, own);
  }
}

/** Not the collector's own, which would hold all that it has collected. */
function keyFor(tellsVersionsApart: boolean): Members['key'] {
  return (header, code) => keyOf(header, code, tellsVersionsApart);
}

/** What of a request decides which members there are. */
function membershipKey({ flags, rules, supplements, excludedSystems }: Settings): string {
  const { activeOnly, excludeNotForUI, versionsMatch } = flags;
  return JSON.stringify([activeOnly, excludeNotForUI, versionsMatch, rules, supplements, excludedSystems]);
}
