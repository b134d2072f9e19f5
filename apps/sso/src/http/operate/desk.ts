/**
 * The door of the operators' pages: a platform administrator with a session, with two factors where they are demanded, and a sign-in
 * of the last minutes before anything is changed. Everybody else gets the same page, whatever they asked for.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { findEnabledAccount, type Account } from '../../accounts/accounts.ts';
import type { Factors } from '../../accounts/factors.ts';
import { AccountError } from '../../accounts/validate.ts';
import { acts, contextFor } from '../../admin/acts.ts';
import { AdminError } from '../../admin/admin-error.ts';
import { AdministrationError } from '../../administration-error.ts';
import { Input } from '../../admin/input.ts';
import { reasonOf } from '../../admin/reason.ts';
import { ClientError } from '../../clients/client-error.ts';
import { enginePaths, type Engine, type OwnSession } from '../../engine/engine.ts';
import { acr } from '../../engine/session-policy.ts';
import { contentSecurityPolicy } from '../../pages/layout.ts';
import {
  failedPage,
  missingPage,
  operatePath,
  refusedPage,
  type OperatorPageOptions,
} from '../../pages/operator/frame.ts';
import { operatorStyle } from '../../pages/operator/operator-style.ts';
import { PolicyError } from '../../policies/policies.ts';
import { isAdministrator } from '../../store/administrators.ts';
import type { AuditEvent } from '../../store/audit-events.ts';
import type { Upstreams } from '../../upstream/upstreams.ts';
import { operatorBackPath, ownClientId } from '../account.ts';
import { acceptForms } from '../form.ts';
import { asLanguage, type Language } from '../language.ts';
import { pageLanguage, rememberLanguage } from '../page-language.ts';

export interface OperateOptions {
  engine: Engine;
  factors: Factors;
  upstreams: Upstreams;
  sql: Sql;
  issuer: string;
  encryptionKey: Buffer;
  /** Signs forms. */
  key: Buffer;
  resourceTypes: readonly string[] | undefined;
  /** Whether these pages want two factors. */
  wantsTwoFactors: boolean;
  defaultLanguage: Language;
  timeZone: string;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>, address: string) => void;
}

/** Seconds since the sign-in within which something may be changed; as for the ways to sign in of one's own account. */
const freshness = 600;

export interface Visit {
  account: Account;
  options: OperatorPageOptions;
  query: URLSearchParams;
  part: (name: string) => string;
}

export interface Answer {
  page?: string;
  status?: number;
  /** Or another page. */
  goTo?: string;
}

export interface Desk extends OperateOptions {
  /** A page that shows something. `isAct` are questions before an act: they want a fresh sign-in, as the act itself will. */
  show(path: string, page: (visit: Visit) => Promise<Answer | undefined>, isAct?: boolean): void;
  /** A form. Only what changes something wants a fresh sign-in. */
  take(path: string, act: (visit: Visit, form: URLSearchParams) => Promise<Answer | undefined>, isAct?: boolean): void;
  /**
   * Carries out an act of the administration, the same as its API does, in the name of who is signed in.
   * @throws AdminError and the errors of what is administered, also when there is no reason
   */
  carryOut(
    visit: Visit,
    act: { method: string; path: string },
    o: { parts?: Record<string, string>; values?: Record<string, unknown>; reason: string | null },
  ): Promise<Record<string, unknown>>;
}

export function openDesk(app: FastifyInstance, o: OperateOptions): Desk {
  const hmac = (text: string): string => createHmac('sha256', o.key).update(text).digest('base64url');

  /** Through the authorization endpoint and back to this page. */
  function signIn(request: FastifyRequest, reply: FastifyReply, back: string, isAnew: boolean): FastifyReply {
    const language = asLanguage((request.query as { ui_locales?: unknown }).ui_locales);
    const query = new URLSearchParams({
      client_id: ownClientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${o.issuer}${operatorBackPath}`,
      state: back,
      code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
      code_challenge_method: 'S256',
      ...(o.wantsTwoFactors && { acr_values: acr.twoFactors }),
      ...(isAnew && { prompt: 'login' }),
      ...(language && { ui_locales: language }),
    });
    return goTo(reply, `${enginePaths.authorize}?${query.toString()}`);
  }

  const isFresh = ({ loginTs }: OwnSession): boolean => o.clock().getTime() / 1000 - loginTs < freshness;

  /** @returns undefined when it has been answered already */
  async function enter(request: FastifyRequest, reply: FastifyReply, isAct: boolean): Promise<Visit | undefined> {
    const session = await o.engine.session(request.raw, reply.raw);
    const account = session && (await findEnabledAccount(o.sql, session.accountId));
    const url = new URL(request.url, o.issuer);
    const back = url.pathname + (request.method === 'GET' ? url.search : '');
    if (session === undefined || account === undefined) {
      signIn(request, reply, back, false);
      return undefined;
    }
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    if (!(await isAdministrator(o.sql, account.accountId))) {
      o.record(
        { event: 'operator.refused', accountId: account.accountId, reason: url.pathname.slice(0, 200) },
        request.ip,
      );
      send(reply, language, { page: refusedPage(language), status: 403 });
      return undefined;
    }
    if ((o.wantsTwoFactors && !session.twoFactors) || (isAct && !isFresh(session))) {
      signIn(request, reply, back, isAct && !isFresh(session));
      return undefined;
    }
    const options: OperatorPageOptions = {
      language,
      csrf: hmac(`operate ${session.uid}`),
      timeZone: o.timeZone,
      now: o.clock(),
      operator: { accountId: account.accountId, name: account.name },
      address: back,
    };
    const parts = request.params as Record<string, string>;
    return { account, options, query: url.searchParams, part: (name) => parts[name] ?? '' };
  }

  async function answer(
    reply: FastifyReply,
    visit: Visit,
    work: () => Promise<Answer | undefined>,
  ): Promise<FastifyReply> {
    const { options } = visit;
    let said: Answer;
    try {
      said = (await work()) ?? { page: missingPage(options), status: 404 };
    } catch (error) {
      said = failureOf(error, options);
    }
    return send(reply, options.language, said);
  }

  app.get(operatorBackPath, (request, reply) => {
    const { state, error } = request.query as { state?: unknown; error?: unknown };
    return goTo(reply, error === undefined ? placeOf(state, o.issuer) : '/');
  });

  return {
    ...o,
    show(path, page, isAct = false) {
      app.get(`${operatePath}${path}`, async (request, reply) => {
        const visit = await enter(request, reply, isAct);
        return visit === undefined ? reply : await answer(reply, visit, () => page(visit));
      });
    },
    take(path, act, isAct = true) {
      void app.register((scope, _options, done) => {
        acceptForms(scope);
        scope.post(`${operatePath}${path}`, async (request, reply) => {
          const visit = await enter(request, reply, isAct);
          if (visit === undefined) return reply;
          const form = request.body as URLSearchParams;
          // Not from a page of ours in this session: the page itself is shown, and nothing is done.
          if (!equal(form.get('csrf') ?? '', visit.options.csrf)) return goTo(reply, visit.options.address);
          return answer(reply, visit, () => act(visit, form));
        });
        done();
      });
    },
    async carryOut({ account }, { method, path }, { parts = {}, values = {}, reason }) {
      const act = acts.find((one) => one.method === method && one.path === path);
      if (act === undefined) throw new Error(`There is no act ${method} ${path}`);
      const actor = `account:${account.accountId}`;
      const context = contextFor({ ...o, actor, reason: reasonOf(reason ?? undefined) });
      return ((await act.run(context, new Input(parts, values))) ?? {}) as Record<string, unknown>;
    },
  };
}

/** What was asked for before the sign-in, when it is a page of ours. */
function placeOf(state: unknown, issuer: string): string {
  const url = typeof state === 'string' ? URL.parse(state, issuer) : null;
  const isOurs = url !== null && url.origin === new URL(issuer).origin && /^\/operate(\/|$)/.test(url.pathname);
  return isOurs && url.pathname !== operatorBackPath ? url.pathname + url.search : operatePath;
}

function send(reply: FastifyReply, language: Language, { page, status = 200, goTo: address }: Answer): FastifyReply {
  if (address !== undefined) return goTo(reply, address);
  return reply
    .code(status)
    .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self', moreStyle: operatorStyle }))
    .header('Content-Language', language)
    .header('Cache-Control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page);
}

function goTo(reply: FastifyReply, address: string): FastifyReply {
  return reply.header('Cache-Control', 'no-store').redirect(address, 303);
}

/** @throws what is no failure of the act */
function failureOf(error: unknown, options: OperatorPageOptions): Answer {
  const back = options.address.split('?', 1)[0]!;
  // query_canceled: the statement took longer than such a page may.
  if ((error as { code?: unknown }).code === '57014')
    return { page: failedPage(options, undefined, back), status: 400 };
  if (!isExpected(error)) throw error;
  const status = 'kind' in error && /^unknown-/.test(error.kind) ? 404 : 400;
  return { page: failedPage(options, error.message, back), status };
}

function isExpected(
  error: unknown,
): error is AdminError | AdministrationError | ClientError | AccountError | PolicyError {
  return [AdminError, AdministrationError, ClientError, AccountError, PolicyError].some(
    (kind) => error instanceof kind,
  );
}

function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
