/** Messages of who administers, and the invitation of a person who was registered: the link by which a password is set. */
import type { Sql } from '@dhp/postgres';
import type { Language } from '@dhp/negotiation';
import { openNotices } from './notices.ts';
import { queueFor, type Queue } from './outbox.ts';
import type { Account } from '../people/account.ts';
import { invitationSeconds } from '../passwords/password-links.ts';
import { invitationMessages } from '../texts/invitation.ts';

export interface Messages {
  invite: Invite;
  /** Tells the person what was done to the account; does nothing for whoever has no address. */
  notify: ReturnType<typeof openNotices>;
}

/** Of who administers without serving: they wait in the database until a process that serves sends them. */
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
 * @returns false for whoever has no address: nothing is sent, and the link is handed over otherwise
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
