import type { Concept, ConceptSystem } from '../concepts/concept-system.ts';

/**
 * Finds, for one concept after the other, the nearest above it that an expansion has already. Where many are below the same
 * ones that it does not have, those are walked once.
 */
export class NearestAbove {
  /** For a concept outside the expansion its first ancestor in it; `undefined` if it has no ancestor in it. */
  readonly #known = new Map<ConceptSystem, Map<string, string | undefined>>();

  /** A concept was added: results that passed it are no longer valid. */
  made(system: ConceptSystem, { code }: Concept): void {
    const known = this.#known.get(system);
    if (known?.has(code) === true) known.clear();
  }

  /** @param entryOf the entry of a code in the expansion, if there is one so far */
  above<T>(system: ConceptSystem, concept: Concept, entryOf: (code: string) => T | undefined): T | undefined {
    const known = this.#known.get(system) ?? new Map<string, string | undefined>();
    this.#known.set(system, known);
    // Data may hold a concept above itself: each is passed once.
    const passed = new Set([concept.code]);
    let found: T | undefined;
    let at: string | undefined;
    for (
      let [next] = system.parents(concept);
      next !== undefined && !passed.has(next.code);
      [next] = system.parents(next)
    ) {
      at = known.has(next.code) ? known.get(next.code) : next.code;
      found = at === undefined ? undefined : entryOf(at);
      if (found !== undefined || known.has(next.code)) break;
      passed.add(next.code);
    }
    passed.delete(concept.code);
    for (const code of passed) known.set(code, found === undefined ? undefined : at);
    return found;
  }
}
