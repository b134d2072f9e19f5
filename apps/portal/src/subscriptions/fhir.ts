/** Questions about subscriptions to the FHIR server of an application, with a token of the application for one page. */
import { bodyOf } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import { callServer } from '../explorer/call.ts';
import { listOf, membersOf, textOf } from '../explorer/kept.ts';
import type { RequestContext } from '../session/routes.ts';

/** Base URLs of the FHIR servers as this process reaches them, by environment. */
export type FhirServers = Readonly<Record<string, string | undefined>>;

/** An answer of 2xx, with its JSON. */
interface Answered {
  readonly body: unknown;
}

/** Why there is no answer: `away` if the server does not answer, `refused` with its message, `token` with the SSO's message. */
export type NotAnswered =
  | { readonly not: 'away' }
  | { readonly not: 'refused'; readonly status: number; readonly text: string }
  | { readonly not: 'token'; readonly text: string };

export interface Asking {
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answered | NotAnswered>;
}

/**
 * Gets a token, which the audit trail records with the first call for which it is used.
 * @throws Unasked as the other pages of applications do
 */
export async function askingFor(
  servers: FhirServers,
  context: RequestContext,
  { client_id: id, environment }: Application,
  first: { readonly method: 'GET' | 'POST'; readonly path: string },
): Promise<Asking | NotAnswered> {
  const base = servers[environment];
  if (base === undefined) return { not: 'away' };
  const path = `/applications/${encodeURIComponent(id)}/subscription-token`;
  const given = await context.ask<{ access_token: string }>(path, first);
  if (given.kind === 'refused' && given.status !== 404) return { not: 'token', text: given.message };
  const { access_token: token } = bodyOf(given);
  return {
    async ask(method, below, body) {
      const answered = await callServer({
        ...{ method, url: new URL(`${base}${below}`), body: body && JSON.stringify(body) },
        headers: {
          ...{ authorization: `Bearer ${token}`, accept: 'application/fhir+json', 'accept-language': context.language },
          ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
        },
      });
      if (answered === undefined || answered.isCut) return { not: 'away' };
      const parsed = jsonOf(answered.body);
      if (answered.status >= 200 && answered.status < 300) return { body: parsed };
      return { not: 'refused', status: answered.status, text: reasonIn(parsed, answered.status) };
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The first sentence of an OperationOutcome. */
function reasonIn(parsed: unknown, status: number): string {
  const [issue] = listOf(membersOf(parsed)['issue']).map(membersOf);
  return textOf(membersOf(issue?.['details'])['text']) || textOf(issue?.['diagnostics']) || String(status);
}
