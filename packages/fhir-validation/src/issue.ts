import type { ArgumentsOfEach } from '@dhp/messages';
import type { MessageId } from './messages/kinds.ts';
import type { IssueCode, Severity } from './severity.ts';
import type { FindingMessages } from './texts/finding.ts';

export type { IssueCode, Severity } from './severity.ts';

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
