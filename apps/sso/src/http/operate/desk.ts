/**
 * The door of the operators' pages: an administrator with a session, and a sign-in of the last minutes with two factors before
 * anything is changed. Everybody else gets the same page, whatever they asked for.
 */
import { createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import { type Account, findEnabledAccount } from '@dhp/accounts';
import type { BreachedPasswords, Factors } from '@dhp/accounts/sign-in';
import { acts } from '../../admin/acts.ts';
import { carryOutAct } from '../../admin/carry-out.ts';
import { DutyError } from '../../admin/duty-error.ts';
import { Input } from '../../admin/input.ts';
import { reasonOf } from '../../admin/reason.ts';
import type { Engine, OwnSession } from '../../engine/engine.ts';
import { acr } from '../../engine/session-policy.ts';
import type { Invite, Tell } from '@dhp/accounts/messages';
import type { Outbound } from '@dhp/outbound';
import { missingPage, operatePath, refusedPage, type OperatorPageOptions } from '../../pages/operator/frame.ts';
import type { Organizations } from '@dhp/accounts/records';
import type { AuditEvent } from '@dhp/audit';
import type { Upstreams } from '@dhp/accounts/identity-systems';
import { operatorBackPath, ownSignInAddress } from '../account/own-client.ts';
import { acceptForms, isSameKey, maskedKey } from '@dhp/web-kit';
import { acceptUploads } from '../uploads.ts';
import { reasonIn } from './forms.ts';
import { failureOf, goTo, isExpected, isUnknown, kindOf, send, type Answer } from './answer.ts';
import type { Language } from '@dhp/negotiation';
import { askedLanguage, pageLanguage, rememberLanguage } from '../page-language.ts';

export interface OperateOptions {
  engine: Engine;
  factors: Factors;
  upstreams: Upstreams;
  organizations: Organizations;
  outbound: Outbound;
  tell: Tell;
  invite: Invite | undefined;
  /** For which a password is good that is set here. */
  temporaryPasswordSeconds: number;
  breachedPasswords: BreachedPasswords | undefined;
  sql: Sql;
  issuer: string;
  encryptionKey: Buffer;
  /** Signs forms. */
  key: Buffer;
  resourceTypes: readonly string[] | undefined;
  /** Whether these pages want two factors of who only looks, too. */
  wantsTwoFactors: boolean;
  defaultLanguage: Language;
  timeZone: string;
  /** Interval after which another key signs; undefined: keys do not rotate by themselves. */
  keyRotation: { intervalSeconds: number; publishAheadSeconds?: number } | undefined;
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
  /** Address of the caller. */
  ip: string;
}

/** Input and failure of a question that is asked again. */
export interface Again {
  form: URLSearchParams;
  /** There was no reason. */
  isReasonMissing: boolean;
  /** Failure of the act; its message is in English. */
  failure?: { kind: string; message: string };
}

export interface Asking<Asked> {
  /** Finds the subject of the act; undefined when there is none, or the act is not possible now. */
  find: (visit: Visit) => Promise<Asked | undefined>;
  question: (asked: Asked, visit: Visit, again?: Again) => string;
  carryOut: (asked: Asked, visit: Visit, form: URLSearchParams, reason: string) => Promise<Answer>;
}

export interface Desk extends OperateOptions {
  /** A page that shows something. `isAct` are questions before an act: they want a fresh sign-in, as the act itself will. */
  show(path: string, page: (visit: Visit) => Promise<Answer | undefined>, isAct?: boolean): void;
  /** A form. Only what changes something wants a fresh sign-in. */
  take(path: string, act: (visit: Visit, form: URLSearchParams) => Promise<Answer | undefined>, isAct?: boolean): void;
  /**
   * An act: its question at `path`, and what is done when that comes back with a reason. Both want a fresh sign-in. What cannot be done
   * is said at the question, with what was typed.
   */
  ask<Asked>(path: string, o: Asking<Asked>): void;
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

/** Access to the pages. */
export interface Admission {
  of: OperatorPageOptions['of'];
  admits: (accountId: string) => Promise<boolean>;
  /** Returns the address for somebody who may not enter; undefined: they are refused. */
  elsewhere?: (accountId: string, path: string) => Promise<string | undefined>;
}

export function openDesk(app: FastifyInstance, o: OperateOptions, admission: Admission): Desk {
  /** Whoever changes something has shown two factors; to look, only where administrators are held to that. */
  const wantsTwo = (isAct: boolean): boolean => isAct || o.wantsTwoFactors;
  const hmac = (text: string): string => createHmac('sha256', o.key).update(text).digest('base64url');

  /** Through the authorization endpoint and back to this page. */
  function signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    back: string,
    { isAct, isAnew }: { isAct: boolean; isAnew: boolean },
  ): FastifyReply {
    const language = askedLanguage(request);
    const { issuer } = o;
    const acrValues = wantsTwo(isAct) && acr.twoFactors;
    const address = { issuer, redirectPath: operatorBackPath, back, acrValues, isAnew, language } as const;
    return goTo(reply, ownSignInAddress(address));
  }

  const isFresh = ({ loginTs }: OwnSession): boolean => o.clock().getTime() / 1000 - loginTs < freshness;

  /** @returns undefined when it has been answered already */
  async function enter(request: FastifyRequest, reply: FastifyReply, isAct: boolean): Promise<Visit | undefined> {
    const session = await o.engine.session(request.raw, reply.raw);
    const account = session && (await findEnabledAccount(o.sql, session.accountId));
    // Neither ids nor what is looked for have the one character that the database does not take.
    const url = new URL(request.url.replaceAll('%00', ''), o.issuer);
    const back = url.pathname + url.search;
    if (session === undefined || account === undefined) {
      signIn(request, reply, back, { isAct, isAnew: false });
      return undefined;
    }
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    if (!(await admission.admits(account.accountId))) {
      const elsewhere = await admission.elsewhere?.(account.accountId, url.pathname);
      if (elsewhere !== undefined) {
        goTo(reply, elsewhere);
        return undefined;
      }
      o.record(
        { event: 'operator.refused', accountId: account.accountId, reason: url.pathname.slice(0, 200) },
        request.ip,
      );
      send(reply, language, { page: refusedPage(language), status: 403 });
      return undefined;
    }
    if ((wantsTwo(isAct) && !session.twoFactors) || (isAct && !isFresh(session))) {
      signIn(request, reply, back, { isAct, isAnew: isAct && !isFresh(session) });
      return undefined;
    }
    const options: OperatorPageOptions = {
      language,
      csrf: maskedKey(hmac(`operate ${session.uid}`)),
      timeZone: o.timeZone,
      now: o.clock(),
      operator: { accountId: account.accountId, name: account.name },
      of: admission.of,
      address: back,
    };
    const parts = request.params as Record<string, string>;
    return {
      account,
      options,
      ip: request.ip,
      query: url.searchParams,
      part: (name) => (parts[name] ?? '').replaceAll('\0', ''),
    };
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

  const show: Desk['show'] = (path, page, isAct = false) => {
    app.get(`${operatePath}${path}`, async (request, reply) => {
      const visit = await enter(request, reply, isAct);
      return visit === undefined ? reply : await answer(reply, visit, () => page(visit));
    });
  };

  const take: Desk['take'] = (path, act, isAct = true) => {
    void app.register((scope, _options, done) => {
      acceptForms(scope);
      acceptUploads(scope);
      scope.post(`${operatePath}${path}`, async (request, reply) => {
        const visit = await enter(request, reply, isAct);
        if (visit === undefined) return reply;
        const form = request.body as URLSearchParams;
        // The form did not come from a page of this session: the page itself is shown, and nothing is done.
        if (!isSameKey(form.get('csrf') ?? '', visit.options.csrf)) return goTo(reply, visit.options.address);
        return answer(reply, visit, () => act(visit, form));
      });
      done();
    });
  };

  return {
    ...o,
    show,
    take,
    ask(path, { find, question, carryOut }) {
      show(
        path,
        async (visit) => {
          const asked = await find(visit);
          return asked === undefined ? undefined : { page: question(asked, visit) };
        },
        true,
      );
      take(path, async (visit, form) => {
        const asked = await find(visit);
        if (asked === undefined) return undefined;
        const reason = reasonIn(form);
        if (reason === undefined) return { page: question(asked, visit, { form, isReasonMissing: true }), status: 400 };
        try {
          return await carryOut(asked, visit, form, reason);
        } catch (error) {
          if (!isExpected(error) || isUnknown(error)) throw error;
          const failure = { kind: kindOf(error), message: error.message };
          const again = { form, isReasonMissing: false, failure };
          return { page: question(asked, visit, again), status: error instanceof DutyError ? 403 : 400 };
        }
      });
    },
    async carryOut({ account }, { method, path }, { parts = {}, values = {}, reason }) {
      const act = acts.find((one) => one.method === method && one.path === path);
      if (act === undefined) throw new Error(`There is no act ${method} ${path}`);
      const actor = `account:${account.accountId}`;
      const context = { ...o, actor, reason: reasonOf(reason ?? undefined) };
      return ((await carryOutAct(act, context, new Input(parts, values))) ?? {}) as Record<string, unknown>;
    },
  };
}
