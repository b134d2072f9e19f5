/** Answers of the API as routes use them, and how routes are made. */
import type { FastifyReply } from 'fastify';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Answer } from '../session/sso.ts';
import type { Shell } from '../shell.ts';
import type { Refusal } from './pages.ts';
import type { Application } from './shapes.ts';

export type Handler = (context: RequestContext, page: Page) => Promise<FastifyReply>;

/** Adds routes below `/applications`: a page, and the handler of its form. */
export interface Routes {
  readonly show: (path: string, work: Handler) => void;
  readonly take: (path: string, work: Handler) => void;
  /** Like `take`, for a form with a file; one that is too large leads back to its page with `notice=too-large`. */
  readonly receive: (path: string, work: Handler) => void;
}

/** Thrown if the SSO gave no answer that the page could show. */
export class Unasked extends Error {
  readonly kind: 'signed-out' | 'away' | 'not-found';
  constructor(kind: Unasked['kind']) {
    super(kind);
    this.kind = kind;
  }
}

export const send = (shell: Shell, { request, reply }: RequestContext, html: string, status = 200): FastifyReply =>
  shell.sendPage(request, reply.code(status), html);

/** @throws Unasked for every answer without a body */
export function bodyOf<Body>(answer: Answer<Body>): Body {
  if (answer.kind === 'done') return answer.body;
  throw new Unasked(answer.kind === 'refused' ? 'not-found' : answer.kind);
}

/** The body, or the refusal, for a form that is shown again with it. */
export function settled<Body>(answer: Answer<Body>): { body: Body } | { refusal: Refusal } {
  if (answer.kind !== 'refused' || answer.status === 404) return { body: bodyOf(answer) };
  return { refusal: answer };
}

export const applicationOf = async (context: RequestContext): Promise<Application> =>
  bodyOf(await context.ask<Application>(`/applications/${encodeURIComponent(partOf(context, 'client'))}`));

export const partOf = ({ request }: RequestContext, name: string): string =>
  (request.params as Record<string, string>)[name] ?? '';

export function queryOf({ request }: RequestContext, name: string): string {
  const value = (request.query as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

export const linesOf = (text: string): string[] => text.split(/\s+/).filter((line) => line !== '');

/** JSON as its value; any other text unchanged. */
export function formatted(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
