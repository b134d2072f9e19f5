import type { CodeSystemConceptDesignation, CodeSystemConceptProperty } from '@dhp/fhir-model';
import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { filesLike, isWanted, theFile, type Release, type ReleaseFile, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

const system = 'http://snomed.info/sct';
const internationalModule = '900000000000207008';
const isA = '116680003';
const fullySpecifiedName = '900000000000003001';
const synonym = '900000000000013009';
const preferred = '900000000000548007';
const defined = '900000000000073002';

/** What is gathered of one concept. */
interface Gathered {
  readonly active: boolean;
  readonly defined: boolean;
  readonly parents: string[];
  readonly descriptions: { id: string; language: string; type: string; term: string }[];
}

/**
 * SNOMED CT in Release Format 2, its snapshot: concepts, descriptions in all languages, stated or inferred `is a`, and the language
 * reference sets, which say what is preferred. https://confluence.ihtsdotools.org/display/DOCRELFMT
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
  for await (const [id = '', , active, , status] of lines(conceptFile, ['id', 'active', 'definitionStatusId'])) {
    if (active !== '1' && options.inactive !== true) continue;
    concepts.set(id, { active: active === '1', defined: status === defined, parents: [], descriptions: [] });
  }
  for await (const [, , active, , source = '', target = '', , type] of lines(relationships, [
    'sourceId',
    'destinationId',
    'typeId',
  ])) {
    if (active === '1' && type === isA) concepts.get(source)?.parents.push(target);
  }
  const preferredIds = new Set<string>();
  for (const file of filesLike(release, /(^|\/)x?der2_cRefset_Language(Snapshot)?[^/]*\.txt$/i)) {
    for await (const [, , active, , , component = '', acceptability] of lines(file, [
      'referencedComponentId',
      'acceptabilityId',
    ])) {
      if (active === '1' && acceptability === preferred) preferredIds.add(component);
    }
  }
  for (const file of descriptionFiles) {
    for await (const [id = '', , active, , concept = '', language = '', type = '', term = ''] of lines(file, [
      'conceptId',
      'term',
    ])) {
      if (active !== '1' || (language !== 'en' && !isWanted(language, options))) continue;
      concepts.get(concept)?.descriptions.push({ id, language, type, term });
    }
  }
  if (concepts.size === 0) throw new ReleaseFault(`${conceptFile.path} has no active concepts.`);

  const drafts: DraftConcept[] = [];
  for (const [code, gathered] of concepts) {
    drafts.push(draftOf(code, gathered, preferredIds));
    concepts.set(code, { ...gathered, descriptions: [] }); // what is written is no longer held
  }
  return codeSystemOf('sct', headOf(version), drafts, []);
}

function headOf(version: string): Parameters<typeof codeSystemOf>[1] {
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
  code: string,
  { active, defined: full, parents, descriptions }: Gathered,
  preferredIds: ReadonlySet<string>,
): DraftConcept {
  const rank = ({ id, type }: { id: string; type: string }): number =>
    (type === synonym ? 0 : 2) + (preferredIds.has(id) ? 0 : 1);
  const ordered = descriptions
    .filter(({ type }) => type === synonym || type === fullySpecifiedName)
    .toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const display = ordered.find(({ language }) => language === 'en') ?? ordered[0];
  const designation = ordered
    .filter((one) => one !== display)
    .map(({ language, type, term }): CodeSystemConceptDesignation => ({
      language,
      use: { system, code: type },
      value: term,
    }));
  const property: CodeSystemConceptProperty[] = [{ code: 'sufficientlyDefined', valueBoolean: full }];
  if (!active) property.push({ code: properties.inactive.code, valueBoolean: true });
  return { code, display: display?.term, designation, property, parents: [...new Set(parents)].sort() };
}

/** The lines of a file behind its heading: tabs between the columns, no quotes, whatever stands in a term. */
async function* lines(file: ReleaseFile, required: readonly string[]): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let isHeading = true;
  for await (const piece of file.open()) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    rest = parts.pop()!;
    for (const line of parts) {
      if (isHeading) checkHeading(file, line, required);
      else if (line !== '') yield line.split('\t');
      isHeading = false;
    }
  }
  if (isHeading) checkHeading(file, rest, required);
  else if (rest !== '') yield rest.split('\t');
}

function checkHeading({ path }: ReleaseFile, line: string, required: readonly string[]): void {
  const columns = line.split('\t');
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new ReleaseFault(`${path} has no column ${missing}: it is not a file of RF2.`);
}
