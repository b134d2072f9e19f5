/** People who sign in: their registration, and whether a name and password are theirs. */
import { randomUUID } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents, type AuditEvent } from '../store/audit-events.ts';
import {
  forgetFailures,
  insertAccount,
  noteFailure,
  selectAccount,
  selectAccountByName,
  selectAccounts,
  updateAccountDisabled,
  updatePassword,
  type AccountRow,
  type Identity,
} from '../store/accounts.ts';
import { deleteByAccount } from '../store/artifacts.ts';
import { insertRevocation } from '../store/revocations.ts';
import { operatingSystemUser } from '../operating-system-user.ts';
import { AccountError, usernameOf, validateNewAccount, validatePassword, type NewAccount } from './validate.ts';
import { hashPassword, passwordMatches } from './password.ts';

export interface Account {
  /** The `sub` of the person's tokens. */
  accountId: string;
  username: string;
  name: string;
  /** Who the person is in the records of each environment. */
  identities: readonly Identity[];
  created: Date;
  /** Absent while the account is enabled. */
  disabled?: Date;
  disabledReason?: string;
}

/** Why a sign-in was refused: for the audit trail only, never for who tries. */
export type SignInRefusal = 'unknown-account' | 'wrong-password' | 'account-locked' | 'account-disabled';

export interface Accounts {
  create(o: NewAccount): Promise<Account>;
  list(): Promise<Account[]>;
  find(username: string): Promise<Account | undefined>;
  /** Ends all sessions and tokens, and refuses new ones. */
  disable(username: string, o?: { reason?: string }): Promise<Account>;
  enable(username: string): Promise<Account>;
  /** Ends all sessions and tokens, and any lock. */
  setPassword(username: string, password: string): Promise<Account>;
  /**
   * Whether it is the person's password. Takes the same time for an unknown name, a wrong password and a locked account.
   * Ten wrong passwords in a row lock the account for a quarter of an hour.
   */
  authenticate(
    username: string,
    password: string,
  ): Promise<{ account: Account } | { refused: SignInRefusal; accountId?: string }>;
}

const failureLimit = 10;
const lockMilliseconds = 15 * 60_000;

/** @throws AccountError from every function but `authenticate`, with a message for the administrator */
export function openAccounts(sql: Sql, options: { actor?: string; clock?: () => Date } = {}): Accounts {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date() } = options;

  async function change(
    username: string,
    event: AuditEvent['event'],
    update: (transaction: Sql, accountId: string, now: Date) => Promise<AccountRow | undefined>,
    reason?: string,
  ): Promise<Account> {
    const row = await sql.begin(async (begun) => {
      const transaction = begun as unknown as Sql;
      const known = await selectAccountByName(transaction, usernameOf(username));
      if (known === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
      const changed = (await update(transaction, known.account_id, clock()))!;
      await insertAuditEvents(transaction, [{ recorded: clock(), event, actor, reason, accountId: known.account_id }]);
      return changed;
    });
    return toAccount(row);
  }

  return {
    async create(o) {
      const valid = validateNewAccount(o);
      const passwordHash = await hashPassword(valid.password);
      const accountId = randomUUID();
      const row = await sql.begin(async (begun) => {
        const transaction = begun as unknown as Sql;
        const made = await insertAccount(transaction, { ...valid, accountId, passwordHash, now: clock() });
        if (made === undefined) throw new AccountError('account-exists', `The name "${valid.username}" is taken`);
        await insertAuditEvents(transaction, [{ recorded: clock(), event: 'account.created', actor, accountId }]);
        return made;
      });
      return toAccount(row);
    },
    async list() {
      return (await selectAccounts(sql)).map(toAccount);
    },
    async find(username) {
      const row = await selectAccountByName(sql, usernameOf(username));
      return row && toAccount(row);
    },
    disable(username, { reason } = {}) {
      return change(
        username,
        'account.disabled',
        async (transaction, accountId, now) => {
          await deleteByAccount(transaction, accountId);
          await insertRevocation(transaction, `sub:${accountId}`, now);
          return updateAccountDisabled(transaction, accountId, { reason }, now);
        },
        reason,
      );
    },
    enable(username) {
      return change(username, 'account.enabled', (transaction, accountId, now) =>
        updateAccountDisabled(transaction, accountId, undefined, now),
      );
    },
    async setPassword(username, password) {
      validatePassword(password);
      const passwordHash = await hashPassword(password);
      return change(username, 'account.password-set', async (transaction, accountId, now) => {
        await deleteByAccount(transaction, accountId);
        await insertRevocation(transaction, `sub:${accountId}`, now);
        return updatePassword(transaction, accountId, passwordHash, now);
      });
    },
    async authenticate(username, password) {
      const row = await selectAccountByName(sql, usernameOf(username));
      const right = await passwordMatches(password, row?.password_hash);
      if (row === undefined) return { refused: 'unknown-account' };
      const accountId = row.account_id;
      const now = clock();
      if (row.locked_until !== null && row.locked_until > now) return { refused: 'account-locked', accountId };
      if (!right) {
        await noteFailure(sql, accountId, failureLimit, new Date(now.getTime() + lockMilliseconds));
        return { refused: 'wrong-password', accountId };
      }
      if (row.disabled_at !== null) return { refused: 'account-disabled', accountId };
      await forgetFailures(sql, accountId);
      return { account: toAccount(row) };
    },
  };
}

/** The person of a token or session; undefined when the account is gone or disabled. */
export async function findEnabledAccount(sql: Sql, accountId: string): Promise<Account | undefined> {
  const row = await selectAccount(sql, accountId);
  return row === undefined || row.disabled_at !== null ? undefined : toAccount(row);
}

function toAccount(row: AccountRow): Account {
  return {
    accountId: row.account_id,
    username: row.username,
    name: row.name,
    identities: row.identities,
    created: row.created_at,
    ...(row.disabled_at === null ? {} : { disabled: row.disabled_at }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
  };
}
