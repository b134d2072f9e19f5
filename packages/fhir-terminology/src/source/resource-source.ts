import type { CodeSystem, ConceptMap, NamingSystem, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { buildTable } from '../table/build-table.ts';
import { TableSystem } from '../table/table-system.ts';
import { Aliases, namesIn, type Names } from './aliases.ts';
import { standardsStatusOf } from './concept-properties.ts';
import type { ConceptSource } from './concept-source.ts';
import type { ConceptSystem, SystemHeader } from './concept-system.ts';

const nothing: readonly never[] = [];

/** A source that is filled with resources: those of a server, of a package, or of one request. */
export class ResourceSource implements ConceptSource {
  readonly #systems = new Map<string, ConceptSystem[]>();
  readonly #supplements = new Map<string, CodeSystem[]>();
  readonly #supplementsByUrl = new Map<string, CodeSystem[]>();
  readonly #valueSets = new Map<string, ValueSet[]>();
  readonly #conceptMaps: ConceptMap[] = [];
  readonly #aliases = new Aliases();

  /** Takes in a CodeSystem, ValueSet, ConceptMap or NamingSystem; the same canonical and version again replaces what was there. */
  add(resource: ResourceBase): this {
    const known = resource as CodeSystem | ValueSet | ConceptMap | NamingSystem;
    if (known.resourceType === 'CodeSystem') this.#addCodeSystem(known);
    else if (known.resourceType === 'ValueSet') put(this.#valueSets, known.url, known, versionOf);
    else if (known.resourceType === 'NamingSystem') this.#aliases.add(namesIn(known));
    else if (isConceptMap(known)) this.#addConceptMap(known);
    return this;
  }

  /** Takes in a code system that is no table: a grammar, or one read from a prepared file. */
  addSystem(system: ConceptSystem): this {
    put(this.#systems, system.header.url, system, ({ header }) => header.version);
    const all = allCodes(system.header);
    if (all?.url !== undefined && !this.#valueSets.has(all.url)) put(this.#valueSets, all.url, all, versionOf);
    return this;
  }

  codeSystems(url: string): readonly ConceptSystem[] {
    return this.#systems.get(url) ?? nothing;
  }

  supplements(url: string): readonly CodeSystem[] {
    return this.#supplements.get(url) ?? nothing;
  }

  supplement(url: string): readonly CodeSystem[] {
    return this.#supplementsByUrl.get(url) ?? nothing;
  }

  valueSets(url: string): readonly ValueSet[] {
    return this.#valueSets.get(url) ?? nothing;
  }

  conceptMaps(url?: string): readonly ConceptMap[] {
    return url === undefined ? this.#conceptMaps : this.#conceptMaps.filter((map) => map.url === url);
  }

  aliases(name: string): Names {
    return this.#aliases.of(name);
  }

  systems(): readonly ConceptSystem[] {
    return [...this.#systems.values()].flat();
  }

  #addCodeSystem(resource: CodeSystem): void {
    if (resource.content === 'supplement') {
      const base = resource.supplements?.split('|')[0];
      put(this.#supplements, base, resource, (item) => `${item.url ?? ''}|${item.version ?? ''}`);
      put(this.#supplementsByUrl, resource.url, resource, versionOf);
    } else if (resource.url !== undefined) {
      this.#aliases.add(namesIn(resource));
      this.addSystem(systemOf(resource));
    }
  }

  #addConceptMap(resource: ConceptMap): void {
    const same = this.#conceptMaps.findIndex(
      ({ url, version }) => url !== undefined && url === resource.url && version === resource.version,
    );
    if (same < 0) this.#conceptMaps.push(resource);
    else this.#conceptMaps[same] = resource;
  }
}

/** A code system resource as the operations see it; the resource itself need not be kept. */
export function systemOf(resource: CodeSystem): ConceptSystem {
  const table = buildTable(resource.concept ?? []);
  return new TableSystem(headerOf(resource), table.parent.length, () => table);
}

/** What a CodeSystem says of itself. `url` must be there. */
export function headerOf(resource: CodeSystem): SystemHeader {
  const { version, versionNeeded, name, title, language, experimental, date, valueSet } = resource;
  const status = resource.status as string | undefined; // data may lack what the standard requires
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
    content: resource.content as SystemHeader['content'],
    ...(valueSet !== undefined && { valueSet }),
    property: resource.property ?? [],
  };
}

/** How its versions are ordered: a code of http://hl7.org/fhir/version-algorithm, or the url of a rule. */
export function algorithmOf(resource: CodeSystem | ValueSet): string | undefined {
  return resource.versionAlgorithmCoding?.code ?? resource.versionAlgorithmString;
}

/** The value set of all codes that a code system names (CodeSystem.valueSet). */
export function allCodes({ url, version, name, status, date, valueSet }: SystemHeader): ValueSet | undefined {
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

const versionOf = ({ version }: { version?: string }): string | undefined => version;

function isConceptMap(resource: ResourceBase): resource is ConceptMap {
  return (resource as { resourceType?: string }).resourceType === 'ConceptMap';
}

function put<T>(map: Map<string, T[]>, url: string | undefined, item: T, key: (item: T) => string | undefined): void {
  if (url === undefined) return;
  const list = map.get(url);
  if (list === undefined) map.set(url, [item]);
  else {
    const same = list.findIndex((other) => key(other) === key(item));
    if (same < 0) list.push(item);
    else list[same] = item;
  }
}
