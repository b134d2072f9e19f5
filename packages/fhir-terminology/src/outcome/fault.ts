import type { OperationOutcome } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import { issueIn, type TerminologyIssue } from './issue.ts';
import type { Sentence } from './messages.ts';

/**
 * Kinds of faults, as far as a caller has to distinguish them; the outcome has the details.
 * - `invalid-request`: a parameter or a resource of the request is missing or wrong, or forbids the available version
 * - `unknown-subject`: the code, code system or concept map of the operation is not known
 * - `unknown-definition`: a value set, code system or supplement that the answer needs is not known
 * - `too-costly`: the answer would exceed a limit
 * - `unanswerable`: all is known, but there is no answer: the members cannot be listed, a value set imports itself
 */
export type FaultKind = 'invalid-request' | 'unknown-subject' | 'unknown-definition' | 'too-costly' | 'unanswerable';

/**
 * A request that cannot be answered: its kind, and the outcome for the caller.
 * @example
 * const terminology = new Terminology(grammars(), { expansionLimit: 10, now: () => new Date(), newId: () => 'id' });
 * terminology.expand({ resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: 'urn:none' }] }); // throws TerminologyFault
 */
export class TerminologyFault extends Error {
  readonly kind: FaultKind;
  readonly outcome: OperationOutcome;
  readonly #issues: readonly TerminologyIssue[];

  constructor(kind: FaultKind, issues: readonly TerminologyIssue[], language: Language = 'en') {
    super(issues.map(({ details }) => details.text.in(language)).join('; '));
    this.name = 'TerminologyFault';
    this.kind = kind;
    this.#issues = issues;
    this.outcome = { resourceType: 'OperationOutcome', issue: issues.map((one) => issueIn(language, one)) };
  }

  /** Its first sentence, in no language yet. */
  get sentence(): Sentence {
    return this.#issues[0]!.details.text;
  }

  /** The same fault in a language. */
  in(language: Language): TerminologyFault {
    return new TerminologyFault(this.kind, this.#issues, language);
  }
}

/** Returns an error unchanged, but a fault of the terminology in a language. */
export function faultIn(language: Language, error: unknown): unknown {
  return error instanceof TerminologyFault ? error.in(language) : error;
}
