/** Acts of a person on the own account: one form, with one act for each of its steps. */
import type { FastifyReply } from 'fastify';
import { findPasswordFlaw } from '@dhp/accounts/sign-in';
import { pathOf } from '../pages/account-pages.ts';
import { isRequired } from '../pages/scope-words.ts';
import { endEverything, endSession, signOutOf } from '@dhp/grants';
import { chooseScopes, revokeApplication } from '@dhp/grants/applications';
import { givenName, nameOfPasskey, parsed } from '../second-factor/passkey-form.ts';
import type { AccountController, AccountOptions, AccountRequest, AccountContext } from './controller.ts';
import { signedOutPath } from '../own-client.ts';
import { transact } from '@dhp/sso-kit';

export type Act = (
  context: AccountContext,
  form: URLSearchParams,
  request: AccountRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/** Acts that change how the person signs in; each requires a fresh sign-in. */
export function weightyActs(
  { factors, devices, clock }: AccountOptions,
  controller: AccountController,
): Record<string, Act> {
  const { challengeOf, placeOf, holdOf, showCodes, recoveryCodes, back, goTo } = controller;
  return {
    enrol: async (context, form, request, reply) => {
      const code = (form.get('code') ?? '').slice(0, 40);
      const { session } = context;
      const here = { place: placeOf(session), devices: devices.of(request), hold: holdOf(session) };
      const codes = await factors.confirmTotp(context.account.accountId, code, here);
      return codes === undefined ? showCodes(reply, context, 'wrong') : recoveryCodes(context, reply, codes);
    },
    'new-recovery-codes': async (context, _form, _request, reply) => {
      const codes = await factors.newRecoveryCodes(context.account.accountId, holdOf(context.session));
      return codes === undefined ? goTo(reply, pathOf('security')) : recoveryCodes(context, reply, codes);
    },
    'remove-codes': async ({ session, account }, _form, _request, reply) => {
      await factors.removeTotp(account.accountId, holdOf(session));
      return back(reply, 'security');
    },
    'add-passkey': async ({ session, account }, form, _request, reply) => {
      const credential = parsed(form.get('credential'));
      const made = await factors.addPasskey(account.accountId, challengeOf(session), credential, {
        name: nameOfPasskey(clock(), form.get('name') ?? ''),
        place: placeOf(session),
        hold: holdOf(session),
      });
      if (made === 'wrong') return goTo(reply, pathOf('security'));
      return back(reply, 'security', made === 'added' ? 'done' : 'too-many-passkeys');
    },
    'remove-passkey': async ({ session, account }, form, _request, reply) => {
      const removed = await factors.removePasskey(account.accountId, form.get('credential_id') ?? '', holdOf(session));
      return back(reply, 'security', removed === 'last-way' ? removed : 'done');
    },
    'rename-passkey': async ({ account }, form, _request, reply) => {
      const name = givenName(form.get('name') ?? '');
      if (name === undefined) return goTo(reply, pathOf('security'));
      await factors.renamePasskey(account.accountId, form.get('credential_id') ?? '', name);
      return back(reply, 'security');
    },
  };
}

/** Acts that require no fresh sign-in. */
export function lightActs(o: AccountOptions, { back, goTo, holdOf }: AccountController): Record<string, Act> {
  const { sql, clock } = o;
  return {
    'recovery-kept': async (_visit, _form, _request, reply) => back(reply, 'security'),
    'change-password': async ({ session, account }, form, request, reply) => {
      const { username, name } = account;
      const [current, wanted] = [form.get('current') ?? '', form.get('new') ?? ''];
      const flaw = await findPasswordFlaw(wanted, { username, name }, o.breachedPasswords);
      if (flaw !== undefined) return back(reply, 'security', flaw);
      const result = await o.accounts.authenticate(username, current, request.ip, {
        devices: o.devices.of(request),
      });
      if (!('account' in result)) {
        o.record({ event: 'sign-in.refused', reason: result.refused, accountId: account.accountId }, request.ip);
        if (result.locksFor !== undefined) o.onLocked(reply, account.accountId, result.locksFor);
        return back(reply, 'security', 'wrong-password');
      }
      // Checking a password takes as long as setting one: if another request has set one meanwhile, this session has ended.
      await o.accounts.setPassword(username, wanted, { actor: `account:${account.accountId}`, hold: holdOf(session) });
      o.tell(account.accountId, 'password-changed');
      return goTo(reply, '/account');
    },
    'end-session': async ({ account: { accountId } }, form, request, reply) => {
      const uid = form.get('session') ?? '';
      const ended = await transact(sql, (begun) => endSession(begun, accountId, uid, clock()));
      if (ended) o.record({ event: 'session.ended', accountId }, request.ip);
      return back(reply, 'sessions');
    },
    'sign-out': async ({ session, account: { accountId } }, _form, request, reply) => {
      await signOutOf(sql, accountId, session.uid, clock());
      o.record({ event: 'session.ended', accountId, reason: 'signed out' }, request.ip);
      return goTo(reply, signedOutPath);
    },
    'sign-out-everywhere': async ({ account: { accountId } }, _form, request, reply) => {
      await transact(sql, (begun) => endEverything(begun, accountId, clock()));
      o.record({ event: 'account.signed-out', accountId }, request.ip);
      return goTo(reply, signedOutPath);
    },
    'choose-scopes': async ({ account: { accountId } }, form, request, reply) => {
      const clientId = form.get('client') ?? '';
      const ticked = new Set(form.getAll('scope'));
      const isChosen = (scope: string): boolean => ticked.has(scope) || isRequired(scope);
      const scopes = await chooseScopes(sql, { accountId, clientId, now: clock() }, isChosen);
      if (scopes !== undefined) {
        o.record(
          { event: 'consent.given', accountId, clientId, scope: scopes.join(' '), reason: 'changed' },
          request.ip,
        );
      }
      return back(reply, 'applications');
    },
    'watch-access': async ({ account, options }, form, _request, reply) => {
      const { accountId, email, identities, isTest } = account;
      const asked = form.get('environment') ?? '';
      const own = identities.find(({ type, environment }) => type === 'Patient' && environment === asked);
      if (own === undefined || email === undefined || isTest === true || o.accessWatches === undefined)
        return goTo(reply, pathOf('access'));
      const state = await o.accessWatches.turnOn({ accountId, email }, own.environment, options.language);
      const query = state === 'limited' ? `?notice=limited-${own.environment}` : '';
      return goTo(reply, `${pathOf('access')}${query}`);
    },
    'unwatch-access': async ({ account: { accountId } }, form, _request, reply) => {
      const environment = (['playground', 'production'] as const).find((one) => one === form.get('environment'));
      if (environment !== undefined) await o.accessWatches?.turnOff(accountId, environment);
      return goTo(reply, pathOf('access'));
    },
    'revoke-application': async ({ account: { accountId } }, form, request, reply) => {
      const clientId = form.get('client') ?? '';
      const revoked = await revokeApplication(sql, accountId, clientId, clock());
      if (revoked) o.record({ event: 'consent.revoked', accountId, clientId }, request.ip);
      return back(reply, 'applications');
    },
  };
}
