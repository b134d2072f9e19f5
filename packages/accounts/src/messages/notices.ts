/**
 * Notifies a person of changes of the account, so that a person who did not make the change can react; sent to the account's address, if it
 * has one.
 */
import type { Sql } from '@dhp/postgres';
import { callerAddress, callerAgent } from '@dhp/sso-kit/request';
import type { Language } from '@dhp/negotiation';
import { deviceOf, locales } from '@dhp/sso-kit';
import { selectAddressee } from '../store/devices.ts';
import type { Queue } from './outbox.ts';
import { noticeMessages } from '../texts/notice.ts';
import type { FastifyReply } from 'fastify';
import { mayTellOfLock } from '../throttle/throttle.ts';
import type { AuditEvent } from '@dhp/audit';
import { afterAnswer } from './after-answer.ts';

/**
 * Acts of an administrator of which the person is notified. The notice does not name the network address or the administrator; both are in
 * the audit trail.
 */
type AdministratorsNotice = 'password-reset' | 'password-link-made' | 'paper-code-made' | 'factors-reset';

const administratorsNotices: ReadonlySet<string> = new Set<AdministratorsNotice>([
  'password-reset',
  'password-link-made',
  'paper-code-made',
  'factors-reset',
]);

type NoticeKind =
  | AdministratorsNotice
  | 'locked'
  | 'new-device'
  | 'password-changed'
  | 'codes-added'
  | 'codes-removed'
  | 'recovery-codes-made'
  | 'passkey-added'
  | 'passkey-removed'
  | 'identity-system-connected';

/** Queues the notice after the request that caused it; the notice contains the network address of that request. */
export type Tell = (accountId: string, kind: NoticeKind) => void;

export interface NoticesOptions {
  sql: Sql;
  queue: Queue;
  issuer: string;
  defaultLanguage: Language;
  timeZone: string;
  clock: () => Date;
}

const worthSeconds = 86_400;

/** @returns a function that queues a notice to a person; it does nothing if the person has no address */
export function openNotices(o: NoticesOptions): (accountId: string, kind: NoticeKind) => Promise<void> {
  async function queue(accountId: string, kind: NoticeKind, from: string): Promise<void> {
    const person = await selectAddressee(o.sql, accountId);
    if (person?.email === null || person === undefined) return;
    const language = person.language ?? o.defaultLanguage;
    const text = noticeMessages[language];
    const isOfAdministrator = administratorsNotices.has(kind);
    const when = new Intl.DateTimeFormat(locales[language], {
      dateStyle: 'long',
      timeStyle: 'short',
      timeZone: o.timeZone,
    }).format(o.clock());
    const facts = [
      `${text.account}: ${person.name}`,
      `${text.when}: ${when}`,
      isOfAdministrator ? `${text.by}: ${text.administrator}` : `${text.from}: ${from}`,
    ].join('\n');
    const { subject, said } = text.kinds[kind];
    const address = `${o.issuer}/account/security`;
    const cure = isOfAdministrator ? text.cureOfOthers({ address }) : text.cure({ address });
    const body = `${said}\n\n${facts}\n\n${cure}\n`;
    await o.queue(o.sql, { to: person.email, subject, text: body, accountId, seconds: worthSeconds });
  }
  return (accountId, kind) => {
    const from = [deviceOf(callerAgent() ?? null), callerAddress()].filter((one) => one !== '?' && one !== undefined);
    return queue(accountId, kind, from.join(', ') || '?');
  };
}

/**
 * Called when a user name is locked because of wrong passwords: the lock is audited, and the person is notified after the answer, so that
 * the answer takes no longer than for a name that does not exist.
 * @param seconds for which the name is locked
 */
export type OnLocked = (reply: FastifyReply, accountId: string, seconds: number) => void;

export function openLockout(o: {
  sql: Sql;
  tell: Tell;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  onFault: (error: unknown) => void;
}): OnLocked {
  const notify = async (accountId: string): Promise<void> => {
    if (await mayTellOfLock(o.sql, accountId, o.clock())) o.tell(accountId, 'locked');
  };
  return (reply, accountId, seconds) => {
    o.record({ event: 'account.locked', accountId, reason: `${String(seconds)} s` }, reply.request.ip);
    afterAnswer(reply, () => notify(accountId), o.onFault);
  };
}
