import type { CodeSystem, ConceptMap, NamingSystem, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { buildTable } from '../table/build-table.ts';
import { TableSystem } from '../table/table-system.ts';
import { Aliases, namesIn, type Names } from './aliases.ts';
import { standardsStatusOf } from '../concepts/concept-properties.ts';
import type { ConceptSource } from './concept-source.ts';
import type { ConceptSystem, SystemMetadata } from '../concepts/concept-system.ts';
import { Supplement } from './supplement.ts';

const nothing: readonly never[] = [];

/**
 * A source that is filled with resources: those of a server, of a package, or of one request.
 * @example
 * const valueSet = { resourceType: 'ValueSet', url: 'urn:v', status: 'active' } as const;
 * new ResourceSource().add(valueSet).valueSets('urn:v').length; // 1
 */
export class ResourceSource implements ConceptSource {
  readonly #systems = new Versions<ConceptSystem>();
  readonly #supplements = new Versions<Supplement>();
  readonly #supplementsByUrl = new Versions<Supplement>();
  readonly #valueSets = new Versions<ValueSet>();
  readonly #conceptMaps = new Versions<ConceptMap>();
  readonly #aliases = new Aliases();

  /**
   * Adds a CodeSystem, ValueSet, ConceptMap or NamingSystem; the same canonical and version again replaces the earlier one, except for a ConceptMap.
   */
  add(resource: ResourceBase): this {
    const known = resource as CodeSystem | ValueSet | ConceptMap | NamingSystem;
    if (known.resourceType === 'CodeSystem') this.#addCodeSystem(known);
    else if (known.resourceType === 'ValueSet') this.#valueSets.put(known.url, known, known.version);
    else if (known.resourceType === 'NamingSystem') this.#aliases.add(namesIn(known));
    else if (isConceptMap(known)) {
      // Each is separate: those without a url, and two with one canonical, are all searched.
      this.#conceptMaps.put(known.url ?? '', known, known);
    }
    return this;
  }

  /** Takes in a code system that is no table: a grammar, or one read from a prepared file. */
  addSystem(system: ConceptSystem): this {
    this.#systems.put(system.header.url, system, system.header.version);
    const all = allCodes(system.header);
    if (all?.url !== undefined && this.#valueSets.of(all.url).length === 0)
      this.#valueSets.put(all.url, all, all.version);
    return this;
  }

  codeSystems(url: string): readonly ConceptSystem[] {
    return this.#systems.of(url);
  }

  supplements(url: string): readonly Supplement[] {
    return this.#supplements.of(url);
  }

  supplement(url: string): readonly Supplement[] {
    return this.#supplementsByUrl.of(url);
  }

  valueSets(url: string): readonly ValueSet[] {
    return this.#valueSets.of(url);
  }

  conceptMaps(url?: string): readonly ConceptMap[] {
    return url === undefined ? this.#conceptMaps.all() : this.#conceptMaps.of(url);
  }

  aliases(name: string): Names {
    return this.#aliases.of(name);
  }

  systems(): readonly ConceptSystem[] {
    return this.#systems.all();
  }

  #addCodeSystem(resource: CodeSystem): void {
    if (resource.content === 'supplement') {
      const base = resource.supplements?.split('|')[0];
      const supplement = new Supplement(resource);
      this.#supplements.put(base, supplement, `${resource.url ?? ''}|${resource.version ?? ''}`);
      this.#supplementsByUrl.put(resource.url, supplement, resource.version);
    } else if (resource.url !== undefined) {
      this.#aliases.add(namesIn(resource));
      this.addSystem(systemOf(resource));
    }
  }
}

/** A code system resource as the operations see it; the resource itself need not be kept. */
export function systemOf(resource: CodeSystem): ConceptSystem {
  const table = buildTable(resource.concept ?? []);
  return new TableSystem(headerOf(resource), table.parent.length, () => table);
}

/** Returns the metadata of a CodeSystem, which must have a `url`. */
export function headerOf(resource: CodeSystem): SystemMetadata {
  const { version, versionNeeded, name, title, language, experimental, date, valueSet, hierarchyMeaning, filter } =
    resource;
  const { supplements } = resource;
  const status = resource.status as string | undefined; // data may lack required elements
  const versionAlgorithm = algorithmOf(resource);
  const standardsStatus = standardsStatusOf(resource.extension ?? []);
  return {
    url: resource.url ?? '',
    ...(version !== undefined && { version }),
    ...(versionAlgorithm !== undefined && { versionAlgorithm }),
    ...(versionNeeded !== undefined && { versionNeeded }),
    ...(name !== undefined && { name }),
    ...(title !== undefined && { title }),
    ...(language !== undefined && { language }),
    ...(status !== undefined && { status }),
    ...(standardsStatus !== undefined && { standardsStatus }),
    ...(experimental !== undefined && { experimental }),
    ...(date !== undefined && { date }),
    caseSensitive: resource.caseSensitive !== false,
    content: resource.content as SystemMetadata['content'],
    ...(supplements !== undefined && { supplements }),
    ...(valueSet !== undefined && { valueSet }),
    ...(hierarchyMeaning !== undefined && { hierarchyMeaning }),
    property: resource.property ?? [],
    ...(filter !== undefined && { filter: filter.map(({ code, operator }) => ({ code, operator })) }),
  };
}

/** Returns the order of its versions: a code of http://hl7.org/fhir/version-algorithm, or the url of a rule. */
export function algorithmOf(resource: CodeSystem | ValueSet): string | undefined {
  return resource.versionAlgorithmCoding?.code ?? resource.versionAlgorithmString;
}

/** The value set of all codes that a code system names (CodeSystem.valueSet). */
export function allCodes({ url, version, name, status, date, valueSet }: SystemMetadata): ValueSet | undefined {
  if (valueSet === undefined) return undefined;
  return {
    resourceType: 'ValueSet',
    url: valueSet,
    ...(version !== undefined && { version }),
    ...(name !== undefined && { name }),
    status: status ?? 'unknown',
    ...(date !== undefined && { date }),
    compose: { include: [{ system: url, ...(version !== undefined && { version }) }] },
  };
}

function isConceptMap(resource: ResourceBase): resource is ConceptMap {
  return (resource as { resourceType?: string }).resourceType === 'ConceptMap';
}

/** Items by url, in one or more versions. */
class Versions<T> {
  readonly #byUrl = new Map<string, Map<unknown, T>>();
  readonly #lists = new Map<string, readonly T[]>();

  /** @param key distinguishes the versions of a url; the same key again replaces the earlier one, in its place */
  put(url: string | undefined, item: T, key: unknown): void {
    if (url === undefined) return;
    const versions = this.#byUrl.get(url) ?? new Map<unknown, T>();
    this.#byUrl.set(url, versions.set(key, item));
    this.#lists.delete(url);
  }

  of(url: string): readonly T[] {
    let list = this.#lists.get(url);
    if (list === undefined) {
      const versions = this.#byUrl.get(url);
      if (versions === undefined) return nothing;
      this.#lists.set(url, (list = [...versions.values()]));
    }
    return list;
  }

  all(): readonly T[] {
    return [...this.#byUrl.values()].flatMap((versions) => [...versions.values()]);
  }
}
