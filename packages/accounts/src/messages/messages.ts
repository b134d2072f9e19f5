/** Messages about acts of administrators, and the invitation of a registered person, with a link to set a password. */
import type { Sql } from '@dhp/postgres';
import type { Language } from '@dhp/negotiation';
import { openNotices } from './notices.ts';
import { queueFor, type Queue } from './outbox.ts';
import type { Account } from '../people/account.ts';
import { invitationSeconds } from '../passwords/password-links.ts';
import { invitationMessages } from '../texts/invitation.ts';

export interface Messages {
  invite: Invite;
  /** Notifies the person of a change of the account; does nothing if the person has no address. */
  notify: ReturnType<typeof openNotices>;
}

/** For processes that administer without serving: the messages wait in the database until a serving process sends them. */
export function openMessages(o: {
  sql: Sql;
  encryptionKey: Buffer;
  /** Issuer of the SSO, with which links begin. */
  issuer: string;
  defaultLanguage: Language;
  timeZone: string;
}): Messages {
  const clock = (): Date => new Date(Date.now());
  const queue = queueFor({ encryptionKey: o.encryptionKey, clock });
  return { invite: openInvitations({ ...o, queue }), notify: openNotices({ ...o, queue, clock }) };
}

/**
 * Queues the invitation.
 * @param link the whole address
 * @param language of the message; undefined: that of the server
 * @returns false if the person has no address: nothing is sent, and the link must be handed over in another way
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
