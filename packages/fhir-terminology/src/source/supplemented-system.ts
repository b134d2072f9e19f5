import type { Budget } from '@dhp/budget';
import type { Extension } from '@dhp/fhir-model';
import {
  type Concept,
  type ConceptFilter,
  type ConceptProperty,
  type ConceptSystem,
  type ConceptTest,
  type Designation,
  type SystemHeader,
} from '../concepts/concept-system.ts';
import { systemHeader } from '../concepts/standard-properties.ts';
import type { Supplement } from './supplement.ts';

/** A code system with supplements applied: their designations, properties and extensions come after its own. */
export class SupplementedSystem implements ConceptSystem {
  readonly header: SystemHeader;
  readonly supplements: readonly string[];
  readonly #base: ConceptSystem;
  readonly #added: readonly Supplement[];

  constructor(base: ConceptSystem, supplements: readonly Supplement[]) {
    this.#base = base;
    this.#added = supplements;
    this.supplements = this.#added.map((supplement) => supplement.canonical);
    this.header = systemHeader({
      ...base.header,
      property: [...base.header.property, ...supplements.flatMap(({ resource }) => resource.property ?? [])],
    });
  }

  get size(): number | undefined {
    return this.#base.size;
  }

  find(code: string): Concept | undefined {
    const concept = this.#base.find(code);
    return concept && this.#wrap(concept);
  }

  *concepts(): Generator<Concept> {
    for (const concept of this.#base.concepts()) yield this.#wrap(concept);
  }

  places(): ((row: number) => Concept) | undefined {
    const places = this.#base.places?.();
    return places && ((row) => this.#wrap(places(row)));
  }

  parents(concept: Concept): readonly Concept[] {
    return this.#base.parents(unwrap(concept)).map((parent) => this.#wrap(parent));
  }

  children(concept: Concept): readonly Concept[] {
    return this.#base.children(unwrap(concept)).map((child) => this.#wrap(child));
  }

  isA(concept: Concept, ancestor: Concept, budget?: Budget): boolean {
    return this.#base.isA(unwrap(concept), unwrap(ancestor), budget);
  }

  ownFilter(filter: ConceptFilter): ConceptTest | undefined {
    const test = this.#base.ownFilter?.(filter);
    return test && ((concept) => test(unwrap(concept)));
  }

  whyUnknown(code: string): ReturnType<NonNullable<ConceptSystem['whyUnknown']>> {
    return this.#base.whyUnknown?.(code);
  }

  whyLeftOut(code: string, filter: ConceptFilter): ReturnType<NonNullable<ConceptSystem['whyLeftOut']>> {
    return this.#base.whyLeftOut?.(code, filter);
  }

  get listedBy(): string | undefined {
    return this.#base.listedBy;
  }

  #wrap(concept: Concept): Concept {
    const additions = this.#added.flatMap((supplement) => {
      const addition = supplement.concepts.find(concept.code);
      return addition === undefined ? [] : [{ supplement, addition }];
    });
    return new SupplementedConcept(concept, additions);
  }
}

interface Addition {
  readonly supplement: Supplement;
  readonly addition: Concept;
}

class SupplementedConcept implements Concept {
  readonly base: Concept;
  readonly #additions: readonly Addition[];

  constructor(base: Concept, additions: readonly Addition[]) {
    this.base = base;
    this.#additions = additions;
  }

  get code(): string {
    return this.base.code;
  }

  get display(): string | undefined {
    return this.base.display;
  }

  get definition(): string | undefined {
    return this.base.definition;
  }

  get designations(): readonly Designation[] {
    return this.#join(this.base.designations, ({ supplement, addition }) =>
      addition.designations.map((one) => ({ ...one, source: supplement.canonical })),
    );
  }

  get properties(): readonly ConceptProperty[] {
    return this.#join(this.base.properties, ({ supplement, addition }) =>
      addition.properties.map((one) => {
        const uri = supplement.uris.get(one.code);
        return { ...one, ...(uri !== undefined && { uri }), source: supplement.canonical };
      }),
    );
  }

  get extensions(): readonly Extension[] {
    return this.#join(this.base.extensions, ({ addition }) => addition.extensions);
  }

  #join<T>(own: readonly T[], read: (addition: Addition) => readonly T[]): readonly T[] {
    return this.#additions.length === 0 ? own : [...own, ...this.#additions.flatMap(read)];
  }
}

function unwrap(concept: Concept): Concept {
  return concept instanceof SupplementedConcept ? concept.base : concept;
}
