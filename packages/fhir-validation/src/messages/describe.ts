import { render, type Message } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import type { Issue } from '../issue.ts';
import { findingMessages } from '../texts/finding.ts';

/**
 * Returns the text of a finding: the fault and its remedy. The text of an invariant comes from the guide that states it.
 *
 * @example
 * const [issue] = new Validator().validate({ resourceType: 'Patient', birthdate: '1974-12-25' });
 * describeIssue(issue!).slice(0, 33); // 'Patient has no element birthdate.'
 */
export function describeIssue({ id, values }: Issue, language: Language = 'en'): string {
  // `Run.report` has checked that the values match the message.
  return render<Message>(findingMessages[language][id], values);
}
