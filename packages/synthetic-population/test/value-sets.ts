import type { Definitions } from './definitions.ts';

/**
 * The codes of a value set, as far as the available packages contain them. `codes` has `system|code` keys; `whole` names systems that are
 * included entirely but whose content is not available (SNOMED CT, LOINC, CVX …), for which only the system can be checked.
 */
export interface Expansion {
  codes: Map<string, string | undefined>;
  whole: Set<string>;
}

interface Concept {
  code: string;
  display?: string;
  property?: { code: string; valueCode?: string; valueBoolean?: boolean; valueCoding?: { code: string } }[];
  concept?: Concept[];
}
interface Filter {
  property: string;
  op: string;
  value: string;
}
interface Include {
  system?: string;
  concept?: Concept[];
  filter?: Filter[];
  valueSet?: string[];
}

function* flatten(concepts: Concept[] | undefined, parents: string[] = []): Generator<Concept & { parents: string[] }> {
  for (const concept of concepts ?? []) {
    yield { ...concept, parents };
    yield* flatten(concept.concept, [...parents, concept.code]);
  }
}

function passes(concept: Concept & { parents: string[] }, filter: Filter): boolean {
  if (filter.op === 'is-a') return concept.code === filter.value || concept.parents.includes(filter.value);
  const values = (concept.property ?? []).filter((p) => p.code === filter.property);
  const texts = values.map((p) => p.valueCode ?? p.valueCoding?.code ?? String(p.valueBoolean));
  if (filter.op === '=') return texts.length === 0 ? filter.value === 'false' : texts.includes(filter.value);
  throw new Error(`filter ${filter.op} is not known to this check`);
}

/** Expands value sets of {@link Definitions}, each once. */
export class ValueSets {
  readonly #definitions: Definitions;
  readonly #expanded = new Map<string, Expansion>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  /** @throws Error when the value set is in neither package */
  expand(canonical: string): Expansion {
    const known = this.#expanded.get(canonical);
    if (known) return known;
    const valueSet = this.#definitions.find('ValueSet', canonical);
    if (!valueSet) throw new Error(`value set ${canonical} is not at hand`);
    const compose = valueSet.compose as { include: Include[]; exclude?: Include[] };
    const result = this.#union(compose.include);
    for (const code of this.#union(compose.exclude ?? []).codes.keys()) result.codes.delete(code);
    this.#expanded.set(canonical, result);
    return result;
  }

  #union(includes: Include[]): Expansion {
    const union: Expansion = { codes: new Map(), whole: new Set() };
    for (const part of includes) {
      const one = this.#include(part);
      for (const [key, display] of one.codes) union.codes.set(key, display);
      for (const system of one.whole) union.whole.add(system);
    }
    return union;
  }

  #include(include: Include): Expansion {
    const { system } = include;
    if (system === undefined) {
      const parts = (include.valueSet ?? []).map((url) => this.expand(url));
      return {
        codes: new Map(parts.flatMap((p) => [...p.codes])),
        whole: new Set(parts.flatMap((p) => [...p.whole])),
      };
    }
    if (include.concept)
      return { codes: new Map(include.concept.map((c) => [`${system}|${c.code}`, c.display])), whole: new Set() };
    const codeSystem = this.#definitions.find('CodeSystem', system);
    if (codeSystem?.content !== 'complete') return { codes: new Map(), whole: new Set([system]) };
    const codes = new Map<string, string | undefined>();
    for (const concept of flatten(codeSystem.concept as Concept[])) {
      if ((include.filter ?? []).every((filter) => passes(concept, filter)))
        codes.set(`${system}|${concept.code}`, concept.display);
    }
    return { codes, whole: new Set() };
  }
}
