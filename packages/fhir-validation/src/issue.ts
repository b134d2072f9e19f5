import type { ArgumentsOfEach } from '@dhp/messages';
import type { MessageId } from './messages/kinds.ts';
import type { IssueCode, Severity } from './severity.ts';
import type { FindingMessages } from './texts/finding.ts';

export type { IssueCode, Severity } from './severity.ts';

/** The values that the text of a finding contains. */
export type FindingValues<Id extends MessageId> = ArgumentsOfEach<FindingMessages[Id]>;

/** A message with its values, not yet placed in the resource. */
export type Finding<Id extends MessageId = MessageId> = {
  [One in Id]: { readonly id: One; readonly values: FindingValues<One> };
}[Id];

/** One finding. Its text in a language is `describeIssue(issue, language)`. */
export interface Issue {
  readonly severity: Severity;
  readonly code: IssueCode;
  /** Stable: programs may rely on it, while texts may change. */
  readonly id: MessageId;
  /** FHIRPath of the faulty element (`Patient.name[0].given[1]`), or of its parent if the element is missing. */
  readonly expression: string;
  /** Values in the text, such as the element, the value and the expected value. */
  readonly values: Readonly<Record<string, string | number>>;
}
