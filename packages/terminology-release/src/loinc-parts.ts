import { properties, type DraftConcept } from './code-system.ts';
import { readTable } from './delimited.ts';
import { filesLike, type Release } from './release.ts';

interface LoincParts {
  readonly concepts: readonly DraftConcept[];
  /** Part of each property, by term. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Parts directly above each term. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

/**
 * `PartFile/Part.csv`, `PartFile/LoincPartLink_Primary.csv` (one file before 2.68, `LoincPartLink.csv`), and the hierarchy of components
 * (`ComponentHierarchyBySystem.csv`, `MultiAxialHierarchy.csv` before 2.73); empty for an archive without them.
 */
export async function readParts(release: Release): Promise<LoincParts> {
  const parents = await readHierarchy(release);
  const concepts = new Map<string, DraftConcept>();
  const [file] = filesLike(release, /(^|\/)PartFile\/Part\.csv$/i);
  if (file !== undefined) {
    const { rows } = await readTable(file, ['PartNumber', 'PartTypeName', 'PartName', 'Status']);
    for await (const row of rows) {
      const code = row('PartNumber');
      const [display, name] = [row('PartDisplayName') || row('PartName'), row('PartName')];
      concepts.set(code, {
        ...{ code, display },
        designation: name === display ? [] : [{ language: 'en', value: name }],
        property: [
          { code: 'PartTypeName', valueString: row('PartTypeName') },
          ...(row('Status') === 'ACTIVE' ? [] : [{ code: properties.inactive.code, valueBoolean: true }]),
        ],
        parents: parents.of.get(code) ?? [],
      });
    }
  }
  for (const [code, display] of parents.names) {
    if (!concepts.has(code)) concepts.set(code, { code, display, parents: parents.of.get(code) ?? [] });
  }
  return { concepts: [...concepts.values()], links: await readLinks(release, concepts), parents: parents.of };
}

async function readLinks(
  release: Release,
  parts: ReadonlyMap<string, DraftConcept>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const links = new Map<string, Map<string, string>>();
  const [file] = filesLike(release, /(^|\/)PartFile\/LoincPartLink(_Primary)?\.csv$/i);
  if (file === undefined) return links;
  const { rows } = await readTable(file, ['LoincNumber', 'PartNumber', 'LinkTypeName', 'Property']);
  for await (const row of rows) {
    const part = parts.get(row('PartNumber'))?.code;
    if (part === undefined || row('LinkTypeName') !== 'Primary') continue;
    const term = row('LoincNumber');
    const own = links.get(term) ?? new Map<string, string>();
    own.set(row('Property').replace(/^.*\//, ''), part);
    links.set(term, own);
  }
  return links;
}

/** Reads the codes directly above each code, and the names of the parts in the hierarchy. */
async function readHierarchy(
  release: Release,
): Promise<{ of: ReadonlyMap<string, readonly string[]>; names: ReadonlyMap<string, string> }> {
  const of = new Map<string, string[]>();
  const names = new Map<string, string>();
  const [file] = filesLike(release, /(^|\/)(ComponentHierarchyBySystem|MultiAxialHierarchy)\.csv$/i);
  if (file === undefined) return { of, names };
  const { rows } = await readTable(file, ['IMMEDIATE_PARENT', 'CODE', 'CODE_TEXT']);
  for await (const row of rows) {
    const [code, parent] = [row('CODE'), row('IMMEDIATE_PARENT')];
    if (/^LP/i.test(code) && !names.has(code)) names.set(code, row('CODE_TEXT'));
    if (parent === '') continue;
    const own = of.get(code);
    if (own === undefined) of.set(code, [parent]);
    else if (!own.includes(parent)) own.push(parent);
  }
  return { of, names };
}
