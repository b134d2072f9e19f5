/** Signing in through the SSO, and signing out of both. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms, isSameKey, maskedKey } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import { troublePage, type Trouble } from '../start-page.ts';
import type { Shell } from '../shell.ts';
import { paths, type Session, type Sessions } from './session.ts';
import type { Answer } from './sso.ts';

/** Pages to which a sign-in may return. In any case the browser stays at the portal. */
const back = /^\/[\w-]+(?:[/?][\w/.~=&%?-]*)?$/;

export function addSignIn(app: FastifyInstance, shell: Shell, sessions: Sessions): void {
  app.get(paths.signIn, async (request, reply) => {
    const { to } = request.query as Record<string, unknown>;
    const asked = typeof to === 'string' && back.test(to) ? to : '/applications';
    return goToSignIn(shell, sessions, { request, reply }, asked);
  });

  app.get(paths.signedIn, async (request, reply) => {
    try {
      const to = await sessions.complete(request, reply);
      if (to !== undefined) return await shell.goTo(reply, to);
      return await answerTrouble(shell, { request, reply }, 'not-signed-in');
    } catch (error) {
      request.log.warn(error, 'the SSO did not exchange a code');
      return answerTrouble(shell, { request, reply }, 'away');
    }
  });

  void app.register(async (scope) => {
    acceptForms(scope);
    scope.post(paths.signOut, async (request, reply) => {
      const session = await sessions.find(request);
      if (session === undefined) return shell.goTo(reply, '/');
      if (!isOfSession(request, session)) return shell.goTo(reply, '/');
      const { kind } = await sessions.sso.ask({ token: session.token, address: request.ip }, '/sign-out', {});
      sessions.forget(reply);
      return kind === 'away' ? answerTrouble(shell, { request, reply }, 'away') : shell.goTo(reply, '/');
    });
  });
}

/** A request of a signed-in user, with the session and the submitted form. */
export interface RequestContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly language: Language;
  readonly session: Session;
  /** The submitted form; empty if there is none. */
  readonly form: URLSearchParams;
  /** A request to the API of the SSO for this person; undefined when the request has been answered already, as the answer cannot be shown. */
  ask<Body>(path: string, body?: Readonly<Record<string, unknown>>): Promise<Answer<Body>>;
}

type Exchange = Pick<RequestContext, 'request' | 'reply'>;

/**
 * Admits signed-in visitors, and redirects others to the SSO and back to this page. A form without the key of the session does nothing: its
 * page is shown instead.
 * @param o.isReturn the request completes something that this session began: an old session is accepted, as a new one would not know of it
 * @returns undefined if the request was answered
 */
export async function enter(
  shell: Shell,
  sessions: Sessions,
  { request, reply }: Exchange,
  { isReturn = false }: { readonly isReturn?: boolean } = {},
): Promise<RequestContext | undefined> {
  const session = await sessions.find(request);
  const isForm = request.method === 'POST';
  const page = pathOf(request);
  if (session === undefined || (session.isOld && !isForm && !isReturn)) {
    await goToSignIn(shell, sessions, { request, reply }, page);
    return undefined;
  }
  if (isForm && !isOfSession(request, session)) {
    shell.goTo(reply, page);
    return undefined;
  }
  const language = shell.languageOf(request, reply);
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  return {
    ...{ request, reply, language, session, form },
    ask: (path, body) => sessions.sso.ask({ token: session.token, address: request.ip }, path, body),
  };
}

/** Answers a request when the SSO gave no answer that a page could show. */
export async function answerUnasked(
  shell: Shell,
  sessions: Sessions,
  { request, reply }: Exchange,
  kind: 'signed-out' | 'away',
): Promise<FastifyReply> {
  if (kind === 'away') return answerTrouble(shell, { request, reply }, 'away');
  sessions.forget(reply);
  return goToSignIn(shell, sessions, { request, reply }, pathOf(request));
}

function answerTrouble(shell: Shell, { request, reply }: Exchange, trouble: Trouble): FastifyReply {
  const language = shell.languageOf(request, reply);
  const page = troublePage(shell.frame(request, language), trouble);
  return shell.sendPage(request, reply.code(trouble === 'away' ? 503 : 400), page);
}

async function goToSignIn(
  shell: Shell,
  sessions: Sessions,
  { request, reply }: Exchange,
  to: string,
): Promise<FastifyReply> {
  const language = shell.languageOf(request, reply);
  return shell.goTo(
    reply,
    await sessions.begin(request, reply, { to: back.test(to) ? to : '/applications', language }),
  );
}

/** Whether the form came from a page of this session: other sites do not have its key. */
function isOfSession({ body }: FastifyRequest, { formKey }: Session): boolean {
  const given = body instanceof URLSearchParams ? body.get('csrf') : null;
  return isSameKey(given ?? '', maskedKey(formKey));
}

/** Address of the requested page; for a form, the page of the form. */
const pathOf = ({ method, url }: FastifyRequest): string => (method === 'POST' ? (url.split('?', 1)[0] ?? '/') : url);
