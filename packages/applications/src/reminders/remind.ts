/** Sends messages to owners of applications that a secret or a key expires soon. */
import type { Session, Sql } from '@dhp/postgres';
import type { Queue } from '@dhp/accounts/messages';
import type { Language } from '@dhp/negotiation';
import { locales, transact } from '@dhp/sso-kit';
import { selectOwners, takeDueReminders, type DueReminder } from '../store/reminders.ts';
import { reminderMessages } from '../texts/reminder.ts';

export interface ReminderOptions {
  readonly sql: Sql;
  readonly queue: Queue;
  readonly clock: () => Date;
  /** Days before the expiry on which owners are notified. */
  readonly days: readonly number[];
  /** Address of the portal, without a slash at the end. */
  readonly portal: string;
  readonly defaultLanguage: Language;
  readonly timeZone: string;
}

/** In one transaction. */
const most = 20;

/**
 * Queues the messages that are due. The reminders are stored with them in one transaction: a process that ends, or two concurrent
 * processes, send nothing twice, and nothing is lost.
 * @returns how many reminders
 */
export async function remindOfEnds(o: ReminderOptions): Promise<number> {
  if (o.days.length === 0) return 0;
  let count = 0;
  for (let taken = most; taken === most; count += taken) taken = await transact(o.sql, (sql) => remindSome(sql, o));
  return count;
}

async function remindSome(sql: Session, o: ReminderOptions): Promise<number> {
  const due = await takeDueReminders(sql, { days: o.days, now: o.clock(), most });
  for (const one of due)
    for (const { account_id: accountId, email, language } of await selectOwners(sql, one.organization_id)) {
      const message = messageOf(one, language ?? o.defaultLanguage, o);
      await o.queue(sql, { to: email, ...message, accountId, seconds: secondsUntil(one.ends_at, o.clock()) });
    }
  return due.length;
}

/** After the expiry the message is useless. */
const secondsUntil = (end: Date, now: Date): number => Math.ceil((end.getTime() - now.getTime()) / 1000);

function messageOf(
  { client_id: id, name, organization, credential, is_older: isOlder, ends_at: ends }: DueReminder,
  language: Language,
  { portal, timeZone }: ReminderOptions,
): { subject: string; text: string } {
  const text = reminderMessages[language];
  const format = (style: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone, ...style }).format(ends);
  const [kind, key] =
    credential === 'secret'
      ? (['secret', ''] as const)
      : (['key', credential.slice('key '.length).replaceAll(/\p{C}/gu, '?')] as const);
  const values = { name, when: format({ timeStyle: 'short' }), link: linkTo(id, { kind, portal }) };
  const said = kind === 'key' ? text.key({ ...values, key }) : isOlder ? text.older(values) : text.secret(values);
  const facts = text.facts({ id, organization });
  return { subject: text.subject[kind]({ name, day: format({}) }), text: `${said}\n\n${facts}` };
}

const linkTo = (id: string, { kind, portal }: { kind: 'secret' | 'key'; portal: string }): string =>
  `${portal}/applications/${encodeURIComponent(id)}/${kind === 'key' ? 'change' : 'secret'}`;
