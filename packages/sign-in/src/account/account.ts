/**
 * The pages of a person's own account. The account is an application like others: a visitor who is not signed in is redirected through the
 * authorization endpoint and comes back with a session; sensitive acts need a sign-in of the last minutes.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  accountTabs,
  activityPage,
  applicationsPage,
  pathOf,
  profilePage,
  securityPage,
  sessionsPage,
  type AccountTab,
} from '../pages/account-pages.ts';
import type { Account } from '@dhp/accounts';
import { hasPassword } from '@dhp/accounts/rows';
import { selectActivity, selectSessions, type SessionRow } from '@dhp/grants';
import { selectApplications } from '@dhp/grants/applications';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { lightActs, weightyActs } from './acts.ts';
import { accessPage } from '../pages/access-page.ts';
import { looksAt, watchedBy } from './access.ts';
import type { Sql } from '@dhp/postgres';
import { addConnecting, systemsOf } from './connect.ts';
import { openController, type AccountController, type AccountRequest, type AccountContext } from './controller.ts';
import { addOwnAccount, type OwnOptions } from './own.ts';
import { backPath, confirmPath } from '../own-client.ts';
import { closePath } from '../pages/closing-pages.ts';
import { editPath } from '../pages/own-pages.ts';

export function addAccountPages(app: FastifyInstance, o: OwnOptions): void {
  const { sql, factors, clock } = o;
  const controller = openController(o);
  const { send, goTo, back, signIn, contextOf, isFresh, challengeOf, showCodes, act } = controller;

  for (const tab of accountTabs) {
    app.get(pathOf(tab), async (request: AccountRequest, reply) => {
      const context = await contextOf(request, reply);
      if (context === undefined || (tab === 'security' && !isFresh(context.session))) {
        return signIn(reply, pathOf(tab), context !== undefined);
      }
      return send(reply, context.options, await pageOf(tab, context, request));
    });
  }

  addWayBack(app, controller);

  app.get('/account/codes', async (request: AccountRequest, reply) => {
    const context = await contextOf(request, reply);
    if (context === undefined || !isFresh(context.session))
      return signIn(reply, '/account/codes', context !== undefined);
    if (context.account.isTest === true) return back(reply, 'security', 'test-person');
    return showCodes(reply, context);
  });

  addConnecting(app, o, controller);
  addOwnAccount(app, o, controller);

  const [weighty, light] = [weightyActs(o, controller), lightActs(o, controller)];

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post('/account', async (request: AccountRequest, reply) => {
      const context = await contextOf(request, reply);
      const form = request.body as URLSearchParams;
      if (context === undefined || !isSameKey(form.get('csrf') ?? '', context.options.csrf))
        return signIn(reply, '/account');
      const step = form.get('step') ?? '';
      if (Object.hasOwn(weighty, step)) {
        if (context.account.isTest === true) return back(reply, 'security', 'test-person');
        if (!isFresh(context.session)) return signIn(reply, pathOf('security'), true);
        return act(reply, pathOf('security'), () => weighty[step]!(context, form, request, reply));
      }
      if (!Object.hasOwn(light, step)) return goTo(reply, '/account');
      return act(reply, '/account', () => light[step]!(context, form, request, reply));
    });
    done();
  });

  async function pageOf(tab: AccountTab, context: AccountContext, request: AccountRequest): Promise<string> {
    const { session, account, options } = context;
    const { accountId } = account;
    switch (tab) {
      case 'profile':
        return profilePage(account, options);
      case 'security': {
        const registration = await factors.registrationOptions(account, challengeOf(session));
        const state = await factors.stateOf(accountId);
        const systems = await systemsOf(context, o, controller);
        return securityPage(state, {
          ...{ ...options, registration, systems },
          hasPassword: await hasPassword(sql, accountId),
        });
      }
      case 'sessions':
        return sessionsPage(await sessionsSeen(sql, { session, account }, clock()), { ...options, own: session.uid });
      case 'applications':
        return applicationsPage(await selectApplications(sql, accountId), options);
      case 'activity':
        return activityPage(await activitySeen(sql, account), options);
      case 'access': {
        const asked = { environment: textOf(request.query.environment), cursor: textOf(request.query.cursor) };
        const looks = await looksAt(account, asked, options.language, o);
        const watched = await watchedBy(account, o.accessWatches, textOf(request.query.notice));
        return accessPage(looks, { ...options, isFirst: asked.environment === undefined, watched });
      }
    }
  }
}

/** The address to which a visitor returns from the sign-in. */
function addWayBack(app: FastifyInstance, { goTo }: AccountController): void {
  app.get(backPath, (request: FastifyRequest<{ Querystring: { state?: unknown; error?: unknown } }>, reply) => {
    const back = pageBack(request.query.state);
    return goTo(reply, request.query.error === undefined ? (back ?? '/account') : '/');
  });
}

/** The page to which a sign-in returns; undefined if the address is not one of ours. */
function pageBack(state: unknown): string | undefined {
  if (typeof state === 'string' && isConfirming(state)) return state;
  return [...accountTabs.map(pathOf), '/account/codes', editPath, closePath].find((path) => path === state);
}

/** Whether it is exactly the address of a link that confirms an e-mail address. */
function isConfirming(state: string): boolean {
  return (
    state.startsWith(`${confirmPath}?token=`) && /^[\w-]{1,100}$/.test(state.slice(`${confirmPath}?token=`.length))
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the sessions of the account. Sessions of a test account belong to strangers, so their location is not shown. */
async function sessionsSeen(
  sql: Sql,
  { session, account }: Pick<AccountContext, 'session' | 'account'>,
  now: Date,
): Promise<SessionRow[]> {
  const sessions = await selectSessions(sql, account.accountId, now);
  const isShown = (uid: string): boolean => account.isTest !== true || uid === session.uid;
  return sessions.map((one) => (isShown(one.session_uid) ? one : { ...one, address: null, user_agent: null }));
}

async function activitySeen(sql: Sql, { accountId, isTest }: Account): ReturnType<typeof selectActivity> {
  const activity = await selectActivity(sql, accountId, 100);
  return isTest === true ? activity.map((one) => ({ ...one, address: null })) : activity;
}
