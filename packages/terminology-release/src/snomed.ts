import type { CodeSystemConceptDesignation, CodeSystemConceptProperty } from '@dhp/fhir-model';
import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { filesLike, isWanted, theFile, type Release, type ReleaseFile, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';
import { lines } from './rf2-lines.ts';
import {
  readRefsets,
  readRelationships,
  relationshipProperties,
  relationshipsOf,
  type AttributeNames,
  type Related,
} from './snomed-relationships.ts';

const system = 'http://snomed.info/sct';
const internationalModule = '900000000000207008';
const fullySpecifiedName = '900000000000003001';
const synonym = '900000000000013009';
const preferred = '900000000000548007';
const defined = '900000000000073002';

/** One object for all designations: there are a million of them. */
const useOf = {
  synonym: { system, code: synonym },
  fullySpecifiedName: { system, code: fullySpecifiedName },
};

/** Content of the release about one concept. */
interface Gathered extends Related {
  readonly active: boolean;
  readonly defined: boolean;
  readonly descriptions: { id: string; language: string; type: string; term: string }[];
}

/**
 * SNOMED CT in Release Format 2, its snapshot: concepts, descriptions in all languages, relationships, simple reference sets, and the
 * language reference sets, which mark preferred terms. https://confluence.ihtsdotools.org/display/DOCRELFMT
 */
export async function readSnomed(release: Release, options: ReleaseOptions): Promise<ImportedSystem> {
  const conceptFile = theFile(
    release,
    /(^|\/)x?sct2_Concept_Snapshot_[^/]*\.txt$/i,
    'Snapshot/Terminology/sct2_Concept_Snapshot_….txt',
  );
  const relationships = theFile(
    release,
    /(^|\/)x?sct2_Relationship_Snapshot_[^/]*\.txt$/i,
    'Snapshot/Terminology/sct2_Relationship_Snapshot_….txt',
  );
  const descriptionFiles = filesLike(release, /(^|\/)x?sct2_Description_Snapshot[^/]*\.txt$/i);
  if (descriptionFiles.length === 0) {
    throw new ReleaseFault(`${release.name} has no Snapshot/Terminology/sct2_Description_Snapshot-….txt.`);
  }
  const version = versionOf(conceptFile, options);

  const concepts = new Map<string, Gathered>();
  for await (const column of lines(conceptFile, ['id', 'active', 'definitionStatusId'])) {
    const active = column(2) === '1';
    if (!active && options.inactive !== true) continue;
    const code = column(0);
    const lists = { parents: [], attributes: [], refsets: [], descriptions: [] };
    concepts.set(code, { code, active, defined: column(4) === defined, members: 0, ...lists });
  }
  const attributeNames = await readRelationships(release, relationships, concepts);
  await readRefsets(release, concepts);
  const preferredIds = new Set<string>();
  for (const file of filesLike(release, /(^|\/)x?der2_cRefset_Language(Snapshot)?[^/]*\.txt$/i)) {
    for await (const column of lines(file, ['referencedComponentId', 'acceptabilityId'])) {
      if (column(2) === '1' && column(6) === preferred) preferredIds.add(column(5));
    }
  }
  const languages = new Map<string, string>();
  for (const file of descriptionFiles) {
    for await (const column of lines(file, ['conceptId', 'term'])) {
      const type = [synonym, fullySpecifiedName].find((one) => one === column(6));
      const tag = column(5);
      if (column(2) !== '1' || type === undefined || (tag !== 'en' && !isWanted(tag, options))) continue;
      const language = languages.get(tag) ?? tag;
      languages.set(tag, language);
      concepts.get(column(4))?.descriptions.push({ id: column(0), language, type, term: column(7) });
    }
  }
  if (concepts.size === 0) throw new ReleaseFault(`${conceptFile.path} has no active concepts.`);

  const drafts: DraftConcept[] = [];
  for (const gathered of concepts.values()) {
    const draft = draftOf(gathered, preferredIds);
    const attribute = attributeNames.get(draft.code);
    if (attribute !== undefined) attribute.display = draft.display;
    drafts.push(draft);
    concepts.delete(gathered.code); // the written part is no longer needed
  }
  return codeSystemOf('sct', headOf(version, attributeNames), drafts, []);
}

function headOf(version: string, attributes: AttributeNames): Parameters<typeof codeSystemOf>[1] {
  return {
    url: system,
    version,
    name: 'SNOMED_CT',
    title: 'SNOMED Clinical Terms',
    language: 'en',
    copyright:
      'This material includes SNOMED Clinical Terms® (SNOMED CT®), which is used by permission of SNOMED International. All rights reserved.',
    caseSensitive: true,
    valueSet: `${system}?fhir_vs`,
    hierarchyMeaning: 'is-a',
    property: [
      properties.parent,
      properties.inactive,
      { code: 'sufficientlyDefined', uri: `${system}/sufficientlyDefined`, type: 'boolean' },
      ...relationshipProperties(attributes),
    ],
  };
}

/** `http://snomed.info/sct/<module>/version/<date>`, the date from the name: `sct2_Concept_Snapshot_INT_20250101.txt`. */
function versionOf({ path }: ReleaseFile, { version, edition }: ReleaseOptions): string {
  if (version?.startsWith(`${system}/`)) return version;
  const [, namespace, dated] = /_Snapshot_([A-Z0-9]+)_(\d{8})\.txt$/i.exec(path) ?? [];
  const date = version ?? dated;
  if (date === undefined) throw new ReleaseFault(`${path} does not say the date of the release; add --release.`);
  if (edition === undefined && namespace?.toUpperCase() !== 'INT') {
    throw new ReleaseFault(`${path} is not of the international edition; name its module with --edition.`);
  }
  return `${system}/${edition ?? internationalModule}/version/${date}`;
}

function draftOf(
  { code, active, defined: full, parents, descriptions, ...others }: Gathered,
  preferredIds: ReadonlySet<string>,
): DraftConcept {
  const rank = ({ id, type }: { id: string; type: string }): number =>
    (type === synonym ? 0 : 2) + (preferredIds.has(id) ? 0 : 1);
  const ordered = descriptions.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const display = ordered.find(({ language }) => language === 'en') ?? ordered[0];
  const designation = ordered
    .filter((one) => one !== display)
    .map(({ language, type, term }): CodeSystemConceptDesignation => ({
      language,
      use: type === synonym ? useOf.synonym : useOf.fullySpecifiedName,
      value: term,
    }));
  const property: CodeSystemConceptProperty[] = [{ code: 'sufficientlyDefined', valueBoolean: full }];
  if (!active) property.push({ code: properties.inactive.code, valueBoolean: true });
  property.push(...relationshipsOf(others));
  return { code, display: display?.term, designation, property, parents: [...new Set(parents)].sort() };
}
