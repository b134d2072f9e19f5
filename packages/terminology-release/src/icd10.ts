import { codeSystemOf, properties, type DraftConcept, type ImportedSystem } from './code-system.ts';
import { readClaml, type ClamlClass } from './claml.ts';
import { modifiedClasses } from './claml-modifiers.ts';
import { icd10Head } from './icd10-head.ts';
import { readIcd10Table } from './icd10-table.ts';
import { filesLike, isWanted, theFile, type Release, type ReleaseOptions } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** ICD-10 of the WHO or of a country: ClaML (EN 14463), else a table. */
export async function readIcd10(release: Release, options: ReleaseOptions): Promise<ImportedSystem> {
  if (filesLike(release, /\.xml$/i).length === 0) {
    return readIcd10Table(
      theFile(release, /\.(csv|tsv|txt)$/i, 'ClaML file (.xml) or table (.csv, .tsv, .txt)'),
      options,
    );
  }
  const file = theFile(release, /\.xml$/i, 'ClaML file (.xml)');
  const claml = await readClaml(file);
  const { classes, version: stated } = claml;
  const version = options.version ?? stated;
  if (version === undefined) throw new ReleaseFault(`${file.path} does not say its version; add --release.`);
  const modified = modifiedClasses(claml);
  const notes =
    modified.left === 0
      ? []
      : [
          `${modified.left} categories have a modifier for a fifth character and no fourth; the codes that it would make are not in it.`,
        ];
  return codeSystemOf(
    'icd-10',
    icd10Head(version),
    [...classes, ...modified.classes].map((one) => draftOf(one, options)),
    notes,
  );
}

function draftOf({ code, kind, parents, labels }: ClamlClass, options: ReleaseOptions): DraftConcept {
  const preferred = labels.filter((label) => label.rubric === 'preferred');
  const display = preferred.find(({ language }) => /^en\b/i.test(language)) ?? preferred[0];
  const others = labels.filter(
    (label) => label !== display && /^preferred/.test(label.rubric) && isWanted(label.language, options),
  );
  return {
    code,
    display: display?.text,
    definition: labels.find(({ rubric }) => rubric === 'definition')?.text,
    designation: others.map(({ language, text }) => ({ ...(language !== '' && { language }), value: text })),
    property: [
      { code: 'kind', valueCode: kind },
      ...(kind === 'category' ? [] : [{ code: properties.notSelectable.code, valueBoolean: true }]),
    ],
    parents,
  };
}
