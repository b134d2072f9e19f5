/**
 * Owners of organisations of developers, appointed by operators: if the only owner is to be disabled, or is unavailable, another member
 * takes over. A person who is not a member cannot be appointed.
 */
import { AccountError, usernameOf } from '@dhp/accounts';
import { selectAccountByName } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';
import type { Sql } from '@dhp/postgres';
import { AdministrationError, operatingSystemUser, transact } from '@dhp/sso-kit';
import { updateRole } from './store/members.ts';
import { lockCount } from './store/organizations.ts';

export interface Owners {
  /** @throws AccountError, AdministrationError if the person is not a member of it */
  make(username: string, organizationId: string, o?: { reason?: string | undefined }): Promise<void>;
}

export function openOwners(sql: Sql, options: { actor?: string; clock?: () => Date } = {}): Owners {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()) } = options;
  return {
    make: (username, organizationId, { reason } = {}) =>
      transact(sql, async (transaction) => {
        await lockCount(transaction, organizationId);
        const account = await selectAccountByName(transaction, usernameOf(username));
        if (account === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
        const { account_id: accountId } = account;
        const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(organizationId);
        if (!isId || !(await updateRole(transaction, { organizationId, accountId, role: 'owner' })))
          throw new AdministrationError('invalid-value', `"${username}" is no member of an organisation of that id`);
        const what = [`${accountId} is owner in ${organizationId}`, ...(reason === undefined ? [] : [reason])];
        await insertAuditEvents(transaction, [
          { recorded: clock(), event: 'developers.role-changed', actor, accountId, reason: what.join(': ') },
        ]);
      }),
  };
}
