import type { CodeKnowledge, Codes, Membership, SystemKnowledge, ValueSetKnowledge } from './codes.ts';

/** Default number of cached answers, because the same few codes recur. An answer takes about 200 bytes. */
const usuallyKept = 50_000;
/** Maximum length in characters of a URL that is remembered as unknown. */
const longestUrl = 300;

export interface KeptCodes extends Codes {
  /** Replaces the terminology (undefined for none) and clears the cache. */
  use(codes: Codes | undefined): void;
  concept(system: string, code: string, version?: string): CodeKnowledge | undefined;
  system(url: string, version?: string): SystemKnowledge | undefined;
  valueSetKnowledge(canonical: string): ValueSetKnowledge | undefined;
  mark(valueSet: string, system: string, code: string): string | undefined;
}

/**
 * Returns a terminology with a cache, because a lookup costs more than all other work on a code. Until `use` is called with a terminology,
 * all codes are unknown.
 * @param most maximum number of cached answers per kind; when it is reached, all of that kind are removed
 *
 * @example
 * keptCodes().validate('urn:value-set', 'urn:system', 'a'); // 'unknown'
 */
export function keptCodes(codes?: Codes, most: number = usuallyKept): KeptCodes {
  let behind = codes;
  // Nested maps instead of one concatenated key, whose construction would cost as much as the rest.
  const members = new Answers<Membership>(most);
  const concepts = new Answers<CodeKnowledge | undefined>(most);
  const marks = new Answers<string | undefined>(most);
  const displays = new Answers<readonly string[] | undefined>(most);
  const noSystems = new Unknown(most);
  const noValueSets = new Unknown(most);
  return {
    use(next) {
      behind = next;
      for (const kept of [members, concepts, marks, displays, noSystems, noValueSets]) kept.clear();
    },
    validate(valueSet, system, code, budget) {
      const kept = members.of(valueSet, system ?? '');
      const known = kept.get(code);
      if (known !== undefined) return known;
      const found = behind?.validate(valueSet, system, code, budget) ?? 'unknown';
      members.keep(kept, code, found);
      return found;
    },
    concept(system, code, version) {
      const kept = concepts.of(system, version ?? '');
      const known = kept.get(code);
      if (known !== undefined || kept.has(code)) return known;
      const found = behind?.concept?.(system, code, version);
      concepts.keep(kept, code, found);
      return found;
    },
    mark(valueSet, system, code) {
      const kept = marks.of(valueSet, system);
      const known = kept.get(code);
      if (known !== undefined || kept.has(code)) return known;
      const found = behind?.mark?.(valueSet, system, code);
      marks.keep(kept, code, found);
      return found;
    },
    system: (url, version) =>
      version === undefined ? noSystems.unless(url, () => behind?.system?.(url)) : behind?.system?.(url, version),
    valueSetKnowledge: (canonical) => noValueSets.unless(canonical, () => behind?.valueSetKnowledge?.(canonical)),
    displaysIn(valueSet, system, code) {
      const kept = displays.of(valueSet, system);
      const known = kept.get(code);
      if (known !== undefined || kept.has(code)) return known;
      const found = behind?.displaysIn?.(valueSet, system, code);
      displays.keep(kept, code, found);
      return found;
    },
    members: (valueSet) => behind?.members?.(valueSet),
  };
}

/** A cache of answers with three keys. */
class Answers<Answer> {
  readonly #most: number;
  readonly #kept = new Map<string, Map<string, Map<string, Answer>>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the cached answers under the first two keys. */
  of(first: string, second: string): Map<string, Answer> {
    let bySecond = this.#kept.get(first);
    if (bySecond === undefined) this.#kept.set(first, (bySecond = new Map<string, Map<string, Answer>>()));
    let answers = bySecond.get(second);
    if (answers === undefined) {
      bySecond.set(second, (answers = new Map<string, Answer>()));
      // Counted so that unknown keys do not grow without limit either.
      this.#count += 1;
    }
    return answers;
  }

  keep(answers: Map<string, Answer>, word: string, answer: Answer): void {
    if (this.#count >= this.#most) this.clear();
    answers.set(word, answer);
    this.#count += 1;
  }

  clear(): void {
    this.#kept.clear();
    this.#count = 0;
  }
}

/**
 * A cache of URLs without a definition, because each resource that claims an unavailable profile asks whether it is something else.
 * Definitions that are found are not cached: they are only requested for the few definitions that are written, and they may be large.
 */
class Unknown {
  readonly #most: number;
  readonly #urls = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the definition, or undefined without a search if the URL is known to have none. */
  unless<Found>(url: string, find: () => Found | undefined): Found | undefined {
    if (this.#urls.has(url)) return undefined;
    const found = find();
    if (found === undefined && url.length <= longestUrl) {
      if (this.#urls.size >= this.#most) this.#urls.clear();
      this.#urls.add(url);
    }
    return found;
  }

  clear(): void {
    this.#urls.clear();
  }
}
