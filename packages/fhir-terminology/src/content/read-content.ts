import type { CodeSystem, ConceptMap, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { Aliases } from '../source/aliases.ts';
import { allCodes } from '../source/resource-source.ts';
import { Supplement } from '../source/supplement.ts';
import type { ConceptSource } from '../source/concept-source.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import { TableSystem } from '../table/table-system.ts';
import type { BlockReader, Span } from './blocks.ts';
import { unpackContent, type Directory, type ResourceEntry } from './content-file.ts';
import { readTable, type TableSpans } from './table-blocks.ts';

/** The source over a content file, and its resources as search results. */
export interface ContentSource extends ConceptSource {
  /**
   * Returns each version of a CodeSystem, ValueSet or ConceptMap by its url, without its narrative, and without the concepts of a code
   * system that is not a supplement; empty if the file has no definitions.
   */
  readonly definitions: (type: string, url: string) => readonly ResourceBase[];
}

/**
 * A source over the bytes of a content file. Only the directory is read now; tables and resources when first asked for.
 * @throws RangeError when the bytes are no content file of this format
 * @example
 * const valueSet = { resourceType: 'ValueSet', url: 'urn:v', status: 'active' } as const;
 * readContent(writeContent([valueSet])).valueSets('urn:v').length; // 1
 */
export function readContent(bytes: Uint8Array): ContentSource {
  const { directory, blocks } = unpackContent(bytes);
  const systems = new Map<string, ConceptSystem[]>();
  const implicit = new Map<string, ValueSet[]>();
  for (const { header, size, table } of directory.systems) {
    const system = new TableSystem(header, size, () => readTable(blocks.json(table) as TableSpans, blocks));
    push(systems, header.url, system);
    const all = allCodes(header);
    if (all?.url !== undefined) push(implicit, all.url, all);
  }
  const aliases = new Aliases();
  for (const names of directory.aliases) aliases.add(names);
  const supplements = new Resources(
    directory.supplements,
    blocks,
    (resource) => new Supplement(resource as CodeSystem),
  );
  const valueSets = new Resources(directory.valueSets, blocks, (resource) => resource as ValueSet);
  const conceptMaps = new Resources(directory.conceptMaps, blocks, (resource) => resource as ConceptMap);
  const nothing: readonly never[] = [];
  return {
    codeSystems: (url) => systems.get(url) ?? nothing,
    supplements: (url) => supplements.where((entry) => entry.supplements?.split('|')[0] === url),
    supplement: (url) => supplements.get(url),
    valueSets: (url) => {
      const defined = valueSets.get(url);
      return defined.length > 0 ? defined : (implicit.get(url) ?? nothing);
    },
    conceptMaps: (url) => (url === undefined ? conceptMaps.where(() => true) : conceptMaps.get(url)),
    aliases: (name) => aliases.of(name),
    systems: () => [...systems.values()].flat(),
    definitions: definitionsIn(directory, blocks),
  };
}

/** Results are not cached: only searches by url need them. */
function definitionsIn(directory: Directory, blocks: BlockReader): ContentSource['definitions'] {
  const places = new Map<string, Span[][]>();
  const place = (type: string, url: string, ...spans: Span[]): void => push(places, `${type} ${url}`, spans);
  for (const { header, rest } of directory.systems) if (rest !== undefined) place('CodeSystem', header.url, rest);
  for (const [type, entries] of [
    ['CodeSystem', directory.supplements],
    ['ValueSet', directory.valueSets],
    ['ConceptMap', directory.conceptMaps],
  ] as const)
    for (const { url, rest, json } of entries) if (rest !== undefined) place(type, url, rest, json);
  return (type, url) =>
    (places.get(`${type} ${url}`) ?? []).map(
      (spans) => Object.assign({ resourceType: type }, ...spans.map((span) => blocks.json(span))) as ResourceBase,
    );
}

/** Resources of one type by url, parsed at first use. */
class Resources<T> {
  readonly #entries: readonly ResourceEntry[];
  readonly #blocks: BlockReader;
  readonly #byUrl = new Map<string, ResourceEntry[]>();
  readonly #make: (resource: unknown) => T;
  readonly #parsed = new Map<ResourceEntry, T>();

  constructor(entries: readonly ResourceEntry[], blocks: BlockReader, make: (resource: unknown) => T) {
    this.#entries = entries;
    this.#blocks = blocks;
    this.#make = make;
    for (const entry of entries) push(this.#byUrl, entry.url, entry);
  }

  get(url: string): readonly T[] {
    return (this.#byUrl.get(url) ?? []).map((entry) => this.#parse(entry));
  }

  where(test: (entry: ResourceEntry) => boolean): readonly T[] {
    return this.#entries.filter(test).map((entry) => this.#parse(entry));
  }

  #parse(entry: ResourceEntry): T {
    let resource = this.#parsed.get(entry);
    if (resource === undefined) {
      resource = this.#make(this.#blocks.json(entry.json));
      this.#parsed.set(entry, resource);
    }
    return resource;
  }
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
