import type { OperationOutcomeIssue } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import type { MessageId, Sentence } from './messages.ts';

/** The code of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type, by which clients distinguish issues. */
export type IssueKind =
  | 'not-in-vs'
  | 'this-code-not-in-vs'
  | 'invalid-code'
  | 'invalid-data'
  | 'invalid-display'
  | 'display-comment'
  | 'cannot-infer'
  | 'code-rule'
  | 'code-comment'
  | 'not-found'
  | 'vs-invalid'
  | 'status-check'
  | 'version-error'
  | 'process-note';

export interface IssueParts {
  readonly kind?: IssueKind;
  readonly id?: MessageId;
  readonly text: Sentence;
  readonly expression?: string;
  readonly diagnostics?: string;
}

const messageId = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id';

/** An issue whose text is a sentence in no language yet. */
export type TerminologyIssue = Omit<OperationOutcomeIssue, 'details'> & {
  readonly details: Omit<NonNullable<OperationOutcomeIssue['details']>, 'text'> & { readonly text: Sentence };
};

/** An issue in a language. */
export function issueIn(
  language: Language,
  { severity, code, details, ...rest }: TerminologyIssue,
): OperationOutcomeIssue {
  return { severity, code, details: { ...details, text: details.text.in(language) }, ...rest };
}

/** An issue as terminology servers write it. Its place is the expression alone: R5 has deprecated `location`. */
export function issue(
  severity: 'error' | 'warning' | 'information',
  code: string,
  { kind, id, text, expression, diagnostics }: IssueParts,
): TerminologyIssue {
  return {
    ...(id !== undefined && { extension: [{ url: messageId, valueString: id }] }),
    severity,
    code,
    details: {
      ...(kind !== undefined && {
        coding: [{ system: 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type', code: kind }],
      }),
      text,
    },
    ...(diagnostics !== undefined && { diagnostics }),
    ...(expression !== undefined && expression !== '' && { expression: [expression] }),
  };
}
