import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { readTable } from './delimited.ts';
import { filesLike, isWanted, type Release, type ReleaseFile, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** A row of a tabulation. */
interface Entry {
  readonly code: string;
  readonly title: string;
  readonly kind: string;
  readonly parent: string | undefined;
}

/**
 * ICD-11 for mortality and morbidity statistics, from the WHO's "simple tabulation": one file for each language
 * (`SimpleTabulation-ICD-11-MMS-en.txt`), tabs between the columns, hyphens before the title for the depth.
 */
export async function readIcd11(release: Release, options: ReleaseOptions): Promise<ImportedSystem> {
  const files = filesLike(release, /\.(txt|tsv|csv)$/i).filter(
    ({ path }) => release.files.length === 1 || /tabulation/i.test(path),
  );
  const main = files.find((file) => languageOf(file) === 'en') ?? files[0];
  if (main === undefined)
    throw new ReleaseFault(`${release.name} has no simple tabulation (SimpleTabulation-ICD-11-MMS-en.txt).`);
  const { entries, version: stated } = await readTabulation(main);
  const version = options.version ?? stated;
  if (version === undefined) throw new ReleaseFault(`${main.path} does not say its version; add --release.`);

  const translations: { language: string; titles: ReadonlyMap<string, string> }[] = [];
  for (const file of files) {
    const language = languageOf(file);
    if (file === main || language === undefined || !isWanted(language, options)) continue;
    const { entries: translated } = await readTabulation(file);
    translations.push({ language, titles: new Map(translated.map(({ code, title }) => [code, title])) });
  }
  const drafts = entries.map(({ code, title, kind, parent }): DraftConcept => ({
    code,
    display: title,
    designation: translations.flatMap(({ language, titles }) => {
      const value = titles.get(code);
      return value === undefined ? [] : [{ language, value }];
    }),
    property: [
      { code: 'kind', valueCode: kind },
      ...(kind === 'category' ? [] : [{ code: properties.notSelectable.code, valueBoolean: true }]),
    ],
    parents: parent === undefined ? [] : [parent],
  }));
  return codeSystemOf('icd-11-mms', headOf(version, languageOf(main)), drafts, []);
}

function headOf(version: string, language: string | undefined): Parameters<typeof codeSystemOf>[1] {
  return {
    url: 'http://id.who.int/icd/release/11/mms',
    version,
    name: 'ICD11MMS',
    title: 'ICD-11 for Mortality and Morbidity Statistics',
    ...(language !== undefined && { language }),
    caseSensitive: true,
    valueSet: 'http://id.who.int/icd/release/11/mms?fhir_vs',
    hierarchyMeaning: 'is-a',
    property: [
      { code: 'kind', type: 'code', description: 'chapter, block or category' },
      properties.parent,
      properties.notSelectable,
    ],
  };
}

/** `SimpleTabulation-ICD-11-MMS-ru.txt` → `ru` */
function languageOf({ path }: ReleaseFile): string | undefined {
  return /-([a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.\w+$/.exec(path)?.[1];
}

async function readTabulation(file: ReleaseFile): Promise<{ entries: readonly Entry[]; version: string | undefined }> {
  const { columns, rows } = await readTable(file, ['Code', 'BlockId', 'Title', 'ClassKind', 'ChapterNo']);
  // The last heading contains the release: `Version:2024 Jan 21 - 22:30 UTC`.
  const version = columns.map((column) => /^version:\s*(\S.*)$/.exec(column)?.[1]).find((one) => one !== undefined);
  const entries: Entry[] = [];
  const seen = new Set<string>();
  const path: string[] = [];
  for await (const row of rows) {
    const kind = row('ClassKind').toLowerCase();
    const [hyphens = ''] = /^(?:- ?)*/.exec(row('Title')) ?? [];
    const depth = hyphens.replaceAll(' ', '').length;
    // A chapter has its number for a code, a block its identifier.
    const code = row('Code') || (kind === 'chapter' ? row('ChapterNo') : row('BlockId'));
    if (code === '') throw new ReleaseFault(`${file.path}: "${row('Title')}" has neither code nor BlockId.`);
    path.length = Math.min(path.length, depth);
    if (seen.has(code)) throw new ReleaseFault(`${file.path} has the code ${code} twice.`);
    seen.add(code);
    entries.push({ code, title: row('Title').slice(hyphens.length), kind, parent: path.at(-1) });
    path[depth] = code;
  }
  if (entries.length === 0) throw new ReleaseFault(`${file.path} has no codes.`);
  return { entries, version: version === undefined ? undefined : releaseOf(version) };
}

/** `2024 jan 21 - 22:30 utc` → `2024-01` */
function releaseOf(text: string): string | undefined {
  const [, year, month = ''] = /^(\d{4})[ -]?([a-z]{3}|\d{2})?/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const number =
    1 + ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].indexOf(month);
  return `${year}-${number > 0 ? String(number).padStart(2, '0') : month || '01'}`;
}
