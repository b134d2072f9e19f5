import type { Budget } from '@dhp/budget';
import type { ValueSet } from '@dhp/fhir-model';
import type { Settings } from '../parameters/settings.ts';
import type { Dependency, Knowledge } from '../source/knowledge.ts';
import { Collector } from './collector.ts';
import { keyOf, type ExpandContext } from './member.ts';
import type { MemberList } from './member-list.ts';
import { Notes } from './notes.ts';
import { inSlices, isUninterrupted, type Sliced, type Unfinished } from './slices.ts';
import { TextIndex } from './text-index.ts';

/** The members of a value set, ready to be filtered and shown. */
export interface Members {
  readonly list: MemberList;
  readonly canNest: boolean;
  readonly versioned: boolean;
  readonly key: Collector['key'];
  readonly notes: Notes;
  /** Made when the first filter asks for it. */
  text?: TextIndex;
  /** The words are being read: the members stay until they are done. */
  indexing?: Unfinished | undefined;
}

interface Kept extends Members {
  readonly dependencies: readonly Dependency[];
}

interface MembersOptions {
  /** How many members are kept in all; one takes about 100 bytes, and as much again once it was filtered. */
  readonly most: number;
  /** Milliseconds after which work is interrupted with an Unfinished; all of it is done at once when infinite. */
  readonly slice: number;
}

/**
 * Members that were collected before, for as long as everything they were made from is the same object in the source: so a
 * change to a code system or a value set throws away what depends on it and nothing else. Holds a number of members in all,
 * those not asked for longest leave first; a value set with more than that is held alone.
 */
export class MembersCache {
  readonly #options: MembersOptions;
  readonly #kept = new Map<ValueSet, Map<string, Kept>>();
  readonly #collecting = new WeakMap<ValueSet, Map<string, Unfinished>>();
  #size = 0;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /**
   * @param budget what collecting may cost: who asks first pays for those who wait, and another begins anew where it is spent
   * @throws TerminologyFault when a part of the value set is not known; BudgetSpent
   * @throws Unfinished when it takes longer than a slice
   */
  get(knowledge: Knowledge, settings: Settings, valueSet: ValueSet, now: Date, budget?: Budget): Members {
    const key = membershipKey(settings);
    const known = this.#kept.get(valueSet)?.get(key);
    if (known !== undefined && knowledge.stillHolds(known.dependencies)) {
      this.#touch(valueSet);
      for (const { type, url, version } of known.dependencies) if (type === 'system') knowledge.system(url, version);
      return known;
    }
    const under = this.#collecting.get(valueSet) ?? new Map<string, Unfinished>();
    const same = under.get(key);
    if (same !== undefined && !isUninterrupted()) throw same.joined();
    let made: Members | undefined;
    const rest = inSlices(
      collected({ knowledge, settings, now, budget }, valueSet),
      this.#options.slice,
      (members) => {
        this.#keep(valueSet, key, members);
        under.delete(key);
        made = members;
      },
      () => under.delete(key),
    );
    if (rest === undefined) return made!;
    this.#collecting.set(valueSet, under.set(key, rest));
    throw rest;
  }

  /** The words of members that `get` has given. @throws Unfinished when reading them takes longer than a slice */
  textOf(members: Members): TextIndex {
    if (members.indexing !== undefined && !isUninterrupted()) throw members.indexing.joined();
    if (members.text !== undefined) return members.text;
    members.indexing = inSlices(
      TextIndex.reading(members.list),
      this.#options.slice,
      (text) => {
        members.text = text;
        members.indexing = undefined;
      },
      () => (members.indexing = undefined),
    );
    if (members.indexing !== undefined) throw members.indexing;
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

  /** Moves a value set to the end: a Map keeps the order in which keys came. */
  #touch(valueSet: ValueSet): void {
    const own = this.#kept.get(valueSet);
    if (own === undefined) return;
    this.#kept.delete(valueSet);
    this.#kept.set(valueSet, own);
  }
}

function* collected(
  asked: Pick<ExpandContext, 'knowledge' | 'settings' | 'now' | 'budget'>,
  valueSet: ValueSet,
): Sliced<Kept> {
  const notes = new Notes();
  const { result, dependencies } = yield* asked.knowledge.tracing(
    Collector.collecting({ ...asked, notes, collected: new Map() }, valueSet),
  );
  return {
    list: result.list,
    canNest: result.canNest,
    versioned: result.versioned,
    key: keyFor(result.tellsVersionsApart),
    notes,
    dependencies,
  };
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
