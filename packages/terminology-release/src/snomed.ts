import type { CodeSystemConceptDesignation, CodeSystemConceptProperty } from '@dhp/fhir-model';
import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { filesLike, isWanted, theFile, type Release, type ReleaseFile, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

const system = 'http://snomed.info/sct';
const internationalModule = '900000000000207008';
const [tab, newline, carriageReturn] = [9, 10, 13];
const isA = '116680003';
const fullySpecifiedName = '900000000000003001';
const synonym = '900000000000013009';
const preferred = '900000000000548007';
const defined = '900000000000073002';

/** One object for all designations: there are a million of them. */
const useOf = {
  synonym: { system, code: synonym },
  fullySpecifiedName: { system, code: fullySpecifiedName },
};

/** What is gathered of one concept. */
interface Gathered {
  /** The one string of this code that all share. */
  readonly code: string;
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
  for await (const column of lines(conceptFile, ['id', 'active', 'definitionStatusId'])) {
    const active = column(2) === '1';
    if (!active && options.inactive !== true) continue;
    const code = column(0);
    concepts.set(code, { code, active, defined: column(4) === defined, parents: [], descriptions: [] });
  }
  for await (const column of lines(relationships, ['sourceId', 'destinationId', 'typeId'])) {
    if (column(2) !== '1' || column(7) !== isA) continue;
    const parent = concepts.get(column(5));
    if (parent !== undefined) concepts.get(column(4))?.parents.push(parent.code);
  }
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
    drafts.push(draftOf(gathered, preferredIds));
    concepts.delete(gathered.code); // what is written is no longer held
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
  { code, active, defined: full, parents, descriptions }: Gathered,
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
  return { code, display: display?.term, designation, property, parents: [...new Set(parents)].sort() };
}

/**
 * The lines of a file behind its heading: tabs between the columns, no quotes, whatever stands in a term. A column is decoded
 * when it is asked for, as a string of its own: a part cut from a longer string would hold all of that in memory.
 */
async function* lines(file: ReleaseFile, required: readonly string[]): AsyncGenerator<(column: number) => string> {
  let rest: Buffer = Buffer.alloc(0);
  let isHeading = true as boolean; // the generator below changes it, which the compiler does not see
  function* linesIn(bytes: Buffer): Generator<(column: number) => string> {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const line = bytes.subarray(start, end > start && bytes[end - 1] === carriageReturn ? end - 1 : end);
      start = end + 1;
      if (isHeading) checkHeading(file, line.toString('utf8'), required);
      else if (line.length > 0) yield columnsOf(line);
      isHeading = false;
    }
    rest = bytes.subarray(start);
  }
  for await (const piece of file.open()) yield* linesIn(Buffer.concat([rest, piece]));
  if (rest.length > 0 || isHeading) yield* linesIn(Buffer.concat([rest, Buffer.of(newline)]));
}

function columnsOf(line: Buffer): (column: number) => string {
  const ends: number[] = [];
  for (let end = line.indexOf(tab); end >= 0; end = line.indexOf(tab, end + 1)) ends.push(end);
  ends.push(line.length);
  return (column) =>
    column < ends.length ? line.toString('utf8', column === 0 ? 0 : ends[column - 1]! + 1, ends[column]) : '';
}

function checkHeading({ path }: ReleaseFile, line: string, required: readonly string[]): void {
  const columns = line.split('\t');
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new ReleaseFault(`${path} has no column ${missing}: it is not a file of RF2.`);
}
