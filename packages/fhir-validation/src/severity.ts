/** How grave a finding is, and of which kind. */
export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** https://hl7.org/fhir/R5/valueset-issue-type.html, as far as a validator uses it. */
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
