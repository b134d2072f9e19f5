/** The part of a sign-in in which a health worker chooses the patient. */
import type { FastifyReply } from 'fastify';
import type { SignIn } from '@dhp/protocol';
import type { PageOptions } from '@dhp/sso-pages';
import type { AuditEvent } from '@dhp/audit';
import type { Chosen } from './choose-patient.ts';
import { here, type FormRequest, type SignInController, type SignInContext } from './controller.ts';

const launchRefused =
  'The person may not see what the application was launched with: the patient, the encounter or another resource in context, or it is not there.';

/** The forms about the patient of the sign-in; after any other input, the browser is led to the page that is due. */
export async function choose(
  controller: SignInController,
  context: SignInContext<FormRequest>,
  options: PageOptions,
): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  const { body } = request;
  const step = body.get('step');
  const note = noteOfPerson(controller, context);
  if (step === 'choose-again' && signIn.hasChosen) await signIn.unchoose();
  if (signIn.lacks !== 'patient' || (step !== 'search' && step !== 'choose'))
    return controller.goOn(reply, here(request));
  const chosen =
    step === 'search'
      ? await controller.choosePatient.search(signIn, body, options, note)
      : await controller.choosePatient.choose(signIn, body.get('patient') ?? '', options, note);
  return followChoice(controller, context, chosen);
}

export async function followChoice(
  controller: SignInController,
  context: SignInContext,
  chosen: Chosen,
): Promise<FastifyReply> {
  const { request, reply, signIn } = context;
  if (chosen === 'go-on') return controller.goOn(reply, here(request));
  if (chosen === 'no-access') {
    return controller.goOn(reply, await signIn.refuse('The person may not see the record of this patient.'));
  }
  if (chosen === 'unreachable') return controller.goOn(reply, await refuseUnreachable(signIn));
  const language = controller.languageOf(request, signIn);
  return controller.send(reply.code(chosen.status), language, chosen.page, signIn.redirectUri);
}

/**
 * Ends the sign-in before consent if the person may not see the record with which the application was launched.
 * @returns the address at which the browser then continues; undefined if the sign-in continues
 */
export async function refuseLaunch(controller: SignInController, context: SignInContext): Promise<string | undefined> {
  const { signIn } = context;
  if (signIn.launched === undefined) return undefined;
  const admitted = await controller.choosePatient.admitsLaunch(signIn, noteOfPerson(controller, context));
  if (admitted === 'go-on') return undefined;
  return admitted === 'unreachable' ? refuseUnreachable(signIn) : signIn.refuse(launchRefused);
}

function noteOfPerson(
  controller: SignInController,
  context: SignInContext,
): (event: Pick<AuditEvent, 'event' | 'reason'>) => void {
  const accountId = context.signIn.person?.account.accountId;
  const note = controller.noteFor(context);
  return (event) => note({ ...event, accountId });
}

function refuseUnreachable(signIn: SignIn): Promise<string> {
  return signIn.refuse('The records do not answer now.', 'temporarily_unavailable');
}
