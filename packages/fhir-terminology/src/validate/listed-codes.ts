import type { Budget } from '@dhp/budget';
import type { ValueSetComposeInclude, ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import type { Concept, ConceptSystem } from '../concepts/concept-system.ts';

/** Questions about one include from which on an index is worth making. */
const often = 8;

/** Finds the concepts that an include lists, for one or for thousands of codings. */
export class ListedCodes {
  readonly #system: ConceptSystem;
  readonly #listed: readonly ValueSetComposeIncludeConcept[];
  readonly #budget: Budget | undefined;
  #asked = 0;
  #index: ReadonlyMap<string, ValueSetComposeIncludeConcept> | undefined;

  /** @param budget pays for looking through them, and for the index */
  constructor(system: ConceptSystem, { concept = [] }: ValueSetComposeInclude, budget?: Budget) {
    this.#system = system;
    this.#listed = concept;
    this.#budget = budget;
  }

  isOf(system: ConceptSystem): boolean {
    return this.#system === system;
  }

  /** How the include lists a concept; the first time that it does. @throws BudgetSpent */
  find(concept: Concept): ValueSetComposeIncludeConcept | undefined {
    this.#asked += 1;
    const units = this.#listed.length * (this.#system.header.caseSensitive ? 1 / 4 : 5);
    if (this.#index === undefined) this.#budget?.spend(this.#asked < often ? units : 2 * units, 'codes of a value set');
    if (this.#asked < often) return this.#listed.find(({ code }) => this.#names(code).includes(concept.code));
    return (this.#index ??= this.#indexed()).get(concept.code);
  }

  #indexed(): Map<string, ValueSetComposeIncludeConcept> {
    const index = new Map<string, ValueSetComposeIncludeConcept>();
    for (const listed of this.#listed)
      for (const name of this.#names(listed.code)) if (!index.has(name)) index.set(name, listed);
    return index;
  }

  /** The code as written, and as the code system writes it where case does not matter. */
  #names(code: string): readonly string[] {
    if (this.#system.header.caseSensitive) return [code];
    const own = this.#system.find(code)?.code;
    return own === undefined || own === code ? [code] : [code, own];
  }
}
