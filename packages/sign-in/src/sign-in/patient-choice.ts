/** The part of a sign-in in which a health worker chooses the patient. */
import type { FastifyReply } from 'fastify';
import type { SignIn } from '@dhp/protocol';
import type { PageOptions } from '@dhp/sso-pages';
import type { AuditEvent } from '@dhp/audit';
import type { Chosen } from './choose-patient.ts';
import { here, type FormVisit, type SignInDesk, type SignInVisit } from './desk.ts';

const launchRefused =
  'The person may not see what the application was launched with: the patient, the encounter or another resource in context, or it is not there.';

/** The forms about the patient of the sign-in; whatever else was sent, the browser sees the page that is due. */
export async function choose(
  desk: SignInDesk,
  visit: SignInVisit<FormVisit>,
  options: PageOptions,
): Promise<FastifyReply> {
  const { request, reply, signIn } = visit;
  const { body } = request;
  const step = body.get('step');
  const note = noteOfPerson(desk, visit);
  if (step === 'choose-again' && signIn.hasChosen) await signIn.unchoose();
  if (signIn.lacks !== 'patient' || (step !== 'search' && step !== 'choose')) return desk.goOn(reply, here(request));
  const chosen =
    step === 'search'
      ? await desk.choosePatient.search(signIn, body, options, note)
      : await desk.choosePatient.choose(signIn, body.get('patient') ?? '', options, note);
  return followChoice(desk, visit, chosen);
}

export async function followChoice(desk: SignInDesk, visit: SignInVisit, chosen: Chosen): Promise<FastifyReply> {
  const { request, reply, signIn } = visit;
  if (chosen === 'go-on') return desk.goOn(reply, here(request));
  if (chosen === 'no-access') {
    return desk.goOn(reply, await signIn.refuse('The person may not see the record of this patient.'));
  }
  if (chosen === 'unreachable') return desk.goOn(reply, await refuseUnreachable(signIn));
  const language = desk.languageOf(request, signIn);
  return desk.send(reply.code(chosen.status), language, chosen.page, signIn.redirectUri);
}

/**
 * Ends the sign-in before consent, if the person may not see the record with which the application was launched.
 * @returns the address at which the browser goes on then; undefined when the sign-in goes on
 */
export async function refuseLaunch(desk: SignInDesk, visit: SignInVisit): Promise<string | undefined> {
  const { signIn } = visit;
  if (signIn.launched === undefined) return undefined;
  const admitted = await desk.choosePatient.admitsLaunch(signIn, noteOfPerson(desk, visit));
  if (admitted === 'go-on') return undefined;
  return admitted === 'unreachable' ? refuseUnreachable(signIn) : signIn.refuse(launchRefused);
}

function noteOfPerson(desk: SignInDesk, visit: SignInVisit): (event: Pick<AuditEvent, 'event' | 'reason'>) => void {
  const accountId = visit.signIn.person?.account.accountId;
  const note = desk.noteFor(visit);
  return (event) => note({ ...event, accountId });
}

function refuseUnreachable(signIn: SignIn): Promise<string> {
  return signIn.refuse('The records do not answer now.', 'temporarily_unavailable');
}
