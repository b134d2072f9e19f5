/** Tells a person what happened to the account, so that who did not do it oneself can act: at the address of the account, if it has one. */
import type { Sql } from '@dhp/postgres';
import { callerAddress, callerAgent } from '@dhp/sso-kit/request';
import type { Language } from '@dhp/negotiation';
import { deviceOf, locales } from '@dhp/sso-kit';
import { selectAddressee } from '../store/devices.ts';
import { administratorsNotices, type NoticeKind } from './notice-texts.ts';
import type { Queue } from './outbox.ts';
import { noticeMessages } from '../texts/notice.ts';

/** Queues the notice beside the request that caused it; where that request came from is part of it. */
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

/** @returns what queues a notice to a person, and does nothing for who has no address */
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
