/** Common parts of the sign-in's pages: language, key of the form, the sending of answers, and records. */
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { Accounts } from '@dhp/accounts';
import type { Engine, SignIn } from '@dhp/protocol';
import { contentSecurityPolicy, type PageOptions } from '@dhp/sso-pages';
import { passkeyScript } from '../pages/passkey-script.ts';
import { expiredPage } from '../pages/sign-in-pages.ts';
import type { AuditEvent } from '@dhp/audit';
import type { Upstreams } from '@dhp/accounts/identity-systems';
import type { ChoosePatient } from './choose-patient.ts';
import type { Devices, OnLocked } from '@dhp/accounts/messages';
import { maskedKey } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import { pageLanguage } from '@dhp/sso-pages/answers';
import type { TestCitizen } from '../test-oneid/test-oneid.ts';
import type { SecondFactor } from '../second-factor/second-factor.ts';
import type { Next, Note } from '../second-factor/steps.ts';

export interface SignInOptions {
  engine: Engine;
  accounts: Accounts;
  secondFactor: SecondFactor;
  upstreams: Upstreams;
  /** People of the identity system for trying out; empty without one. */
  testPeople: readonly TestCitizen[];
  choosePatient: ChoosePatient;
  /** Links to set a new password can be sent. */
  canReset: boolean;
  /** People without an account may create one. */
  canSignUp: boolean;
  sql: Sql;
  encryptionKey: Buffer;
  defaultLanguage: Language;
  /** Cookies are sent over https only. */
  secure: boolean;
  clock: () => Date;
  devices: Devices;
  onLocked: OnLocked;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** From here on, changes of the request are deferred to its end. */
  beginUnitOfWork: () => void;
}

export type PageRequest = FastifyRequest<{ Querystring: { ui_locales?: unknown } }>;
export type FormRequest = FastifyRequest<{ Querystring: { ui_locales?: unknown }; Body: URLSearchParams }>;

/** A request for a page of a sign-in that is under way in the browser. */
export interface SignInContext<Request extends PageRequest = PageRequest> {
  request: Request;
  reply: FastifyReply;
  signIn: SignIn;
}

export interface SignInController extends SignInOptions {
  /** Masked: another text at each call. */
  csrfOf: (signIn: Pick<SignIn, 'uid'>) => string;
  languageOf: (request: PageRequest, signIn?: SignIn) => Language;
  optionsOf: (context: SignInContext) => PageOptions;
  /** `redirectUri`: the final target of the page's form, which the policy must allow. */
  send: (reply: FastifyReply, language: Language, page: string, redirectUri?: string) => FastifyReply;
  goOn: (reply: FastifyReply, address: string) => FastifyReply;
  expired: (request: PageRequest, reply: FastifyReply) => FastifyReply;
  /**
   * For a sign-in that is not under way: redirects to the address to which it led a moment ago, for instance after a button was pressed
   * twice.
   */
  ended: (request: PageRequest & { params: { uid: string } }, reply: FastifyReply) => Promise<FastifyReply>;
  noteFor: (context: SignInContext) => Note;
  /** To the next page or address. */
  follow: (context: SignInContext, options: PageOptions, next: NonNullable<Next>) => FastifyReply;
}

export function openController(o: SignInOptions): SignInController {
  // Bytes would be made a key again for every form.
  const csrfKey = createSecretKey(Buffer.from(hkdfSync('sha256', o.encryptionKey, '', 'dhp sso forms', 32)));
  const csrfOf = ({ uid }: Pick<SignIn, 'uid'>): string =>
    maskedKey(createHmac('sha256', csrfKey).update(uid).digest('base64url'));

  const languageOf = (request: PageRequest, signIn?: SignIn): Language =>
    pageLanguage(request, o.defaultLanguage, signIn?.uiLocales);

  const expired = (request: PageRequest, reply: FastifyReply): FastifyReply => {
    const language = languageOf(request);
    return send(reply.code(400), language, expiredPage(language));
  };

  const ended: SignInController['ended'] = async (request, reply) => {
    const address = await o.engine.answered(request.raw, reply.raw, request.params.uid);
    return address === undefined ? expired(request, reply) : goOn(reply, address);
  };

  const optionsOf = ({ request, signIn }: SignInContext): PageOptions => ({
    language: languageOf(request, signIn),
    csrf: csrfOf(signIn),
  });

  const noteFor: SignInController['noteFor'] =
    ({ request, reply, signIn }) =>
    (event, how) => {
      o.record({ ...event, clientId: signIn.client.client_id }, request.ip);
      if (event.event !== 'sign-in.succeeded' || event.accountId === undefined || how?.forgetsDevice === true) return;
      o.devices.seen(event.accountId, languageOf(request, signIn), request, reply);
    };

  return { ...o, csrfOf, languageOf, optionsOf, send, goOn, expired, ended, noteFor, follow };
}

function send(reply: FastifyReply, language: Language, page: string, redirectUri?: string): FastifyReply {
  return reply
    .header('Content-Security-Policy', contentSecurityPolicy({ redirectUri, script: passkeyScript }))
    .header('Content-Language', language)
    .header('Cache-Control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page);
}

function goOn(reply: FastifyReply, address: string): FastifyReply {
  // Keeps the cookies of the engine, which a cookie of ours would replace.
  const cookies = reply.raw.getHeader('Set-Cookie');
  if (cookies !== undefined && reply.hasHeader('Set-Cookie')) reply.header('Set-Cookie', cookies);
  return reply.header('Cache-Control', 'no-store').redirect(address, 303);
}

function follow({ reply, signIn }: SignInContext, { language }: PageOptions, next: NonNullable<Next>): FastifyReply {
  if ('address' in next) return goOn(reply, next.address);
  return send(reply.code(next.status ?? 200), language, next.page, signIn.redirectUri);
}

/** The same page without its query: a reload sends no form again. */
export function here(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
