import type { OperationOutcome } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import { issueIn, type TerminologyIssue } from './issue.ts';

/**
 * A request that cannot be answered. The outcome is for the caller; `status` is the HTTP status that fits it.
 * @example
 * const terminology = new Terminology(grammars(), { expansionLimit: 10, now: () => new Date(), newId: () => 'id' });
 * terminology.expand({ resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: 'urn:none' }] }); // throws TerminologyFault
 */
export class TerminologyFault extends Error {
  readonly status: 400 | 404 | 422;
  readonly outcome: OperationOutcome;
  readonly #issues: readonly TerminologyIssue[];

  constructor(status: 400 | 404 | 422, issues: readonly TerminologyIssue[], language: Language = 'en') {
    super(issues.map(({ details }) => details.text.in(language)).join('; '));
    this.name = 'TerminologyFault';
    this.status = status;
    this.#issues = issues;
    this.outcome = { resourceType: 'OperationOutcome', issue: issues.map((one) => issueIn(language, one)) };
  }

  /** The same fault in a language. */
  in(language: Language): TerminologyFault {
    return new TerminologyFault(this.status, this.#issues, language);
  }
}

/** Returns an error as it is, a fault of the terminology in a language. */
export function faultIn(language: Language, error: unknown): unknown {
  return error instanceof TerminologyFault ? error.in(language) : error;
}
