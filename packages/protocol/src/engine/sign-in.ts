/** A sign-in under way: the data that its pages need, and their answers to the engine. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineInteraction, Provider } from 'oidc-provider';
import type { Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { SignInStep } from '@dhp/grants';
import type { LaunchContext } from '../store/launches.ts';
import { registrationOf } from './engine-client.ts';
import { isBarred, isHealthWorker, lackOf, personOf, type Lack } from './person.ts';
import { personScopes } from './scopes.ts';
import { twoFactorsOf, stepUpReason } from './session-policy.ts';
import { answersTo, type AnswerParts, type ReadSignIn, type Shown } from './sign-in-answers.ts';
import { contextOfSignIn, type SignInContext } from './sign-in-context.ts';
import type { KnownPerson, Person } from './state.ts';

export interface SignIn {
  uid: string;
  /** The current question to the person. */
  prompt: 'login' | 'consent';
  client: Registration;
  /** The scopes that the client asks for. */
  asked: string[];
  /** The requested scopes that this person can grant; empty until the person is known. */
  possible: string[];
  person: Person | undefined;
  /** The id of the Patient in context, from the launch or chosen. */
  patient: string | undefined;
  /** Context of the launch from other software, for this person; its patient and other references are not checked yet. */
  launched: LaunchContext | undefined;
  /** A choice that is missing before consent can be requested: the patient of a health worker, or the person whom a relative represents. */
  lacks: Lack | undefined;
  /** Whether a health worker has chosen the patient, and may choose another one. */
  hasChosen: boolean;
  /** Initial value of the field of the user name. */
  loginHint: string | undefined;
  uiLocales: string | undefined;
  /** Final address of the browser: a form of ours must be allowed to lead there. */
  redirectUri: string;
  /** Consent must be requested even if it was given before: the client or the standard requires it. */
  mustAsk: boolean;
  /** The client requires two factors (`acr_values`); one is not accepted. */
  wantsTwoFactors: boolean;
  /** The person is already signed in and only needs one more factor. */
  isStepUp: boolean;
  /** When the person of the session signed in, in seconds; set if only one more factor is needed. */
  signedInAt: number | undefined;
  /** The first of two factors, if it was shown. */
  step: SignInStep | undefined;
  /** The scopes that the person allowed the client before; empty until the person is known. */
  allowedBefore: string[];
  /** Methods of the session's sign-in (RFC 8176). */
  sessionMethods: string[];
  /** Puts a patient into the context of this sign-in. */
  choose(patient: string): Promise<void>;
  unchoose(): Promise<void>;
  /**
   * Each resolves to the address at which the browser continues.
   * @param known data of the person, which is then not read again
   */
  finishLogin(shown: Shown, known?: KnownPerson): Promise<string>;
  /** @param scopes those of `possible` that the person allows; the others are refused */
  finishConsent(scopes: readonly string[]): Promise<string>;
  /** The client learns it. */
  refuse(description: string, error?: 'access_denied' | 'temporarily_unavailable'): Promise<string>;
}

interface Parts extends AnswerParts {
  environments: Partial<Record<EnvironmentName, string>>;
}

export async function signInOf(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<SignIn | undefined> {
  const { provider, signIns } = parts;
  if (request.headers.cookie?.includes(`${provider.cookieName('session')}=`) !== true) signIns.expectNobody();
  const interaction = await detailsOf(provider, request, response);
  if (interaction === undefined) return undefined;
  const client = await provider.Client.find(String(interaction.params['client_id']));
  if (client === undefined) return undefined;
  const registration = registrationOf(client);
  const accountId = interaction.session?.accountId;
  const person = accountId === undefined ? undefined : await personOf(parts, registration, accountId);
  const found = await signIns.of(interaction.uid);
  // A sign-in of another person than that of the session contains nothing about it.
  const own = found?.accountId === accountId ? found : undefined;
  const launch = await contextOfSignIn(parts, { interaction, registration, person, choice: own?.choice ?? undefined });
  const asked = textOf(interaction.params['scope'])?.split(' ') ?? [];
  const possible = possibleScopes(asked, { person, registration }, launch);
  const read: ReadSignIn = { interaction, registration, person, asked, possible, launch };
  const facts = factsOf(read);
  const session = facts.isStepUp ? await provider.Session.findByUid(interaction.session?.uid ?? '') : undefined;
  return {
    ...facts,
    signedInAt: session?.loginTs,
    mustAsk: mustAsk(interaction, client.applicationType === 'native'),
    step: found?.step,
    allowedBefore: own?.consent ?? [],
    ...answersTo(parts, read),
  };
}

/** The requested scopes that this person can grant. */
function possibleScopes(
  asked: string[],
  { person, registration }: { person: Person | undefined; registration: Registration },
  { isWrong, isLaunched, context }: SignInContext,
): string[] {
  if (person === undefined || isWrong) return [];
  if (isBarred(person, registration)) return [];
  return personScopes(asked, {
    isPatient: person.patient !== undefined || context?.patient !== undefined,
    isSomebody: person.fhirUser !== undefined,
    isLaunched: isLaunched && context !== undefined,
    hasEncounter: typeof context?.encounter === 'string',
  });
}

function factsOf(
  read: ReadSignIn,
): Omit<SignIn, 'mustAsk' | 'step' | 'signedInAt' | 'allowedBefore' | keyof ReturnType<typeof answersTo>> {
  const { interaction, registration, person, asked, possible, launch } = read;
  const { uid, prompt, params, session } = interaction;
  const { isLaunched, context } = launch;
  return {
    uid,
    patient: context?.patient ?? person?.patient,
    launched: isLaunched && !launch.isWrong ? context : undefined,
    lacks: isLaunched || context !== undefined ? undefined : lackOf(asked, person),
    hasChosen: !isLaunched && context !== undefined && isHealthWorker(person),
    prompt: prompt.name === 'consent' ? 'consent' : 'login',
    client: registration,
    asked,
    possible,
    person,
    loginHint: textOf(params['login_hint']),
    uiLocales: textOf(params['ui_locales']),
    redirectUri: textOf(params['redirect_uri']) ?? '',
    wantsTwoFactors: twoFactorsOf(params['acr_values']) === 'required',
    isStepUp: prompt.name === 'login' && prompt.reasons.every((one) => one === stepUpReason),
    sessionMethods: session?.amr ?? [],
  };
}

/** The engine throws when there is no cookie, when it is another browser's, and when the sign-in has expired. */
async function detailsOf(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<EngineInteraction | undefined> {
  try {
    return await provider.interactionDetails(request, response);
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

function mustAsk({ params, prompt }: EngineInteraction, isNative: boolean): boolean {
  const asksForConsent = textOf(params['prompt'])?.split(' ').includes('consent') === true;
  if (asksForConsent && params['consent'] !== 'as-needed') return true;
  return isNative || prompt.reasons.includes('native_client_prompt');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
