import type { ValueSet } from '@dhp/fhir-model';
import { faultIn } from '../outcome/fault.ts';
import type { Settings } from '../parameters/settings.ts';
import type { Dependency } from '../source/knowledge.ts';
import type { CheckContext } from '../validate/check-context.ts';
import { separated, type Parts } from './parts.ts';
import { Collector } from './collector.ts';
import { keyOf } from './member.ts';
import type { MemberList } from './member-list.ts';
import { Notes } from './notes.ts';
import { canWait, inSlices, waitFor, type Sliced, type Unfinished } from './slices.ts';
import { TextIndex } from './text-index.ts';

/** The members of a value set, ready to be filtered and shown. */
export interface Members {
  readonly list: MemberList;
  readonly canNest: boolean;
  /** All of a code system is in the value set. */
  readonly hasWhole: boolean;
  readonly versioned: boolean;
  readonly key: Collector['key'];
  readonly notes: Notes;
  /** Made when the first filter asks for it. */
  text?: TextIndex;
  /** The words are being read: the members stay until they are done. */
  indexing?: Unfinished | undefined;
}

/** Value sets whose parts are cached. */
const mostSeparated = 1_000;

interface Kept extends Members {
  readonly dependencies: readonly Dependency[];
}

interface MembersOptions {
  /** Number of cached members in all; one takes about 100 bytes, and as much again once it was filtered. */
  readonly most: number;
  /** Milliseconds after which work is interrupted, if the caller can wait. */
  readonly slice: number;
}

/**
 * Cache of collected members, valid while everything they were made from is the same object in the source: so a change to a code system or
 * a value set discards only its dependents. Holds a number of members in all, the least recently used leave first; a value set with more
 * than that is held alone.
 */
export class MembersCache {
  readonly #options: MembersOptions;
  readonly #kept = new Map<ValueSet, Map<string, Kept>>();
  /** Collections under way, each until it is done or has failed. */
  readonly #collecting = new Map<ValueSet, Map<string, Unfinished>>();
  readonly #parts = new Map<ValueSet, Parts>();
  #size = 0;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /**
   * @param asked with the budget of collecting: the first caller pays for those who wait, and another continues if its budget is spent; and
   * the round, which ends if it takes longer than a slice. Without a round everything is done at once
   * @throws TerminologyFault when a part of the value set is not known; BudgetSpent
   */
  get(asked: CheckContext, valueSet: ValueSet): Members {
    const { knowledge, round } = asked;
    const key = membershipKey(asked.settings);
    const known = this.#kept.get(valueSet)?.get(key);
    if (known !== undefined && knowledge.stillHolds(known.dependencies)) {
      this.#touch(valueSet);
      for (const { type, url, version } of known.dependencies) if (type === 'system') knowledge.system(url, version);
      return known;
    }
    const same = this.#collecting.get(valueSet)?.get(key);
    if (same !== undefined && canWait(round)) waitFor(same, round, 'others');
    let made: Members | undefined;
    const rest = inSlices(
      collected(asked, valueSet),
      canWait(round) ? this.#options.slice : Infinity,
      (members) => {
        this.#keep(valueSet, key, members);
        this.#ended(valueSet, key);
        made = members;
      },
      (error) => {
        this.#ended(valueSet, key);
        return faultIn(asked.language, error);
      },
    );
    if (rest !== undefined) {
      const under = this.#collecting.get(valueSet) ?? new Map<string, Unfinished>();
      this.#collecting.set(valueSet, under.set(key, rest));
      waitFor(rest, round!, 'own');
    }
    return made!;
  }

  /** The parts of a value set, the keys of their cached members. */
  partsOf(valueSet: ValueSet): Parts {
    let parts = this.#parts.get(valueSet);
    if (parts === undefined) {
      // Otherwise value sets that are no longer used would stay; the others are separated again.
      if (this.#parts.size === mostSeparated) this.#parts.clear();
      this.#parts.set(valueSet, (parts = separated(valueSet)));
    }
    return parts;
  }

  #ended(valueSet: ValueSet, key: string): void {
    const under = this.#collecting.get(valueSet);
    under?.delete(key);
    if (under?.size === 0) this.#collecting.delete(valueSet);
  }

  /**
   * The words of members that `get` has returned. Ends the round if reading them takes longer than a slice.
   * @param asked the first caller pays for reading them
   * @throws BudgetSpent
   */
  textOf(members: Members, { round, budget }: Pick<CheckContext, 'round' | 'budget'>): TextIndex {
    if (members.indexing !== undefined && canWait(round)) waitFor(members.indexing, round, 'others');
    if (members.text !== undefined) return members.text;
    members.indexing = inSlices(
      TextIndex.reading(members.list, budget),
      canWait(round) ? this.#options.slice : Infinity,
      (text) => {
        members.text = text;
        members.indexing = undefined;
      },
      (error) => {
        members.indexing = undefined;
        return error;
      },
    );
    if (members.indexing !== undefined) waitFor(members.indexing, round!, 'own');
    return members.text!;
  }

  #keep(valueSet: ValueSet, key: string, members: Kept): void {
    const own = this.#kept.get(valueSet) ?? new Map<string, Kept>();
    this.#size += members.list.length - (own.get(key)?.list.length ?? 0);
    own.set(key, members);
    this.#kept.set(valueSet, own);
    this.#touch(valueSet);
    for (const [oldest, all] of this.#kept) {
      if (this.#size <= this.#options.most || oldest === valueSet) break;
      if ([...all.values()].some(({ indexing }) => indexing !== undefined)) continue;
      this.#kept.delete(oldest);
      for (const { list } of all.values()) this.#size -= list.length;
    }
  }

  /** Moves a value set to the end: a Map keeps the order of insertion. */
  #touch(valueSet: ValueSet): void {
    const own = this.#kept.get(valueSet);
    if (own === undefined) return;
    this.#kept.delete(valueSet);
    this.#kept.set(valueSet, own);
  }
}

function* collected(asked: CheckContext, valueSet: ValueSet): Sliced<Kept> {
  const notes = new Notes();
  const { result, dependencies } = yield* asked.knowledge.tracing(
    Collector.collecting({ ...asked, notes, collected: new Map() }, valueSet),
  );
  return {
    list: result.list,
    canNest: result.canNest,
    hasWhole: result.hasWhole,
    versioned: result.versioned,
    key: keyFor(result.tellsVersionsApart),
    notes,
    dependencies,
  };
}

/** A separate function: the collector's method would keep everything in memory that the collector has collected. */
function keyFor(tellsVersionsApart: boolean): Members['key'] {
  return (header, code) => keyOf(header, code, tellsVersionsApart);
}

/** The parameters of a request that decide which concepts are members, as a key. */
function membershipKey({ flags, rules, supplements, excludedSystems }: Settings): string {
  const { activeOnly, excludeNotForUI, versionsMatch } = flags;
  return JSON.stringify([activeOnly, excludeNotForUI, versionsMatch, rules, supplements, excludedSystems]);
}
