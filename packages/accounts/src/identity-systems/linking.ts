/**
 * Finds the account of a person from an identity system: the linked one, otherwise a new account. The content of a record never leads into
 * an existing account; that requires the account's own password or factor, or an operator. docs/decisions/0016-identity-proof.md
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import type { Account } from '../people/account.ts';
import { findEnabledAccount } from '../people/accounts.ts';
import { insertAccount, lockAccount, markTestAccount, updateAccountDisabled } from '../store/accounts.ts';
import { deletePasswordLinks } from '../store/password-links.ts';
import { insertAuditEvents } from '@dhp/audit';
import { deleteUnconfirmedLink, rejectLink, selectUnconfirmedLink } from '../store/identity-proof.ts';
import { endEverything } from '@dhp/grants';
import type { Hold } from '@dhp/grants/holds';
import {
  deleteLink,
  insertLink,
  selectAccountByPinfl,
  selectAccountsOfRecords,
  selectLinkedAccount,
  setPinfl,
} from '../store/upstreams.ts';
import { settleRecords } from '../records/binding.ts';
import { isProven } from '../records/proof.ts';
import type { Directory, FoundRecord } from '../records/directory.ts';
import type { EnvironmentName } from '@dhp/sso-kit';
import { hashOf } from './link-key.ts';
import { UpstreamRefusal, type Upstream, type UpstreamPerson } from './upstream.ts';
import { transact } from '@dhp/sso-kit';

export interface LinkingOptions {
  sql: Sql;
  /** Key under which PINFLs and ids are hashed. */
  key: Buffer;
  directory: Directory;
  /** Environments whose records are trusted if an identity source wrote them. */
  trusted: readonly EnvironmentName[];
  clock: () => Date;
}

/**
 * @param purpose `own-account` gives up an unconfirmed link
 * @throws UpstreamRefusal: `account-disabled`, `records-unreachable`, `unconfirmed-link`
 */
export async function accountOf(
  o: LinkingOptions,
  { id: upstream }: Upstream,
  person: UpstreamPerson,
  purpose: 'sign-in' | 'own-account',
): Promise<Account> {
  const { sql, clock } = o;
  const name = { upstream, subjectHash: hashOf(o.key, `${upstream} ${person.subject}`) };
  const linked = await selectLinkedAccount(sql, name);
  if (linked !== undefined) {
    await enabled(sql, linked);
    await renewRecords(o, linked, person, `upstream:${upstream}`);
    const account = await enabled(sql, linked);
    // The version of the credentials was read while the link existed: unlinking it from now on ends this sign-in.
    if ((await selectLinkedAccount(sql, name)) !== linked) throw new UpstreamRefusal('account-disabled');
    return account;
  }
  if (purpose === 'sign-in' && (await selectUnconfirmedLink(sql, name)) !== undefined) {
    throw new UpstreamRefusal('unconfirmed-link');
  }
  const pinflHash = person.pinfl === undefined ? undefined : hashOf(o.key, `pinfl ${person.pinfl}`);
  const records = person.pinfl === undefined ? [] : await recordsOf(o.directory, person.pinfl);
  const account: Account = await transact(sql, async (transaction) => {
    await lockPerson(transaction, name.subjectHash, pinflHash);
    // If two first sign-ins of one person run at once, the second finds the account that the first created.
    const made = await selectLinkedAccount(transaction, name);
    if (made !== undefined) return enabled(transaction, made);
    const actor = `upstream:${upstream}`;
    const dropped = await deleteUnconfirmedLink(transaction, name);
    if (dropped !== undefined) {
      await insertAuditEvents(transaction, [
        { recorded: clock(), event: 'account.link-rejected', actor, accountId: dropped, reason: upstream },
      ]);
    }
    const accountId = await openAccount(transaction, upstream, person, clock());
    if (pinflHash !== undefined) await setPinfl(transaction, accountId, pinflHash);
    await insertLink(transaction, { ...name, accountId, now: clock() });
    await insertAuditEvents(transaction, [{ recorded: clock(), event: 'account.linked', actor, accountId }]);
    if (pinflHash !== undefined) {
      await settleRecords(transaction, { accountId, pinflHash, found: records }, { ...o, actor, now: clock() });
    }
    return enabled(transaction, accountId);
  });
  return account;
}

/**
 * Connects a person of an identity system to the account that is signed in with its own password or factor. If the link leads to an account
 * that the system had created and that has no other sign-in method, the link moves and that account is disabled.
 * @throws UpstreamRefusal: `other-account` if the person is linked to another account, `other-person` if the account has a link to another
 * person of that system, `account-disabled`, `records-unreachable`. EndedMeanwhile if the session has ended: the system and the records may
 * have taken seconds to answer
 */
export async function connect(
  o: LinkingOptions,
  { id: upstream }: Upstream,
  person: UpstreamPerson,
  { accountId, hold }: { accountId: string; hold: Hold },
): Promise<void> {
  const { sql, clock } = o;
  const name = { upstream, subjectHash: hashOf(o.key, `${upstream} ${person.subject}`) };
  const pinflHash = person.pinfl === undefined ? undefined : hashOf(o.key, `pinfl ${person.pinfl}`);
  const records = person.pinfl === undefined ? [] : await recordsOf(o.directory, person.pinfl);
  const actor = `account:${accountId}`;
  await transact(sql, async (transaction) => {
    await lockPerson(transaction, name.subjectHash, pinflHash);
    await hold(transaction);
    await enabled(transaction, accountId);
    const before = await selectLinkedAccount(transaction, name);
    if (before === accountId) return;
    const now = clock();
    if (before !== undefined) {
      // From here on nothing can be added to it, such as a password, a role or an organisation.
      await lockAccount(transaction, before);
      if (!(await isNothingElse(transaction, before, upstream))) throw new UpstreamRefusal('other-account');
      await deleteLink(transaction, before, upstream);
      await endEverything(transaction, before, now);
      await deletePasswordLinks(transaction, before);
      await updateAccountDisabled(transaction, before, { reason: 'connected to another account' }, now);
      await insertAuditEvents(transaction, [
        { recorded: now, event: 'account.unlinked', actor, accountId: before, reason: upstream },
        { recorded: now, event: 'account.disabled', actor, accountId: before, reason: 'connected to another account' },
      ]);
    }
    await deleteUnconfirmedLink(transaction, name);
    await rejectLink(transaction, accountId, upstream);
    if (!(await insertLink(transaction, { ...name, accountId, now }))) throw new UpstreamRefusal('other-person');
    if (pinflHash !== undefined) await setPinfl(transaction, accountId, pinflHash);
    const linked = { recorded: now, event: 'account.linked', actor, accountId, reason: upstream } as const;
    await insertAuditEvents(transaction, [linked]);
    if (pinflHash !== undefined) {
      await settleRecords(transaction, { accountId, pinflHash, found: records }, { ...o, actor, now });
    }
  });
}

/**
 * Whether the account has nothing but the link: no password, no factor, no other link, no role, no membership in an organisation of
 * developers, nothing that an operator gave it; and it is not a test account.
 */
async function isNothingElse(sql: Session, accountId: string, upstream: string): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.account a
    where a.account_id = ${accountId} and a.password_hash is null and a.disabled_at is null and not a.is_test
      and not exists (select from sso.totp t where t.account_id = a.account_id)
      and not exists (select from sso.passkey p where p.account_id = a.account_id)
      and not exists (select from sso.account_role r where r.account_id = a.account_id)
      and not exists (select from sso.platform_administrator m where m.account_id = a.account_id)
      and not exists (select from sso.developer_member d where d.account_id = a.account_id)
      and not exists (select from sso.account_identity i where i.account_id = a.account_id and i.proof = 'operator')
      and not exists (select from sso.upstream_link l where l.account_id = a.account_id and l.upstream <> ${upstream})`;
  return rows.length > 0;
}

/** Updates the account from the current records; if they cannot be reached, it stays unchanged. */
async function renewRecords(
  o: LinkingOptions,
  accountId: string,
  { pinfl }: UpstreamPerson,
  actor: string,
): Promise<void> {
  if (pinfl === undefined) return;
  const found = await o.directory(pinfl).catch(() => undefined);
  if (found === undefined) return;
  const pinflHash = hashOf(o.key, `pinfl ${pinfl}`);
  await transact(o.sql, async (transaction) => {
    await lock(transaction, pinflHash);
    await settleRecords(transaction, { accountId, pinflHash, found }, { ...o, actor, now: o.clock() });
  });
}

async function lockPerson(sql: Session, subjectHash: Buffer, pinflHash: Buffer | undefined): Promise<void> {
  for (const one of [subjectHash, ...(pinflHash === undefined ? [] : [pinflHash])]) await lock(sql, one);
}

async function lock(sql: Session, name: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name.toString('hex')}, 0))`;
}

/**
 * Returns every account to which the PINFL may belong, for an operator who searches for a person. Unproven records are ignored, as anybody
 * could have written them: a caller who has written their own PINFL into another person's record would be taken for that person.
 */
export async function accountsOfPinfl(o: LinkingOptions, pinfl: string): Promise<string[]> {
  const pinflHash = hashOf(o.key, `pinfl ${pinfl}`);
  const byPinfl = await selectAccountByPinfl(o.sql, pinflHash);
  // If the records cannot be reached, the accounts known here are still found.
  const found = await o.directory(pinfl).catch(() => []);
  const proven: FoundRecord[] = [];
  for (const one of found) if (await isProven(o.sql, one, { trusted: o.trusted, pinflHash })) proven.push(one);
  const ofRecords = await selectAccountsOfRecords(o.sql, proven);
  return [...new Set([...(byPinfl === undefined ? [] : [byPinfl]), ...ofRecords])];
}

async function recordsOf(directory: Directory, pinfl: string): Promise<FoundRecord[]> {
  try {
    return await directory(pinfl);
  } catch (cause) {
    throw Object.assign(new UpstreamRefusal('records-unreachable'), { cause });
  }
}

async function openAccount(
  sql: Session,
  upstream: string,
  { name, isTest }: UpstreamPerson,
  now: Date,
): Promise<string> {
  const accountId = randomUUID();
  const username = `${upstream}-${randomBytes(6).toString('hex')}`;
  await insertAccount(sql, { accountId, username, name, passwordHash: null, identities: [], now });
  if (isTest === true) await markTestAccount(sql, accountId);
  const actor = `upstream:${upstream}`;
  await insertAuditEvents(sql, [{ recorded: now, event: 'account.created', actor, accountId }]);
  return accountId;
}

async function enabled(sql: Session, accountId: string): Promise<Account> {
  const account = await findEnabledAccount(sql, accountId);
  if (account === undefined) throw new UpstreamRefusal('account-disabled');
  return account;
}
