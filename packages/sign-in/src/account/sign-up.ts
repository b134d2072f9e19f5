/**
 * People who sign up by e-mail. Nobody can learn here whether an address has an account: all work that differs is done after the answer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { afterAnswer, type Outbox } from '@dhp/accounts/messages';
import { signUpLinkPath, signUpPath, signUpSeconds, type SignUp } from '@dhp/accounts/own';
import type { AuditEvent } from '@dhp/audit';
import type { Language } from '@dhp/negotiation';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { acceptOwnForms } from '@dhp/web-kit';
import { forgottenPath } from '../pages/password-pages.ts';
import {
  confirmSignUpPage,
  noSignUpPage,
  signedUpPage,
  signUpPage,
  signUpSentPage,
  type SignUpForm,
} from '../pages/sign-up-pages.ts';
import { signUpMessages } from '../texts/sign-up.ts';

export interface SignUpOptions {
  sql: Sql;
  issuer: string;
  /** Address of the portal, without a slash at its end. */
  portal?: string | undefined;
  signUp: SignUp;
  outbox: Outbox;
  defaultLanguage: Language;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** Called if a message could not be queued. */
  onFault: (error: unknown) => void;
}

type AccountContext = FastifyRequest<{ Querystring: { token?: unknown } }>;
type FormVisit = FastifyRequest<{ Body: URLSearchParams }>;
type Answer = (request: FastifyRequest, reply: FastifyReply, page: (language: Language) => string) => FastifyReply;

export function addSignUpPages(app: FastifyInstance, o: SignUpOptions): void {
  const answer: Answer = (request, reply, page) => {
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self' }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page(language));
  };
  app.get(signUpPath, (request, reply) => answer(request, reply, (language) => signUpPage(language)));
  app.get(signUpLinkPath, async (request: AccountContext, reply) => {
    const { token } = request.query;
    const person = typeof token === 'string' ? await o.signUp.asked(token) : undefined;
    if (person === undefined) return answer(request, reply.code(400), noSignUpPage);
    return answer(request, reply, (language) => confirmSignUpPage(language, { token: token as string, ...person }));
  });
  void app.register((scope, _options, done) => {
    acceptOwnForms(scope);
    scope.post(signUpPath, (request: FormVisit, reply) => takeForm(o, answer, { request, reply }));
    scope.post(signUpLinkPath, (request: FormVisit, reply) => takePassword(o, answer, { request, reply }));
    done();
  });
}

async function takeForm(
  o: SignUpOptions,
  answer: Answer,
  { request, reply }: { request: FormVisit; reply: FastifyReply },
): Promise<FastifyReply> {
  const typed = { name: fieldOf(request, 'name'), email: fieldOf(request, 'email') };
  const values = o.signUp.valuesOf(typed);
  if (values === undefined)
    return answer(request, reply.code(400), (language) => signUpPage(language, { typed, isWrong: true }));
  const until = await o.signUp.begin(request.ip);
  if (until !== undefined) {
    const seconds = Math.max(1, Math.ceil((until.getTime() - o.clock().getTime()) / 1000));
    reply.code(429).header('Retry-After', String(seconds));
    return answer(request, reply, (language) => signUpPage(language, { typed, waitMinutes: Math.ceil(seconds / 60) }));
  }
  const language = pageLanguage(request, o.defaultLanguage);
  o.record({ event: 'sign-up.asked' }, request.ip);
  afterAnswer(reply, () => sendMessage(o, values, language), o.onFault);
  return answer(request, reply, signUpSentPage);
}

async function sendMessage(o: SignUpOptions, values: SignUpForm, language: Language): Promise<void> {
  const taken = await o.signUp.take(values);
  if (taken === undefined) return;
  const text = signUpMessages[language];
  const to = { to: values.email, seconds: signUpSeconds };
  if (taken === 'taken') {
    const link = `${o.issuer}${forgottenPath}`;
    await o.outbox.queue(o.sql, { ...to, subject: text.takenSubject, text: text.takenMessage({ link }) });
  } else {
    const link = `${o.issuer}${signUpLinkPath}?token=${taken.token}`;
    await o.outbox.queue(o.sql, { ...to, subject: text.subject, text: text.message({ link }) });
  }
}

async function takePassword(
  o: SignUpOptions,
  answer: Answer,
  { request, reply }: { request: FormVisit; reply: FastifyReply },
): Promise<FastifyReply> {
  const token = fieldOf(request, 'token');
  const person = await o.signUp.asked(token);
  if (person === undefined) return answer(request, reply.code(400), noSignUpPage);
  const result = await o.signUp.confirm(token, request.body.get('new') ?? '');
  if (result === 'no-link') return answer(request, reply.code(400), noSignUpPage);
  if (typeof result === 'string')
    return answer(request, reply.code(400), (language) =>
      confirmSignUpPage(language, { token, email: person.email, flaw: result }),
    );
  return answer(request, reply, (language) => signedUpPage(language, { email: person.email, portal: o.portal }));
}

const fieldOf = (request: FormVisit, name: string): string => (request.body.get(name) ?? '').slice(0, 300);
