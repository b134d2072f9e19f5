import type { OperationOutcome, OperationOutcomeIssue } from '@dhp/fhir-model';

/** A request that cannot be answered. The outcome is for the caller; `status` is the HTTP status that fits it. */
export class TerminologyFault extends Error {
  readonly status: 400 | 404 | 422;
  readonly outcome: OperationOutcome;

  constructor(status: 400 | 404 | 422, issues: readonly OperationOutcomeIssue[]) {
    super(issues.map(({ details }) => details?.text ?? '').join('; '));
    this.name = 'TerminologyFault';
    this.status = status;
    this.outcome = { resourceType: 'OperationOutcome', issue: [...issues] };
  }
}
