/** The part of a sign-in in which a person shows who they are: password, other factors, identity systems. */
import type { FastifyReply } from 'fastify';
import { allowsMethod } from '../../engine/sign-in-methods.ts';
import type { SignIn } from '../../engine/sign-in.ts';
import { loginPage, type SignInFailure } from '../../pages/sign-in-pages.ts';
import { UpstreamRefusal } from '@dhp/accounts/identity-systems';
import { here, type FormVisit, type SignInDesk, type SignInOptions, type Visit } from './desk.ts';

export interface Login {
  beginLogin: (request: Visit, reply: FastifyReply, signIn: SignIn) => Promise<FastifyReply>;
  showLogin: (request: Visit, reply: FastifyReply, signIn: SignIn, failed?: SignInFailure) => Promise<FastifyReply>;
  login: (request: FormVisit, reply: FastifyReply, signIn: SignIn) => Promise<FastifyReply>;
}

export function loginSteps(o: SignInOptions, desk: SignInDesk): Login {
  const { languageOf, optionsOf, send, goOn, noteFor, follow } = desk;

  /** The page of the factor that is due, or the way to an identity system and back. */
  async function beginLogin(request: Visit, reply: FastifyReply, signIn: SignIn): Promise<FastifyReply> {
    const { upstream, from, own } = request.query as Record<string, unknown>;
    if (typeof from === 'string') return comeBack(request, reply, signIn, from);
    if (typeof upstream !== 'string' || !allowsMethod(signIn.client, upstream))
      return showLogin(request, reply, signIn);
    let address: string | undefined;
    try {
      const purpose = own === 'yes' ? 'own-account' : 'sign-in';
      address = await o.upstreams.begin(upstream, { uid: signIn.uid, purpose, language: languageOf(request, signIn) });
    } catch (error) {
      if (!(error instanceof UpstreamRefusal)) throw error;
      noteFor(
        request,
        reply,
        signIn,
      )({ event: 'sign-in.refused', reason: `${upstream.slice(0, 40)}: ${error.reason}` });
    }
    if (address !== undefined) return goOn(reply, address);
    return showLogin(request, reply, signIn, { because: 'upstream' });
  }

  async function comeBack(request: Visit, reply: FastifyReply, signIn: SignIn, from: string): Promise<FastifyReply> {
    const note = noteFor(request, reply, signIn);
    let address: string | undefined;
    try {
      const answer = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
      const { account, methods } = await o.upstreams.finish(from, signIn.uid, answer);
      address = await o.secondFactor.afterFirst(signIn, account, methods, note);
    } catch (error) {
      if (!(error instanceof UpstreamRefusal)) throw error;
      note({ event: 'sign-in.refused', reason: `${from.slice(0, 40)}: ${error.reason}` });
      const isUnconfirmed = error.reason === 'unconfirmed-link';
      return showLogin(
        request,
        reply,
        signIn,
        isUnconfirmed ? { because: 'unconfirmed', from } : { because: 'upstream' },
      );
    }
    return goOn(reply, address ?? here(request));
  }

  /** The page of the factor that is due. */
  async function showLogin(
    request: Visit,
    reply: FastifyReply,
    signIn: SignIn,
    failed?: SignInFailure,
  ): Promise<FastifyReply> {
    const options = optionsOf(request, signIn);
    const step = o.secondFactor.stepOf(signIn);
    const next = step && (await o.secondFactor.page(signIn, step, options));
    if (next !== undefined) return follow(reply, signIn, options, next);
    const username = (request.body as URLSearchParams | undefined)?.get('username')?.slice(0, 200);
    if (failed?.because === 'throttled') reply.header('Retry-After', String(failed.seconds));
    const page = loginPage(signIn, {
      ...options,
      canReset: o.canReset,
      takesPassword: allowsMethod(signIn.client, 'password'),
      upstreams: o.upstreams.list.filter(({ id }) => allowsMethod(signIn.client, id)),
      passkey: allowsMethod(signIn.client, 'passkey') ? o.secondFactor.passkeyOptions(signIn) : undefined,
      ...(username !== undefined && { username }),
      ...(failed !== undefined && { failed }),
    });
    const status = { wrong: 401, expired: 401, passkey: 401, upstream: 401, unconfirmed: 401, throttled: 429 };
    return send(
      reply.code(failed === undefined ? 200 : status[failed.because]),
      options.language,
      page,
      signIn.redirectUri,
    );
  }

  async function login(request: FormVisit, reply: FastifyReply, signIn: SignIn): Promise<FastifyReply> {
    const [username, password] = ['username', 'password'].map((name) => request.body.get(name) ?? '') as [
      string,
      string,
    ];
    const { client_id: clientId } = signIn.client;
    const result = await o.accounts.authenticate(username, password, request.ip, {
      clientId,
      devices: o.devices.of(request),
    });
    const note = noteFor(request, reply, signIn);
    if ('account' in result) {
      const { account, ...known } = result;
      const address = await o.secondFactor.afterFirst(signIn, account, ['pwd'], note, known);
      return goOn(reply, address ?? here(request));
    }
    note({ event: 'sign-in.refused', reason: result.refused, accountId: result.accountId });
    const { waitSeconds: seconds, locksFor, accountId } = result;
    if (locksFor !== undefined && accountId !== undefined) o.onLocked(reply, accountId, locksFor);
    if (result.refused === 'password-expired') return showLogin(request, reply, signIn, { because: 'expired' });
    return showLogin(
      request,
      reply,
      signIn,
      seconds === undefined ? { because: 'wrong' } : { because: 'throttled', seconds },
    );
  }

  return { beginLogin, showLogin, login };
}
