import { render, type Message } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import type { Issue } from '../issue.ts';
import { findingMessages } from '../texts/finding.ts';

/** The text of a finding: what is wrong and what to do. Invariants carry the words of the guide that states them. */
export function describeIssue({ id, values }: Issue, language: Language = 'en'): string {
  // Run.report has checked that the values are those of the message.
  return render<Message>(findingMessages[language][id], values);
}
