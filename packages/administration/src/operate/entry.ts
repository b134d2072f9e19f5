/** Admission to the operators' pages: makes the context of a request whose caller may enter, and answers all other requests. */
import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { type Account, findEnabledAccount } from '@dhp/accounts';
import type { BreachedPasswords, Factors } from '@dhp/accounts/sign-in';
import { type Engine, type OwnSession, acr } from '@dhp/protocol';
import type { Invite, Tell } from '@dhp/accounts/messages';
import type { Outbound } from '@dhp/outbound';
import { refusedPage, type OperatorPageOptions } from '../pages/frame.ts';
import type { AccessAdministration, Organizations } from '@dhp/accounts/records';
import type { AuditEvent } from '@dhp/audit';
import type { Upstreams } from '@dhp/accounts/identity-systems';
import { operatorBackPath, ownSignInAddress } from '@dhp/sign-in';
import { maskedKey } from '@dhp/web-kit';
import type { Language } from '@dhp/negotiation';
import type { EnvironmentName } from '@dhp/sso-kit';
import { askedLanguage, pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { goTo, send } from './answer.ts';

export interface OperateOptions {
  engine: Engine;
  factors: Factors;
  upstreams: Upstreams;
  organizations: Organizations;
  accessAdministration: AccessAdministration;
  outbound: Outbound;
  tell: Tell;
  invite: Invite | undefined;
  /** Lifetime of a password that is set here. */
  temporaryPasswordSeconds: number;
  breachedPasswords: BreachedPasswords | undefined;
  sql: Sql;
  issuer: string;
  encryptionKey: Buffer;
  /** Signs forms. */
  key: Buffer;
  resourceTypes: readonly string[] | undefined;
  /** Whether these pages require two factors for reading, too. */
  wantsTwoFactors: boolean;
  defaultLanguage: Language;
  timeZone: string;
  /** Interval after which another key signs; undefined: keys do not rotate by themselves. */
  keyRotation: { intervalSeconds: number; publishAheadSeconds?: number } | undefined;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}

/** The part of the pages and the environments to which a person is admitted. */
export interface Admitted {
  of: OperatorPageOptions['of'];
  /** Of which access policies and emergencies are seen. */
  environments: readonly EnvironmentName[];
}

/** Access to the pages. */
export interface Admission {
  /** Undefined if the person may not enter. */
  admits: (accountId: string) => Promise<Admitted | undefined>;
  /** Returns the address to which a person who may not enter is redirected; undefined: the person is refused. */
  elsewhere?: (accountId: string, path: string) => Promise<string | undefined>;
}

/** The options, with the rule of admission. */
export interface Door extends OperateOptions {
  admission: Admission;
}

export interface OperatorContext {
  account: Account;
  options: OperatorPageOptions;
  query: URLSearchParams;
  part: (name: string) => string;
  /** Of which access policies and emergencies are seen. */
  environments: readonly EnvironmentName[];
  /** Signed in within the last minutes, with two factors: something may be changed. */
  isFresh: boolean;
  /** Address of the caller. */
  ip: string;
}

/** Seconds since the sign-in within which changes are allowed; the same as for the sign-in methods of one's own account. */
const freshness = 600;

/** @returns undefined when it has been answered already */
export async function enter(
  o: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  isAct: boolean,
): Promise<OperatorContext | undefined> {
  const session = await o.engine.session(request.raw, reply.raw);
  const account = session && (await findEnabledAccount(o.sql, session.accountId));
  // Removes the NUL character, which the database does not accept; neither ids nor searched texts contain it.
  const url = new URL(request.url.replaceAll('%00', ''), o.issuer);
  const address = url.pathname + url.search;
  if (session === undefined || account === undefined) {
    signIn(o, request, reply, { back: address, isAct, isAnew: false });
    return undefined;
  }
  const language = pageLanguage(request, o.defaultLanguage);
  rememberLanguage(request, reply, o.issuer.startsWith('https:'));
  const admitted = await o.admission.admits(account.accountId);
  if (admitted === undefined) {
    await refuse(o, { request, reply, account, url, language });
    return undefined;
  }
  const isFresh = o.clock().getTime() / 1000 - session.loginTs < freshness;
  if ((wantsTwo(o, isAct) && !session.twoFactors) || (isAct && !isFresh)) {
    signIn(o, request, reply, { back: address, isAct, isAnew: isAct && !isFresh });
    return undefined;
  }
  const parts = request.params as Record<string, string>;
  return {
    account,
    options: optionsOf(o, { session, account, language, address, of: admitted.of }),
    environments: admitted.environments,
    ip: request.ip,
    isFresh: isFresh && session.twoFactors,
    query: url.searchParams,
    part: (name) => (parts[name] ?? '').replaceAll('\0', ''),
  };
}

/** Changes always require two factors; reading requires them only if administrators must use them. */
function wantsTwo({ wantsTwoFactors }: Door, isAct: boolean): boolean {
  return isAct || wantsTwoFactors;
}

/** Through the authorization endpoint and back to this page. */
function signIn(
  o: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { back, isAct, isAnew }: { back: string; isAct: boolean; isAnew: boolean },
): FastifyReply {
  const { issuer } = o;
  const language = askedLanguage(request);
  const acrValues = wantsTwo(o, isAct) && acr.twoFactors;
  return goTo(reply, ownSignInAddress({ issuer, redirectPath: operatorBackPath, back, acrValues, isAnew, language }));
}

/** Answers a request of a person who may not enter. */
async function refuse(
  o: Door,
  {
    request,
    reply,
    account: { accountId },
    url,
    language,
  }: { request: FastifyRequest; reply: FastifyReply; account: Account; url: URL; language: Language },
): Promise<void> {
  const elsewhere = await o.admission.elsewhere?.(accountId, url.pathname);
  if (elsewhere !== undefined) {
    goTo(reply, elsewhere);
    return;
  }
  o.record({ event: 'operator.refused', accountId, reason: url.pathname.slice(0, 200) }, request.ip);
  send(reply, language, { page: refusedPage(language), status: 403 });
}

function optionsOf(
  o: Door,
  {
    session,
    account,
    language,
    address,
    of,
  }: { session: OwnSession; account: Account; language: Language; address: string; of: Admitted['of'] },
): OperatorPageOptions {
  const key = createHmac('sha256', o.key).update(`operate ${session.uid}`).digest('base64url');
  return {
    language,
    csrf: maskedKey(key),
    timeZone: o.timeZone,
    now: o.clock(),
    operator: { accountId: account.accountId, name: account.name },
    of,
    address,
  };
}
