import type { ArgumentsOfEach } from '@dhp/messages';
import type { MessageId } from './messages/kinds.ts';
import type { FindingMessages } from './texts/finding.ts';

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

/** The values that the message of a finding names. */
export type FindingValues<Id extends MessageId> = ArgumentsOfEach<FindingMessages[Id]>;

/** A message with the values that it names, before it has its place. */
export type Finding<Id extends MessageId = MessageId> = {
  [One in Id]: { readonly id: One; readonly values: FindingValues<One> };
}[Id];

/** One finding. Its text in a language is `describeIssue(issue, language)`. */
export interface Issue {
  readonly severity: Severity;
  readonly code: IssueCode;
  /** Stable: programs may rely on it, texts may change. */
  readonly id: MessageId;
  /** FHIRPath of the element at fault (`Patient.name[0].given[1]`); of its parent where the element is missing. */
  readonly expression: string;
  /** Values that the text names: the element, the value, the expectation. */
  readonly values: Readonly<Record<string, string | number>>;
}
