/** A sign-in through another identity system, such as OneID: the redirect there and back. */
import type { FastifyReply } from 'fastify';
import { allowsMethod } from '@dhp/protocol';
import { UpstreamRefusal } from '@dhp/accounts/identity-systems';
import { testOneIdPath } from '../test-oneid/test-oneid.ts';
import { here, type SignInController, type SignInContext } from './controller.ts';
import { showLogin } from './login.ts';

/** Answers with the page of the factor that is due, or with a redirect to an identity system or the return from it. */
export async function beginLogin(controller: SignInController, context: SignInContext): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  const { upstream, from, own } = request.query as Record<string, unknown>;
  if (typeof from === 'string') return comeBack(controller, context, from);
  if (typeof upstream !== 'string' || !allowsMethod(signIn.client, upstream)) return showLogin(controller, context);
  let address: string | undefined;
  try {
    const purpose = own === 'yes' ? 'own-account' : 'sign-in';
    const language = controller.languageOf(request, signIn);
    address = asNamed(
      controller,
      context,
      await controller.upstreams.begin(upstream, { uid: signIn.uid, purpose, language }),
    );
  } catch (error) {
    if (!(error instanceof UpstreamRefusal)) throw error;
    controller.noteFor(context)({ event: 'sign-in.refused', reason: `${upstream.slice(0, 40)}: ${error.reason}` });
  }
  if (address !== undefined) return controller.goOn(reply, address);
  return showLogin(controller, context, { because: 'upstream' });
}

/** A launch that names a health worker of the playground needs no choice at the system for trying out. */
function asNamed(
  { testPeople }: SignInController,
  { signIn }: SignInContext,
  address: string | undefined,
): string | undefined {
  const named = signIn.launched?.practitioner;
  const chosen = testPeople.find(({ is, id }) => is === 'health-worker' && id === named);
  const url = URL.parse(address ?? '');
  if (chosen === undefined || url === null || !url.pathname.endsWith(testOneIdPath)) return address;
  url.searchParams.set('as', chosen.pinfl);
  return url.href;
}

async function comeBack(controller: SignInController, context: SignInContext, from: string): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  const note = controller.noteFor(context);
  let address: string | undefined;
  try {
    const answer = new URLSearchParams(request.url.slice(request.url.indexOf('?')));
    const { account, methods } = await controller.upstreams.finish(from, signIn.uid, answer);
    address = await controller.secondFactor.afterFirst(signIn, account, methods, note);
  } catch (error) {
    if (!(error instanceof UpstreamRefusal)) throw error;
    note({ event: 'sign-in.refused', reason: `${from.slice(0, 40)}: ${error.reason}` });
    const isUnconfirmed = error.reason === 'unconfirmed-link';
    return showLogin(controller, context, isUnconfirmed ? { because: 'unconfirmed', from } : { because: 'upstream' });
  }
  return controller.goOn(reply, address ?? here(request));
}
