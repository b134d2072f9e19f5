/** The part of a sign-in in which a person allows the application what it asks for, or refuses. */
import type { FastifyReply } from 'fastify';
import { change } from '@dhp/sso-kit/request';
import type { SignIn } from '@dhp/protocol';
import { consentPage } from '../pages/sign-in-pages.ts';
import type { PageOptions } from '@dhp/sso-pages';
import { addingConsent } from '@dhp/protocol/rows';
import { ownClientId, portalClientId } from '../own-client.ts';
import type { SignInDesk, SignInVisit } from './desk.ts';
import { refuseLaunch } from './patient-choice.ts';

/** Answers with the question, unless it needs none: the pages of this server ask for nothing, others for nothing a second time. */
export async function askConsent(desk: SignInDesk, visit: SignInVisit, options: PageOptions): Promise<FastifyReply> {
  const { reply, signIn } = visit;
  if (signIn.possible.length === 0) {
    const description = 'Nothing of what was asked for is this person in a position to give.';
    return desk.goOn(reply, await signIn.refuse(description));
  }
  const refused = await refuseLaunch(desk, visit);
  if (refused !== undefined) return desk.goOn(reply, refused);
  if (signIn.client.client_id === ownClientId || signIn.client.client_id === portalClientId)
    return desk.goOn(reply, await signIn.finishConsent(signIn.possible));
  const allowed = new Set(signIn.allowedBefore);
  if (!signIn.mustAsk && signIn.possible.every((scope) => allowed.has(scope))) {
    return desk.goOn(reply, await signIn.finishConsent(signIn.possible));
  }
  const patient = await desk.choosePatient.chosen(signIn);
  return desk.send(reply, options.language, consentPage(signIn, { ...options, patient }), signIn.redirectUri);
}

/** Takes the answer that the person allows what is possible. */
export async function takeConsent(desk: SignInDesk, visit: SignInVisit): Promise<FastifyReply> {
  const { request, reply, signIn } = visit;
  const refused = await refuseLaunch(desk, visit);
  if (refused !== undefined) return desk.goOn(reply, refused);
  const scope = signIn.possible.join(' ');
  desk.record({ event: 'consent.given', ...partiesOf(signIn), scope }, request.ip);
  const { accountId } = signIn.person!.account;
  const { client_id: clientId } = signIn.client;
  const given = { accountId, clientId, scopes: signIn.possible, now: desk.clock() };
  await change(desk.sql, 'consent', addingConsent(desk.sql, given));
  return desk.goOn(reply, await signIn.finishConsent(signIn.possible));
}

/** Takes the answer that the person refuses. */
export async function takeRefusal(desk: SignInDesk, { request, reply, signIn }: SignInVisit): Promise<FastifyReply> {
  desk.record({ event: 'consent.refused', ...partiesOf(signIn) }, request.ip);
  return desk.goOn(reply, await signIn.refuse('The person said no.'));
}

function partiesOf({ client, person }: SignIn): { clientId: string; accountId: string | undefined } {
  return { clientId: client.client_id, accountId: person?.account.accountId };
}
