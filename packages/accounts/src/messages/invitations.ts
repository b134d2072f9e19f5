/** Sends a person who was registered the link by which a password is set. */
import type { Sql } from '@dhp/postgres';
import type { Account } from '../people/account.ts';
import { invitationSeconds } from '../passwords/password-links.ts';
import type { Language } from '@dhp/negotiation';
import type { Queue } from './outbox.ts';
import { invitationMessages } from '../texts/invitation.ts';

/**
 * Queues the invitation.
 * @param link the whole address
 * @param language of the message; undefined: that of the server
 * @returns false for who has no address: nothing is sent, and the link is handed over otherwise
 */
export type Invite = (account: Account, link: string, language: Language | undefined) => Promise<boolean>;

export function openInvitations(o: { sql: Sql; queue: Queue; defaultLanguage: Language }): Invite {
  return async ({ accountId, email, name, username }, link, language = o.defaultLanguage) => {
    if (email === undefined) return false;
    const { subject, text } = invitationMessages[language];
    const message = { to: email, subject, text: text({ name, username, link }) };
    await o.queue(o.sql, { ...message, accountId, seconds: invitationSeconds });
    return true;
  };
}
