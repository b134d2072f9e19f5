/** Answers of a person in a sign-in: choosing a patient, signing in, allowing or refusing scopes. */
import { hash } from 'node:crypto';
import type { EngineGrant, EngineInteraction, Provider, SignInResult } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import type { Registration } from '@dhp/clients/rows';
import { deleteUnusedLaunch, upsertChosenPatient, useLaunch } from '../store/launches.ts';
import { makeGrant, secondsOfGrant } from './grants.ts';
import { isHealthWorker } from './person.ts';
import { isAtSharedWorkstation, type SessionSettings } from './session-limits.ts';
import { acr } from './session-policy.ts';
import type { SignIn } from './sign-in.ts';
import type { SignInContext } from './sign-in-context.ts';
import type { SignInReads } from './sign-in-reads.ts';
import type { KnownPerson, Person } from './state.ts';

export interface AnswerParts {
  provider: Provider;
  sql: Sql;
  clock: () => Date;
  signIns: SignInReads;
  session: SessionSettings;
  /** Ends the sign-in with the answer. @returns the address at which the browser continues */
  goOn: (answered: { interaction: EngineInteraction; grant: EngineGrant | undefined }) => Promise<string>;
}

/** The proof with which a person has signed in. */
export interface Shown {
  accountId: string;
  /** How the person signed in; `mfa` among them says that it was by two factors. */
  methods: string[];
  /** The version of the person's credentials when they were checked. */
  version: number;
}

/** A sign-in as read at the beginning of the request. */
export interface ReadSignIn {
  interaction: EngineInteraction;
  registration: Registration;
  person: Person | undefined;
  asked: string[];
  possible: string[];
  launch: SignInContext;
}

/** Seconds: the longest duration of a sign-in. */
const secondsOfChoice = 3600;

export function answersTo(
  parts: AnswerParts,
  read: ReadSignIn,
): Pick<SignIn, 'choose' | 'unchoose' | 'finishLogin' | 'finishConsent' | 'refuse'> {
  return {
    choose: (patient) => choose(parts, read, patient),
    unchoose: () => deleteUnusedLaunch(parts.sql, read.launch.choice),
    finishLogin: (shown, known) => finishLogin(parts, read, { ...shown, known }),
    finishConsent: (scopes) => finishConsent(parts, read, scopes),
    refuse: (description, error = 'access_denied') => finish(parts, read, { error, error_description: description }),
  };
}

/** Like the engine's `interactionResult`, but without reading the interaction again. */
async function finish(
  { goOn }: AnswerParts,
  { interaction }: ReadSignIn,
  result: object,
  grant?: EngineGrant,
): Promise<string> {
  const { login, ...before } = interaction.lastSubmission ?? {};
  interaction.result =
    'error' in result ? result : { ...before, ...(login && { login: withSession(login) }), ...result };
  return goOn({ interaction, grant });
}

/** Once the session exists, its end counts, and no longer the credentials with which it began. */
function withSession({ version: _version, ...login }: SignInResult): SignInResult {
  return login;
}

function choose(parts: AnswerParts, { registration, person, launch }: ReadSignIn, patient: string): Promise<void> {
  return upsertChosenPatient(parts.sql, {
    launchHash: launch.choice,
    clientId: registration.client_id,
    environment: registration.environment,
    patient,
    picked: isHealthWorker(person) && patient !== person?.patient,
    expiresAt: new Date(parts.clock().getTime() + secondsOfChoice * 1000),
  });
}

async function finishLogin(
  parts: AnswerParts,
  read: ReadSignIn,
  { accountId, methods, version, known }: Shown & { known: KnownPerson | undefined },
): Promise<string> {
  if (known?.account.accountId === accountId) parts.signIns.identified(known);
  const ts = Math.floor(parts.clock().getTime() / 1000);
  const reached = methods.includes('mfa') ? acr.twoFactors : acr.oneFactor;
  // If not remembered, the session's cookie ends with the browser.
  const remember = !(await isAtSharedWorkstation(parts, accountId));
  return finish(parts, read, { login: { accountId, amr: [...new Set(methods)], acr: reached, ts, remember, version } });
}

async function finishConsent(parts: AnswerParts, read: ReadSignIn, scopes: readonly string[]): Promise<string> {
  const { interaction, registration, person, asked, launch } = read;
  const possible = new Set(read.possible);
  const { grant, grantId } = await makeGrant(parts, {
    person: person!,
    registration,
    resource: interaction.params['resource'],
    asked,
    allowed: scopes.filter((scope) => possible.has(scope)),
    sessionUid: interaction.session?.uid,
  });
  if (launch.hash !== undefined) {
    const now = parts.clock();
    const keepUntil = new Date(now.getTime() + secondsOfGrant * 1000);
    const grantHash = hash('sha256', grantId, 'buffer');
    if (!(await useLaunch(parts.sql, { launchHash: launch.hash, grantHash, now, keepUntil }))) {
      const description = 'The launch has expired or was used already.';
      return finish(parts, read, { error: 'invalid_request', error_description: description });
    }
  }
  return finish(parts, read, { consent: { grantId } }, grant);
}
