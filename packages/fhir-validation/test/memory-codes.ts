import type {
  CodeKnowledge,
  Codes,
  Definitions,
  Membership,
  Questionnaire,
  StructureDefinition,
} from '../src/index.ts';
import type { Json } from './published.ts';

interface ConceptSet {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string }[];
  readonly filter?: readonly { readonly property: string; readonly op: string; readonly value: string }[];
  readonly valueSet?: readonly string[];
}

interface Concept {
  readonly code: string;
  readonly display?: string;
  readonly designation?: readonly { readonly value: string }[];
  readonly property?: readonly {
    readonly code: string;
    readonly valueCode?: string;
    readonly valueBoolean?: boolean;
  }[];
  readonly concept?: readonly Concept[];
}

interface Known {
  readonly above: ReadonlySet<string>;
  readonly displays: readonly string[];
  /** The reason not to use the code any more. */
  readonly status: string | undefined;
}

/** The concepts of a code system, by code. */
type Hierarchy = ReadonlyMap<string, Known>;

/** A small terminology over given definitions, sufficient for the packages and cases of these tests. */
export class MemoryCodes implements Codes {
  readonly #valueSets = new Map<string, Json>();
  readonly #systems = new Map<string, Hierarchy>();

  constructor(resources: Iterable<Json>) {
    for (const resource of resources) {
      if (resource['resourceType'] === 'ValueSet') this.#valueSets.set(resource['url'] as string, resource);
      if (resource['resourceType'] === 'CodeSystem' && resource['content'] === 'complete') {
        this.#systems.set(resource['url'] as string, hierarchyOf((resource['concept'] ?? []) as Concept[]));
      }
    }
  }

  validate(canonical: string, system: string | undefined, code: string): Membership {
    const [url = '', version] = canonical.split('|');
    const valueSet = this.#valueSets.get(url);
    if (version !== undefined && !`${String(valueSet?.['version'])}.`.startsWith(`${version}.`)) return 'unknown';
    const compose = valueSet?.['compose'] as
      { inactive?: boolean; include?: ConceptSet[]; exclude?: ConceptSet[] } | undefined;
    if (compose?.include === undefined) return 'unknown';
    const isInactive = compose.include.some((set) => this.#systems.get(set.system ?? '')?.get(code)?.status);
    if (compose.inactive === false && isInactive) return 'out';
    const excluded = any((compose.exclude ?? []).map((set) => this.#inSet(set, system, code)));
    const included = any(compose.include.map((set) => this.#inSet(set, system, code)));
    if (excluded === 'out') return included;
    return excluded === 'in' || included === 'out' ? 'out' : 'unknown';
  }

  concept(system: string, code: string): CodeKnowledge {
    const hierarchy = this.#systems.get(system);
    if (hierarchy === undefined) return { known: 'unknown' };
    const found = hierarchy.get(code);
    if (found === undefined) return { known: 'no' };
    const { displays, status } = found;
    return { known: 'yes', displays, ...(status !== undefined && { status }) };
  }

  #inSet(set: ConceptSet, system: string | undefined, code: string): Membership {
    const sets = (set.valueSet ?? []).map((url) => this.validate(url, system, code));
    if (sets.includes('out')) return 'out';
    if (set.system === undefined) return sets.includes('unknown') ? 'unknown' : sets.length > 0 ? 'in' : 'out';
    if (system !== undefined && system !== set.system) return 'out';
    if (set.concept !== undefined) return set.concept.some((one) => one.code === code) ? 'in' : 'out';
    const hierarchy = this.#systems.get(set.system);
    const above = hierarchy?.get(code)?.above;
    if (hierarchy === undefined) return 'unknown';
    if (above === undefined) return 'out';
    const filters = (set.filter ?? []).map(({ op, value }): Membership => {
      if (op === 'is-a') return code === value || above.has(value) ? 'in' : 'out';
      return op === 'descendent-of' ? (above.has(value) ? 'in' : 'out') : 'unknown';
    });
    return filters.includes('out') ? 'out' : filters.includes('unknown') ? 'unknown' : 'in';
  }
}

const any = (answers: readonly Membership[]): Membership =>
  answers.includes('in') ? 'in' : answers.includes('unknown') ? 'unknown' : 'out';

function hierarchyOf(concepts: readonly Concept[]): Hierarchy {
  const found = new Map<string, Known>();
  const add = (list: readonly Concept[], above: readonly string[]) => {
    for (const { code, concept = [], display, designation = [], property = [] } of list) {
      const displays = [...(display === undefined ? [] : [display]), ...designation.map(({ value }) => value)];
      found.set(code, { above: new Set(above), displays, status: statusIn(property) });
      add(concept, [...above, code]);
    }
  };
  add(concepts, []);
  return found;
}

/** https://hl7.org/fhir/R5/codesystem-concept-properties.html */
function statusIn(properties: NonNullable<Concept['property']>): string | undefined {
  const status = properties.find(({ code }) => code === 'status')?.valueCode;
  if (status === 'retired' || status === 'deprecated' || status === 'withdrawn') return status;
  return properties.some(({ code, valueBoolean }) => code === 'inactive' && valueBoolean === true)
    ? 'inactive'
    : undefined;
}

/** Returns the profiles, extensions and questionnaires in a list of resources. */
export function definitionsOf(resources: Iterable<Json>): Definitions {
  const structures = new Map<string, StructureDefinition>();
  const questionnaires = new Map<string, Questionnaire>();
  for (const resource of resources) {
    const { resourceType, url, version } = resource as { resourceType: string; url?: string; version?: string };
    const found: Map<string, unknown> | undefined =
      resourceType === 'StructureDefinition'
        ? structures
        : resourceType === 'Questionnaire'
          ? questionnaires
          : undefined;
    if (found === undefined || url === undefined) continue;
    found.set(url, resource);
    if (version !== undefined) found.set(`${url}|${version}`, resource);
  }
  return {
    structure: (url, version) =>
      (version === undefined ? undefined : structures.get(`${url}|${version}`)) ?? structures.get(url),
    questionnaire: (url) => questionnaires.get(url),
  };
}
