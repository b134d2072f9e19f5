/** Calls of the pages of data to the FHIR server of an application, with a token of that application. */
import { LRUCache } from 'lru-cache';
import { bodyOf, Unasked } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import { beginningOf } from '../explorer/call.ts';
import { issuesIn, type OutcomeIssue } from '../explorer/outcome.ts';
import type { RequestContext } from '../session/routes.ts';

/** Milliseconds that an answer may take, and bytes of an answer that a page shows. */
const patience = 30_000;
const mostShown = 4 * 1024 * 1024;

/**
 * Milliseconds for which a token is reused for reads: a page that follows a job sends many requests, and each token is recorded in the
 * audit trail. Shorter than the token's lifetime.
 */
const kept = 40_000;
/** Cached tokens; the oldest is dropped first. */
const mostKept = 1_000;

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  /** The request only reads, as often as a page is shown: it may reuse a token of another such request. */
  readonly isReading?: boolean;
}

/** An answer of 2xx or 3xx. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text was cut. */
  readonly isCut: boolean;
}

/** Why there is no answer: the server does not answer, refuses with issues, or the SSO issues no token. */
export type NotAnswered =
  | { readonly not: 'away' }
  | { readonly not: 'refused'; readonly status: number; readonly issues: readonly OutcomeIssue[] }
  | { readonly not: 'token'; readonly text: string };

export interface Caller {
  call(call: Call): Promise<Answered | NotAnswered>;
  /** For a body of any size. */
  open(call: Call, signal: AbortSignal): Promise<Response | NotAnswered>;
}

/** Returns a caller for a request. @throws Unasked as other pages of applications do */
export type Callers = (context: RequestContext, application: Application, first: Call) => Promise<Caller | NotAnswered>;

/** @param base of the playground, as this process reaches it */
export function openCallers(base: string): Callers {
  const tokens = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: mostKept });

  /**
   * Each change uses a separate token, with its own audit event. For each request, the SSO was asked before whether the person may see the
   * application.
   */
  async function tokenFor(context: RequestContext, { client_id: id }: Application, { method, path, isReading }: Call) {
    const key = `${context.session.formKey} ${id}`;
    const known = tokens.get(key);
    const now = performance.now();
    if (isReading === true && known !== undefined && now < known.until) return known;
    const asked = { method, path };
    const given = await context.ask<{ access_token: string }>(
      `/applications/${encodeURIComponent(id)}/explorer-token`,
      asked,
    );
    if (given.kind === 'refused' && given.status !== 404) return { not: 'token', text: given.message } as const;
    const fresh = { token: bodyOf(given).access_token, until: now + kept };
    tokens.set(key, fresh);
    return fresh;
  }

  return async (context, application, first) => {
    const found = await tokenFor(context, application, first);
    if ('not' in found) return found;
    const common = { authorization: `Bearer ${found.token}`, 'accept-language': context.language };
    const send = ({ method, path, headers, body }: Call, signal: AbortSignal): Promise<Response> =>
      fetch(`${base}${path}`, {
        ...{ method, headers: { ...common, accept: 'application/fhir+json', ...headers }, redirect: 'manual', signal },
        ...(body !== undefined && { body }),
      });
    return {
      async call(call) {
        try {
          const answer = await send(call, AbortSignal.timeout(patience));
          const { text, isCut } = await beginningOf(answer, mostShown);
          if (answer.status < 400) return { status: answer.status, headers: answer.headers, text, isCut };
          return { not: 'refused', status: answer.status, issues: issuesIn(text) };
        } catch {
          return { not: 'away' };
        }
      },
      async open(call, signal) {
        try {
          const answer = await send(call, signal);
          if (answer.ok) return answer;
          const { text } = await beginningOf(answer, mostShown);
          return { not: 'refused', status: answer.status, issues: issuesIn(text) };
        } catch {
          return { not: 'away' };
        }
      },
    };
  };
}

/** The JSON of an answer; undefined if it is not JSON. */
export function jsonOf({ text }: Pick<Answered, 'text'>): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether the pages show data of an application: only of one acting for itself in the playground, which has no real patients. */
export const isShown = ({ kind, state, environment }: Application): boolean =>
  kind === 'backend' && state === 'works' && environment === 'playground';

/** @throws Unasked for an application whose data is not shown */
export function requireShown(application: Application): void {
  if (!isShown(application)) throw new Unasked('not-found');
}
