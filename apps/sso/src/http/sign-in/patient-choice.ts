/** The part of a sign-in in which a health worker chooses the patient. */
import type { FastifyReply } from 'fastify';
import type { SignIn } from '../../engine/sign-in.ts';
import type { PageOptions } from '../../pages/page-options.ts';
import type { AuditEvent } from '@dhp/audit';
import type { Chosen } from '../choose-patient.ts';
import { here, type FormVisit, type SignInDesk, type SignInOptions, type Visit } from './desk.ts';

export interface PatientChoice {
  /**
   * Ends the sign-in before consent, if the person may not see the record with which the application was launched.
   * @returns the address at which the browser goes on then; undefined when the sign-in goes on
   */
  refuseLaunch: (request: Visit, reply: FastifyReply, signIn: SignIn) => Promise<string | undefined>;
  choose: (request: FormVisit, reply: FastifyReply, signIn: SignIn, options: PageOptions) => Promise<FastifyReply>;
  followChoice: (request: Visit, reply: FastifyReply, signIn: SignIn, chosen: Chosen) => Promise<FastifyReply>;
}

const launchRefused =
  'The person may not see what the application was launched with: the patient, the encounter or another resource in context, or it is not there.';

function refuseUnreachable(signIn: SignIn): Promise<string> {
  return signIn.refuse('The records do not answer now.', 'temporarily_unavailable');
}

export function patientChoice(o: SignInOptions, { languageOf, send, goOn, noteFor }: SignInDesk): PatientChoice {
  /** The forms about the patient of the sign-in; whatever else was sent, the browser sees the page that is due. */
  async function choose(
    request: FormVisit,
    reply: FastifyReply,
    signIn: SignIn,
    options: PageOptions,
  ): Promise<FastifyReply> {
    const { body } = request;
    const step = body.get('step');
    const accountId = signIn.person?.account.accountId;
    const note = (event: Pick<AuditEvent, 'event' | 'reason'>): void =>
      noteFor(request, reply, signIn)({ ...event, accountId });
    if (step === 'choose-again' && signIn.hasChosen) await signIn.unchoose();
    if (signIn.lacks !== 'patient' || (step !== 'search' && step !== 'choose')) return goOn(reply, here(request));
    const chosen =
      step === 'search'
        ? await o.choosePatient.search(signIn, body, options, note)
        : await o.choosePatient.choose(signIn, body.get('patient') ?? '', options, note);
    return followChoice(request, reply, signIn, chosen);
  }

  async function followChoice(
    request: Visit,
    reply: FastifyReply,
    signIn: SignIn,
    chosen: Chosen,
  ): Promise<FastifyReply> {
    if (chosen === 'go-on') return goOn(reply, here(request));
    if (chosen === 'no-access')
      return goOn(reply, await signIn.refuse('The person may not see the record of this patient.'));
    if (chosen === 'unreachable') {
      return goOn(reply, await refuseUnreachable(signIn));
    }
    return send(reply.code(chosen.status), languageOf(request, signIn), chosen.page, signIn.redirectUri);
  }

  async function refuseLaunch(request: Visit, reply: FastifyReply, signIn: SignIn): Promise<string | undefined> {
    if (signIn.launched === undefined) return undefined;
    const accountId = signIn.person?.account.accountId;
    const note = noteFor(request, reply, signIn);
    const admitted = await o.choosePatient.admitsLaunch(signIn, (event) => note({ ...event, accountId }));
    if (admitted === 'go-on') return undefined;
    return admitted === 'unreachable' ? refuseUnreachable(signIn) : signIn.refuse(launchRefused);
  }

  return { choose, followChoice, refuseLaunch };
}
