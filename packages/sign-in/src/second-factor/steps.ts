/** Common parts of the steps of a second factor: what they work with, and the way from one to the next. */
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

/** Groups of people that may be held to two factors: by their record, or platform administrators at the operators' pages. */
export type SecondFactorGroup = Identity['type'] | 'administrator';

export interface SecondFactorOptions {
  sql: Sql;
  factors: Factors;
  issuer: string;
  /** Signs challenges. */
  key: Buffer;
  /** Groups whose role requires a second factor. */
  secondFactorFor: readonly SecondFactorGroup[];
  breachedPasswords: BreachedPasswords | undefined;
  /** Tells the person of a password that was chosen. */
  tell: Tell;
  /** Whether the browser of this person is to be forgotten. */
  isShared: (accountId: string) => Promise<boolean>;
  clock: () => Date;
}

/** The options, with the key made once: bytes would be made a key again for every page. */
export interface Parts extends Omit<SecondFactorOptions, 'key'> {
  key: KeyObject;
}

/** Next step of a sign-in: another address, a page, or (undefined) none that is possible now. */
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

/** The same, of a person whose first factor is done. */
export interface StepForm extends FactorForm {
  step: SignInStep;
}

/** By what a person comes in: the account, the methods, and the version of the credentials when they were checked. */
type Shown = Parameters<SignIn['finishLogin']>[0];

const stepMinutes = 15;

/** Seconds since the sign-in within which ways to sign in may be changed. */
export const freshness = 600;

export const passkeyMethods: readonly string[] = ['pop', 'user', 'mfa'];

/** Returns the challenge for passkeys. It is bound to the sign-in, which is bound to the browser: an answer is valid for no other. */
export function challengeOf({ key }: Parts, { uid }: SignIn): string {
  return createHmac('sha256', key).update(`passkey ${uid}`).digest('base64url');
}

/** Whether the client, or the role of the person, requires two factors. No role requires them of somebody whom everybody may be. */
export function requiresTwo({ secondFactorFor }: Parts, signIn: SignIn, { identities, isTest }: Account): boolean {
  return signIn.wantsTwoFactors || (isTest !== true && identities.some(({ type }) => secondFactorFor.includes(type)));
}

/**
 * Whether the first factor was shown lately enough to set up another one: in this sign-in, or in the session that it continues from. By an open
 * session of long ago, which anybody may have found, nobody makes a way in for good.
 */
export function isFreshEnough({ clock }: Pick<Parts, 'clock'>, { step, signedInAt }: SignIn): boolean {
  return step !== undefined || (signedInAt !== undefined && clock().getTime() / 1000 - signedInAt < freshness);
}

/** A password that an operator knows is no way in for longer than it takes to choose another one; other ways in do not depend on it. */
export async function mustChoosePassword(
  { sql }: Parts,
  accountId: string,
  methods: readonly string[],
): Promise<boolean> {
  return methods.includes('pwd') && hasTemporaryPassword(sql, accountId);
}

/** Keeps how far the person has come, for the next page. */
export async function keepStep({ sql, clock }: Parts, signIn: SignIn, done: Shown): Promise<void> {
  const expires = new Date(clock().getTime() + stepMinutes * 60_000);
  await upsertSignInStep(sql, hashOf(signIn), { ...done, expires });
}

export async function dropStep({ sql }: Parts, signIn: SignIn): Promise<void> {
  await change(sql, 'step', deletingSignInStep(sql, hashOf(signIn)));
}

/** The one way to a session: who came in with an operator's password is led to the page at which another one is chosen. */
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

/** Sessions of one person at a time. Whoever is at more places is a program; of somebody whom everybody may be, the latest hundred come in. */
const mostSessions = 100;

/** Beside the `otp` of a sign-in: it was a recovery code. RFC 8176 has no word for that, so tokens do not say it. */
export const byRecoveryCode = 'recovery-code';

/** For the trail: who reads it has to see that somebody came in by a code from paper. */
function wordsOf(methods: readonly string[]): string {
  const isRecovery = methods.includes(byRecoveryCode);
  return methods.filter((one) => !(isRecovery && one === 'otp')).join(' ');
}

/** Returns how far the person has come, after an act that ended all other sign-ins. */
export async function stepNow({ sql, clock }: Parts, signIn: SignIn): Promise<SignInStep | undefined> {
  return selectSignInStep(sql, hashOf(signIn), clock());
}

export function hasFactor({ totp, passkeys }: FactorState): boolean {
  return totp || passkeys.length > 0;
}

/** Returns the name under which the database keeps the step of a sign-in. */
export function hashOf({ uid }: SignIn): Buffer {
  return createHash('sha256').update(uid).digest();
}

/** Returns the way to the page that is due in the sign-in. */
export function dueOf({ uid }: SignIn): Next {
  return { address: `${signInPath}/${uid}` };
}
