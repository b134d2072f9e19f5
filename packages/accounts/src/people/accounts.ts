/** People who sign in: their registration, and checking user name and password. */
import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import { toAccount, type Account } from './account.ts';
import {
  insertAccount,
  selectAccount,
  lockAccountByName,
  selectAccountByName,
  selectAccounts,
  updateAccountDisabled,
  updatePassword,
  updatePasswordHash,
  type AccountRow,
} from '../store/accounts.ts';
import { isErased } from '../store/own-account.ts';
import { lockOffices, requireNotLast } from './last-of-office.ts';
import { deletePasswordLinks } from '../store/password-links.ts';
import { endEverything } from '@dhp/grants';
import type { Hold } from '@dhp/grants/holds';
import { transact, operatingSystemUser } from '@dhp/sso-kit';
import { AccountError, usernameOf, validateNewAccount, validatePassword, type NewAccount } from './validate.ts';
import type { BreachedPasswords } from '../passwords/breached-passwords.ts';
import { storePasswordLink } from '../passwords/password-links.ts';
import { hashPassword, isCurrentHash, passwordMatches } from '../passwords/password.ts';
import { beginAttempt, endLock } from '../throttle/throttle.ts';

/** Why a sign-in was refused: for the audit trail only, never shown to the person who tries. */
export type SignInRefusal =
  | 'unknown-account'
  | 'wrong-password'
  | 'password-expired'
  | 'account-locked'
  | 'account-disabled'
  | 'address-throttled';

export type Authentication =
  /** @property hasFactor whether the person has a second factor or a passkey */
  /** @property allowed the scopes that the person has allowed the client; empty without a client */
  /** @property mustChoose whether the password was set by an operator, so that the person must choose another one */
  | { account: Account; hasFactor: boolean; allowed: string[]; mustChoose: boolean }
  /** @property waitSeconds of an address that has tried too often */
  /** @property locksFor seconds for which the name waits because of this attempt */
  | { refused: SignInRefusal; accountId?: string; waitSeconds?: number; locksFor?: number };

export interface Accounts {
  create(o: NewAccount): Promise<Account>;
  /** Creates an account without a password, and the path of the link by which the person sets one: valid for seven days. */
  invite(o: Omit<NewAccount, 'password'>): Promise<{ account: Account; link: string }>;
  list(): Promise<Account[]>;
  find(username: string): Promise<Account | undefined>;
  /**
   * Ends all sessions and tokens, and refuses new ones.
   * @throws AccountError `last-administrator` or `sole-owner` if nobody else would have the person's rights
   */
  disable(username: string, o?: { reason?: string }): Promise<Account>;
  enable(username: string): Promise<Account>;
  /**
   * Ends all sessions and tokens, any lock, and password links.
   * @param o.hold of the session in which the person does it @throws EndedMeanwhile if that has ended
   */
  setPassword(username: string, password: string, o?: { actor?: string; hold?: Hold }): Promise<Account>;
  /**
   * Checks a person's password. An unknown name is treated like a known one with another password: the same work, the same counting. After
   * five wrong ones in a row the name is locked, longer with each; an address is locked after forty. A browser in which the person has
   * signed in before is counted separately, and may try ten.
   * @param o.clientId of the client at which the person signs in, if any
   * @param o.devices hashes of the tokens that the browser sent
   */
  authenticate(
    username: string,
    password: string,
    address: string,
    o?: { clientId?: string; devices?: readonly Buffer[] },
  ): Promise<Authentication>;
}

interface AccountsOptions {
  actor?: string;
  clock?: () => Date;
  reason?: string;
  /**
   * Passwords set here count as an operator's: valid for this many seconds, and replaced at the first use. Absent: they count as the
   * person's own.
   */
  temporarySeconds?: number | undefined;
  /** The list of breached passwords, checked before a password is set; absent: none is installed. */
  breachedPasswords?: BreachedPasswords | undefined;
}

/** @throws AccountError from every function except `authenticate`, with a message for the administrator */
export function openAccounts(sql: Sql, options: AccountsOptions = {}): Accounts {
  const {
    actor = `cli:${operatingSystemUser()}`,
    clock = () => new Date(Date.now()),
    breachedPasswords: breached,
  } = options;

  const expiry = (now: Date): Date | undefined =>
    options.temporarySeconds === undefined ? undefined : new Date(now.getTime() + options.temporarySeconds * 1000);

  const by: ChangeBy = { sql, actor, clock, reason: options.reason };
  const making = { ...by, breached, expiry };

  return {
    create: async (o) => (await create(making, o, () => Promise.resolve())).account,
    async invite(o) {
      const { account, more: link } = await create(making, o, async (transaction, accountId) => {
        const { reason } = options;
        const invited = { recorded: clock(), event: 'account.invited', actor, accountId, reason } as const;
        const made = await storePasswordLink(transaction, accountId, 'invitation', clock());
        await insertAuditEvents(transaction, [invited]);
        return made;
      });
      return { account, link };
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
        by,
        username,
        'account.disabled',
        async (transaction, accountId, now) => {
          await requireNotLast(transaction, accountId);
          await endEverything(transaction, accountId, now);
          // Enabling the account later must not admit the holder of an earlier link or paper code.
          await deletePasswordLinks(transaction, accountId);
          return updateAccountDisabled(transaction, accountId, { reason }, now);
        },
        { reason, before: lockOffices },
      );
    },
    enable(username) {
      return change(by, username, 'account.enabled', async (transaction, accountId, now) => {
        if (await isErased(transaction, accountId))
          throw new AccountError('account-disabled', `"${username}" was erased by the person`);
        // A server of the version before may have written something while the account was disabled.
        await endEverything(transaction, accountId, now);
        return updateAccountDisabled(transaction, accountId, undefined, now);
      });
    },
    async setPassword(username, password, { hold, ...o } = {}) {
      const known = await selectAccountByName(sql, usernameOf(username));
      await validatePassword(password, { username: usernameOf(username), name: known?.name ?? '' }, breached);
      const passwordHash = await hashPassword(password);
      const update = async (transaction: Session, accountId: string, now: Date): Promise<AccountRow | undefined> => {
        await hold?.(transaction);
        await endEverything(transaction, accountId, now);
        await endLock(transaction, usernameOf(username));
        await deletePasswordLinks(transaction, accountId);
        return updatePassword(transaction, accountId, passwordHash, now, expiry(now) ?? null);
      };
      return change(by, username, 'account.password-set', update, o);
    },
    authenticate: (...asked) => authenticate({ sql, clock }, ...asked),
  };
}

/** The actor of a change, with the database and the reason given. */
interface ChangeBy {
  readonly sql: Sql;
  readonly actor: string;
  readonly clock: () => Date;
  readonly reason: string | undefined;
}

/** Settings for creating accounts: the actor, and the expiry of a password that is set. */
interface Making extends ChangeBy {
  readonly breached: BreachedPasswords | undefined;
  readonly expiry: (now: Date) => Date | undefined;
}

/** @param beside writes something that belongs to the new account, in its transaction */
async function create<Beside>(
  { sql, actor, clock, reason, breached, expiry }: Making,
  o: NewAccount,
  beside: (transaction: Session, accountId: string) => Promise<Beside>,
): Promise<{ account: Account; more: Beside }> {
  const valid = validateNewAccount(o);
  if (valid.password !== undefined) await validatePassword(valid.password, valid, breached);
  const passwordHash = valid.password === undefined ? null : await hashPassword(valid.password);
  const accountId = randomUUID();
  const { made: row, more } = await transact(sql, async (transaction) => {
    const now = clock();
    const passwordExpires = passwordHash === null ? undefined : expiry(now);
    const made = await insertAccount(transaction, { ...valid, accountId, passwordHash, passwordExpires, now });
    if (made === undefined) throw new AccountError('account-exists', `The name "${valid.username}" is taken`);
    await insertAuditEvents(transaction, [{ recorded: clock(), event: 'account.created', actor, reason, accountId }]);
    return { made, more: await beside(transaction, accountId) };
  });
  return { account: toAccount(row), more };
}

async function change(
  { sql, actor, clock, reason }: ChangeBy,
  username: string,
  event: AuditEvent['event'],
  update: (transaction: Session, accountId: string, now: Date) => Promise<AccountRow | undefined>,
  {
    before,
    ...o
  }: {
    reason?: string | undefined;
    actor?: string | undefined;
    /** Done before the account is locked. */
    before?: (transaction: Session, username: string) => Promise<void>;
  } = {},
): Promise<Account> {
  const row = await transact(sql, async (transaction) => {
    await before?.(transaction, usernameOf(username));
    const known = await lockAccountByName(transaction, usernameOf(username));
    if (known === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
    const changed = (await update(transaction, known.account_id, clock()))!;
    await insertAuditEvents(transaction, [
      { recorded: clock(), event, actor, reason, ...o, accountId: known.account_id },
    ]);
    return changed;
  });
  return toAccount(row);
}

/** Work of `Accounts.authenticate`. */
async function authenticate(
  { sql, clock }: { sql: Sql; clock: () => Date },
  ...[username, password, address, { clientId, devices = [] } = {}]: Parameters<Accounts['authenticate']>
): ReturnType<Accounts['authenticate']> {
  const name = usernameOf(username);
  const attempt = { name, clientId, address, devices, now: clock() };
  const { account: row, wait, succeeded, locksFor } = await beginAttempt(sql, attempt);
  const of = row === undefined ? {} : { accountId: row.account_id };
  if (wait?.because === 'address') return { refused: 'address-throttled', waitSeconds: wait.seconds, ...of };
  // The check runs in any case: the time of the answer does not reveal the lock.
  const right = await passwordMatches(password, row?.password_hash ?? undefined);
  if (wait !== undefined) return { refused: 'account-locked', ...of };
  if (row === undefined) return { refused: 'unknown-account' };
  if (!right) return { refused: 'wrong-password', ...of, ...(locksFor !== undefined && { locksFor }) };
  if (row.disabled_at !== null) return { refused: 'account-disabled', ...of };
  const { password_expires_at: expires } = row;
  if (expires !== null && expires <= clock()) return { refused: 'password-expired', ...of };
  await succeeded();
  if (row.password_hash !== null && !isCurrentHash(row.password_hash)) {
    const { account_id: accountId, password_hash: given } = row;
    await updatePasswordHash(sql, { accountId, given, passwordHash: await hashPassword(password), now: clock() });
  }
  return { account: toAccount(row), hasFactor: row.has_factor, allowed: row.allowed, mustChoose: expires !== null };
}

/** The person of a token or session; undefined when the account is gone or disabled. */
export async function findEnabledAccount(sql: Session, accountId: string): Promise<Account | undefined> {
  const row = await selectAccount(sql, accountId);
  return row === undefined || row.disabled_at !== null ? undefined : toAccount(row);
}
