/**
 * One invariant as stored in `generated/definitions.ts`.
 * https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint
 */
export interface EncodedRule {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
  /** A best practice recommendation, reported only on request. */
  readonly advice?: true;
}
