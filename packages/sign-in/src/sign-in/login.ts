/** The part of a sign-in in which a person proves their identity: the page of the factor that is due, and the password. */
import type { FastifyReply } from 'fastify';
import { allowsMethod } from '@dhp/protocol';
import { loginPage, type SignInFailure } from '../pages/sign-in-pages.ts';
import { here, type FormRequest, type SignInController, type SignInContext } from './controller.ts';

/** Status of the page by the reason for which it is shown again. */
const failureStatus: Record<SignInFailure['because'], number> = {
  wrong: 401,
  expired: 401,
  passkey: 401,
  upstream: 401,
  unconfirmed: 401,
  throttled: 429,
};

/** Answers with the page of the factor that is due. */
export async function showLogin(
  controller: SignInController,
  context: SignInContext,
  failed?: SignInFailure,
): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  const { secondFactor } = controller;
  const options = controller.optionsOf(context);
  const step = secondFactor.stepOf(signIn);
  const next = step && (await secondFactor.page(signIn, step, options));
  if (next !== undefined) return controller.follow(context, options, next);
  const username = (request.body as URLSearchParams | undefined)?.get('username')?.slice(0, 200);
  if (failed?.because === 'throttled') reply.header('Retry-After', String(failed.seconds));
  const page = loginPage(signIn, {
    ...options,
    canReset: controller.canReset,
    canSignUp: controller.canSignUp,
    takesPassword: allowsMethod(signIn.client, 'password'),
    upstreams: controller.upstreams.list.filter(({ id }) => allowsMethod(signIn.client, id)),
    passkey: allowsMethod(signIn.client, 'passkey') ? secondFactor.passkeyOptions(signIn) : undefined,
    ...(username !== undefined && { username }),
    ...(failed !== undefined && { failed }),
  });
  const status = failed === undefined ? 200 : failureStatus[failed.because];
  return controller.send(reply.code(status), options.language, page, signIn.redirectUri);
}

/** Handles a user name and a password. */
export async function login(controller: SignInController, context: SignInContext<FormRequest>): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  const [username, password] = [request.body.get('username') ?? '', request.body.get('password') ?? ''];
  const { client_id: clientId } = signIn.client;
  const result = await controller.accounts.authenticate(username, password, request.ip, {
    clientId,
    devices: controller.devices.of(request),
  });
  const note = controller.noteFor(context);
  if ('account' in result) {
    const { account, ...known } = result;
    const address = await controller.secondFactor.afterFirst(signIn, account, ['pwd'], note, known);
    return controller.goOn(reply, address ?? here(request));
  }
  note({ event: 'sign-in.refused', reason: result.refused, accountId: result.accountId });
  const { waitSeconds: seconds, locksFor, accountId } = result;
  if (locksFor !== undefined && accountId !== undefined) controller.onLocked(reply, accountId, locksFor);
  if (result.refused === 'password-expired') return showLogin(controller, context, { because: 'expired' });
  return showLogin(
    controller,
    context,
    seconds === undefined ? { because: 'wrong' } : { because: 'throttled', seconds },
  );
}
