import type { ConceptMapGroup, ConceptMapGroupElement } from '@dhp/fhir-model';

/** Questions about one group from which on an index is worth making. */
const often = 4;

interface Index {
  readonly byCode: ReadonlyMap<string, readonly number[]>;
  /** Elements that name a value set in the place of a code: any of them may be about a code. */
  readonly open: readonly number[];
}

/** Finds the elements of a group that may be about a code, for one code or for thousands. */
class ElementIndex {
  readonly #elements: readonly ConceptMapGroupElement[];
  #asked = 0;
  readonly #indexes = new Map<'source' | 'target', Index>();

  constructor({ element }: ConceptMapGroup) {
    this.#elements = element;
  }

  /** In their order; all of them where an index is not worth it. */
  about(code: string, side: 'source' | 'target'): readonly ConceptMapGroupElement[] {
    this.#asked += 1;
    if (this.#asked < often) return this.#elements;
    const index = this.#indexes.get(side) ?? this.#indexed(side);
    this.#indexes.set(side, index);
    const own = index.byCode.get(code) ?? [];
    const numbers = index.open.length === 0 ? own : [...new Set([...own, ...index.open])].sort((a, b) => a - b);
    return numbers.map((number) => this.#elements[number]!);
  }

  #indexed(side: 'source' | 'target'): Index {
    const byCode = new Map<string, number[]>();
    const open: number[] = [];
    this.#elements.forEach((element, number) => {
      const sides = side === 'source' ? [element] : (element.target ?? []);
      if (sides.some(({ valueSet }) => valueSet !== undefined)) open.push(number);
      for (const code of new Set(sides.flatMap((one) => one.code ?? []))) {
        const numbers = byCode.get(code) ?? [];
        byCode.set(code, numbers);
        numbers.push(number);
      }
    });
    return { byCode, open };
  }
}

/** The indexes of the groups that one request asks. */
export class GroupIndexes {
  readonly #groups = new Map<ConceptMapGroup, ElementIndex>();

  of(group: ConceptMapGroup): ElementIndex {
    let index = this.#groups.get(group);
    if (index === undefined) this.#groups.set(group, (index = new ElementIndex(group)));
    return index;
  }
}
