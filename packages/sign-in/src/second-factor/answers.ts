/** Answers to the pages of the second factor: a passkey, a code, a new factor, the person's own password. */
import { findEnabledAccount } from '@dhp/accounts';
import { chooseOwnPassword } from '@dhp/accounts/sign-in';
import { recoveryCodesPage } from '../pages/factor-pages.ts';
import { ownPasswordPage } from '../pages/own-password-page.ts';
import type { SignInStep } from '@dhp/grants';
import { type Hold, holdSignInStep } from '@dhp/grants/holds';
import { factorPage } from './factor-page.ts';
import { nameOfPasskey, parsed } from './passkey-form.ts';
import {
  byRecoveryCode,
  challengeOf,
  dropStep,
  dueOf,
  finish,
  hasFactor,
  hashOf,
  isFreshEnough,
  keepStep,
  mustChoosePassword,
  passkeyMethods,
  requiresTwo,
  stepNow,
  type FactorForm,
  type Next,
  type Parts,
  type StepForm,
} from './steps.ts';

/** A passkey, in place of a password if there is no step yet. @returns undefined if it does not belong to the person */
export async function takePasskey(parts: Parts, sent: FactorForm, step: SignInStep | undefined): Promise<Next> {
  const { signIn, form, note } = sent;
  const shown = await parts.factors.checkPasskey(challengeOf(parts, signIn), parsed(form.get('credential')));
  const accountId = shown?.accountId;
  const isOther = accountId !== undefined && step !== undefined && step.account_id !== accountId;
  const account = accountId === undefined || isOther ? undefined : await findEnabledAccount(parts.sql, accountId);
  if (account !== undefined && account.isTest !== true) {
    const methods = [...(step?.methods ?? []), ...passkeyMethods];
    // After a first factor, the version of the first factor counts, as it is the older one: an act that has ended sign-ins since has ended
    // both.
    const version = step?.credentials_version ?? shown!.version;
    return finish(parts, sent, { accountId: account.accountId, methods, version });
  }
  note({ event: 'sign-in.refused', reason: 'wrong-passkey', accountId: step?.account_id ?? accountId });
  return undefined;
}

export async function takeCode(parts: Parts, sent: StepForm): Promise<Next> {
  const { step, options, note } = sent;
  const { account_id: accountId } = step;
  const result = await parts.factors.checkCode(accountId, codeIn(sent), options.devices);
  if (result === 'otp' || result === 'recovery') {
    const how = result === 'recovery' ? [byRecoveryCode] : [];
    const methods = [...step.methods, 'otp', ...how, 'mfa'];
    return finish(parts, sent, { accountId, methods, version: step.credentials_version });
  }
  note({ event: 'sign-in.refused', reason: `${result}-code`, accountId });
  return factorPage(parts, sent, result);
}

/** Sets up the first factor. Only a person without any factor may add one with the password alone. */
export async function enrol(parts: Parts, sent: StepForm): Promise<Next> {
  const { signIn, step, form, options } = sent;
  const { account_id: accountId } = step;
  const isDue = await mustChoosePassword(parts, accountId, step.methods);
  const isNobodys = (await findEnabledAccount(parts.sql, accountId))?.isTest !== undefined;
  const mayNot = isDue || isNobodys || !isFreshEnough(parts, signIn);
  if (mayNot || hasFactor(await parts.factors.stateOf(accountId))) return factorPage(parts, sent);
  if (form.get('step') === 'make-passkey') return makePasskey(parts, sent);
  await keepGoing(parts, sent);
  const here = { place: signIn.uid, devices: options.devices, hold: holdOf(parts, sent) };
  const codes = await parts.factors.confirmTotp(accountId, codeIn(sent), here);
  if (codes === undefined) return factorPage(parts, sent, 'wrong');
  const now = await stepNow(parts, signIn);
  if (now === undefined) return dueOf(signIn);
  const methods = [...step.methods, 'otp', 'mfa'];
  await keepStep(parts, signIn, { accountId, methods, version: now.credentials_version });
  return { page: recoveryCodesPage({ ...options, codes }) };
}

async function makePasskey(parts: Parts, sent: StepForm): Promise<Next> {
  const { signIn, step, form } = sent;
  const { account_id: accountId, methods } = step;
  const credential = parsed(form.get('credential'));
  const name = nameOfPasskey(parts.clock());
  await keepGoing(parts, sent);
  const made = await parts.factors.addPasskey(accountId, challengeOf(parts, signIn), credential, {
    name,
    place: signIn.uid,
    hold: holdOf(parts, sent),
  });
  if (made !== 'added') return factorPage(parts, sent);
  const now = await stepNow(parts, signIn);
  if (now === undefined) return dueOf(signIn);
  return finish(parts, sent, { accountId, methods: [...methods, ...passkeyMethods], version: now.credentials_version });
}

/** Adding a factor ends all other sign-ins under way. This one continues, even if it uses the session of the browser. */
async function keepGoing(parts: Parts, { signIn, step }: StepForm): Promise<void> {
  const { account_id: accountId, methods, credentials_version: version } = step;
  await keepStep(parts, signIn, { accountId, methods, version });
}

/** The first factor was checked some statements ago: if an act has ended it since, no factor must be added. */
function holdOf({ clock }: Parts, { signIn, step: { account_id: accountId } }: StepForm): Hold {
  return (transaction) => holdSignInStep(transaction, { accountId, signInHash: hashOf(signIn), now: clock() });
}

/** Replaces the operator's password with the person's own, after all factors of the person were shown. */
export async function choosePassword(parts: Parts, sent: StepForm): Promise<Next> {
  const { sql, factors, clock, breachedPasswords: breached } = parts;
  const { signIn, step, form, options, note } = sent;
  const { account_id: accountId, methods } = step;
  const isShort = hasFactor(await factors.stateOf(accountId)) && !methods.includes('mfa');
  if (isShort || !(await mustChoosePassword(parts, accountId, methods))) return factorPage(parts, sent);
  const at = { now: clock(), breached, signInHash: hashOf(signIn) };
  const result = await chooseOwnPassword(sql, accountId, form.get('new') ?? '', at);
  if (result === 'expired') {
    note({ event: 'sign-in.refused', reason: 'password-expired', accountId });
    await dropStep(parts, signIn);
    return dueOf(signIn);
  }
  if (result !== 'chosen') return { page: ownPasswordPage(signIn, { ...options, flaw: result }), status: 400 };
  parts.tell(accountId, 'password-changed');
  const account = await findEnabledAccount(sql, accountId);
  const isDone = methods.includes('mfa') || (account !== undefined && !requiresTwo(parts, signIn, account));
  const now = await stepNow(parts, signIn);
  return isDone && now !== undefined
    ? finish(parts, sent, { accountId, methods, version: now.credentials_version })
    : dueOf(signIn);
}

function codeIn({ form }: StepForm): string {
  return (form.get('code') ?? '').slice(0, 40);
}
