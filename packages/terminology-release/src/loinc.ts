import type { CodeSystemConceptDesignation, CodeSystemConceptProperty } from '@dhp/fhir-model';
import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { readTable } from './delimited.ts';
import { readAnswers } from './loinc-answers.ts';
import { readParts } from './loinc-parts.ts';
import { filesLike, isWanted, theFile, type Release, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** The six parts of a name, and further properties by which concepts are selected. https://terminology.hl7.org/LOINC.html */
const columns = [
  ...['COMPONENT', 'PROPERTY', 'TIME_ASPCT', 'SYSTEM', 'SCALE_TYP', 'METHOD_TYP'],
  ...['CLASS', 'STATUS', 'CLASSTYPE', 'ORDER_OBS', 'VersionLastChanged'],
] as const;

/** The number of columns that are parts. */
const partColumns = 6;
const copyright = 'EXTERNAL_COPYRIGHT_NOTICE';

const shortName = { system: 'http://loinc.org', code: 'SHORTNAME' };

/** LOINC's release archive: `LoincTable/Loinc.csv`, and below `AccessoryFiles` linguistic variants, parts with their hierarchy, answers. */
export async function readLoinc(release: Release, options: ReleaseOptions): Promise<ImportedSystem> {
  const file = theFile(release, /(^|\/)LoincTable\/Loinc\.csv$/i, 'LoincTable/Loinc.csv');
  const variants = await readVariants(release, options);
  const [parts, answers] = [await readParts(release), await readAnswers(release)];
  const { rows } = await readTable(file, ['LOINC_NUM', 'LONG_COMMON_NAME', 'COMPONENT', 'STATUS']);
  const drafts: DraftConcept[] = [];
  let newest = '';
  for await (const row of rows) {
    const code = row('LOINC_NUM');
    if (code === '') continue;
    const isInactive = row('STATUS') === 'DEPRECATED';
    newest = later(newest, row('VersionLastChanged'));
    drafts.push({
      code,
      display: row('LONG_COMMON_NAME') || undefined,
      definition: row('DefinitionDescription') || undefined,
      designation: [
        ...(row('SHORTNAME') === '' ? [] : [{ language: 'en', use: shortName, value: row('SHORTNAME') }]),
        ...(variants.get(code) ?? []),
      ],
      property: [
        ...columns.flatMap((name) => valueOf(name, row(name), parts.links.get(code))),
        ...(answers.listsOf.get(code) ?? []).map((list) => ({ code: 'AnswerList', valueCode: list })),
        ...(row(copyright) === '' ? [] : [{ code: copyright, valueString: row(copyright) }]),
        ...(isInactive ? [{ code: properties.inactive.code, valueBoolean: true }] : []),
      ],
      parents: parts.parents.get(code) ?? [],
    });
  }
  if (drafts.length === 0) throw new ReleaseFault(`${file.path} has no codes.`);
  const version = options.version ?? /(?<!\d)(\d+\.\d+)/.exec(release.name)?.[1] ?? (newest || undefined);
  if (version === undefined) throw new ReleaseFault(`${release.name} does not say its version; add --release.`);
  const all = [...drafts, ...parts.concepts, ...answers.concepts];
  return codeSystemOf('loinc', headOf(version, parts.concepts.length > 0), all, []);
}

/** A part by its code if the archive has the parts, else by its name. */
function valueOf(
  name: string,
  text: string,
  links: ReadonlyMap<string, string> | undefined,
): CodeSystemConceptProperty[] {
  const part = links?.get(name);
  if (part !== undefined) return [{ code: name, valueCode: part }];
  return text === '' ? [] : [{ code: name, valueString: text }];
}

function headOf(version: string, hasParts: boolean): Parameters<typeof codeSystemOf>[1] {
  return {
    url: 'http://loinc.org',
    version,
    name: 'LOINC',
    title: 'Logical Observation Identifiers, Names and Codes',
    language: 'en',
    copyright:
      'This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license.',
    caseSensitive: false,
    valueSet: 'http://loinc.org/vs',
    property: [
      ...columns.map((code, n) => ({
        ...{ code, uri: `http://loinc.org/property/${code}` },
        type: hasParts && n < partColumns ? ('code' as const) : ('string' as const),
      })),
      { code: copyright, uri: `http://loinc.org/property/${copyright}`, type: 'string' },
      { code: 'AnswerList', type: 'code', description: 'An answer list of a term' },
      { code: 'answer', type: 'code', description: 'Of an answer list: its answers, in their order' },
      { code: 'PartTypeName', type: 'string', description: 'Of a part: what it is a part of' },
      properties.parent,
      properties.inactive,
    ],
    ...(hasParts && { hierarchyMeaning: 'is-a' }),
  };
}

/** Designations by code. `LinguisticVariants.csv` has the language of each variant's file: `ruRU22LinguisticVariant.csv` is the 22nd. */
async function readVariants(
  release: Release,
  options: ReleaseOptions,
): Promise<ReadonlyMap<string, readonly CodeSystemConceptDesignation[]>> {
  const designations = new Map<string, CodeSystemConceptDesignation[]>();
  const [register] = filesLike(release, /(^|\/)LinguisticVariants\/LinguisticVariants\.csv$/i);
  if (register === undefined) return designations;
  const { rows } = await readTable(register, ['ID', 'ISO_LANGUAGE', 'ISO_COUNTRY']);
  for await (const row of rows) {
    const language = [row('ISO_LANGUAGE'), row('ISO_COUNTRY')].filter((part) => part !== '').join('-');
    if (!isWanted(language, options)) continue;
    const form = new RegExp(
      `(^|/)LinguisticVariants/${language.replace('-', '')}${row('ID')}LinguisticVariant\\.csv$`,
      'i',
    );
    const variant = theFile(release, form, `file of the linguistic variant ${language}`);
    const table = await readTable(variant, ['LOINC_NUM', 'COMPONENT']);
    for await (const translated of table.rows) {
      const value =
        translated('LinguisticVariantDisplayName') || translated('LONG_COMMON_NAME') || fullName(translated);
      if (value === '') continue;
      const code = translated('LOINC_NUM');
      const list = designations.get(code);
      if (list === undefined) designations.set(code, [{ language, value }]);
      else list.push({ language, value });
    }
  }
  return designations;
}

/** The fully specified name, of the parts that are translated. */
function fullName(row: (column: string) => string): string {
  const parts = columns.slice(0, partColumns).map(row);
  return row('COMPONENT') === '' ? '' : parts.join(':').replace(/(?<!:):+$/, '');
}

function later(a: string, b: string): string {
  return b.localeCompare(a, 'en', { numeric: true }) > 0 ? b : a;
}
