/** Tells a person what happened to the account, so that who did not do it oneself can act: at the address of the account, if it has one. */
import type { Sql } from '@dhp/postgres';
import { callerAddress, callerAgent } from '../correlation.ts';
import type { Language } from '../http/language.ts';
import { deviceOf, locales } from '../pages/when-and-where.ts';
import { selectAddressee } from '../store/devices.ts';
import { noticeTexts, type NoticeKind } from './notice-texts.ts';
import type { Outbox } from './outbox.ts';

/** Queues the notice beside the request that caused it; where that request came from is part of it. */
export type Tell = (accountId: string, kind: NoticeKind) => void;

export interface NoticesOptions {
  sql: Sql;
  outbox: Outbox;
  issuer: string;
  defaultLanguage: Language;
  timeZone: string;
  clock: () => Date;
  onFault: (error: unknown) => void;
}

const worthSeconds = 86_400;

export function openNotices(o: NoticesOptions): Tell {
  async function queue(accountId: string, kind: NoticeKind, from: string): Promise<void> {
    const person = await selectAddressee(o.sql, accountId);
    if (person?.email === null || person === undefined) return;
    const language = person.language ?? o.defaultLanguage;
    const text = noticeTexts[language];
    const when = new Intl.DateTimeFormat(locales[language], {
      dateStyle: 'long',
      timeStyle: 'short',
      timeZone: o.timeZone,
    }).format(o.clock());
    const facts = [`${text.account}: ${person.name}`, `${text.when}: ${when}`, `${text.from}: ${from}`].join('\n');
    const { subject, said } = text.kinds[kind];
    const cure = text.cure(`${o.issuer}/account/security`);
    const body = `${said}\n\n${facts}\n\n${cure}\n`;
    await o.outbox.queue(o.sql, { to: person.email, subject, text: body, accountId, seconds: worthSeconds });
  }
  return (accountId, kind) => {
    const from = [deviceOf(callerAgent() ?? null), callerAddress()].filter((one) => one !== '?' && one !== undefined);
    queue(accountId, kind, from.join(', ') || '?').catch(o.onFault);
  };
}
