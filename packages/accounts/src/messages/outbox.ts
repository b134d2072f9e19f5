/**
 * Messages to people, queued in the database: a message is sent even if the mail server is unavailable or this process ends, by whichever
 * process takes it first. The request that causes a message never waits for the mail server.
 */
import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { seal, unseal } from '@dhp/sso-kit';
import type { Message, Sender } from './sender.ts';
import type { AuditEvent } from '@dhp/audit';
import { claimMessages, deleteMessage, insertMessage, postponeMessage, type QueuedMessage } from '../store/messages.ts';

/**
 * Queues a message in the caller's transaction, if `sql` is one: it is sent after the commit.
 * @param message.accountId of the person; absent for an address that has no account yet
 * @param message.seconds for which sending it is useful
 */
export type Queue = (sql: Session, message: Message & { accountId?: string; seconds: number }) => Promise<void>;

/** For processes that do not send: a sending process finds the message when it next checks the table. */
export function queueFor({ encryptionKey, clock }: Pick<OutboxOptions, 'encryptionKey' | 'clock'>): Queue {
  return async (sql, { seconds, ...content }) => {
    const id = randomUUID();
    const now = clock();
    const sealed = seal(encryptionKey, Buffer.from(JSON.stringify(content)), `message ${id}`);
    await insertMessage(sql, { id, content: sealed, now, expires: new Date(now.getTime() + seconds * 1000) });
  };
}

export interface Outbox {
  queue: Queue;
  /** Resolves after the messages under way have been sent. */
  close(): Promise<void>;
}

export interface OutboxOptions {
  sql: Sql;
  encryptionKey: Buffer;
  send: Sender;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>) => void;
  onFault: (error: unknown) => void;
  /** Seconds between two checks of the table; a message that is queued here is sent at once. */
  pollSeconds: number;
}

/** Seconds until a rejected message is sent again, until it expires. */
const pauses = [5, 30, 120, 600, 1800];
const longestPause = 3600;
const claimSeconds = 120;
const together = 10;

interface Content extends Message {
  accountId?: string;
}

export function openOutbox(o: OutboxOptions): Outbox {
  let running: Promise<void> | undefined;
  let again = false;
  let ended = false;

  async function look(): Promise<void> {
    do {
      again = false;
      const now = o.clock();
      const until = new Date(now.getTime() + claimSeconds * 1000);
      const messages = await claimMessages(o.sql, now, until, together);
      await Promise.all(messages.map((message) => deliver(message, o)));
      again ||= messages.length === together;
    } while (again && !ended);
  }
  const wake = (): void => {
    again = true;
    if (ended) return;
    running ??= look()
      .catch(o.onFault)
      .finally(() => (running = undefined));
  };
  const timer = setInterval(wake, o.pollSeconds * 1000).unref();
  const queue = queueFor(o);

  return {
    async queue(sql, message) {
      await queue(sql, message);
      setImmediate(wake);
    },
    async close() {
      ended = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function deliver({ id, content, attempts, expires_at: expires }: QueuedMessage, o: OutboxOptions): Promise<void> {
  const opened = unseal(o.encryptionKey, content, `message ${id}`).toString('utf8');
  const { accountId, ...message } = JSON.parse(opened) as Content;
  const now = o.clock();
  if (expires <= now) {
    o.record({ event: 'message.given-up', accountId, reason: 'expired' });
    return deleteMessage(o.sql, id);
  }
  try {
    await o.send(message, id);
  } catch (error) {
    o.onFault(error);
    const pause = pauses[attempts - 1] ?? longestPause;
    // The answer of a mail server may contain the person's address, so the audit trail only contains the kind of the failure.
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    o.record({ event: 'message.not-sent', accountId, reason: String(responseCode ?? code ?? 'failed').slice(0, 40) });
    return postponeMessage(o.sql, id, new Date(now.getTime() + pause * 1000));
  }
  o.record({ event: 'message.sent', accountId });
  return deleteMessage(o.sql, id);
}
