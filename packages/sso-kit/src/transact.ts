import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Sql } from '@dhp/postgres';
import { pauseBehindOvertaken } from '@dhp/postgres/errors';

/**
 * Runs work in a transaction, and again if it conflicted with another one: sign-ins, refreshes and acts on a person change the same rows in
 * different orders.
 * @param work changes nothing but the database
 * @throws the error of the work, and the error of PostgreSQL if the fourth attempt conflicts as well
 * @example
 * await transact(sql, async (transaction) => {
 *   await transaction`delete from sso.session_detail where account_id = ${accountId}`;
 *   await transaction`update sso.account set disabled_at = now() where account_id = ${accountId}`;
 * });
 */
export function transact<Result>(sql: Sql, work: (transaction: Session) => Promise<Result>): Promise<Result> {
  return again(() => sql.begin<Result>(work));
}

async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const pause = pauseBehindOvertaken(error, tries);
      if (pause === undefined) throw error;
      await delay(pause);
    }
  }
}
