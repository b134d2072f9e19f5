/** Interface between a script of requests to an SSO and the recorder. */
import type { Answer, Sent } from '../entry.ts';
import type { RecordedClient } from './host.ts';

export interface SsoSession {
  readonly clients: Readonly<Record<string, RecordedClient>>;
  /** Sends a request and records it with its answer, which comes as it was received. */
  send(sent: Sent): Promise<Answer>;
}

export interface SsoScript {
  readonly kind: string;
  run(session: SsoSession): Promise<void>;
}

export const languages = ['uz', 'ru', 'en'] as const;

export function formOf(
  session: SsoSession,
  path: string,
  form: Readonly<Record<string, string>>,
  headers = {},
): Promise<Answer> {
  return session.send({
    ...{ method: 'POST', path, body: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
}

export function jsonOf({ text }: Answer): Record<string, string> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {};
}
