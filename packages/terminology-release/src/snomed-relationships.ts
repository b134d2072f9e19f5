import type { CodeSystemConceptProperty, CodeSystemProperty } from '@dhp/fhir-model';
import { filesLike, type Release, type ReleaseFile } from './release.ts';
import { lines } from './rf2-lines.ts';

const isA = '116680003';

/** Relationships and reference sets of one concept. */
export interface Related {
  /** The one string of this code that all share. */
  readonly code: string;
  readonly parents: string[];
  /** Relationships other than `is a`; concrete values as written (`#10`, `"text"`). */
  readonly attributes: { readonly group: string; readonly name: string; readonly value: string }[];
  readonly refsets: string[];
  /** As a reference set: how many members it has. */
  members: number;
}

/** The types of relationships, with their kinds of values and their names. */
export type AttributeNames = ReadonlyMap<
  string,
  { readonly code: string; readonly type: 'code' | 'decimal' | 'string'; display?: string | undefined }
>;

/** `is a` makes the tree; all others are attributes, those with concrete values in a separate file. */
export async function readRelationships(
  release: Release,
  file: ReleaseFile,
  concepts: ReadonlyMap<string, Related>,
): Promise<AttributeNames> {
  const names = new Map<string, { readonly code: string; readonly type: 'code' | 'decimal' | 'string' }>();
  const groups = new Map<string, string>();
  const add = (source: Related, type: string, group: string, value: string): void => {
    let name = names.get(type);
    if (name === undefined) {
      const kind = value.startsWith('#') ? 'decimal' : value.startsWith('"') ? 'string' : 'code';
      names.set(type, (name = { code: type, type: kind }));
    }
    if (!groups.has(group)) groups.set(group, group);
    source.attributes.push({ group: groups.get(group)!, name: name.code, value });
  };
  for await (const column of lines(file, ['sourceId', 'destinationId', 'typeId', 'relationshipGroup'])) {
    const [source, target] = [concepts.get(column(4)), concepts.get(column(5))];
    if (column(2) !== '1' || source === undefined || target === undefined) continue;
    if (column(7) === isA) source.parents.push(target.code);
    else add(source, column(7), column(6), target.code);
  }
  for (const concrete of filesLike(release, /(^|\/)x?sct2_RelationshipConcreteValues_Snapshot_[^/]*\.txt$/i)) {
    for await (const column of lines(concrete, ['sourceId', 'value', 'typeId', 'relationshipGroup'])) {
      const source = concepts.get(column(4));
      if (column(2) === '1' && source !== undefined) add(source, column(7), column(6), column(5));
    }
  }
  return names;
}

/** The members of simple reference sets: those files that state only the membership of a component. */
export async function readRefsets(release: Release, concepts: ReadonlyMap<string, Related>): Promise<void> {
  for (const file of filesLike(release, /(^|\/)x?der2_Refset_[^/]*Snapshot[^/]*\.txt$/i)) {
    for await (const column of lines(file, ['refsetId', 'referencedComponentId'])) {
      const [refset, member] = [concepts.get(column(4)), concepts.get(column(5))];
      if (column(2) !== '1' || refset === undefined || member === undefined) continue;
      if (member.refsets.includes(refset.code)) continue;
      member.refsets.push(refset.code);
      refset.members += 1;
    }
  }
}

/** Returns the declarations of these properties in the code system. */
export function relationshipProperties(attributes: AttributeNames): CodeSystemProperty[] {
  const named = [...attributes.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1));
  return [
    { code: 'refset', type: 'code', description: 'A simple reference set that it is a member of' },
    { code: 'refsetMembers', type: 'integer', description: 'Of a simple reference set: how many members it has' },
    {
      ...{ code: 'roleGroups', type: 'string' },
      description: 'Which attributes stand together: attribute=value,attribute=value;… with a part for each group',
    },
    ...named.map(({ code, type, display }) => ({
      ...{ code, uri: `http://snomed.info/id/${code}`, type },
      ...(display !== undefined && { description: display }),
    })),
  ];
}

/** The attributes of a concept, each once, how they are grouped, and the reference sets. */
export function relationshipsOf({
  attributes,
  refsets,
  members,
}: Omit<Related, 'code' | 'parents'>): CodeSystemConceptProperty[] {
  const ordered = attributes.toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  const distinct = new Map(ordered.map((one) => [`${one.name}=${one.value}`, one]));
  const groups = Map.groupBy(
    ordered.filter(({ group }) => group !== '0'),
    ({ group }) => group,
  );
  const written = [...groups.values()]
    .map((group) => group.map(({ name, value }) => `${name}=${value}`).join(','))
    .sort();
  return [
    ...[...distinct.values()].map(({ name, value }) => ({ code: name, ...valueOf(value) })),
    ...(written.length > 0 ? [{ code: 'roleGroups', valueString: written.join(';') }] : []),
    ...refsets.toSorted(compare).map((refset) => ({ code: 'refset', valueCode: refset })),
    ...(members > 0 ? [{ code: 'refsetMembers', valueInteger: members }] : []),
  ];
}

function valueOf(value: string): Omit<CodeSystemConceptProperty, 'code'> {
  if (value.startsWith('#')) return { valueDecimal: Number(value.slice(1)) };
  return value.startsWith('"') ? { valueString: value.slice(1, -1) } : { valueCode: value };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
