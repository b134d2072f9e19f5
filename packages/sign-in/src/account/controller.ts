/** Common parts of the account's pages: the visitor, links, and the sending of answers. */
import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { type Account, findEnabledAccount, type Accounts } from '@dhp/accounts';
import { type BreachedPasswords, type Factors, base32, totpUri } from '@dhp/accounts/sign-in';
import { type Hold, holdSession } from '@dhp/grants/holds';
import type { Engine, OwnSession } from '@dhp/protocol';
import type { Tell, Devices, OnLocked } from '@dhp/accounts/messages';
import { codesPage, pathOf, type AccountPageOptions, type AccountTab } from '../pages/account-pages.ts';
import { recoveryCodesPage } from '../pages/factor-pages.ts';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { passkeyScript } from '../pages/passkey-script.ts';
import type { AuditEvent } from '@dhp/audit';
import { maskedKey } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import type { AccessHistory, Organizations } from '@dhp/accounts/records';
import type { AccessWatches } from '@dhp/accounts/recipients';
import type { Upstreams } from '@dhp/accounts/identity-systems';
import { EndedMeanwhile } from '@dhp/sso-kit/request';
import { askedLanguage, pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { backPath, ownSignInAddress } from '../own-client.ts';
import { freshness } from '../second-factor/steps.ts';

export interface AccountOptions {
  engine: Engine;
  accounts: Accounts;
  factors: Factors;
  devices: Devices;
  breachedPasswords: BreachedPasswords | undefined;
  sql: Sql;
  issuer: string;
  /** Signs forms and challenges. */
  key: Buffer;
  defaultLanguage: Language;
  timeZone: string;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
  tell: Tell;
  onLocked: OnLocked;
  upstreams: Upstreams;
  accessHistory: AccessHistory;
  organizations: Organizations;
  /** Notices about requests that open the person's own record; undefined if no messages are sent. */
  accessWatches: AccessWatches | undefined;
}

/** Reasons why an identity system was not connected, as the page shows them. */
export const connectFailures = ['other-account', 'other-person', 'not-connected'] as const;

/** Notices that a page of the account may show, named in its address. */
const notices = [
  ...(['done', 'wrong-password', 'too-short', 'too-long', 'common', 'personal', 'breached', 'connected'] as const),
  ...(['last-way', 'too-many-passkeys', 'test-person'] as const),
  ...connectFailures,
];

export interface AccountContext {
  session: OwnSession;
  account: Account;
  options: AccountPageOptions;
}

export type AccountRequest = FastifyRequest<{
  Querystring: { ui_locales?: unknown; notice?: unknown; environment?: unknown; cursor?: unknown };
}>;

export interface AccountController {
  send: (reply: FastifyReply, of: { language: Language }, page: string) => FastifyReply;
  goTo: (reply: FastifyReply, address: string) => FastifyReply;
  /** Redirects through the authorization endpoint and back to a page of the account. `isAnew`: also if the person is already signed in. */
  signIn: (reply: FastifyReply, back: string, isAnew?: boolean) => FastifyReply;
  /** Undefined if nobody is signed in. */
  contextOf: (request: AccountRequest, reply: FastifyReply) => Promise<AccountContext | undefined>;
  /** Whether the sign-in is recent enough to change sign-in methods. */
  isFresh: (session: OwnSession) => boolean;
  /** Returns the challenge that a new passkey of this sign-in has to sign. */
  challengeOf: (session: OwnSession) => string;
  /** In which codes are set up. */
  placeOf: (session: OwnSession) => string;
  /** Holds the session for an act: the act fails if the session has ended since it was read. */
  holdOf: (session: OwnSession) => Hold;
  /** Answers with an act of the visitor, or, if the session has ended meanwhile, with a redirect to the sign-in; then nothing was done. */
  act: (reply: FastifyReply, back: string, work: () => Promise<FastifyReply>) => Promise<FastifyReply>;
  /** Returns the key in the address that connects an identity system; without it, others could send a browser there. */
  connectKeyOf: (session: OwnSession) => string;
  /** The page with a new secret for an app of codes. */
  showCodes: (reply: FastifyReply, context: AccountContext, failed?: 'wrong') => Promise<FastifyReply>;
  recoveryCodes: (context: AccountContext, reply: FastifyReply, codes: string[]) => FastifyReply;
  /** To a page of the account, with a notice there. */
  back: (reply: FastifyReply, tab: AccountTab, notice?: string) => FastifyReply;
}

export function openController(o: AccountOptions): AccountController {
  const { sql, factors, clock } = o;
  const hmac = (text: string): string => createHmac('sha256', o.key).update(text).digest('base64url');
  const challengeOf = ({ uid, loginTs }: OwnSession): string => hmac(`make passkey ${uid} ${String(loginTs)}`);
  const placeOf = ({ uid, loginTs }: OwnSession): string => `${uid} ${String(loginTs)}`;

  const holdOf =
    ({ uid, accountId }: OwnSession): Hold =>
    (transaction) =>
      holdSession(transaction, { accountId, uid, now: clock() });

  const act: AccountController['act'] = (reply, path, work) =>
    work().catch((error: unknown) => {
      if (error instanceof EndedMeanwhile) return signIn(reply, path);
      throw error;
    });

  const connectKeyOf = ({ uid, loginTs }: OwnSession): string => hmac(`connect ${uid} ${String(loginTs)}`);

  const send = (reply: FastifyReply, { language }: { language: Language }, page: string): FastifyReply =>
    reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self', script: passkeyScript }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page);

  const goTo = (reply: FastifyReply, address: string): FastifyReply =>
    reply.header('Cache-Control', 'no-store').redirect(address, 303);

  function signIn(reply: FastifyReply, back: string, isAnew = false): FastifyReply {
    const language = askedLanguage(reply.request);
    const { issuer } = o;
    return goTo(reply, ownSignInAddress({ issuer, redirectPath: backPath, back, isAnew, language }));
  }

  async function contextOf(request: AccountRequest, reply: FastifyReply): Promise<AccountContext | undefined> {
    const session = await o.engine.session(request.raw, reply.raw);
    const account = session && (await findEnabledAccount(sql, session.accountId));
    if (session === undefined || account === undefined) return undefined;
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    const notice = notices.find((one) => one === request.query.notice);
    return {
      session,
      account,
      options: { language, csrf: maskedKey(hmac(`form ${session.uid}`)), timeZone: o.timeZone, notice },
    };
  }

  const isFresh = ({ loginTs }: OwnSession): boolean => clock().getTime() / 1000 - loginTs < freshness;

  async function showCodes(reply: FastifyReply, context: AccountContext, failed?: 'wrong'): Promise<FastifyReply> {
    const secret = await factors.beginTotp(context.account.accountId, placeOf(context.session));
    if (secret === undefined) return goTo(reply, pathOf('security'));
    const uri = totpUri({ secret, issuer: new URL(o.issuer).host, username: context.account.username });
    const page = codesPage({ ...context.options, uri, secret: base32(secret), ...(failed && { failed }) });
    return send(reply.code(failed === undefined ? 200 : 401), context.options, page);
  }

  const back = (reply: FastifyReply, tab: AccountTab, notice = 'done'): FastifyReply =>
    goTo(reply, `${pathOf(tab)}?notice=${notice}`);

  const recoveryCodes = ({ options }: AccountContext, reply: FastifyReply, codes: string[]): FastifyReply =>
    send(reply, options, recoveryCodesPage({ ...options, codes, action: '/account' }));

  return {
    ...{ send, goTo, signIn, contextOf, isFresh, challengeOf, placeOf, holdOf, act, connectKeyOf },
    ...{ showCodes, recoveryCodes, back },
  };
}
