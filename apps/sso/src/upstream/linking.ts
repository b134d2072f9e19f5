/**
 * Who a person of an identity system is here. The link that was made before counts; else the PINFL leads to the account that has it,
 * or to the one account of somebody who is that record; else an account is opened. Where that is not one answer, there is none.
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

/** @throws UpstreamRefusal: `conflict` when more than one person answers to it, `account-disabled`, `records-unreachable` */
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
    // Two first sign-ins of one person at once: the second finds what the first made.
    await transaction`select pg_advisory_xact_lock(hashtextextended(${subjectHash.toString('hex')}, 0))`;
    const made = await selectLinkedAccount(transaction, upstream, subjectHash);
    if (made !== undefined) return enabled(transaction, made);
    const known = await knownAccount(transaction, pinflHash, records);
    const accountId = known ?? (await openAccount(transaction, upstream, person, clock()));
    if (pinflHash !== undefined) await setPinfl(transaction, accountId, pinflHash);
    await addIdentities(transaction, accountId, records);
    const isLinked = await insertLink(transaction, { upstream, subjectHash, accountId, now: clock() });
    if (!isLinked) throw new UpstreamRefusal('conflict');
    const event = { recorded: clock(), event: 'account.linked', actor: `upstream:${upstream}`, accountId } as const;
    await insertAuditEvents(transaction, [event]);
    return enabled(transaction, accountId);
  });
  return account;
}

/** Every account that the PINFL could be, for who looks for a person; only a sign-in insists on there being one. */
export async function accountsOfPinfl(o: LinkingOptions, pinfl: string): Promise<string[]> {
  const byPinfl = await selectAccountByPinfl(o.sql, hashOf(o.key, `pinfl ${pinfl}`));
  // Where the records cannot be reached, what is known here is found all the same.
  const records = await o.directory(pinfl).catch(() => []);
  const ofRecords = await selectAccountsOfRecords(
    o.sql,
    records.map(({ environment, type, fhir_id: id }) => ({ environment, type, id })),
  );
  return [...new Set([...(byPinfl === undefined ? [] : [byPinfl]), ...ofRecords.map((row) => row.account_id)])];
}

/** The one account that it can be; undefined when there is none. */
async function knownAccount(
  sql: Sql,
  pinflHash: Buffer | undefined,
  records: readonly Identity[],
): Promise<string | undefined> {
  if (pinflHash === undefined) return undefined;
  const byPinfl = await selectAccountByPinfl(sql, pinflHash);
  const ofRecords = await selectAccountsOfRecords(
    sql,
    records.map(({ environment, type, fhir_id: id }) => ({ environment, type, id })),
  );
  const isOther = ofRecords.some(({ pinfl_hash: hash }) => hash !== null && !hash.equals(pinflHash));
  const candidates = new Set([...(byPinfl === undefined ? [] : [byPinfl]), ...ofRecords.map((row) => row.account_id)]);
  if (isOther || candidates.size > 1) throw new UpstreamRefusal('conflict');
  return [...candidates][0];
}

async function recordsOf(directory: Directory, pinfl: string): Promise<Identity[]> {
  let records: Identity[];
  try {
    records = await directory(pinfl);
  } catch (cause) {
    throw Object.assign(new UpstreamRefusal('records-unreachable'), { cause });
  }
  const places = records.map(({ environment, type }) => `${environment} ${type}`);
  if (new Set(places).size < places.length) throw new UpstreamRefusal('conflict');
  return records;
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
