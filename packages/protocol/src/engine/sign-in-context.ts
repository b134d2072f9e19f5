/** The context of an application after a sign-in: that of its launch, or the chosen patient. */
import type { EngineInteraction } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import type { Registration } from '@dhp/clients/rows';
import { hashOfLaunch, selectLaunch, type LaunchContext } from '../store/launches.ts';
import { choiceIn } from './sign-in-reads.ts';
import type { Person } from './state.ts';

export interface SignInContext {
  /** Whether other software has launched the application. */
  isLaunched: boolean;
  /** The launch is not for this person, or it is unknown, expired or used. */
  isWrong: boolean;
  context: LaunchContext | undefined;
  /** Name of the launch or choice that the consent uses up; undefined if there is none. */
  hash: Buffer | undefined;
  /** Name of the person's choice of a patient. */
  choice: Buffer;
}

/** @param o.choice the patient that the person has chosen in this sign-in before */
export async function contextOfSignIn(
  parts: { sql: Sql; clock: () => Date },
  o: {
    interaction: EngineInteraction;
    registration: Registration;
    person: Person | undefined;
    choice: LaunchContext | undefined;
  },
): Promise<SignInContext> {
  const { uid, session, params } = o.interaction;
  const launch = params['launch'];
  const accountId = session?.accountId;
  const choice = hashOfLaunch(`${choiceIn(uid)}${accountId ?? ''}`);
  if (typeof launch === 'string' && launch !== '') {
    return { isLaunched: true, choice, ...(await launchOf(parts, { ...o, launch })) };
  }
  // There is no choice before the person is known.
  const chosen = accountId === undefined ? undefined : o.choice;
  return { isLaunched: false, isWrong: false, choice, context: chosen, hash: chosen && choice };
}

/**
 * Returns the launch context. It is for the health worker whom the launching software names, or for any health worker if it names none. It
 * is wrong for everybody else, and if it is unknown, expired or used.
 */
async function launchOf(
  { sql, clock }: { sql: Sql; clock: () => Date },
  { launch, registration, person }: { launch: string; registration: Registration; person: Person | undefined },
): Promise<Pick<SignInContext, 'hash' | 'context' | 'isWrong'>> {
  const { client_id: clientId, environment } = registration;
  const launchHash = hashOfLaunch(launch);
  const context = await selectLaunch(sql, { launchHash, clientId, environment, now: clock() });
  if (context === undefined) return { isWrong: true, hash: undefined, context };
  const [, practitioner] = /\/Practitioner\/([^/]+)$/.exec(person?.fhirUser ?? '') ?? [];
  const isRight = practitioner !== undefined && (context.practitioner ?? practitioner) === practitioner;
  return { hash: launchHash, context, isWrong: person !== undefined && !isRight };
}
