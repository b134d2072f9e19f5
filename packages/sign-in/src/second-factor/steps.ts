/** Common parts of the steps of a second factor: their dependencies, and moving from one step to the next. */
import { createHash, createHmac, type KeyObject } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import type { AuditEvent } from '@dhp/audit';
import { change } from '@dhp/sso-kit/request';
import type { Account } from '@dhp/accounts';
import { type BreachedPasswords, type FactorState, type Factors, hasTemporaryPassword } from '@dhp/accounts/sign-in';
import { signInPath, type SignIn, type KnownPerson } from '@dhp/protocol';
import type { Tell } from '@dhp/accounts/messages';
import type { PageOptions } from '@dhp/sso-pages';
import type { Identity } from '@dhp/accounts/rows';
import {
  deletingSignInStep,
  endOldestSessions,
  selectSignInStep,
  upsertSignInStep,
  type SignInStep,
} from '@dhp/grants';

/** Groups of people that may be required to use two factors: by their record, or platform administrators at the operators' pages. */
export type SecondFactorGroup = Identity['type'] | 'administrator';

export interface SecondFactorOptions {
  sql: Sql;
  factors: Factors;
  issuer: string;
  /** Signs challenges. */
  key: Buffer;
  /** Groups whose members must use a second factor. */
  secondFactorFor: readonly SecondFactorGroup[];
  breachedPasswords: BreachedPasswords | undefined;
  /** Notifies the person of a new password. */
  tell: Tell;
  /** Whether this person's browser must not be remembered. */
  isShared: (accountId: string) => Promise<boolean>;
  clock: () => Date;
}

/** The options, with the key as a KeyObject: from bytes, a key would be made again for every page. */
export interface Parts extends Omit<SecondFactorOptions, 'key'> {
  key: KeyObject;
}

/** Next step of a sign-in: another address, a page, or undefined if no step is possible now. */
export type Next = { address: string } | { page: string; status?: number } | undefined;

export type Note = (event: Pick<AuditEvent, 'event' | 'reason' | 'accountId'>, o?: { forgetsDevice: boolean }) => void;

export interface FactorPageOptions extends PageOptions {
  /** Hashes of the tokens that the browser sent. */
  devices: readonly Buffer[];
}

/** A form that a page of the factors sent. */
export interface FactorForm {
  signIn: SignIn;
  form: URLSearchParams;
  options: FactorPageOptions;
  note: Note;
}

/** The same, for a person who has shown the first factor. */
export interface StepForm extends FactorForm {
  step: SignInStep;
}

/** The proof with which a person signs in: the account, the methods, and the version of the credentials when they were checked. */
type Shown = Parameters<SignIn['finishLogin']>[0];

const stepMinutes = 15;

/** Seconds since the sign-in within which sign-in methods may be changed. */
export const freshness = 600;

export const passkeyMethods: readonly string[] = ['pop', 'user', 'mfa'];

/** Returns the challenge for passkeys. It is bound to the sign-in, which is bound to the browser: an answer is valid for no other. */
export function challengeOf({ key }: Parts, { uid }: SignIn): string {
  return createHmac('sha256', key).update(`passkey ${uid}`).digest('base64url');
}

/** Whether the client, or the role of the person, requires two factors. No role requires them of a test account. */
export function requiresTwo({ secondFactorFor }: Parts, signIn: SignIn, { identities, isTest }: Account): boolean {
  return signIn.wantsTwoFactors || (isTest !== true && identities.some(({ type }) => secondFactorFor.includes(type)));
}

/**
 * Whether the first factor was shown recently enough to set up another one: in this sign-in, or in the session from which it continues. An
 * old open session, which anybody may have found, must not lead to a permanent sign-in method.
 */
export function isFreshEnough({ clock }: Pick<Parts, 'clock'>, { step, signedInAt }: SignIn): boolean {
  return step !== undefined || (signedInAt !== undefined && clock().getTime() / 1000 - signedInAt < freshness);
}

/** A password that an operator knows may only be used to choose another one; other sign-in methods are not affected. */
export async function mustChoosePassword(
  { sql }: Parts,
  accountId: string,
  methods: readonly string[],
): Promise<boolean> {
  return methods.includes('pwd') && hasTemporaryPassword(sql, accountId);
}

/** Stores the progress of the sign-in for the next page. */
export async function keepStep({ sql, clock }: Parts, signIn: SignIn, done: Shown): Promise<void> {
  const expires = new Date(clock().getTime() + stepMinutes * 60_000);
  await upsertSignInStep(sql, hashOf(signIn), { ...done, expires });
}

export async function dropStep({ sql }: Parts, signIn: SignIn): Promise<void> {
  await change(sql, 'step', deletingSignInStep(sql, hashOf(signIn)));
}

/**
 * The only function that leads to a session: after a sign-in with an operator's password, the person is led to the page for choosing
 * another one.
 */
export async function finish(
  parts: Parts,
  { signIn, note }: Pick<FactorForm, 'signIn' | 'note'>,
  { accountId, methods, version }: Shown,
  known?: KnownPerson & { mustChoose?: boolean | undefined },
): Promise<Next> {
  if (known?.mustChoose ?? (await mustChoosePassword(parts, accountId, methods))) {
    await keepStep(parts, signIn, { accountId, methods, version });
    return dueOf(signIn);
  }
  if (signIn.step !== undefined) await dropStep(parts, signIn);
  note(
    { event: 'sign-in.succeeded', accountId, reason: wordsOf(methods) },
    { forgetsDevice: await parts.isShared(accountId) },
  );
  const ended = await endOldestSessions(parts.sql, accountId, { keep: mostSessions - 1, now: parts.clock() });
  if (ended > 0) note({ event: 'session.ended', accountId, reason: `more than ${String(mostSessions)} sessions` });
  const shown = { accountId, methods: methods.filter((one) => one !== byRecoveryCode), version };
  return { address: await signIn.finishLogin(shown, known) };
}

/** Concurrent sessions of one person. Only a program has more; for a test account, which anybody may use, the latest hundred stay. */
const mostSessions = 100;

/** Beside the `otp` of a sign-in: it was a recovery code. RFC 8176 has no word for that, so tokens do not say it. */
export const byRecoveryCode = 'recovery-code';

/** For the audit trail, which must show that a recovery code from paper was used. */
function wordsOf(methods: readonly string[]): string {
  const isRecovery = methods.includes(byRecoveryCode);
  return methods.filter((one) => !(isRecovery && one === 'otp')).join(' ');
}

/** Returns the progress of the sign-in after an act that ended all other sign-ins. */
export async function stepNow({ sql, clock }: Parts, signIn: SignIn): Promise<SignInStep | undefined> {
  return selectSignInStep(sql, hashOf(signIn), clock());
}

export function hasFactor({ totp, passkeys }: FactorState): boolean {
  return totp || passkeys.length > 0;
}

/** Returns the name under which the database stores the step of a sign-in. */
export function hashOf({ uid }: SignIn): Buffer {
  return createHash('sha256').update(uid).digest();
}

/** Returns the redirect to the page that is due in the sign-in. */
export function dueOf({ uid }: SignIn): Next {
  return { address: `${signInPath}/${uid}` };
}
