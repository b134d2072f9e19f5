/** People as operators see and change them: used by the command line, the admin API and the operators' pages. */
import type { Session, Sql } from '@dhp/postgres';
import {
  transact,
  operatingSystemUser,
  countOf,
  pageOf,
  unknownPlace,
  type Page,
  type PageRequest,
  type EnvironmentName,
} from '@dhp/sso-kit';
import { withoutNulls } from '@dhp/sso-kit/fields';
import {
  hasPassword,
  selectAccount,
  lockAccountByName,
  selectAccountByName,
  selectAccountPage,
  updateAccount,
  type AccountFilter,
  type AccountRow,
  type Identity,
} from '../store/accounts.ts';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { deleteFactors, selectPasskeys, selectTotp } from '../store/factors.ts';
import { countRecoveryCodes } from '../store/recovery-codes.ts';
import { unpinPatients } from '../store/relations.ts';
import { endEverything } from '@dhp/grants';
import { deleteOwnLinks } from '../store/own-links.ts';
import { deletePasswordLinks } from '../store/password-links.ts';
import { deleteLink, selectLinks } from '../store/upstreams.ts';
import { personValuesOf, toAccount, type Account } from './account.ts';
import { storePasswordLink } from '../passwords/password-links.ts';
import { endCodeLock, endLock, lockOf } from '../throttle/throttle.ts';
import type { ChangedPersonValues, PersonValues } from '../fields/person-fields.ts';
import { AccountError, usernameOf, validateNewAccount } from './validate.ts';

/** A person with all sign-in methods. */
export interface Person extends Account {
  hasPassword: boolean;
  /** Codes of an application are set up. */
  hasCodes: boolean;
  recoveryCodesLeft: number;
  passkeys: number;
  /** The identity systems by which the person signs in. */
  links: { upstream: string; linked: Date }[];
  /** Until when the person waits for wrong passwords; absent when not. */
  lockedUntil?: Date;
}

/** Changes of a person. Absent fields keep their value; null removes the address; `identities` replaces all of them. */
export type PersonChange = ChangedPersonValues & {
  identities?: readonly Identity[];
  /**
   * Environments in which the binding to the RelatedPerson is renewed: it is pinned at its next use to the patient that the record names
   * then.
   */
  tieAgain?: readonly EnvironmentName[];
};

export interface People {
  /** In the order of their registration; `after` is a user name. */
  search(filter: AccountFilter & PageRequest): Promise<Page<Account>>;
  show(username: string): Promise<Person>;
  /** Changes a person. If the records now name another person, sessions and tokens end, because tokens name the previous one. */
  change(username: string, o: PersonChange): Promise<Account>;
  /** Ends the lock that wrong passwords and codes have caused. */
  unlock(username: string): Promise<Account>;
  /** Removes codes, recovery codes and passkeys, and ends sessions and tokens: for a person who has lost them. */
  resetFactors(username: string): Promise<Account>;
  /** `link` is the path by which the person sets a new password, valid once and for a quarter of an hour. */
  resetLink(username: string): Promise<{ accountId: string; link: string }>;
  /** Removes a link to an identity system, with the PINFL, which would restore it. Sessions and tokens end. */
  unlink(username: string, upstream: string): Promise<Account>;
}

/** @throws AccountError or AdministrationError from every function, with a message for the administrator */
export function openPeople(
  sql: Sql,
  options: { actor?: string; clock?: () => Date; reason?: string | undefined } = {},
): People {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason } = options;

  async function act<Result>(
    username: string,
    event: AuditEvent['event'],
    work: (transaction: Session, row: AccountRow) => Promise<Result>,
    what?: string,
  ): Promise<Result> {
    return transact(sql, async (transaction) => {
      const row = await lockAccountByName(transaction, usernameOf(username));
      if (row === undefined) throw unknown(username);
      const result = await work(transaction, row);
      const why = [what, reason].filter((one) => one !== undefined).join(': ');
      await insertAuditEvents(transaction, [
        { recorded: clock(), event, actor, accountId: row.account_id, reason: why === '' ? undefined : why },
      ]);
      return result;
    });
  }

  return {
    async search({ count: asked, after, ...filter }) {
      const count = countOf({ count: asked });
      const found = await selectAccountPage(sql, filter, { count, after });
      if (found === undefined) throw unknownPlace(after!);
      return pageOf(found.rows, { total: found.total, count, idOf: (row) => row.username, shown: toAccount });
    },
    show: (username) => personOf(sql, username, clock()),
    change(username, o) {
      const { tieAgain = [] } = o;
      const work = (transaction: Session, row: AccountRow): Promise<Account> =>
        changePerson(transaction, row, o, clock);
      return act(username, 'account.changed', work, tieAgain.length > 0 ? 'RelatedPerson tied again' : undefined);
    },
    unlock(username) {
      return act(username, 'account.unlocked', async (transaction, row) => {
        await endLock(transaction, row.username);
        await endCodeLock(transaction, row.account_id);
        return toAccount(row);
      });
    },
    resetFactors(username) {
      return act(username, 'account.factors-reset', async (transaction, row) => {
        await deleteFactors(transaction, row.account_id);
        await endCodeLock(transaction, row.account_id);
        await endEverything(transaction, row.account_id, clock());
        return toAccount(row);
      });
    },
    resetLink(username) {
      return act(username, 'account.reset-link-made', async (transaction, row) => {
        if (row.disabled_at !== null)
          throw new AccountError('account-disabled', `"${username}" is disabled: enable it first`);
        const { account_id: accountId } = row;
        // Made while the account is locked: a concurrent act that disables it finds and deletes the link.
        return { accountId, link: await storePasswordLink(transaction, accountId, 'reset', clock()) };
      });
    },
    unlink(username, upstream) {
      const work = async (transaction: Session, row: AccountRow): Promise<Account> => {
        if (!(await deleteLink(transaction, row.account_id, upstream))) {
          throw new AccountError('unknown-link', `"${username}" has no link to "${upstream}"`);
        }
        await endEverything(transaction, row.account_id, clock());
        return toAccount(row);
      };
      return act(username, 'account.unlinked', work, upstream);
    },
  };
}

/** @throws AccountError if there is no such person */
async function personOf(sql: Sql, username: string, now: Date): Promise<Person> {
  const row = await selectAccountByName(sql, usernameOf(username));
  if (row === undefined) throw unknown(username);
  const { account_id: accountId } = row;
  const totp = await selectTotp(sql, accountId);
  const lockedUntil = await lockOf(sql, row.username, now);
  return {
    ...toAccount(row),
    hasPassword: await hasPassword(sql, accountId),
    hasCodes: totp !== undefined && totp.confirmed_at !== null,
    recoveryCodesLeft: await countRecoveryCodes(sql, accountId),
    passkeys: (await selectPasskeys(sql, accountId)).length,
    links: (await selectLinks(sql, accountId)).map(({ upstream, linked_at: linked }) => ({ upstream, linked })),
    ...(lockedUntil === undefined ? {} : { lockedUntil }),
  };
}

/** @throws AccountError for values that cannot be stored */
async function changePerson(
  transaction: Session,
  row: AccountRow,
  o: PersonChange,
  clock: () => Date,
): Promise<Account> {
  const { tieAgain = [], identities: given = row.identities, ...values } = o;
  const valid = validateNewAccount({
    ...(withoutNulls({ ...personValuesOf(row), ...values }) as PersonValues),
    ...{ username: row.username, identities: given },
  });
  if ((valid.email ?? null) !== row.email) await endLinksOfAddress(transaction, row.account_id);
  const identities = o.identities === undefined ? undefined : valid.identities;
  const updated = await updateAccount(transaction, row.account_id, { ...valid, identities, now: clock() });
  const isTied = tieAgain.length > 0 && (await unpinPatients(transaction, row.account_id, tieAgain));
  if (tieAgain.length > 0 && !isTied) {
    throw new AccountError('invalid-identity', `"${row.username}" is tied to no RelatedPerson`);
  }
  if (isTied || !isSame(valid.identities, row.identities)) {
    await endEverything(transaction, row.account_id, clock());
  }
  const after = isTied ? await selectAccount(transaction, row.account_id) : updated;
  return toAccount(after!);
}

/** Ends links that lead to a password or an address: each was sent to the previous address, which the operator has replaced. */
async function endLinksOfAddress(transaction: Session, accountId: string): Promise<void> {
  await deletePasswordLinks(transaction, accountId);
  for (const purpose of ['confirm-email', 'undo-email'] as const) await deleteOwnLinks(transaction, accountId, purpose);
}

function unknown(username: string): AccountError {
  return new AccountError('unknown-account', `There is no account "${username}"`);
}

function isSame(some: AccountRow['identities'], others: AccountRow['identities']): boolean {
  const named = (identities: AccountRow['identities']): string =>
    identities
      .map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`)
      .sort()
      .join();
  return named(some) === named(others);
}
