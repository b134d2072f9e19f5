import type { CodeSystem, ConceptMap, NamingSystem, ResourceBase, ValueSet } from '@dhp/fhir-model';
import { namesIn, type Names } from '../source/aliases.ts';
import { headerOf } from '../source/resource-source.ts';
import { buildTable } from '../table/build-table.ts';
import type { ConceptTable } from '../table/concept-table.ts';
import { BlockWriter } from './blocks.ts';
import { packContent, type Directory, type ResourceEntry, type SystemEntry } from './content-file.ts';
import { writeTable } from './table-blocks.ts';

/** Elements of a resource that no operation uses. */
const left = ['id', 'meta', 'text', 'contact', 'copyright', 'jurisdiction', 'publisher', 'purpose', 'useContext'];

/**
 * The bytes of a content file of CodeSystems, ValueSets and ConceptMaps, and of the names that NamingSystems give code systems; others are
 * skipped. Of two with the same canonical and version the later one is kept.
 * @param options `definitions`: also keep the resources that a search by url returns
 * @example
 * const valueSet = { resourceType: 'ValueSet', url: 'urn:v', status: 'active' } as const;
 * readContent(writeContent([valueSet])).valueSets('urn:w').length; // 0
 */
export function writeContent(
  resources: Iterable<ResourceBase>,
  { definitions = false }: { readonly definitions?: boolean } = {},
): Uint8Array {
  const kept = new Map<string, CodeSystem | ValueSet | ConceptMap>();
  const aliases: Names[] = [];
  for (const resource of resources as Iterable<CodeSystem | ValueSet | ConceptMap | NamingSystem>) {
    if (resource.resourceType === 'CodeSystem' || resource.resourceType === 'NamingSystem') {
      const names = namesIn(resource);
      if (names.length > 1) aliases.push(names);
    }
    if (resource.resourceType === 'NamingSystem') continue;
    if (!['CodeSystem', 'ValueSet', 'ConceptMap'].includes(resource.resourceType) || resource.url === undefined)
      continue;
    kept.set(`${resource.resourceType} ${resource.url}|${resource.version ?? ''}`, resource);
  }
  const blocks = new BlockWriter();
  const systems: SystemEntry[] = [];
  const lists: Record<'supplements' | 'valueSets' | 'conceptMaps', ResourceEntry[]> = {
    supplements: [],
    valueSets: [],
    conceptMaps: [],
  };
  for (const [, resource] of [...kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const list = listOf(resource);
    const made = list === 'systems' ? systemEntry(resource as CodeSystem, blocks) : entry(resource, blocks);
    const unused = list === 'systems' ? without(resource, ['concept', 'text']) : restOf(resource);
    const rest = definitions ? { rest: blocks.text(JSON.stringify(unused)) } : {};
    if ('table' in made) systems.push({ ...made, ...rest });
    else if (list !== 'systems') lists[list].push({ ...made, ...rest });
  }
  return packContent({ systems, ...lists, aliases } satisfies Directory, blocks);
}

/** The bytes of a content file of one code system whose concepts are a table already; `head` is the resource without them. */
export function writeSystem(head: CodeSystem, table: ConceptTable): Uint8Array {
  const blocks = new BlockWriter();
  const systems = [systemEntry(head, blocks, table)];
  const names = namesIn(head);
  const aliases = names.length > 1 ? [names] : [];
  return packContent({ systems, supplements: [], valueSets: [], conceptMaps: [], aliases }, blocks);
}

function listOf(resource: CodeSystem | ValueSet | ConceptMap): 'systems' | 'supplements' | 'valueSets' | 'conceptMaps' {
  if (resource.resourceType === 'ValueSet') return 'valueSets';
  if (resource.resourceType === 'ConceptMap') return 'conceptMaps';
  return resource.content === 'supplement' ? 'supplements' : 'systems';
}

function without(resource: ResourceBase, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !names.includes(name)));
}

function restOf(resource: ResourceBase): object {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => left.includes(name) && name !== 'text'));
}

function systemEntry(
  resource: CodeSystem,
  blocks: BlockWriter,
  table: ConceptTable = buildTable(resource.concept ?? []),
): SystemEntry {
  const spans = blocks.text(JSON.stringify(writeTable(table, blocks)));
  return { header: headerOf(resource), size: table.parent.length, table: spans };
}

function entry(resource: CodeSystem | ValueSet | ConceptMap, blocks: BlockWriter): ResourceEntry {
  const kept = without(resource, left);
  const { url = '', version } = resource;
  const supplements = resource.resourceType === 'CodeSystem' ? resource.supplements : undefined;
  return {
    url,
    ...(version !== undefined && { version }),
    ...(supplements !== undefined && { supplements }),
    json: blocks.text(JSON.stringify(kept)),
  };
}
