/**
 * The operators' pages: an administrator with a session, and a sign-in of the last minutes with two factors before
 * anything is changed. Everybody else gets the same page, whatever they asked for.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { acts } from '../acts/acts.ts';
import { carryOutAct } from '../acts/carry-out.ts';
import { isActFailure, statusOf } from '../acts/act-failure.ts';
import { Input, InputError } from '@dhp/sso-kit/input';
import { reasonOf } from '../acts/reason.ts';
import { missingPage, operatePath } from '../pages/frame.ts';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { acceptUploads } from '@dhp/sso-pages/answers';
import { failureOf, goTo, send, type Answer } from './answer.ts';
import { enter, type Admission, type Door, type OperateOptions, type OperatorContext } from './entry.ts';

/** Input and failure of a question that is asked again. */
export interface Again {
  form: URLSearchParams;
  /** There was no reason. */
  isReasonMissing: boolean;
  /** The form came from a page of an earlier sign-in: nothing was done. */
  isOfEarlierSignIn?: boolean;
  /** Failure of the act; its message is in English. */
  failure?: { kind: string; message: string };
}

export interface Asking<Asked> {
  /** Finds the subject of the act; undefined when there is none, or the act is not possible now. */
  find: (context: OperatorContext) => Promise<Asked | undefined>;
  question: (asked: Asked, context: OperatorContext, again?: Again) => string;
  carryOut: (asked: Asked, context: OperatorContext, form: URLSearchParams, reason: string) => Promise<Answer>;
}

type Taken = (context: OperatorContext, form: URLSearchParams) => Promise<Answer | undefined>;

export interface OperatorController extends OperateOptions {
  /** A page that shows something. `isAct` are questions before an act: they want a fresh sign-in, as the act itself will. */
  show(path: string, page: (context: OperatorContext) => Promise<Answer | undefined>, isAct?: boolean): void;
  /**
   * A form. Only what changes something wants a fresh sign-in. One from a page of an earlier sign-in is shown again by `showAgain`, with what was typed;
   * without that, the page itself is.
   */
  take(path: string, act: Taken, o?: { isAct?: boolean; showAgain?: Taken }): void;
  /**
   * An act: its question at `path`, and what is done when that comes back with a reason. Both want a fresh sign-in. What cannot be done
   * is said at the question, with what was typed.
   */
  ask<Asked>(path: string, o: Asking<Asked>): void;
  /**
   * Carries out an act of the administration, the same as its API does, on behalf of whoever is signed in.
   * @throws InputError and the errors of what is administered, also when there is no reason
   */
  carryOut(
    context: OperatorContext,
    act: { method: string; path: string },
    o: { parts?: Record<string, string>; values?: Record<string, unknown>; reason: string | null },
  ): Promise<Record<string, unknown>>;
}

export function openController(app: FastifyInstance, o: OperateOptions, admission: Admission): OperatorController {
  const door: Door = { ...o, admission };
  const show: OperatorController['show'] = (path, page, isAct = false) => {
    app.get(`${operatePath}${path}`, async (request, reply) => {
      const context = await enter(door, request, reply, isAct);
      return context === undefined ? reply : await answer(reply, context, () => page(context));
    });
  };
  const take: OperatorController['take'] = (path, act, { isAct = true, showAgain } = {}) => {
    void app.register((scope, _options, done) => {
      acceptForms(scope);
      acceptUploads(scope);
      scope.post(`${operatePath}${path}`, async (request, reply) => {
        const context = await enter(door, request, reply, isAct);
        if (context === undefined) return reply;
        const form = request.body as URLSearchParams;
        if (isSameKey(form.get('csrf') ?? '', context.options.csrf))
          return answer(reply, context, () => act(context, form));
        // The form did not come from a page of this session: nothing is done. What another site has filled in is not shown either.
        const isOwnPage = request.headers['sec-fetch-site'] === 'same-origin';
        if (showAgain === undefined || !isOwnPage) return goTo(reply, context.options.address);
        return answer(reply, context, () => showAgain(context, form));
      });
      done();
    });
  };
  return {
    ...o,
    show,
    take,
    ask(path, asking) {
      show(path, (context) => question(asking, context), true);
      const showAgain: Taken = (context, form) =>
        question(asking, context, { form, isReasonMissing: false, isOfEarlierSignIn: true });
      take(path, (context, form) => takeAnswer(asking, context, form), { showAgain });
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

async function answer(
  reply: FastifyReply,
  { options }: OperatorContext,
  work: () => Promise<Answer | undefined>,
): Promise<FastifyReply> {
  let said: Answer;
  try {
    said = (await work()) ?? { page: missingPage(options), status: 404 };
  } catch (error) {
    said = failureOf(error, options);
  }
  return send(reply, options.language, said);
}

async function question<Asked>(
  { find, question: pageOf }: Asking<Asked>,
  context: OperatorContext,
  again?: Again,
): Promise<Answer | undefined> {
  const asked = await find(context);
  return asked === undefined ? undefined : { page: pageOf(asked, context, again) };
}

/** Carries out what was asked about; without a reason, or where it cannot be done, the question comes again with what was typed. */
async function takeAnswer<Asked>(
  { find, question, carryOut }: Asking<Asked>,
  context: OperatorContext,
  form: URLSearchParams,
): Promise<Answer | undefined> {
  const asked = await find(context);
  if (asked === undefined) return undefined;
  const reason = reasonIn(form);
  if (reason === undefined) return { page: question(asked, context, { form, isReasonMissing: true }), status: 400 };
  try {
    return await carryOut(asked, context, form, reason);
  } catch (error) {
    if (!isActFailure(error) || statusOf(error) === 404) throw error;
    const { kind, message } = error;
    const again = { form, isReasonMissing: false, failure: { kind, message } };
    return { page: question(asked, context, again), status: statusOf(error) };
  }
}

/** Undefined when it says nothing. */
function reasonIn(form: URLSearchParams): string | undefined {
  try {
    return reasonOf(form.get('reason') ?? undefined);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
