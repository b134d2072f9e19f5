/**
 * The second factor of a sign-in: requested if the person has one; set up on the way if the role or the client requires one and the person
 * has none. A passkey counts as both factors at once, since the authenticator verifies its person.
 */
import { createSecretKey } from 'node:crypto';
import type { Account } from '@dhp/accounts';
import type { FactorState } from '@dhp/accounts/sign-in';
import { type SignIn, allowsMethod } from '@dhp/protocol';
import type { CodeFailure } from '../pages/factor-pages.ts';
import type { PageOptions } from '@dhp/sso-pages';
import type { SignInStep } from '@dhp/grants';
import { choosePassword, enrol, takeCode, takePasskey } from './answers.ts';
import { factorPage, passkeyOptions } from './factor-page.ts';
import {
  finish,
  hasFactor,
  keepStep,
  requiresTwo,
  type FactorForm,
  type FactorPageOptions,
  type Next,
  type Note,
  type Parts,
  type SecondFactorOptions,
} from './steps.ts';

export interface SecondFactor {
  /** The person of the first factor, once it is done. */
  stepOf(signIn: SignIn): SignInStep | undefined;
  /**
   * After the first factor: the end, or the page that asks for the second one.
   * @param known if known: whether the person has a second factor, the scopes that the person allowed the client before, and whether an
   * operator has set the password
   */
  afterFirst(
    signIn: SignIn,
    account: Account,
    methods: string[],
    note: Note,
    known?: KnownOfPassword,
  ): Promise<string | undefined>;
  /** Returns the options with which a browser answers with a passkey. */
  passkeyOptions(signIn: SignIn, state?: FactorState): object;
  page(signIn: SignIn, step: SignInStep, o: PageOptions, failed?: CodeFailure): Promise<Next>;
  /** An answer to one of the pages, or a passkey in place of a password. */
  answer(signIn: SignIn, form: URLSearchParams, o: FactorPageOptions, note: Note): Promise<Next>;
}

interface KnownOfPassword {
  hasFactor: boolean;
  allowed: string[];
  mustChoose: boolean;
}

export function openSecondFactor(o: SecondFactorOptions): SecondFactor {
  const parts: Parts = { ...o, key: createSecretKey(o.key) };
  return {
    stepOf,
    page: (signIn, step, options, failed) => factorPage(parts, { signIn, step, options }, failed),
    passkeyOptions: (signIn, state) => passkeyOptions(parts, signIn, state),
    afterFirst: (signIn, account, methods, note, known) =>
      afterFirst(parts, { signIn, note }, { account, methods }, known),
    answer: (signIn, form, options, note) => answer(parts, { signIn, form, options, note }),
  };
}

function stepOf(signIn: SignIn): SignInStep | undefined {
  if (signIn.step !== undefined) return signIn.step;
  // The person is signed in, and the client wants more: the password was requested before.
  if (!signIn.isStepUp || signIn.person === undefined) return undefined;
  const { accountId, credentialsVersion } = signIn.person.account;
  return { account_id: accountId, methods: signIn.sessionMethods, credentials_version: credentialsVersion };
}

async function afterFirst(
  parts: Parts,
  at: { signIn: SignIn; note: Note },
  { account, methods }: { account: Account; methods: string[] },
  known: KnownOfPassword | undefined,
): Promise<string | undefined> {
  const { accountId, credentialsVersion: version } = account;
  // A factor of a test account, which anybody may use, would lock out all others.
  const has = account.isTest !== true && (known?.hasFactor ?? hasFactor(await parts.factors.stateOf(accountId)));
  // Factors reported by an identity system replace one that the role or the client requires, but never the account's own.
  if (!has && (methods.includes('mfa') || !requiresTwo(parts, at.signIn, account))) {
    const person = { account, allowed: known?.allowed, mustChoose: known?.mustChoose };
    const next = await finish(parts, at, { accountId, methods, version }, person);
    return next !== undefined && 'address' in next ? next.address : undefined;
  }
  // `mfa` in a step means that the second factor was shown here.
  await keepStep(parts, at.signIn, { accountId, methods: methods.filter((one) => one !== 'mfa'), version });
  return undefined;
}

async function answer(parts: Parts, sent: FactorForm): Promise<Next> {
  const step = stepOf(sent.signIn);
  const asked = sent.form.get('step');
  // In place of a password, if the client allows it; after a password it is a second factor like any other.
  const isTaken = step !== undefined || allowsMethod(sent.signIn.client, 'passkey');
  if (asked === 'passkey' && isTaken) return takePasskey(parts, sent, step);
  if (step === undefined) return undefined;
  const ofStep = { ...sent, step };
  if (asked === 'own-password') return choosePassword(parts, ofStep);
  if (step.methods.includes('mfa')) {
    const { account_id: accountId, methods, credentials_version: version } = step;
    return finish(parts, sent, { accountId, methods, version });
  }
  if (asked === 'code') return takeCode(parts, ofStep);
  if (asked === 'enrol' || asked === 'make-passkey') return enrol(parts, ofStep);
  return factorPage(parts, ofStep);
}
