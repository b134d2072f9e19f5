/** The part of a sign-in in which a person shows who they are: the page of the factor that is due, and the password. */
import type { FastifyReply } from 'fastify';
import { allowsMethod } from '@dhp/protocol';
import { loginPage, type SignInFailure } from '../pages/sign-in-pages.ts';
import { here, type FormVisit, type SignInDesk, type SignInVisit } from './desk.ts';

/** Status of the page by why it is shown once more. */
const failureStatus: Record<SignInFailure['because'], number> = {
  wrong: 401,
  expired: 401,
  passkey: 401,
  upstream: 401,
  unconfirmed: 401,
  throttled: 429,
};

/** Answers with the page of the factor that is due. */
export async function showLogin(desk: SignInDesk, visit: SignInVisit, failed?: SignInFailure): Promise<FastifyReply> {
  const { request, reply, signIn } = visit;
  const { secondFactor } = desk;
  const options = desk.optionsOf(visit);
  const step = secondFactor.stepOf(signIn);
  const next = step && (await secondFactor.page(signIn, step, options));
  if (next !== undefined) return desk.follow(visit, options, next);
  const username = (request.body as URLSearchParams | undefined)?.get('username')?.slice(0, 200);
  if (failed?.because === 'throttled') reply.header('Retry-After', String(failed.seconds));
  const page = loginPage(signIn, {
    ...options,
    canReset: desk.canReset,
    canSignUp: desk.canSignUp,
    takesPassword: allowsMethod(signIn.client, 'password'),
    upstreams: desk.upstreams.list.filter(({ id }) => allowsMethod(signIn.client, id)),
    passkey: allowsMethod(signIn.client, 'passkey') ? secondFactor.passkeyOptions(signIn) : undefined,
    ...(username !== undefined && { username }),
    ...(failed !== undefined && { failed }),
  });
  const status = failed === undefined ? 200 : failureStatus[failed.because];
  return desk.send(reply.code(status), options.language, page, signIn.redirectUri);
}

/** Takes a user name and a password. */
export async function login(desk: SignInDesk, visit: SignInVisit<FormVisit>): Promise<FastifyReply> {
  const { request, reply, signIn } = visit;
  const [username, password] = [request.body.get('username') ?? '', request.body.get('password') ?? ''];
  const { client_id: clientId } = signIn.client;
  const result = await desk.accounts.authenticate(username, password, request.ip, {
    clientId,
    devices: desk.devices.of(request),
  });
  const note = desk.noteFor(visit);
  if ('account' in result) {
    const { account, ...known } = result;
    const address = await desk.secondFactor.afterFirst(signIn, account, ['pwd'], note, known);
    return desk.goOn(reply, address ?? here(request));
  }
  note({ event: 'sign-in.refused', reason: result.refused, accountId: result.accountId });
  const { waitSeconds: seconds, locksFor, accountId } = result;
  if (locksFor !== undefined && accountId !== undefined) desk.onLocked(reply, accountId, locksFor);
  if (result.refused === 'password-expired') return showLogin(desk, visit, { because: 'expired' });
  return showLogin(desk, visit, seconds === undefined ? { because: 'wrong' } : { because: 'throttled', seconds });
}
