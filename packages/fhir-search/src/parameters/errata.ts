import type { EncodedSearchParameter } from './encoding.ts';

/**
 * Expressions that are missing in the published definitions, by type and code: their descriptions name the element, and it exists. They
 * replace the published ones.
 */
export const errata: ReadonlyMap<string, string> = new Map([
  ['CareTeam.date', 'CareTeam.period'],
  ['ImagingStudy.reason', 'ImagingStudy.reason'],
  ['Medication.form', 'Medication.doseForm'],
  ['MedicationKnowledge.packaging-cost', 'MedicationKnowledge.packaging.cost.cost.ofType(Money)'],
  ['MedicationKnowledge.packaging-cost-concept', 'MedicationKnowledge.packaging.cost.cost.ofType(CodeableConcept)'],
]);

/** Search parameters of this platform, not of FHIR R5; their canonicals are `urn:dhp:search-parameter:<id>`. */
export const platformParameters: readonly EncodedSearchParameter[] = [
  {
    // The national guide searches practitioners by their qualification: by a diploma's number or by its code.
    id: 'Practitioner-qualification-code',
    code: 'qualification-code',
    type: 'token',
    base: ['Practitioner'],
    expression: 'Practitioner.qualification.code | Practitioner.qualification.identifier',
  },
];
