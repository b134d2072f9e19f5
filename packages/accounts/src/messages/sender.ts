/** Senders of messages to people: into a file that a developer reads, by a mail server, or by a gateway that takes JSON over HTTP. */
import { appendFile } from 'node:fs/promises';
import type { Transport } from 'nodemailer';

export interface Message {
  to: string;
  subject: string;
  text: string;
  /** No person has caused it: programs that answer by themselves leave it alone (RFC 3834). */
  isAutomatic?: boolean;
  /** Address at which a POST ends mails of this kind, without anything else (RFC 8058). */
  endAt?: string;
}

/**
 * Takes a message or rejects; then it is given again later.
 * @param id is the same each time that a message is given
 */
export type Sender = (message: Message, id: string) => Promise<void>;

/** A line of JSON for each message. Only the owner may read the file: the links in it open accounts. */
export function fileSender(path: string): Sender {
  return (message) => appendFile(path, `${JSON.stringify(message)}\n`, { mode: 0o600 });
}

/** In ms; a mail server that hangs holds up nobody but the queue, and that not for long. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/**
 * @param url `smtp://user:password@host:587`, or `smtps:` where the connection begins encrypted. With a password the connection is
 *   always encrypted (STARTTLS), or nothing is sent; without one it is where the server can.
 * @param o.ca certificates to trust beside the usual ones, as PEM
 */
export function smtpSender(url: string, from: string, o: { ca?: string } = {}): Sender {
  const { protocol, hostname, port, username, password } = new URL(url);
  const hasPassword = username !== '';
  const options = {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port !== '' && { port: Number(port) }),
    secure: protocol === 'smtps:',
    requireTLS: hasPassword,
    ...(hasPassword && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...(o.ca !== undefined && { tls: { ca: o.ca } }),
    ...timeouts,
  };
  let transport: Transport | undefined;
  return async ({ to, subject, text, ...automatic }) => {
    // Loaded with the first message: most starts send none, and it takes a tenth of a second.
    transport ??= (await import('nodemailer')).createTransport(options, { from });
    const message = { to, subject, text, headers: headersOf(automatic) };
    await transport.sendMail({ ...message, disableFileAccess: true, disableUrlAccess: true });
  };
}

function headersOf({ isAutomatic, endAt }: Pick<Message, 'isAutomatic' | 'endAt'>): Record<string, string> {
  return {
    ...(isAutomatic === true && { 'Auto-Submitted': 'auto-generated' }),
    ...(endAt !== undefined && {
      'List-Unsubscribe': `<${endAt}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    }),
  };
}

/**
 * A gateway of the operator, which passes messages on as e-mail. What it is sent is said in docs/sign-in.md.
 * @param url `https://user:password@host/path`, or `https://:token@host/path` for a bearer token; both go into the header alone
 */
export function gatewaySender(url: string, from: string, o: { timeout?: number } = {}): Sender {
  const { username, password, ...address } = partsOf(url);
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = {
    'content-type': 'application/json',
    ...(username !== '' && { authorization: `Basic ${basic}` }),
    ...(username === '' && password !== '' && { authorization: `Bearer ${password}` }),
  };
  return async ({ to, subject, text, isAutomatic = false, endAt }, id) => {
    const body = JSON.stringify({ to, from, subject, text, isAutomatic, endAt });
    const answer = await fetch(address.href, {
      ...{ method: 'POST', body, headers: { ...headers, 'idempotency-key': id } },
      // A redirection would take the message, with its link, to another server.
      ...{ redirect: 'manual', signal: AbortSignal.timeout(o.timeout ?? timeouts.socketTimeout) },
    }).catch((error: unknown) => {
      throw notReached(error);
    });
    await answer.body?.cancel();
    if (!answer.ok)
      throw Object.assign(new Error(`the gateway of DHP_MAIL answers ${String(answer.status)}`), {
        responseCode: answer.status,
      });
  };
}

function partsOf(text: string): { href: string; username: string; password: string } {
  const url = new URL(text);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { href: url.href, username, password };
}

/** With the word of the failure that the audit trail tells; those of `fetch` have it in their cause, or a number. */
function notReached(error: unknown): Error {
  const { name, cause } = error as { name: string; cause?: { code?: string } };
  const code = name === 'TimeoutError' ? 'timeout' : (cause?.code ?? 'failed');
  return Object.assign(new Error('the gateway of DHP_MAIL is not reached', { cause: error }), { code });
}
