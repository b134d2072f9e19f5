/** Senders of messages to people: into a file for developers, by a mail server, or by a gateway that accepts JSON over HTTP. */
import { appendFile } from 'node:fs/promises';
import type { Transport } from 'nodemailer';

export interface Message {
  to: string;
  subject: string;
  text: string;
  /** No person has caused it: programs that answer by themselves leave it alone (RFC 3834). */
  isAutomatic?: boolean;
  /** Address at which a POST without a body ends mails of this kind (RFC 8058). */
  endAt?: string;
}

/**
 * Accepts a message, or rejects; the message is then sent again later.
 * @param id is the same at each attempt
 */
export type Sender = (message: Message, id: string) => Promise<void>;

/** Writes a line of JSON for each message. Only the owner may read the file: the links in it open accounts. */
export function fileSender(path: string): Sender {
  return (message) => appendFile(path, `${JSON.stringify(message)}\n`, { mode: 0o600 });
}

/** In ms; a mail server that hangs delays only the queue, and not for long. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/**
 * @param url `smtp://user:password@host:587`, or `smtps:` if the connection begins encrypted. With a password the connection is always
 * encrypted (STARTTLS), or nothing is sent; without one it is encrypted if the server supports it.
 * @param o.ca certificates to trust in addition to the default ones, as PEM
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
    // Loaded with the first message: most processes send none, and loading takes a tenth of a second.
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
 * A gateway of the operator, which forwards messages as e-mail. docs/sign-in.md describes its requests.
 * @param url `https://user:password@host/path`, or `https://:token@host/path` for a bearer token; both are sent only in the header
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

/** An error with the code that the audit trail records; errors of `fetch` have it in their cause. */
function notReached(error: unknown): Error {
  const { name, cause } = error as { name: string; cause?: { code?: string } };
  const code = name === 'TimeoutError' ? 'timeout' : (cause?.code ?? 'failed');
  return Object.assign(new Error('the gateway of DHP_MAIL is not reached', { cause: error }), { code });
}
