import type { CodeSystem, ConceptMap, ValueSet } from '@dhp/fhir-model';
import type { Names } from '../source/aliases.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import { allCodes } from '../source/resource-source.ts';
import { Supplement } from '../source/supplement.ts';
import { TableSystem } from '../table/table-system.ts';
import type { BlockReader } from './blocks.ts';
import { unpackContent, type ResourceEntry } from './content-file.ts';
import { readTable, type TableSpans } from './table-blocks.ts';

/** The one resource of a content file; functions parse on their first call. */
export interface ContentPart {
  /** Keys under which it is found: the kind, a space, the url. */
  readonly names: readonly string[];
  readonly system?: ConceptSystem;
  /** The value set of all codes of the system. */
  readonly allCodes?: ValueSet;
  readonly supplement?: () => Supplement;
  readonly valueSet?: () => ValueSet;
  readonly conceptMap?: () => ConceptMap;
  /** The names of the code system that it is, or that it is about. */
  readonly aliases?: Names;
}

/**
 * Reads a content file with one resource; undefined if it is empty.
 * @throws RangeError if the bytes are not a content file of this format
 */
export function readPart(bytes: Uint8Array): ContentPart | undefined {
  const { directory, blocks } = unpackContent(bytes);
  const aliases = directory.aliases[0] ?? [];
  const asAlias = aliases.map((name) => `alias ${name}`);
  const [entry] = directory.systems;
  if (entry !== undefined) {
    const { header, size, table } = entry;
    const all = allCodes(header);
    return {
      names: [`system ${header.url}`, ...(all?.url === undefined ? [] : [`allCodes ${all.url}`]), ...asAlias],
      aliases,
      system: new TableSystem(header, size, () => readTable(blocks.json(table) as TableSpans, blocks)),
      ...(all !== undefined && { allCodes: all }),
    };
  }
  const [supplement] = directory.supplements;
  if (supplement !== undefined) {
    const base = supplement.supplements?.split('|')[0];
    const names = [`supplement ${supplement.url}`, ...(base === undefined ? [] : [`supplements ${base}`])];
    const resource = parsed(supplement, blocks) as () => CodeSystem;
    let made: Supplement | undefined;
    return { names, supplement: () => (made ??= new Supplement(resource())) };
  }
  const [valueSet] = directory.valueSets;
  if (valueSet !== undefined)
    return { names: [`valueSet ${valueSet.url}`], valueSet: parsed(valueSet, blocks) as () => ValueSet };
  const [conceptMap] = directory.conceptMaps;
  if (conceptMap === undefined) return aliases.length === 0 ? undefined : { names: asAlias, aliases };
  return { names: [`conceptMap ${conceptMap.url}`], conceptMap: parsed(conceptMap, blocks) as () => ConceptMap };
}

function parsed({ json }: ResourceEntry, blocks: BlockReader): () => unknown {
  let resource: unknown;
  return () => (resource ??= blocks.json(json));
}
