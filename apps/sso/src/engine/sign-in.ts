/** A sign-in under way: what the pages need to know of it, and what they answer to the engine. */
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineGrant, EngineInteraction, Provider } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import type { Registration } from '../store/clients.ts';
import type { Environment } from '@dhp/sso-kit';
import type { SignInStep } from '@dhp/grants';
import {
  deleteUnusedLaunch,
  hashOfLaunch,
  selectLaunch,
  upsertChosenPatient,
  useLaunch,
  type LaunchContext,
} from '../store/launches.ts';
import { registrationOf } from './engine-client.ts';
import { makeGrant, secondsOfGrant } from './grants.ts';
import { isHealthWorker, lackOf, personOf, type Lack } from './person.ts';
import { personScopes } from './scopes.ts';
import { acr, twoFactorsOf, stepUpReason } from './session-policy.ts';
import { isAtSharedWorkstation, type SessionSettings } from './session-limits.ts';
import { choiceIn, type SignInReads } from './sign-in-reads.ts';
import type { KnownPerson, Person } from './state.ts';

export interface SignIn {
  uid: string;
  /** The current question to the person. */
  prompt: 'login' | 'consent';
  client: Registration;
  /** The scopes that the client asks for. */
  asked: string[];
  /** The requested scopes that this person can grant; empty before the person is known. */
  possible: string[];
  person: Person | undefined;
  /** The id of the Patient in context, as it was launched with or chosen. */
  patient: string | undefined;
  /** Context of the launch from other software, for this person; its patient and other references are not checked yet. */
  launched: LaunchContext | undefined;
  /** A choice that is missing before consent can be asked for: the patient of a health worker, or the person whom a relative represents. */
  lacks: Lack | undefined;
  /** Whether the patient was chosen by a health worker, who may then choose another one. */
  hasChosen: boolean;
  /** Initial value of the field of the user name. */
  loginHint: string | undefined;
  uiLocales: string | undefined;
  /** Final address of the browser: a form of ours must be allowed to lead there. */
  redirectUri: string;
  /** Consent must be asked for even if it was given before: the client or the standard wants it so. */
  mustAsk: boolean;
  /** The client asks for two factors (`acr_values`), and nothing less will do. */
  wantsTwoFactors: boolean;
  /** The person is signed in already, and one factor more is all that is missing. */
  isStepUp: boolean;
  /** The first of two factors, if it was shown. */
  step: SignInStep | undefined;
  /** The scopes that the person allowed the client before; empty before it is known who it is. */
  allowedBefore: string[];
  /** Methods of the session's sign-in (RFC 8176). */
  sessionMethods: string[];
  /** Puts a patient into the context of this sign-in. */
  choose(patient: string): Promise<void>;
  unchoose(): Promise<void>;
  /**
   * Each resolves to the address at which the browser goes on.
   * @param methods how the person signed in; `mfa` among them says that it was by two factors
   * @param known what is known of the person, who is then not read again
   */
  finishLogin(accountId: string, methods: string[], known?: KnownPerson): Promise<string>;
  /** @param scopes those of `possible` that the person allows; the others are refused */
  finishConsent(scopes: readonly string[]): Promise<string>;
  /** The client learns it. */
  refuse(description: string, error?: 'access_denied' | 'temporarily_unavailable'): Promise<string>;
}

interface Parts {
  provider: Provider;
  sql: Sql;
  environments: Partial<Record<Environment, string>>;
  clock: () => Date;
  signIns: SignInReads;
  session: SessionSettings;
  /** Ends it with what was answered. @returns the address at which the browser goes on */
  goOn: (answered: { interaction: EngineInteraction; grant: EngineGrant | undefined }) => Promise<string>;
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
  const asked = textOf(interaction.params['scope'])?.split(' ') ?? [];
  const launched = textOf(interaction.params['launch']);
  const found = await signIns.of(interaction.uid);
  // A sign-in of a person other than that of the session says nothing about it.
  const own = found?.accountId === accountId ? found : undefined;
  const choice = hashOfLaunch(`${choiceIn(interaction.uid)}${accountId ?? ''}`);
  // Nobody has chosen anything before it is known who it is.
  const chosen = launched === undefined && accountId !== undefined;
  const launch = chosen
    ? { isWrong: false, ...(own?.choice && { hash: choice, context: own.choice }) }
    : await launchOf(parts, registration, launched, person);
  const is = {
    isPatient: person?.patient !== undefined || launch.context?.patient !== undefined,
    isSomebody: person?.fhirUser !== undefined,
    isLaunched: launched !== undefined && launch.context !== undefined,
    hasEncounter: typeof launch.context?.encounter === 'string',
  };
  const possible = person === undefined || launch.isWrong ? [] : personScopes(asked, is);
  // As the engine's own `interactionResult`, which would read once more what was just read.
  const finish = async (result: object, grant?: EngineGrant): Promise<string> => {
    interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
    return parts.goOn({ interaction, grant });
  };

  return {
    uid: interaction.uid,
    patient: launch.context?.patient ?? person?.patient,
    launched: launched === undefined || launch.isWrong ? undefined : launch.context,
    lacks: launched !== undefined || launch.context !== undefined ? undefined : lackOf(asked, person),
    hasChosen: launched === undefined && launch.context !== undefined && isHealthWorker(person),
    prompt: interaction.prompt.name === 'consent' ? 'consent' : 'login',
    client: registration,
    asked,
    possible,
    person,
    loginHint: textOf(interaction.params['login_hint']),
    uiLocales: textOf(interaction.params['ui_locales']),
    redirectUri: textOf(interaction.params['redirect_uri']) ?? '',
    mustAsk: mustAsk(interaction, client.applicationType === 'native'),
    wantsTwoFactors: twoFactorsOf(interaction.params['acr_values']) === 'required',
    isStepUp: interaction.prompt.name === 'login' && interaction.prompt.reasons.every((one) => one === stepUpReason),
    step: found?.step,
    allowedBefore: own?.consent ?? [],
    sessionMethods: interaction.session?.amr ?? [],
    choose: (patient) =>
      upsertChosenPatient(parts.sql, {
        launchHash: choice,
        clientId: registration.client_id,
        environment: registration.environment,
        patient,
        picked: isHealthWorker(person) && patient !== person?.patient,
        expiresAt: new Date(parts.clock().getTime() + secondsOfChoice * 1000),
      }),
    unchoose: () => deleteUnusedLaunch(parts.sql, choice),
    finishLogin: async (id, methods, known) => {
      if (known?.account.accountId === id) signIns.identified(known);
      const ts = Math.floor(parts.clock().getTime() / 1000);
      const reached = methods.includes('mfa') ? acr.twoFactors : acr.oneFactor;
      // The cookie of the session then ends with the browser.
      const remember = !(await isAtSharedWorkstation(parts, id));
      return finish({ login: { accountId: id, amr: [...new Set(methods)], acr: reached, ts, remember } });
    },
    async finishConsent(scopes) {
      const known = new Set(possible);
      const { grant, grantId } = await makeGrant(parts, {
        person: person!,
        registration,
        resource: interaction.params['resource'],
        asked,
        allowed: scopes.filter((scope) => known.has(scope)),
        sessionUid: interaction.session?.uid,
      });
      if (launch.hash !== undefined) {
        const now = parts.clock();
        const keepUntil = new Date(now.getTime() + secondsOfGrant * 1000);
        const grantHash = hash('sha256', grantId, 'buffer');
        if (!(await useLaunch(parts.sql, { launchHash: launch.hash, grantHash, now, keepUntil }))) {
          return finish({ error: 'invalid_request', error_description: 'The launch has expired or was used already.' });
        }
      }
      return finish({ consent: { grantId } }, grant);
    },
    refuse: (description, error = 'access_denied') => finish({ error, error_description: description }),
  };
}

/**
 * Returns the launch context. It is for the health worker whom the launching software names, or for any when it names none. It is wrong for
 * everybody else, and when it is unknown, expired or used.
 */
async function launchOf(
  { sql, clock }: Parts,
  { client_id: clientId, environment }: Registration,
  launch: string | undefined,
  person: Person | undefined,
): Promise<{ hash?: Buffer; context?: LaunchContext; isWrong: boolean }> {
  if (launch === undefined) return { isWrong: false };
  const launchHash = hashOfLaunch(launch);
  const context = await selectLaunch(sql, { launchHash, clientId, environment, now: clock() });
  if (context === undefined) return { isWrong: true };
  const [, practitioner] = /\/Practitioner\/([^/]+)$/.exec(person?.fhirUser ?? '') ?? [];
  const isRight = practitioner !== undefined && (context.practitioner ?? practitioner) === practitioner;
  return { hash: launchHash, context, isWrong: person !== undefined && !isRight };
}

/** As long as a sign-in itself may last. */
const secondsOfChoice = 3600;

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
