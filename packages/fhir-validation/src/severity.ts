/** The severity of a finding. */
export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** The codes of https://hl7.org/fhir/R5/valueset-issue-type.html that this package uses. */
export type IssueCode =
  | 'business-rule'
  | 'code-invalid'
  | 'conflict'
  | 'duplicate'
  | 'exception'
  | 'extension'
  | 'forbidden'
  | 'informational'
  | 'invalid'
  | 'invariant'
  | 'not-found'
  | 'not-supported'
  | 'processing'
  | 'required'
  | 'structure'
  | 'unknown'
  | 'value';
