import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { readTable, type Row } from './delimited.ts';
import { isWanted, type ReleaseFile, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';
import { icd10Head } from './icd10-head.ts';

const names = ['display', 'title', 'name', 'description'] as const;

/**
 * ICD-10 as a table with a heading: `code`, one of `display`, `title`, `name`, `description`, and, if present, `parent`, `kind` (chapter,
 * block, category), and the same in other languages as `display_ru`, `title_uz` …
 */
export async function readIcd10Table(file: ReleaseFile, options: ReleaseOptions): Promise<ImportedSystem> {
  if (options.version === undefined) throw new ReleaseFault(`${file.path} does not say its version; add --release.`);
  const { columns, rows } = await readTable(file, ['code']);
  const display = names.find((name) => columns.includes(name));
  if (display === undefined) throw new ReleaseFault(`${file.path} has no column display, title, name or description.`);
  const translations = columns.flatMap((column) => {
    const [, language] = /^(?:display|title|name|description)[_:-]([a-z]{2,3}(?:-[a-z0-9]+)*)$/.exec(column) ?? [];
    return language === undefined || !isWanted(language, options) ? [] : [{ column, language }];
  });
  const drafts = new Map<string, DraftConcept>();
  for await (const row of rows) {
    const code = row('code');
    if (code === '') continue;
    if (drafts.has(code)) throw new ReleaseFault(`${file.path} has the code ${code} twice.`);
    const designation = translations.flatMap(({ column, language }) =>
      row(column) === '' ? [] : [{ language, value: row(column) }],
    );
    drafts.set(code, {
      code,
      display: row(display) || undefined,
      designation,
      property: kindOf(row),
      parents: [row('parent')],
    });
  }
  if (drafts.size === 0) throw new ReleaseFault(`${file.path} has no codes.`);
  const concepts = columns.includes('parent') ? drafts.values() : derived(drafts);
  return codeSystemOf('icd-10', icd10Head(options.version), [...concepts], []);
}

function kindOf(row: Row): DraftConcept['property'] & object {
  const kind = row('kind').toLowerCase();
  if (kind === '') return [];
  const heading = kind === 'chapter' || kind === 'block';
  return [
    { code: 'kind', valueCode: kind },
    ...(heading ? [{ code: properties.notSelectable.code, valueBoolean: true }] : []),
  ];
}

/** Without a column for the parent: `A00.1` is below `A00`, `A00.12` below `A00.1`. */
function* derived(drafts: ReadonlyMap<string, DraftConcept>): Generator<DraftConcept> {
  for (const draft of drafts.values()) {
    let above = draft.code.slice(0, -1);
    while (above !== '' && !drafts.has(above.replace(/\.$/, ''))) above = above.slice(0, -1);
    const parent = above.replace(/\.$/, '');
    yield { ...draft, parents: parent.length >= 3 && draft.code.includes('.') ? [parent] : [] };
  }
}
