/** How messages reach people: a file that a developer reads, or a mail server. */
import { appendFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';

export interface Message {
  to: string;
  subject: string;
  text: string;
}

/** Takes a message or rejects; it is tried once. */
export type Sender = (message: Message) => Promise<void>;

/** A line of JSON for each message. Only the owner may read the file: the links in it open accounts. */
export function fileSender(path: string): Sender {
  return (message) => appendFile(path, `${JSON.stringify(message)}\n`, { mode: 0o600 });
}

/** @param url `smtp://user:password@host:587`, or `smtps:` where the connection begins encrypted */
export function smtpSender(url: string, from: string): Sender {
  const transport = createTransport(url, { from });
  return async (message) => {
    await transport.sendMail({ ...message, disableFileAccess: true, disableUrlAccess: true });
  };
}
