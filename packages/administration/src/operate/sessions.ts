/** The sessions of everybody: found by person, network and client; ended one at a time, or all of a person or a client. */
import { AccountError, usernameOf } from '@dhp/accounts';
import { isNetwork } from '../acts/sessions.ts';
import { sessionPage, sessionQuestion, sessionsPage, type SessionsAskedFor } from '../pages/session-pages.ts';
import { operatePath } from '../pages/frame.ts';
import { selectAccountByName } from '@dhp/accounts/rows';
import { selectClient } from '@dhp/clients/rows';
import { selectListedSession, selectNewestSessions, type ListedSession } from '../store/operator-sessions.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { pagedBy, pageSize, placeIn, placeOfRow } from './paging.ts';
import { sessionActMessages } from '../texts/session-act.ts';

export function addSessions(controller: OperatorController): void {
  const { sql, clock } = controller;

  controller.show('/sessions', async ({ query, options }) => {
    const asked = askedOf(query);
    const account = await accountNamed(asked.username);
    const client = asked.client === '' ? undefined : await selectClient(sql, asked.client);
    const isNobody = asked.username !== '' && account === undefined;
    const isWrongAddress = asked.address !== '' && !isNetwork(asked.address);
    const wrong = isNobody ? 'nobody' : isWrongAddress ? 'wrongAddress' : undefined;
    const { rows, more } =
      wrong === undefined
        ? await selectNewestSessions(
            sql,
            {
              accountId: account?.account_id,
              address: asked.address === '' ? undefined : asked.address,
              clientId: asked.client === '' ? undefined : asked.client,
              after: placeIn(query),
              limit: pageSize,
            },
            clock(),
          )
        : { rows: [], more: false };
    const last = more ? rows.at(-1) : undefined;
    const paged = pagedBy('after', query, { ...asked }, last && placeOfRow(last.placed_at, last.session_uid));
    const of = { accountId: account?.account_id, clientId: client?.client_id, wrong } as const;
    const done = query.get('notice') === 'end' ? sessionActMessages[options.language].end.done : undefined;
    return { page: sessionsPage(rows, asked, of, paged, { ...options, notice: done }) };
  });

  async function accountNamed(username: string): Promise<{ account_id: string } | undefined> {
    if (username === '') return undefined;
    try {
      return await selectAccountByName(sql, usernameOf(username));
    } catch (error) {
      if (error instanceof AccountError) return undefined;
      throw error;
    }
  }

  const find = (context: OperatorContext): Promise<ListedSession | undefined> =>
    selectListedSession(sql, context.part('sessionId'), clock());

  controller.show('/sessions/:sessionId', async (context) => {
    const session = await find(context);
    return session && { page: sessionPage(session, context.options) };
  });

  controller.ask('/sessions/:sessionId/end', {
    find,
    question: (session, { options }, again) => sessionQuestion(session, options, again),
    async carryOut(session, context, _form, reason) {
      const act = { method: 'DELETE', path: '/sessions/{session_id}' };
      await controller.carryOut(context, act, { parts: { session_id: session.session_uid }, reason });
      const query = new URLSearchParams({ username: session.username, notice: 'end' });
      return { goTo: `${operatePath}/sessions?${query.toString()}` };
    },
  });
}

function askedOf(query: URLSearchParams): SessionsAskedFor {
  const given = (name: string): string => (query.get(name) ?? '').trim().slice(0, 200);
  return { username: given('username'), address: given('address'), client: given('client') };
}
