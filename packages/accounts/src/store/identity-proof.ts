/** Unconfirmed and confirmed links and records of an account; one function a statement or transaction. */
import type { Session } from '@dhp/postgres';
import type { Identity } from './accounts.ts';

export interface LinkName {
  upstream: string;
  subjectHash: Buffer;
}

/** The account that an unconfirmed link leads to. */
export async function selectUnconfirmedLink(sql: Session, o: LinkName): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from sso.unconfirmed_link where upstream = ${o.upstream} and subject_hash = ${o.subjectHash}`;
  return row?.account_id;
}

/** @returns the account to which it led; undefined if there was no link */
export async function deleteUnconfirmedLink(sql: Session, o: LinkName): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    delete from sso.unconfirmed_link where upstream = ${o.upstream} and subject_hash = ${o.subjectHash}
    returning account_id`;
  return row?.account_id;
}

export interface UnconfirmedLink {
  upstream: string;
  linked_at: Date;
}

export type UnconfirmedIdentity = Identity;

export interface Unconfirmed {
  links: UnconfirmedLink[];
  identities: UnconfirmedIdentity[];
}

export async function selectUnconfirmed(sql: Session, accountId: string): Promise<Unconfirmed> {
  const links = await sql<UnconfirmedLink[]>`
    select upstream, linked_at from sso.unconfirmed_link where account_id = ${accountId} order by upstream`;
  const identities = await sql<UnconfirmedIdentity[]>`
    select environment, type, fhir_id from sso.unconfirmed_identity where account_id = ${accountId}
    order by environment, type`;
  return { links, identities };
}

/** People with unconfirmed links or records, by user name, one more than `count`. */
export async function selectUnconfirmedAccounts(
  sql: Session,
  o: { count: number; after?: string | undefined },
): Promise<{ account_id: string; username: string; name: string }[]> {
  return sql<{ account_id: string; username: string; name: string }[]>`
    select a.account_id, a.username, a.name from sso.account a
    where (exists (select from sso.unconfirmed_link l where l.account_id = a.account_id)
           or exists (select from sso.unconfirmed_identity i where i.account_id = a.account_id))
      ${o.after === undefined ? sql`` : sql`and a.username > ${o.after}`}
    order by a.username limit ${o.count + 1}`;
}

export async function countUnconfirmedAccounts(sql: Session): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from (
      select account_id from sso.unconfirmed_link union select account_id from sso.unconfirmed_identity) found`;
  return row!.n;
}

/** Whether a record of the account in the environment is unconfirmed: the roles there are effective only afterwards. */
export async function hasUnconfirmedIdentity(
  sql: Session,
  accountId: string,
  environment: Identity['environment'],
): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.unconfirmed_identity
    where account_id = ${accountId}::uuid and environment = ${environment} limit 1`;
  return rows.length > 0;
}

/**
 * Confirms the link.
 * @returns `none` if there is no such link; `taken` if its subject or the account has another link by now, which stays
 */
export async function confirmLink(
  sql: Session,
  accountId: string,
  upstream: string,
): Promise<'done' | 'none' | 'taken'> {
  const [row] = await sql<{ subject_hash: Buffer; linked_at: Date }[]>`
    select subject_hash, linked_at from sso.unconfirmed_link
    where account_id = ${accountId} and upstream = ${upstream} for update`;
  if (row === undefined) return 'none';
  const made = await sql`
    insert into sso.upstream_link (upstream, subject_hash, account_id, linked_at)
    values (${upstream}, ${row.subject_hash}, ${accountId}, ${row.linked_at})
    on conflict do nothing returning 1`;
  if (made.length === 0) return 'taken';
  await sql`delete from sso.unconfirmed_link where account_id = ${accountId} and upstream = ${upstream}`;
  return 'done';
}

/** @returns whether the link existed */
export async function rejectLink(sql: Session, accountId: string, upstream: string): Promise<boolean> {
  const rows = await sql`
    delete from sso.unconfirmed_link where account_id = ${accountId} and upstream = ${upstream} returning 1`;
  return rows.length > 0;
}

/** Makes it a record of the account, confirmed by an operator. @returns `taken` if the account has another one of its type by now */
export async function confirmIdentity(
  sql: Session,
  accountId: string,
  one: Identity,
): Promise<'done' | 'none' | 'taken'> {
  const gone = await sql`
    delete from sso.unconfirmed_identity
    where account_id = ${accountId} and environment = ${one.environment} and type = ${one.type} and fhir_id = ${one.fhir_id}
    returning 1`;
  if (gone.length === 0) return 'none';
  const made = await sql`
    insert into sso.account_identity (account_id, environment, type, fhir_id, proof)
    values (${accountId}, ${one.environment}, ${one.type}, ${one.fhir_id}, 'operator')
    on conflict do nothing returning 1`;
  return made.length === 0 ? 'taken' : 'done';
}

/** @returns whether the record existed */
export async function rejectIdentity(sql: Session, accountId: string, one: Identity): Promise<boolean> {
  const rows = await sql`
    delete from sso.unconfirmed_identity
    where account_id = ${accountId} and environment = ${one.environment} and type = ${one.type} and fhir_id = ${one.fhir_id}
    returning 1`;
  return rows.length > 0;
}

/** Drops unconfirmed records of the same types in the same environments, because an operator has decided about them. */
export async function dropUnconfirmedIdentities(
  sql: Session,
  accountId: string,
  of: readonly Identity[],
): Promise<void> {
  for (const { environment, type } of of) {
    await sql`
      delete from sso.unconfirmed_identity
      where account_id = ${accountId} and environment = ${environment} and type = ${type}`;
  }
}

/** A record that proves itself. @returns false if the account has one of its type already, which stays */
export async function bindRecord(sql: Session, accountId: string, one: Identity): Promise<boolean> {
  const made = await sql`
    insert into sso.account_identity (account_id, environment, type, fhir_id, proof)
    values (${accountId}, ${one.environment}, ${one.type}, ${one.fhir_id}, 'record')
    on conflict do nothing returning 1`;
  if (made.length > 0) await dropUnconfirmedIdentities(sql, accountId, [one]);
  return made.length > 0;
}

export async function selectHeldRecords(
  sql: Session,
  accountId: string,
): Promise<(Identity & { proof: 'operator' | 'record' })[]> {
  return sql<(Identity & { proof: 'operator' | 'record' })[]>`
    select environment, type, fhir_id, proof from sso.account_identity where account_id = ${accountId}`;
}

/** Deletes a record whose only proof was the record itself. */
export async function deleteBoundRecord(sql: Session, accountId: string, one: Identity): Promise<void> {
  await sql`
    delete from sso.account_identity
    where account_id = ${accountId} and environment = ${one.environment} and type = ${one.type}
      and fhir_id = ${one.fhir_id} and proof = 'record'`;
}

/** Sets a record by decision of an operator, in place of the account's earlier one. */
export async function setRecord(sql: Session, accountId: string, one: Identity): Promise<void> {
  await sql`
    insert into sso.account_identity (account_id, environment, type, fhir_id, proof)
    values (${accountId}, ${one.environment}, ${one.type}, ${one.fhir_id}, 'operator')
    on conflict (account_id, environment, type) do update set fhir_id = excluded.fhir_id, proof = 'operator', represents = null`;
  await dropUnconfirmedIdentities(sql, accountId, [one]);
}
