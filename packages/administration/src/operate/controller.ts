/**
 * The operators' pages need an administrator with a session, and for changes a sign-in with two factors in the last minutes. Everybody else
 * gets the same refusal for every page.
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

/** Input and failure of a question that is shown again. */
export interface Again {
  form: URLSearchParams;
  /** There was no reason. */
  isReasonMissing: boolean;
  /** The form came from a page of an earlier sign-in, so nothing was done. */
  isOfEarlierSignIn?: boolean;
  /** Failure of the act; its message is in English. */
  failure?: { kind: string; message: string };
}

export interface Asking<Asked> {
  /** Finds the subject of the act; undefined if there is none or the act is not possible now. */
  find: (context: OperatorContext) => Promise<Asked | undefined>;
  question: (asked: Asked, context: OperatorContext, again?: Again) => string;
  carryOut: (asked: Asked, context: OperatorContext, form: URLSearchParams, reason: string) => Promise<Answer>;
}

type Taken = (context: OperatorContext, form: URLSearchParams) => Promise<Answer | undefined>;

export interface OperatorController extends OperateOptions {
  /** A page that shows something. `isAct` are questions before an act: they want a fresh sign-in, as the act itself will. */
  show(path: string, page: (context: OperatorContext) => Promise<Answer | undefined>, isAct?: boolean): void;
  /**
   * Adds a form. Only a form that changes something needs a fresh sign-in. A form from a page of an earlier sign-in is shown again by
   * `showAgain`, with the typed values; without `showAgain`, the page is shown.
   */
  take(path: string, act: Taken, o?: { isAct?: boolean; showAgain?: Taken }): void;
  /**
   * Adds an act: its question at `path`, and the function that runs when the question is answered with a reason. Both need a fresh sign-in.
   * If the act fails, the question is shown again with the error and the typed values.
   */
  ask<Asked>(path: string, o: Asking<Asked>): void;
  /**
   * Carries out an act of the administration, as its API does, on behalf of the signed-in person.
   * @throws InputError and the errors of the administered object, also if the reason is missing
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
        // If the form did not come from a page of this session, nothing is done. Values that another site has filled in are not shown
        // either.
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

/** Carries out the act of a question; if the reason is missing or the act fails, the question is shown again with the typed values. */
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

/** Undefined if the reason is missing or invalid. */
function reasonIn(form: URLSearchParams): string | undefined {
  try {
    return reasonOf(form.get('reason') ?? undefined);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
