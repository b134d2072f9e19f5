/**
 * Platform administrators, who may open the operators' pages. They are appointed only at the command line, never over HTTP, so that nobody
 * who administers clients and people can give themselves the role.
 */
import type { Session, Sql } from '@dhp/postgres';
import { transact, operatingSystemUser } from '@dhp/sso-kit';
import { deleteAdministrator, insertAdministrator, isAdministrator } from '../store/administrators.ts';
import { selectAccountByName } from '../store/accounts.ts';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { lockAdministrators } from '../store/own-account.ts';
import { requireOtherAdministrator } from './last-of-office.ts';
import { AccountError, usernameOf } from './validate.ts';

/** Every change takes effect with the next page that the person opens, and leaves one audit event. */
export interface Administrators {
  has(accountId: string): Promise<boolean>;
  make(username: string, o?: { reason?: string }): Promise<void>;
  /** @throws AccountError `last-administrator` for the only administrator who can sign in */
  unmake(username: string, o?: { reason?: string }): Promise<void>;
}

/** @throws AccountError from `make` and `unmake`, with a message for the administrator */
export function openAdministrators(sql: Sql, options: { actor?: string; clock?: () => Date } = {}): Administrators {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()) } = options;

  async function change(
    username: string,
    event: AuditEvent['event'],
    reason: string | undefined,
    write: (transaction: Session, accountId: string, now: Date) => Promise<boolean>,
  ): Promise<void> {
    await transact(sql, async (transaction) => {
      const row = await selectAccountByName(transaction, usernameOf(username));
      if (row === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
      const { account_id: accountId } = row;
      const now = clock();
      if (!(await write(transaction, accountId, now))) return; // nothing was changed
      await insertAuditEvents(transaction, [{ recorded: now, event, actor, accountId, reason }]);
    });
  }

  return {
    has: (accountId) => isAdministrator(sql, accountId),
    make: (username, { reason } = {}) =>
      change(username, 'account.administrator-made', reason, (transaction, accountId, now) =>
        insertAdministrator(transaction, { accountId, madeBy: actor, now }),
      ),
    unmake: (username, { reason } = {}) =>
      change(username, 'account.administrator-unmade', reason, async (transaction, accountId) => {
        await lockAdministrators(transaction);
        await requireOtherAdministrator(transaction, accountId);
        return deleteAdministrator(transaction, accountId);
      }),
  };
}
