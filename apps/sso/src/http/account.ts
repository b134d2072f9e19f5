/**
 * The pages of a person's own account. The account is an application like others: whoever is not signed in is sent through the
 * authorization endpoint and comes back with a session; what weighs more wants a sign-in of the last minutes.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { findEnabledAccount, type Account, type Accounts } from '../accounts/accounts.ts';
import type { Factors } from '../accounts/factors.ts';
import { passwordFlaw } from '../accounts/password-policy.ts';
import { base32, totpUri } from '../accounts/totp.ts';
import { enginePaths, type Engine, type OwnSession } from '../engine/engine.ts';
import {
  accountTabs,
  activityPage,
  applicationsPage,
  codesPage,
  pathOf,
  profilePage,
  securityPage,
  sessionsPage,
  type AccountPageOptions,
  type AccountTab,
} from '../pages/account-pages.ts';
import { recoveryCodesPage } from '../pages/factor-pages.ts';
import { contentSecurityPolicy } from '../pages/layout.ts';
import { passkeyScript } from '../pages/passkey-script.ts';
import { hasPassword } from '../store/accounts.ts';
import type { AuditEvent } from '../store/audit-events.ts';
import type { Environment, Registration } from '../store/clients.ts';
import {
  endEverything,
  endSession,
  revokeApplication,
  selectActivity,
  selectApplications,
  selectSessions,
  signOutOf,
} from '../store/sessions.ts';
import { acceptForms } from './form.ts';
import { pageLanguage, rememberLanguage } from './page-language.ts';
import { asLanguage, type Language } from './language.ts';
import type { Tell } from '../messages/notices.ts';
import type { OnLocked } from './lockout.ts';
import { nameOfPasskey, parsed } from './second-factor.ts';

export interface AccountOptions {
  engine: Engine;
  accounts: Accounts;
  factors: Factors;
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
}

export const ownClientId = 'dhp-account';
const backPath = '/account/signed-in';
const signedOutPath = `${enginePaths.logout}/success`;
/** The operators' pages are the same application. */
export const operatorBackPath = '/operate/signed-in';

/** The account as a client of the SSO. Its code is never exchanged: the session is what it comes for. */
export function ownRegistration(issuer: string, environment: Environment): Registration {
  return {
    client_id: ownClientId,
    name: 'DHP',
    row_version: '0',
    environment,
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirect_uris: [`${issuer}${backPath}`, `${issuer}${operatorBackPath}`],
    public: true,
    minimal_authorize: false,
    hex_challenge: false,
    jwks: null,
    jwks_uri: null,
    dpop_bound: false,
    post_logout_redirect_uris: [],
    backchannel_logout_uri: null,
    sign_in_methods: [],
    logo_sha256: null,
    secret_hash: null,
    previous_secret_hash: null,
    disabled: false,
    awaits_approval: false,
  };
}

/** Seconds since the sign-in within which ways to sign in may be changed. */
const freshness = 600;

interface Visit {
  session: OwnSession;
  account: Account;
  options: AccountPageOptions;
}

type Request = FastifyRequest<{ Querystring: { ui_locales?: unknown; notice?: unknown } }>;

export function addAccountPages(app: FastifyInstance, o: AccountOptions): void {
  const { sql, factors, clock } = o;
  const hmac = (text: string): string => createHmac('sha256', o.key).update(text).digest('base64url');
  const challengeOf = ({ uid, loginTs }: OwnSession): string => hmac(`make passkey ${uid} ${String(loginTs)}`);

  const send = (reply: FastifyReply, { language }: { language: Language }, page: string): FastifyReply =>
    reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self', script: passkeyScript }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page);

  const goTo = (reply: FastifyReply, address: string): FastifyReply =>
    reply.header('Cache-Control', 'no-store').redirect(address, 303);

  /** Through the authorization endpoint and back to a page of the account. */
  function signIn(reply: FastifyReply, back: string, isAnew = false): FastifyReply {
    const language = asLanguage((reply.request.query as { ui_locales?: unknown }).ui_locales);
    const query = new URLSearchParams({
      client_id: ownClientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${o.issuer}${backPath}`,
      state: back,
      code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      code_challenge_method: 'S256',
      ...(isAnew && { prompt: 'login' }),
      ...(language && { ui_locales: language }),
    });
    return goTo(reply, `${enginePaths.authorize}?${query.toString()}`);
  }

  async function visitOf(request: Request, reply: FastifyReply): Promise<Visit | undefined> {
    const session = await o.engine.session(request.raw, reply.raw);
    const account = session && (await findEnabledAccount(sql, session.accountId));
    if (session === undefined || account === undefined) return undefined;
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    const notices = ['done', 'wrong-password', 'too-short', 'too-long', 'common', 'personal'] as const;
    const notice = notices.find((one) => one === request.query.notice);
    return { session, account, options: { language, csrf: hmac(`form ${session.uid}`), timeZone: o.timeZone, notice } };
  }

  const isFresh = ({ loginTs }: OwnSession): boolean => clock().getTime() / 1000 - loginTs < freshness;

  async function show(tab: AccountTab, { session, account, options }: Visit): Promise<string> {
    const { accountId } = account;
    switch (tab) {
      case 'profile':
        return profilePage(account, options);
      case 'security': {
        const registration = await factors.registrationOptions(account, challengeOf(session));
        const state = await factors.stateOf(accountId);
        return securityPage(state, { ...options, registration, hasPassword: await hasPassword(sql, accountId) });
      }
      case 'sessions':
        return sessionsPage(await selectSessions(sql, accountId, clock()), { ...options, own: session.uid });
      case 'applications':
        return applicationsPage(await selectApplications(sql, accountId), options);
      case 'activity':
        return activityPage(await selectActivity(sql, accountId, 100), options);
    }
  }

  for (const tab of accountTabs) {
    app.get(pathOf(tab), async (request: Request, reply) => {
      const visit = await visitOf(request, reply);
      if (visit === undefined || (tab === 'security' && !isFresh(visit.session))) {
        return signIn(reply, pathOf(tab), visit !== undefined);
      }
      return send(reply, visit.options, await show(tab, visit));
    });
  }

  app.get(backPath, (request: FastifyRequest<{ Querystring: { state?: unknown; error?: unknown } }>, reply) => {
    const back = [...accountTabs.map(pathOf), '/account/codes'].find((path) => path === request.query.state);
    return goTo(reply, request.query.error === undefined ? (back ?? '/account') : '/');
  });

  app.get('/account/codes', async (request: Request, reply) => {
    const visit = await visitOf(request, reply);
    if (visit === undefined || !isFresh(visit.session)) return signIn(reply, '/account/codes', visit !== undefined);
    return showCodes(reply, visit);
  });

  async function showCodes(reply: FastifyReply, visit: Visit, failed?: 'wrong'): Promise<FastifyReply> {
    const secret = await factors.beginTotp(visit.account.accountId);
    if (secret === undefined) return goTo(reply, pathOf('security'));
    const uri = totpUri({ secret, issuer: new URL(o.issuer).host, username: visit.account.username });
    const page = codesPage({ ...visit.options, uri, secret: base32(secret), ...(failed && { failed }) });
    return send(reply.code(failed === undefined ? 200 : 401), visit.options, page);
  }

  type Act = (visit: Visit, form: URLSearchParams, request: Request, reply: FastifyReply) => Promise<FastifyReply>;

  const back = (reply: FastifyReply, tab: AccountTab, notice = 'done'): FastifyReply =>
    goTo(reply, `${pathOf(tab)}?notice=${notice}`);

  const recoveryCodes = ({ options }: Visit, reply: FastifyReply, codes: string[]): FastifyReply =>
    send(reply, options, recoveryCodesPage({ ...options, codes, action: '/account' }));

  /** What changes how the person signs in; each wants a fresh sign-in. */
  const weighty: Record<string, Act> = {
    enrol: async (visit, form, _request, reply) => {
      const codes = await factors.confirmTotp(visit.account.accountId, (form.get('code') ?? '').slice(0, 40));
      return codes === undefined ? showCodes(reply, visit, 'wrong') : recoveryCodes(visit, reply, codes);
    },
    'new-recovery-codes': async (visit, _form, _request, reply) =>
      recoveryCodes(visit, reply, await factors.newRecoveryCodes(visit.account.accountId)),
    'remove-codes': async ({ account }, _form, _request, reply) => {
      await factors.removeTotp(account.accountId);
      return back(reply, 'security');
    },
    'add-passkey': async ({ session, account }, form, _request, reply) => {
      const credential = parsed(form.get('credential'));
      const made = await factors.addPasskey(
        account.accountId,
        challengeOf(session),
        credential,
        nameOfPasskey(clock()),
      );
      return made ? back(reply, 'security') : goTo(reply, pathOf('security'));
    },
    'remove-passkey': async ({ account }, form, _request, reply) => {
      await factors.removePasskey(account.accountId, form.get('credential_id') ?? '');
      return back(reply, 'security');
    },
  };

  const light: Record<string, Act> = {
    'recovery-kept': async (_visit, _form, _request, reply) => back(reply, 'security'),
    'change-password': async ({ account }, form, request, reply) => {
      const { username, name } = account;
      const [current, wanted] = [form.get('current') ?? '', form.get('new') ?? ''];
      const flaw = passwordFlaw(wanted, { username, name });
      if (flaw !== undefined) return back(reply, 'security', flaw);
      const result = await o.accounts.authenticate(username, current, request.ip);
      if (!('account' in result)) {
        o.record({ event: 'sign-in.refused', reason: result.refused, accountId: account.accountId }, request.ip);
        if (result.locksFor !== undefined) await o.onLocked(account.accountId, result.locksFor, request.ip);
        return back(reply, 'security', 'wrong-password');
      }
      await o.accounts.setPassword(username, wanted, { actor: `account:${account.accountId}` });
      o.tell(account.accountId, 'password-changed');
      return goTo(reply, '/account');
    },
    'end-session': async ({ account: { accountId } }, form, request, reply) => {
      const uid = form.get('session') ?? '';
      const ended = await sql.begin((begun) => endSession(begun as unknown as Sql, accountId, uid, clock()));
      if (ended) o.record({ event: 'session.ended', accountId }, request.ip);
      return back(reply, 'sessions');
    },
    'sign-out': async ({ session, account: { accountId } }, _form, request, reply) => {
      await signOutOf(sql, accountId, session.uid, clock());
      o.record({ event: 'session.ended', accountId, reason: 'signed out' }, request.ip);
      return goTo(reply, signedOutPath);
    },
    'sign-out-everywhere': async ({ account: { accountId } }, _form, request, reply) => {
      await sql.begin((begun) => endEverything(begun as unknown as Sql, accountId, clock()));
      o.record({ event: 'account.signed-out', accountId }, request.ip);
      return goTo(reply, signedOutPath);
    },
    'revoke-application': async ({ account: { accountId } }, form, request, reply) => {
      const clientId = form.get('client') ?? '';
      const revoked = await revokeApplication(sql, accountId, clientId, clock());
      if (revoked) o.record({ event: 'consent.revoked', accountId, clientId }, request.ip);
      return back(reply, 'applications');
    },
  };

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post('/account', async (request: Request, reply) => {
      const visit = await visitOf(request, reply);
      const form = request.body as URLSearchParams;
      if (visit === undefined || !equal(form.get('csrf') ?? '', visit.options.csrf)) return signIn(reply, '/account');
      const step = form.get('step') ?? '';
      if (Object.hasOwn(weighty, step)) {
        if (!isFresh(visit.session)) return signIn(reply, pathOf('security'), true);
        return weighty[step]!(visit, form, request, reply);
      }
      return Object.hasOwn(light, step) ? light[step]!(visit, form, request, reply) : goTo(reply, '/account');
    });
    done();
  });
}

function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
