/**
 * The page of the second factor that is due: it asks for the factor, or sets one up if the person has none; an operator's password is
 * replaced before that.
 */
import { findEnabledAccount } from '@dhp/accounts';
import { type FactorState, base32, totpUri } from '@dhp/accounts/sign-in';
import type { SignIn } from '@dhp/protocol';
import { codePage, enrolPage, type CodeFailure } from '../pages/factor-pages.ts';
import { ownPasswordPage } from '../pages/own-password-page.ts';
import type { PageOptions } from '@dhp/sso-pages';
import type { SignInStep } from '@dhp/grants';
import { challengeOf, hasFactor, isFreshEnough, mustChoosePassword, type Next, type Parts } from './steps.ts';

/**
 * @returns undefined if the account is no longer enabled, a factor was just set up in another window, or one must be set up and the sign-in
 * is too old for that: the first factor is then requested again
 */
export async function factorPage(
  parts: Parts,
  { signIn, step, options }: { signIn: SignIn; step: SignInStep; options: PageOptions },
  failed?: CodeFailure,
): Promise<Next> {
  const { factors } = parts;
  const account = await findEnabledAccount(parts.sql, step.account_id);
  if (account === undefined) return undefined;
  const state = await factors.stateOf(account.accountId);
  const { accountId, username } = account;
  const status = failed === undefined ? {} : { status: 401 };
  const failure = failed === undefined ? {} : { failed };
  const isDue = await mustChoosePassword(parts, accountId, step.methods);
  if (account.isTest === true && !isDue) return { address: await signIn.refuse(ofNobody) };
  if (hasFactor(state) && !(isDue && step.methods.includes('mfa'))) {
    const passkey = state.passkeys.length > 0 ? passkeyOptions(parts, signIn, state) : undefined;
    return { page: codePage(signIn, { ...options, hasCodes: state.totp, passkey, ...failure }), ...status };
  }
  // This comes before a factor is set up; otherwise anybody who knows the operator's password could add one.
  if (isDue) return { page: ownPasswordPage(signIn, options) };
  if (!isFreshEnough(parts, signIn)) return undefined;
  const secret = await factors.beginTotp(accountId, signIn.uid);
  if (secret === undefined) return undefined;
  const issuerName = new URL(parts.issuer).host;
  const passkey = await factors.registrationOptions(account, challengeOf(parts, signIn));
  const uri = totpUri({ secret, issuer: issuerName, username });
  return { page: enrolPage(signIn, { ...options, uri, secret: base32(secret), passkey, ...failure }), ...status };
}

const ofNobody = 'Two factors are asked for, and somebody of the playground, whom everybody may be, has no second one.';

/** Returns the options for a browser to answer with a passkey: one of those in the state, or any. */
export function passkeyOptions(parts: Parts, signIn: SignIn, state?: FactorState): object {
  const known = state?.passkeys.map(({ credentialId: id }) => ({ id, type: 'public-key' })) ?? [];
  return {
    challenge: challengeOf(parts, signIn),
    rpId: new URL(parts.issuer).hostname,
    userVerification: 'required',
    allowCredentials: known,
  };
}
