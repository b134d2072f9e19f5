import type { MembersCache } from './expand/members.ts';
import { Settings } from './parameters/settings.ts';
import type { Concept } from './source/concept-system.ts';
import type { ConceptSource } from './source/concept-source.ts';
import { Knowledge } from './source/knowledge.ts';

/** A code and its system, as a search compares them. */
export interface Code {
  readonly system: string;
  readonly code: string;
}

/** How a search asks terminology: `:in`, `:not-in`, `:above`, `:below` of tokens (https://hl7.org/fhir/R5/search.html#modifiers). */
export class Membership {
  readonly #source: ConceptSource;
  readonly #members: MembersCache;
  readonly #now: () => Date;

  constructor(source: ConceptSource, members: MembersCache, now: () => Date) {
    this.#source = source;
    this.#members = members;
    this.#now = now;
  }

  /**
   * The codes of a value set, inactive ones too: data may hold them. Undefined when the value set is not known.
   * @throws TerminologyFault when a part of it is not known, or its codes cannot be listed
   */
  members(valueSetUrl: string): readonly Code[] | undefined {
    const knowledge = new Knowledge(this.#source);
    const valueSet = knowledge.valueSet(valueSetUrl);
    if (valueSet === undefined) return undefined;
    const { list } = this.#members.get(knowledge, new Settings(), valueSet, this.#now());
    return list.map(({ system, concept }) => ({ system: system.header.url, code: concept.code }));
  }

  /** The code and all below it (`:below`); undefined when the code or its system is not known. */
  descendants(system: string, code: string): readonly string[] | undefined {
    return this.#related(system, code, 'children');
  }

  /** The code and all above it (`:above`); undefined when the code or its system is not known. */
  ancestors(system: string, code: string): readonly string[] | undefined {
    return this.#related(system, code, 'parents');
  }

  #related(url: string, code: string, way: 'children' | 'parents'): readonly string[] | undefined {
    const system = new Knowledge(this.#source).system(url);
    const start = system?.find(code);
    if (system === undefined || start === undefined) return undefined;
    const found = new Map<string, Concept>([[start.code, start]]);
    for (const concept of found.values()) for (const next of system[way](concept)) found.set(next.code, next);
    return [...found.keys()];
  }
}
