/**
 * The second factor of a sign-in: asked for where the person has one; set up on the way where the role or the client demands
 * one that is not there yet. A passkey is both factors at once, since the authenticator knows its person.
 */
import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { type Account, findEnabledAccount } from '@dhp/accounts';
import {
  chooseOwnPassword,
  hasTemporaryPassword,
  type BreachedPasswords,
  type FactorState,
  type Factors,
  base32,
  totpUri,
} from '@dhp/accounts/sign-in';
import { signInPath } from '../engine/engine.ts';
import type { KnownPerson } from '../engine/state.ts';
import type { SignIn } from '../engine/sign-in.ts';
import { allowsMethod } from '../engine/sign-in-methods.ts';
import { codePage, enrolPage, recoveryCodesPage, type CodeFailure } from '../pages/factor-pages.ts';
import type { Tell } from '@dhp/accounts/messages';
import { ownPasswordPage } from '../pages/own-password-page.ts';
import type { PageOptions } from '../pages/page-options.ts';
import type { AuditEvent } from '@dhp/audit';
import { deletingSignInStep, upsertSignInStep, type SignInStep } from '@dhp/grants';
import type { Identity } from '@dhp/accounts/rows';
import { change } from '@dhp/sso-kit/request';

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

/** Next step of a sign-in: another address, a page, or (undefined) none that is possible now. */
export type Next = { address: string } | { page: string; status?: number } | undefined;

type Note = (event: Pick<AuditEvent, 'event' | 'reason' | 'accountId'>, o?: { forgetsDevice: boolean }) => void;

export interface FactorPageOptions extends PageOptions {
  /** Hashes of the tokens that the browser sent. */
  devices: readonly Buffer[];
}

export interface SecondFactor {
  /** The person of the first factor, when that is done. */
  stepOf(signIn: SignIn): SignInStep | undefined;
  /**
   * After the first factor: the end, or the page at which the second is asked for.
   * @param known whether the person has a second one, what the person allowed the client before, and whether the password is one that an
   *   operator has set, where that is known
   */
  afterFirst(
    signIn: SignIn,
    account: Account,
    methods: string[],
    note: Note,
    known?: { hasFactor: boolean; allowed: string[]; mustChoose: boolean },
  ): Promise<string | undefined>;
  /** Returns the options with which a browser answers with a passkey. */
  passkeyOptions(signIn: SignIn, state?: FactorState): object;
  page(signIn: SignIn, step: SignInStep, o: PageOptions, failed?: CodeFailure): Promise<Next>;
  /** An answer to one of the pages, or a passkey in place of a password. */
  answer(signIn: SignIn, form: URLSearchParams, o: FactorPageOptions, note: Note): Promise<Next>;
}

const minutes = 15;
const passkeyMethods = ['pop', 'user', 'mfa'];

export function openSecondFactor(o: SecondFactorOptions): SecondFactor {
  const { sql, factors, clock } = o;
  const key = createSecretKey(o.key);
  // Bound to the sign-in, which is bound to the browser: an answer is good for no other.
  const challengeOf = ({ uid }: SignIn): string =>
    createHmac('sha256', key).update(`passkey ${uid}`).digest('base64url');
  const expires = (): Date => new Date(clock().getTime() + minutes * 60_000);

  const demands = (signIn: SignIn, { identities }: Account): boolean =>
    signIn.wantsTwoFactors || identities.some(({ type }) => o.secondFactorFor.includes(type));

  /** The one way to a session: who came in with an operator's password is led to the page at which another one is chosen. */
  async function finish(
    signIn: SignIn,
    accountId: string,
    methods: string[],
    note: Note,
    known?: KnownPerson & { mustChoose?: boolean | undefined },
  ): Promise<Next> {
    if (known?.mustChoose ?? (await mustChoose(accountId, methods))) {
      await upsertSignInStep(sql, hashOf(signIn), { accountId, methods, expires: expires() });
      return hereOf(signIn);
    }
    if (signIn.step !== undefined) await change(sql, 'step', deletingSignInStep(sql, hashOf(signIn)));
    note(
      { event: 'sign-in.succeeded', accountId, reason: methods.join(' ') },
      { forgetsDevice: await o.isShared(accountId) },
    );
    return { address: await signIn.finishLogin(accountId, methods, known) };
  }

  /** A password that an operator knows is no way in for longer than it takes to choose another one; other ways in do not depend on it. */
  const mustChoose = async (accountId: string, methods: readonly string[]): Promise<boolean> =>
    methods.includes('pwd') && hasTemporaryPassword(sql, accountId);

  function stepOf(signIn: SignIn): SignInStep | undefined {
    if (signIn.step !== undefined) return signIn.step;
    // The person is signed in, and the client wants more: the password was asked for before.
    if (!signIn.isStepUp || signIn.person === undefined) return undefined;
    return { account_id: signIn.person.account.accountId, methods: signIn.sessionMethods };
  }

  async function page(signIn: SignIn, step: SignInStep, options: PageOptions, failed?: CodeFailure): Promise<Next> {
    const account = await findEnabledAccount(sql, step.account_id);
    if (account === undefined) return undefined;
    const state = await factors.stateOf(account.accountId);
    const { accountId, username } = account;
    const status = failed === undefined ? {} : { status: 401 };
    const failure = failed === undefined ? {} : { failed };
    const isDue = await mustChoose(accountId, step.methods);
    if (hasFactor(state) && !(isDue && step.methods.includes('mfa'))) {
      const passkey = state.passkeys.length > 0 ? passkeyOptions(signIn, state) : undefined;
      return { page: codePage(signIn, { ...options, hasCodes: state.totp, passkey, ...failure }), ...status };
    }
    // This comes before a factor is set up; otherwise anybody who knows the operator's password could add one.
    if (isDue) return { page: ownPasswordPage(signIn, options) };
    const secret = await factors.beginTotp(accountId, signIn.uid);
    if (secret === undefined) return undefined; // set up in another window a moment ago
    const issuerName = new URL(o.issuer).host;
    const passkey = await factors.registrationOptions(account, challengeOf(signIn));
    const uri = totpUri({ secret, issuer: issuerName, username });
    return { page: enrolPage(signIn, { ...options, uri, secret: base32(secret), passkey, ...failure }), ...status };
  }

  function passkeyOptions(signIn: SignIn, state?: FactorState): object {
    const known = state?.passkeys.map(({ credentialId: id }) => ({ id, type: 'public-key' })) ?? [];
    return {
      challenge: challengeOf(signIn),
      rpId: new URL(o.issuer).hostname,
      userVerification: 'required',
      allowCredentials: known,
    };
  }

  async function takePasskey(
    signIn: SignIn,
    step: SignInStep | undefined,
    form: URLSearchParams,
    note: Note,
  ): Promise<Next> {
    const accountId = await factors.checkPasskey(challengeOf(signIn), parsed(form.get('credential')));
    const isOther = accountId !== undefined && step !== undefined && step.account_id !== accountId;
    const account = accountId === undefined || isOther ? undefined : await findEnabledAccount(sql, accountId);
    if (account !== undefined)
      return finish(signIn, account.accountId, [...(step?.methods ?? []), ...passkeyMethods], note);
    note({ event: 'sign-in.refused', reason: 'wrong-passkey', accountId: step?.account_id ?? accountId });
    return undefined;
  }

  async function takeCode(
    signIn: SignIn,
    step: SignInStep,
    form: URLSearchParams,
    options: FactorPageOptions,
    note: Note,
  ): Promise<Next> {
    const result = await factors.checkCode(step.account_id, (form.get('code') ?? '').slice(0, 40), options.devices);
    if (result === 'otp' || result === 'recovery') {
      return finish(signIn, step.account_id, [...step.methods, 'otp', 'mfa'], note);
    }
    note({ event: 'sign-in.refused', reason: `${result}-code`, accountId: step.account_id });
    return page(signIn, step, options, result);
  }

  /** Only who has no factor yet may add one with the password alone. */
  async function enrol(
    signIn: SignIn,
    step: SignInStep,
    form: URLSearchParams,
    options: FactorPageOptions,
    note: Note,
  ): Promise<Next> {
    const isDue = await mustChoose(step.account_id, step.methods);
    if (isDue || hasFactor(await factors.stateOf(step.account_id))) return page(signIn, step, options);
    if (form.get('step') === 'make-passkey') {
      const credential = parsed(form.get('credential'));
      const made = await factors.addPasskey(step.account_id, challengeOf(signIn), credential, nameOfPasskey(clock()));
      return made
        ? finish(signIn, step.account_id, [...step.methods, ...passkeyMethods], note)
        : page(signIn, step, options);
    }
    const code = (form.get('code') ?? '').slice(0, 40);
    const here = { place: signIn.uid, devices: options.devices };
    const codes = await factors.confirmTotp(step.account_id, code, here);
    if (codes === undefined) return page(signIn, step, options, 'wrong');
    const methods = [...step.methods, 'otp', 'mfa'];
    await upsertSignInStep(sql, hashOf(signIn), { accountId: step.account_id, methods, expires: expires() });
    return { page: recoveryCodesPage({ ...options, codes }) };
  }

  /** The person's own password in the place of the operator's, once all factors that the person has were shown. */
  async function choosePassword(
    signIn: SignIn,
    step: SignInStep,
    form: URLSearchParams,
    options: FactorPageOptions,
    note: Note,
  ): Promise<Next> {
    const { account_id: accountId, methods } = step;
    const isShort = hasFactor(await factors.stateOf(accountId)) && !methods.includes('mfa');
    if (isShort || !(await mustChoose(accountId, methods))) return page(signIn, step, options);
    const result = await chooseOwnPassword(sql, accountId, form.get('new') ?? '', {
      ...{ now: clock(), breached: o.breachedPasswords, signInHash: hashOf(signIn) },
    });
    if (result === 'expired') {
      note({ event: 'sign-in.refused', reason: 'password-expired', accountId });
      await change(sql, 'step', deletingSignInStep(sql, hashOf(signIn)));
      return hereOf(signIn);
    }
    if (result !== 'chosen') return { page: ownPasswordPage(signIn, { ...options, flaw: result }), status: 400 };
    o.tell(accountId, 'password-changed');
    const account = await findEnabledAccount(sql, accountId);
    const isDone = methods.includes('mfa') || (account !== undefined && !demands(signIn, account));
    return isDone ? finish(signIn, accountId, methods, note) : hereOf(signIn);
  }

  return {
    stepOf,
    page,
    passkeyOptions,
    async afterFirst(signIn, account, methods, note, known) {
      const has = known?.hasFactor ?? hasFactor(await factors.stateOf(account.accountId));
      // Factors reported by an identity system replace one that the role or the client requires, but never the account's own.
      if (!has && (methods.includes('mfa') || !demands(signIn, account))) {
        const next = await finish(signIn, account.accountId, methods, note, {
          ...{ account, allowed: known?.allowed, mustChoose: known?.mustChoose },
        });
        return next !== undefined && 'address' in next ? next.address : undefined;
      }
      // `mfa` in a step means that the second factor was shown here.
      const first = methods.filter((one) => one !== 'mfa');
      const step = { accountId: account.accountId, methods: first, expires: expires() };
      await upsertSignInStep(sql, hashOf(signIn), step);
      return undefined;
    },
    async answer(signIn, form, options, note) {
      const step = stepOf(signIn);
      const what = form.get('step');
      // In place of a password, where the client takes that; after one it is a second factor as any other.
      const isTaken = step !== undefined || allowsMethod(signIn.client, 'passkey');
      if (what === 'passkey' && isTaken) return takePasskey(signIn, step, form, note);
      if (step === undefined) return undefined;
      if (what === 'own-password') return choosePassword(signIn, step, form, options, note);
      if (step.methods.includes('mfa')) return finish(signIn, step.account_id, step.methods, note);
      if (what === 'code') return takeCode(signIn, step, form, options, note);
      if (what === 'enrol' || what === 'make-passkey') return enrol(signIn, step, form, options, note);
      return page(signIn, step, options);
    },
  };
}

function hasFactor({ totp, passkeys }: FactorState): boolean {
  return totp || passkeys.length > 0;
}

function hashOf({ uid }: SignIn): Buffer {
  return createHash('sha256').update(uid).digest();
}

/** To the page that is due in the sign-in. */
function hereOf({ uid }: SignIn): Next {
  return { address: `${signInPath}/${uid}` };
}

export function nameOfPasskey(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** Parses the text that the script sent; undefined when it is not JSON. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
