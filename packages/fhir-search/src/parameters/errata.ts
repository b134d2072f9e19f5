/**
 * Expressions that the published definitions have lost, by type and code: their descriptions name the element, and it exists.
 * They take the place of what is published.
 */
export const errata: ReadonlyMap<string, string> = new Map([
  ['CareTeam.date', 'CareTeam.period'],
  ['ImagingStudy.reason', 'ImagingStudy.reason'],
  ['Medication.form', 'Medication.doseForm'],
  ['MedicationKnowledge.packaging-cost', 'MedicationKnowledge.packaging.cost.cost.ofType(Money)'],
  ['MedicationKnowledge.packaging-cost-concept', 'MedicationKnowledge.packaging.cost.cost.ofType(CodeableConcept)'],
]);
