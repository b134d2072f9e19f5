/**
 * Which account a person of an identity system signs in to: the linked one, else an account of their own. Nothing that a record says
 * leads into an account that exists; that takes the account's own password or factor, or an operator.
 * docs/decisions/0016-identity-proof.md
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { findEnabledAccount, type Account } from '../accounts/accounts.ts';
import { insertAccount, type Identity } from '../store/accounts.ts';
import { insertAuditEvents } from '../store/audit-events.ts';
import {
  addIdentities,
  insertLink,
  selectAccountByPinfl,
  selectAccountsOfRecords,
  selectLinkedAccount,
  setPinfl,
} from '../store/upstreams.ts';
import type { Directory } from '../records/directory.ts';
import { UpstreamRefusal, type Upstream, type UpstreamPerson } from './upstream.ts';

export interface LinkingOptions {
  sql: Sql;
  /** Under which PINFLs and ids are hashed. */
  key: Buffer;
  directory: Directory;
  clock: () => Date;
}

/** @throws UpstreamRefusal: `account-disabled`, `records-unreachable` */
export async function accountOf(
  o: LinkingOptions,
  { id: upstream }: Upstream,
  person: UpstreamPerson,
): Promise<Account> {
  const { sql, clock } = o;
  const subjectHash = hashOf(o.key, `${upstream} ${person.subject}`);
  const linked = await selectLinkedAccount(sql, upstream, subjectHash);
  if (linked !== undefined) return enabled(sql, linked);

  const pinflHash = person.pinfl === undefined ? undefined : hashOf(o.key, `pinfl ${person.pinfl}`);
  const records = person.pinfl === undefined ? [] : await recordsOf(o.directory, person.pinfl);
  const account: Account = await sql.begin(async (begun) => {
    const transaction = begun as unknown as Sql;
    // Two first sign-ins of one person at once: the second finds the account that the first opened.
    for (const one of [subjectHash, ...(pinflHash === undefined ? [] : [pinflHash])]) await lock(transaction, one);
    const made = await selectLinkedAccount(transaction, upstream, subjectHash);
    if (made !== undefined) return enabled(transaction, made);
    const accountId = await openAccount(transaction, upstream, person, clock());
    if (pinflHash !== undefined) await setPinfl(transaction, accountId, pinflHash);
    await addIdentities(transaction, accountId, await recordsToBind(transaction, records));
    await insertLink(transaction, { upstream, subjectHash, accountId, now: clock() });
    const event = { recorded: clock(), event: 'account.linked', actor: `upstream:${upstream}`, accountId } as const;
    await insertAuditEvents(transaction, [event]);
    return enabled(transaction, accountId);
  });
  return account;
}

async function lock(sql: Sql, name: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name.toString('hex')}, 0))`;
}

/**
 * Those that a new account may have: the only one of its type with the PINFL, and nobody else's. A record of another account would give
 * two people one record, or give a disabled person a second account with the same record.
 */
async function recordsToBind(sql: Sql, records: readonly Identity[]): Promise<Identity[]> {
  const bound: Identity[] = [];
  for (const record of records) {
    const isOnly = records.filter((one) => placeOf(one) === placeOf(record)).length === 1;
    if (isOnly && (await selectAccountsOfRecords(sql, [record])).length === 0) bound.push(record);
  }
  return bound;
}

function placeOf({ environment, type }: Identity): string {
  return `${environment} ${type}`;
}

/** Every account that may be meant by the PINFL, for an operator who looks for a person. */
export async function accountsOfPinfl(o: LinkingOptions, pinfl: string): Promise<string[]> {
  const byPinfl = await selectAccountByPinfl(o.sql, hashOf(o.key, `pinfl ${pinfl}`));
  // Where the records cannot be reached, what is known here is found all the same.
  const records = await o.directory(pinfl).catch(() => []);
  const ofRecords = await selectAccountsOfRecords(o.sql, records);
  return [...new Set([...(byPinfl === undefined ? [] : [byPinfl]), ...ofRecords])];
}

async function recordsOf(directory: Directory, pinfl: string): Promise<Identity[]> {
  try {
    return await directory(pinfl);
  } catch (cause) {
    throw Object.assign(new UpstreamRefusal('records-unreachable'), { cause });
  }
}

async function openAccount(sql: Sql, upstream: string, { name }: UpstreamPerson, now: Date): Promise<string> {
  const accountId = randomUUID();
  const username = `${upstream}-${randomBytes(6).toString('hex')}`;
  await insertAccount(sql, { accountId, username, name, email: null, passwordHash: null, identities: [], now });
  const actor = `upstream:${upstream}`;
  await insertAuditEvents(sql, [{ recorded: now, event: 'account.created', actor, accountId }]);
  return accountId;
}

async function enabled(sql: Sql, accountId: string): Promise<Account> {
  const account = await findEnabledAccount(sql, accountId);
  if (account === undefined) throw new UpstreamRefusal('account-disabled');
  return account;
}

function hashOf(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
