/** Common parts of the sign-in's pages: language, key of the form, the sending of answers, and records. */
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { Accounts } from '@dhp/accounts';
import type { Engine } from '../../engine/engine.ts';
import type { SignIn } from '../../engine/sign-in.ts';
import { contentSecurityPolicy } from '../../pages/layout.ts';
import type { PageOptions } from '../../pages/page-options.ts';
import { passkeyScript } from '../../pages/passkey-script.ts';
import { expiredPage } from '../../pages/sign-in-pages.ts';
import type { AuditEvent } from '@dhp/audit';
import type { Upstreams } from '@dhp/accounts/identity-systems';
import type { ChoosePatient } from '../choose-patient.ts';
import type { Devices, OnLocked } from '@dhp/accounts/messages';
import { maskedKey } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import { pageLanguage } from '../page-language.ts';
import type { Next, SecondFactor } from '../second-factor.ts';

export interface SignInOptions {
  engine: Engine;
  accounts: Accounts;
  secondFactor: SecondFactor;
  upstreams: Upstreams;
  choosePatient: ChoosePatient;
  /** Links to set a new password can be sent. */
  canReset: boolean;
  sql: Sql;
  encryptionKey: Buffer;
  defaultLanguage: Language;
  /** Cookies are sent over https only. */
  secure: boolean;
  clock: () => Date;
  devices: Devices;
  onLocked: OnLocked;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  /** From here on what the request changes is put off to its end. */
  beginUnitOfWork: () => void;
}

export type Visit = FastifyRequest<{ Querystring: { ui_locales?: unknown } }>;
export type FormVisit = FastifyRequest<{ Querystring: { ui_locales?: unknown }; Body: URLSearchParams }>;

export interface SignInDesk {
  /** Masked: another text at each call. */
  csrfOf: (signIn: Pick<SignIn, 'uid'>) => string;
  languageOf: (request: Visit, signIn?: SignIn) => Language;
  optionsOf: (request: Visit, signIn: SignIn) => PageOptions;
  /** `redirectUri`: where the page's form may lead in the end, which the policy has to allow. */
  send: (reply: FastifyReply, language: Language, page: string, redirectUri?: string) => FastifyReply;
  goOn: (reply: FastifyReply, address: string) => FastifyReply;
  expired: (request: Visit, reply: FastifyReply) => FastifyReply;
  /** A sign-in that is not under way: to where it led a moment ago, as where a button was pressed twice. */
  ended: (request: Visit & { params: { uid: string } }, reply: FastifyReply) => Promise<FastifyReply>;
  noteFor: (
    request: Visit,
    reply: FastifyReply,
    signIn: SignIn,
  ) => (event: Pick<AuditEvent, 'event' | 'reason' | 'accountId'>, o?: { forgetsDevice: boolean }) => void;
  /** To the page or the address that comes next. */
  follow: (reply: FastifyReply, signIn: SignIn, options: PageOptions, next: NonNullable<Next>) => FastifyReply;
}

export function openDesk(o: SignInOptions): SignInDesk {
  // Bytes would be made a key anew for every form.
  const csrfKey = createSecretKey(Buffer.from(hkdfSync('sha256', o.encryptionKey, '', 'dhp sso forms', 32)));
  const csrfOf = ({ uid }: Pick<SignIn, 'uid'>): string =>
    maskedKey(createHmac('sha256', csrfKey).update(uid).digest('base64url'));

  const languageOf = (request: Visit, signIn?: SignIn): Language =>
    pageLanguage(request, o.defaultLanguage, signIn?.uiLocales);

  const send = (reply: FastifyReply, language: Language, page: string, redirectUri?: string): FastifyReply =>
    reply
      .header('Content-Security-Policy', contentSecurityPolicy({ redirectUri, script: passkeyScript }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page);

  const goOn = (reply: FastifyReply, address: string): FastifyReply => {
    // Keeps the cookies of the engine, which a cookie of ours would replace.
    const cookies = reply.raw.getHeader('Set-Cookie');
    if (cookies !== undefined && reply.hasHeader('Set-Cookie')) reply.header('Set-Cookie', cookies);
    return reply.header('Cache-Control', 'no-store').redirect(address, 303);
  };

  const expired = (request: Visit, reply: FastifyReply): FastifyReply => {
    const language = languageOf(request);
    return send(reply.code(400), language, expiredPage(language));
  };

  const ended = async (request: Visit & { params: { uid: string } }, reply: FastifyReply): Promise<FastifyReply> => {
    const address = await o.engine.answered(request.raw, reply.raw, request.params.uid);
    return address === undefined ? expired(request, reply) : goOn(reply, address);
  };

  const optionsOf = (request: Visit, signIn: SignIn): PageOptions => ({
    language: languageOf(request, signIn),
    csrf: csrfOf(signIn),
  });

  const noteFor =
    (request: Visit, reply: FastifyReply, signIn: SignIn) =>
    (event: Pick<AuditEvent, 'event' | 'reason' | 'accountId'>, how?: { forgetsDevice: boolean }): void => {
      o.record({ ...event, clientId: signIn.client.client_id }, request.ip);
      if (event.event !== 'sign-in.succeeded' || event.accountId === undefined || how?.forgetsDevice === true) return;
      o.devices.seen(event.accountId, languageOf(request, signIn), request, reply);
    };

  const follow = (
    reply: FastifyReply,
    signIn: SignIn,
    { language }: PageOptions,
    next: NonNullable<Next>,
  ): FastifyReply =>
    'address' in next
      ? goOn(reply, next.address)
      : send(reply.code(next.status ?? 200), language, next.page, signIn.redirectUri);

  return { csrfOf, languageOf, optionsOf, send, goOn, expired, ended, noteFor, follow };
}

/** The same page without its query: a reload sends no form again. */
export function here(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
