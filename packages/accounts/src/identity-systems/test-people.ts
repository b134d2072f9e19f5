/** Accounts that an identity system for trying out opened before accounts were marked at their opening. */
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { endEverything } from '@dhp/grants';
import { transact } from '@dhp/sso-kit';
import { markTestAccount, selectUnmarkedTestAccounts } from '../store/accounts.ts';
import { hashOf, linkKey } from './link-key.ts';

const upstream = 'oneid';

export interface TestPeopleOptions {
  readonly sql: Sql;
  readonly encryptionKey: Buffer;
  /** PINFLs of the test people that can be chosen, now and in earlier versions. */
  readonly pinfls: readonly string[];
  readonly clock: () => Date;
}

/**
 * Marks the accounts of test people permanently and ends their sessions and tokens, whichever identity system is in use now. An account
 * that the person had before, and connected to such a system, stays unchanged. Processes may do this concurrently.
 * @returns how many accounts were marked
 */
export async function markTestPeople({ sql, encryptionKey, pinfls, clock }: TestPeopleOptions): Promise<number> {
  if (pinfls.length === 0) return 0;
  const key = linkKey(encryptionKey);
  // At first the system had no separate names for people: it used those of the real system.
  const subjects = pinfls.flatMap((pinfl) => [`test ${pinfl}`, pinfl]);
  const hashes = subjects.map((subject) => hashOf(key, `${upstream} ${subject}`));
  const found = await selectUnmarkedTestAccounts(sql, upstream, hashes);
  for (const accountId of found)
    await transact(sql, async (transaction) => {
      if (!(await markTestAccount(transaction, accountId))) return;
      const now = clock();
      await endEverything(transaction, accountId, now);
      const reason = 'opened by an identity system for trying out';
      await insertAuditEvents(transaction, [
        { recorded: now, event: 'account.changed', actor: 'platform:upgrade', accountId, reason },
      ]);
    });
  return found.length;
}
