/** The part of a sign-in in which a health worker chooses the patient. */
import type { FastifyReply } from 'fastify';
import type { SignIn } from '../../engine/sign-in.ts';
import type { PageOptions } from '../../pages/page-options.ts';
import type { AuditEvent } from '../../store/audit-events.ts';
import type { Chosen } from '../choose-patient.ts';
import { here, type FormVisit, type SignInDesk, type SignInOptions, type Visit } from './desk.ts';

export interface PatientChoice {
  choose: (request: FormVisit, reply: FastifyReply, signIn: SignIn, options: PageOptions) => Promise<FastifyReply>;
  followChoice: (request: Visit, reply: FastifyReply, signIn: SignIn, chosen: Chosen) => Promise<FastifyReply>;
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
      return goOn(reply, await signIn.refuse('The records do not answer now.', 'temporarily_unavailable'));
    }
    return send(reply.code(chosen.status), languageOf(request, signIn), chosen.page, signIn.redirectUri);
  }

  return { choose, followChoice };
}
