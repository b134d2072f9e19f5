/** The part of a sign-in in which a person allows or refuses the application's requests. */
import type { FastifyReply } from 'fastify';
import { change } from '@dhp/sso-kit/request';
import type { SignIn } from '@dhp/protocol';
import { consentPage } from '../pages/sign-in-pages.ts';
import type { PageOptions } from '@dhp/sso-pages';
import { addingConsent, selectDeclined } from '@dhp/protocol/rows';
import { endTokensOf } from '@dhp/grants/applications';
import { isRequired } from '../pages/scope-words.ts';
import { ownClientId } from '../own-client.ts';
import { portalClientId } from '../portal-client.ts';
import type { SignInController, SignInContext } from './controller.ts';
import { refuseLaunch } from './patient-choice.ts';

/** Answers with the question, unless none is needed: pages of this server need no consent, and other clients are not asked about twice. */
export async function askConsent(
  controller: SignInController,
  context: SignInContext,
  options: PageOptions,
): Promise<FastifyReply> {
  const { reply, signIn } = context;
  if (signIn.possible.length === 0) {
    const description = 'None of the requested scopes can be granted to this user.';
    return controller.goOn(reply, await signIn.refuse(description));
  }
  const refused = await refuseLaunch(controller, context);
  if (refused !== undefined) return controller.goOn(reply, refused);
  if (signIn.client.client_id === ownClientId || signIn.client.client_id === portalClientId)
    return controller.goOn(reply, await signIn.finishConsent(signIn.possible));
  const { allowed, declined } = await answeredBefore(controller, signIn);
  const isAnswered = signIn.possible.every((scope) => allowed.has(scope) || declined.has(scope));
  const remembered = signIn.possible.filter((scope) => allowed.has(scope));
  if (!signIn.mustAsk && isAnswered && remembered.length > 0) {
    return controller.goOn(reply, await signIn.finishConsent(remembered));
  }
  const patient = await controller.choosePatient.chosen(signIn);
  return controller.send(
    reply,
    options.language,
    consentPage(signIn, { ...options, patient, declined }),
    signIn.redirectUri,
  );
}

/** The scopes that the person allowed the client before, and those that the person left out. */
async function answeredBefore(
  controller: SignInController,
  signIn: SignIn,
): Promise<{ allowed: ReadonlySet<string>; declined: ReadonlySet<string> }> {
  const allowed = new Set(signIn.allowedBefore);
  const isAllowed = signIn.possible.every((scope) => allowed.has(scope));
  if (isAllowed && !signIn.mustAsk) return { allowed, declined: new Set() };
  const left = await selectDeclined(controller.sql, signIn.person!.account.accountId, signIn.client.client_id);
  return { allowed, declined: new Set(left.filter((scope) => !allowed.has(scope))) };
}

/**
 * The scopes whose box the person left ticked, and those without which the sign-in has no meaning. A form without boxes comes from a page
 * of a server of the previous version: its person answered a single question.
 */
function chosenIn(form: URLSearchParams, possible: readonly string[]): string[] {
  if (!form.has('boxes')) return [...possible];
  const ticked = new Set(form.getAll('scope'));
  return possible.filter((scope) => ticked.has(scope) || isRequired(scope));
}

/** Handles consent to the ticked scopes; if none is ticked it is a refusal, and earlier permissions are revoked. */
export async function takeConsent(
  controller: SignInController,
  context: SignInContext,
  form: URLSearchParams,
): Promise<FastifyReply> {
  const { reply, signIn } = context;
  const refused = await refuseLaunch(controller, context);
  if (refused !== undefined) return controller.goOn(reply, refused);
  const scopes = chosenIn(form, signIn.possible);
  const declined = signIn.possible.filter((scope) => !scopes.includes(scope));
  const isTakenAway = declined.some((scope) => signIn.allowedBefore.includes(scope));
  if (scopes.length > 0 || isTakenAway) await keepAnswer(controller, context, { scopes, declined, isTakenAway });
  return scopes.length > 0
    ? controller.goOn(reply, await signIn.finishConsent(scopes))
    : takeRefusal(controller, context);
}

async function keepAnswer(
  controller: SignInController,
  { request, signIn }: SignInContext,
  { scopes, declined, isTakenAway }: { scopes: string[]; declined: string[]; isTakenAway: boolean },
): Promise<void> {
  const reason = declined.length === 0 ? undefined : `left out: ${declined.join(' ')}`;
  controller.record({ event: 'consent.given', ...partiesOf(signIn), scope: scopes.join(' '), reason }, request.ip);
  const { accountId } = signIn.person!.account;
  const { client_id: clientId } = signIn.client;
  // Revoking a scope ends the tokens that have it.
  if (isTakenAway) await endTokensOf(controller.sql, { accountId, clientId, now: controller.clock() });
  await change(
    controller.sql,
    'consent',
    addingConsent(controller.sql, { accountId, clientId, scopes, declined, now: controller.clock() }),
  );
}

/** Handles a refusal. */
export async function takeRefusal(
  controller: SignInController,
  { request, reply, signIn }: SignInContext,
): Promise<FastifyReply> {
  controller.record({ event: 'consent.refused', ...partiesOf(signIn) }, request.ip);
  return controller.goOn(reply, await signIn.refuse('The user denied the request.'));
}

function partiesOf({ client, person }: SignIn): { clientId: string; accountId: string | undefined } {
  return { clientId: client.client_id, accountId: person?.account.accountId };
}
