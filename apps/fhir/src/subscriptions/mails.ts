/**
 * Mails of Subscriptions, sent by the SSO: it asks the recipients for consent and knows who has agreed.
 * docs/decisions/0123-mails-of-subscriptions.md
 */
import { askSso, type AskingServer } from '../http/sso-question.ts';

/** A Subscription to one address, as sent to the SSO. */
export interface MailSubject {
  readonly subscription: string;
  readonly topic: string;
  readonly request: string;
  readonly address: string;
  readonly client: string;
  /** By language. */
  readonly titles: Readonly<Record<string, string>>;
  readonly language?: string | undefined;
}

export type MailAct =
  { readonly act: 'begin' | 'look' } | { readonly act: 'tell'; readonly since: number; readonly until: number };

/** An answer of the SSO: `state` and its details. Unknown words are not trusted. */
export interface MailAnswer {
  readonly state: string;
  /** Until it is worth asking again. */
  readonly seconds?: number;
  readonly by?: string;
  readonly reason?: string;
  readonly isFinal?: boolean;
}

export interface Mails {
  /** @throws if the SSO does not answer */
  ask(subject: MailSubject, act: MailAct): Promise<MailAnswer>;
}

/** The SSO waits for the mail server, 40 seconds at most. */
const timeout = 50_000;

/** @param uri address of the endpoint; may be an internal one */
export function openMails(uri: string, server: AskingServer): Mails {
  return {
    async ask(subject, act) {
      const body = JSON.stringify({ ...subject, ...act });
      const { answer } = await askSso(body, { uri, path: '/oauth/mails', typ: 'dhp-mails', timeout }, server);
      const { state, seconds, by, reason, isFinal } = (answer ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof state !== 'string') throw new Error('the answer has another form');
      return {
        state,
        ...(typeof seconds === 'number' && Number.isFinite(seconds) && { seconds: Math.max(0, seconds) }),
        ...(typeof by === 'string' && { by }),
        ...(typeof reason === 'string' && { reason: reason.replace(/[^\w.-]/g, ' ').slice(0, 40) }),
        ...(isFinal === true && { isFinal }),
      };
    },
  };
}

/** `mailto:` and one address in ASCII; domains of other letters in their form for DNS. */
const addressForm =
  /^[a-z\d][\w.+'=&~-]{0,63}@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/**
 * The address of an endpoint (RFC 6068): a single one, without header fields, without characters that must be quoted, and without parts
 * that a mail server could take for an address at another server.
 * @returns undefined for any other form
 */
export function mailAddressOf(endpoint: unknown): string | undefined {
  const [, encoded = ''] = (typeof endpoint === 'string' && /^mailto:([^?#\s]{3,600})$/i.exec(endpoint)) || [];
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  const at = text.lastIndexOf('@');
  const domain = asciiDomain(text.slice(at + 1));
  const address = domain === undefined ? '' : `${text.slice(0, at)}@${domain}`;
  const isPlain = addressForm.test(address) && address.length <= 254 && !/\.\.|\.@/.test(address);
  return isPlain ? address : undefined;
}

function asciiDomain(domain: string): string | undefined {
  // Only letters, digits, hyphens and dots: the URL parser would accept many more characters, and change them.
  if (!/^[\p{L}\p{M}\p{N}.-]{3,255}$/u.test(domain)) return undefined;
  return URL.parse(`https://${domain}/`)?.hostname;
}
