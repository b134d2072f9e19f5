/** The people: searched by name in any script, by user name or by PINFL; shown; disabled, enabled, reset, readmitted, signed out. */
import { toAccount, type Account, waitsOf } from '@dhp/accounts';
import { indexNames, searchedWords } from '../acts/name-search.ts';
import { bondActs } from '../pages/bond-texts.ts';
import { eventKinds } from '../pages/event-texts.ts';
import { operatePath } from '../pages/frame.ts';
import { secretPage } from '../pages/question-page.ts';
import { type PersonAct } from '../pages/texts.ts';
import type { PersonShown } from '../pages/user-cards.ts';
import {
  actsFor,
  isPersonAct,
  pathOfUser,
  userPage,
  userQuestion,
  usersPage,
  type UsersAsked,
} from '../pages/user-pages.ts';
import { isAdministrator, hasPassword, selectAccount, selectHeldRoles } from '@dhp/accounts/rows';
import { selectAuditPage } from '@dhp/audit/find';
import { selectNewestAccounts } from '../store/operator-lists.ts';
import { selectSessions } from '@dhp/grants';
import { selectApplications } from '@dhp/grants/applications';
import { selectLinks } from '@dhp/accounts/identity-rows';
import type { Answer } from './answer.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { paperPage } from '../pages/paper-page.ts';
import { pagedBy, pageSize, placeIn, placeOfRow } from './paging.ts';
import { bondMessages } from '../texts/bond.ts';
import { bondActMessages } from '../texts/bond-act.ts';
import { operatorMessages } from '../texts/operator.ts';

/** The act of the administration behind each button. */
const actPaths: Record<PersonAct, string> = {
  disable: '/users/{username}/disable',
  enable: '/users/{username}/enable',
  'reset-link': '/users/{username}/reset-link',
  'paper-code': '/users/{username}/paper-code',
  'reset-password': '/users/{username}/set-password',
  'reset-factors': '/users/{username}/reset-factors',
  unlock: '/users/{username}/unlock',
  'sign-out': '/users/{username}/sign-out',
};

const shownEvents = eventKinds.filter((kind) => kind !== 'token.issued' && kind !== 'token.refused');

export function addUsers(controller: OperatorController): void {
  controller.show('/users', (context) => list(controller, context, askedOf(context.query)));
  controller.take('/users', (context, form) => search(controller, context, askedOf(form)), { isAct: false });
  controller.show('/users/:accountId', (context) => show(controller, context));
  controller.ask<{ act: PersonAct; account: Account }>('/users/:accountId/:act', {
    async find(context) {
      const account = await accountAt(controller, context);
      const act = account && (await actOf(controller, context, account));
      return act && { act, account };
    },
    question: ({ act, account }, { options }, again) => userQuestion(act, account, options, again),
    carryOut: (asked, context, _form, reason) => carryOut(controller, context, { ...asked, reason }),
  });
}

/** @param accountIds of the persons who were found by their PINFL */
async function list(
  controller: OperatorController,
  context: OperatorContext,
  asked: UsersAsked,
  accountIds?: string[],
): Promise<Answer> {
  const { sql } = controller;
  const after = placeIn(context.query);
  const searched = accountIds === undefined ? searchedWords(asked.q) : [];
  if (asked.q.trim() !== '') await indexNames(sql);
  const these = accountIds === undefined ? {} : { accountIds };
  const { rows, more } = await selectNewestAccounts(sql, {
    searched,
    ...these,
    state: asked.state,
    after,
    limit: pageSize,
  });
  const last = more ? rows.at(-1) : undefined;
  const next = last && placeOfRow(last.created_at, last.account_id);
  const paged = pagedBy('after', context.query, { ...asked }, next);
  return { page: usersPage(rows, asked, paged, context.options) };
}

async function search(controller: OperatorController, context: OperatorContext, asked: UsersAsked): Promise<Answer> {
  const digits = asked.q.replaceAll(/\s/g, '');
  if (!/^\d{14}$/.test(digits)) {
    return { goTo: `${operatePath}/users?${new URLSearchParams({ ...asked }).toString()}` };
  }
  const found = await controller.upstreams.accountsOfPinfl(digits);
  const [only] = found;
  if (found.length === 1) return { goTo: pathOfUser(only!) };
  // The page is sent as the answer to the POST, so that the PINFL appears in no address.
  return list(controller, context, { q: '', state: 'any' }, found);
}

async function show(controller: OperatorController, context: OperatorContext): Promise<Answer | undefined> {
  const account = await accountAt(controller, context);
  if (account === undefined) return undefined;
  const notice = noticeOf(context);
  return { page: userPage(await shown(controller, account, context), { ...context.options, notice }) };
}

/** Returns the message about the act that was just done. */
function noticeOf({ query, options: { language } }: OperatorContext): string | undefined {
  const done = query.get('notice') ?? '';
  if (isPersonAct(done)) return operatorMessages[language].personActs[done].done;
  if (done === 'invited') return bondMessages[language].invited;
  const bond = bondActs.find((act) => act === done);
  return bond && bondActMessages[language][bond].done;
}

async function shown(
  controller: OperatorController,
  account: Account,
  { options }: OperatorContext,
): Promise<PersonShown> {
  const { sql, clock } = controller;
  const { accountId } = account;
  const now = clock();
  const asked = { events: shownEvents, accountId, limit: 10 };
  const [isOne, waits, password, factors, playground, production, links, sessions, applications, recent] =
    await Promise.all([
      isAdministrator(sql, accountId),
      waitsOf(sql, [account], now),
      hasPassword(sql, accountId),
      controller.factors.stateOf(accountId),
      selectHeldRoles(sql, accountId, 'playground'),
      selectHeldRoles(sql, accountId, 'production'),
      selectLinks(sql, accountId),
      selectSessions(sql, accountId, now),
      selectApplications(sql, accountId),
      selectAuditPage(sql, asked),
    ]);
  const held = [
    ...playground.map((role) => ({ environment: 'playground' as const, ...role })),
    ...production.map((role) => ({ environment: 'production' as const, ...role })),
  ];
  const roles = await controller.organizations.named(held, options.language);
  return {
    ...{ account, isAdministrator: isOne, lockedUntil: waits.get(accountId), hasPassword: password, factors, roles },
    ...{ links, sessions, applications, recent: recent.rows },
  };
}

/** Returns the act of the address if it is possible for this person; the table of duties decides whether this operator may do it. */
async function actOf(
  controller: OperatorController,
  context: OperatorContext,
  account: Account,
): Promise<PersonAct | undefined> {
  const act = context.part('act');
  if (!isPersonAct(act)) return undefined;
  // No act on oneself is possible; the answer must be a refusal, not a missing page.
  if (account.accountId === context.account.accountId) return act;
  return actsFor(await shown(controller, account, context), context.account.accountId).find((one) => one === act);
}

async function carryOut(
  controller: OperatorController,
  context: OperatorContext,
  { act, account, reason }: { act: PersonAct; account: Account; reason: string },
): Promise<Answer> {
  const parts = { username: account.username };
  const result = await controller.carryOut(context, { method: 'POST', path: actPaths[act] }, { parts, reason });
  const back = pathOfUser(account.accountId);
  const { code, address, expires_at: until } = result;
  if (act === 'paper-code')
    return {
      page: paperPage(
        { ...parts, tab: 'users', back, code: String(code), address: String(address), until: String(until) },
        context.options,
      ),
    };
  const made = result['password'] ?? result['link'];
  if (typeof made !== 'string') return { goTo: `${back}?notice=${act}` };
  const text = operatorMessages[context.options.language];
  const label = act === 'reset-link' ? text.newLink : text.newPassword;
  const secret = { tab: 'users', done: text.personActs[act].done, label, secret: made, back } as const;
  return { page: secretPage(secret, context.options) };
}

/** Returns the account of the address; undefined if there is none. */
export async function accountAt({ sql }: OperatorController, context: OperatorContext): Promise<Account | undefined> {
  const id = context.part('accountId');
  const row = await selectAccount(sql, id);
  return row && toAccount(row);
}

function askedOf(given: URLSearchParams): UsersAsked {
  const state = given.get('state');
  return {
    q: (given.get('q') ?? '').slice(0, 200),
    state: state === 'enabled' || state === 'disabled' ? state : 'any',
  };
}
