import { render, type Message } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import type { Issue } from '../issue.ts';
import { findingMessages } from '../texts/finding.ts';

/**
 * The text of a finding: what is wrong and what to do. Invariants carry the words of the guide that states them.
 * @example
 * const [issue] = new Validator().validate({ resourceType: 'Patient', birthdate: '1974-12-25' });
 * describeIssue(issue!).slice(0, 33); // 'Patient has no element birthdate.'
 */
export function describeIssue({ id, values }: Issue, language: Language = 'en'): string {
  // Run.report has checked that the values are those of the message.
  return render<Message>(findingMessages[language][id], values);
}
