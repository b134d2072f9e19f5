import { properties, type codeSystemOf } from './code-system.ts';

/** Metadata of the CodeSystem, the same for every release but for the version. */
export function icd10Head(version: string): Parameters<typeof codeSystemOf>[1] {
  return {
    url: 'http://hl7.org/fhir/sid/icd-10',
    version,
    name: 'ICD10',
    title: 'International Classification of Diseases, 10th revision',
    caseSensitive: true,
    valueSet: 'http://hl7.org/fhir/sid/icd-10?fhir_vs',
    hierarchyMeaning: 'is-a',
    property: [
      { code: 'kind', type: 'code', description: 'chapter, block or category' },
      properties.parent,
      properties.notSelectable,
    ],
  };
}
