/** Messages of who administers without serving: they wait in the database until a process that serves sends them. */
import type { Sql } from '@dhp/postgres';
import type { Language } from '@dhp/negotiation';
import { openInvitations, type Invite } from './invitations.ts';
import { openNotices } from './notices.ts';
import { queueFor } from './outbox.ts';

export interface Messages {
  invite: Invite;
  /** Tells the person what was done to the account; does nothing for who has no address. */
  notify: ReturnType<typeof openNotices>;
}

export function openMessages(o: {
  sql: Sql;
  encryptionKey: Buffer;
  /** Issuer of the SSO, with which links begin. */
  issuer: string;
  defaultLanguage: Language;
  timeZone: string;
}): Messages {
  const clock = (): Date => new Date();
  const queue = queueFor({ encryptionKey: o.encryptionKey, clock });
  return { invite: openInvitations({ ...o, queue }), notify: openNotices({ ...o, queue, clock }) };
}
