import { waitsOf } from '@dhp/accounts';
import { verifyChainEnd } from '@dhp/audit/chain';
import { openKeys } from '@dhp/signing-keys';
import { countOpenCases, countUnconfirmedAccounts } from '@dhp/accounts/identity-rows';
import { overviewPage } from '../pages/overview-page.ts';
import { selectChainHead, selectRefusedAccounts, selectWaitingClients } from '../store/operator-overview.ts';
import type { OperatorController } from './controller.ts';
import { openSignInHours } from './sign-in-hours.ts';

/** How many records at the end of the chain are verified for the page: a few milliseconds. */
const verified = 500;
/** A lock lasts a quarter of an hour at most after the last refusal. */
const lockMinutes = 30;

export function addOverview(controller: OperatorController): void {
  const { sql } = controller;
  const signInHours = openSignInHours(sql);
  controller.show('', async ({ options }) => {
    const { now } = options;
    const [hours, waitingClients, refused, keys, head, end, cases, unconfirmed] = await Promise.all([
      signInHours(now),
      selectWaitingClients(sql, 100),
      selectRefusedAccounts(sql, new Date(now.getTime() - lockMinutes * 60_000), 500),
      openKeys(sql, controller).list(),
      selectChainHead(sql),
      verifyChainEnd(sql, verified),
      countOpenCases(sql),
      countUnconfirmedAccounts(sql),
    ]);
    const people = refused.map(({ account_id: accountId, ...rest }) => ({ accountId, ...rest }));
    const waits = await waitsOf(sql, people, now);
    const locked = people.flatMap((person) => {
      const until = waits.get(person.accountId);
      return until === undefined ? [] : [{ ...person, until }];
    });
    const identity = { cases, unconfirmed };
    return {
      page: overviewPage({ hours, waitingClients, locked, identity, keys, chain: { ...head, ...end } }, options),
    };
  });
}
