/** States of requests to identity systems, and links of accounts to them; one function a statement. */
import type { Session } from '@dhp/postgres';
import type { Identity } from './accounts.ts';

/**
 * Purpose of a redirect to an identity system: to sign in; to sign in with a new account although an unconfirmed link leads to another one;
 * to connect it to the account of the session.
 */
export type Purpose = 'sign-in' | 'own-account' | 'connect';

export interface UpstreamStateRow {
  /** The uid of the sign-in, or of the session to whose account it is connected. */
  sign_in: string;
  purpose: Purpose;
  upstream: string;
  secrets: Buffer;
}

export async function insertUpstreamState(
  sql: Session,
  stateHash: Buffer,
  o: { signIn: string; purpose: Purpose; upstream: string; secrets: Buffer; expires: Date },
): Promise<void> {
  await sql`insert into sso.upstream_state (state_hash, sign_in, purpose, upstream, secrets, expires_at)
            values (${stateHash}, ${o.signIn}, ${o.purpose}, ${o.upstream}, ${o.secrets}, ${o.expires})`;
}

/** The sign-in or session that it was made for, and why; it stays good. */
export async function selectUpstreamState(
  sql: Session,
  stateHash: Buffer,
  now: Date,
): Promise<Pick<UpstreamStateRow, 'sign_in' | 'purpose'> | undefined> {
  const [row] = await sql<Pick<UpstreamStateRow, 'sign_in' | 'purpose'>[]>`
    select sign_in, purpose from sso.upstream_state where state_hash = ${stateHash} and expires_at > ${now}`;
  return row;
}

/** Uses it up. */
export async function takeUpstreamState(
  sql: Session,
  stateHash: Buffer,
  now: Date,
): Promise<UpstreamStateRow | undefined> {
  const [row] = await sql<UpstreamStateRow[]>`
    delete from sso.upstream_state where state_hash = ${stateHash} and expires_at > ${now}
    returning sign_in, purpose, upstream, secrets`;
  return row;
}

export async function deleteExpiredUpstreamStates(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.upstream_state where expires_at <= ${now}`;
}

export async function selectLinkedAccount(
  sql: Session,
  { upstream, subjectHash }: { upstream: string; subjectHash: Buffer },
): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from sso.upstream_link where upstream = ${upstream} and subject_hash = ${subjectHash}`;
  return row?.account_id;
}

export async function selectAccountByPinfl(sql: Session, pinflHash: Buffer): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`select account_id from sso.account where pinfl_hash = ${pinflHash}`;
  return row?.account_id;
}

/** The accounts of people who have one of these records. */
export async function selectAccountsOfRecords(sql: Session, records: readonly Identity[]): Promise<string[]> {
  const names = records.map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`);
  const rows = await sql<{ account_id: string }[]>`
    select distinct i.account_id
    from sso.account_identity i
    where i.fhir_id = any(${records.map(({ fhir_id: id }) => id)}::text[])
      and i.environment || ' ' || i.type || '/' || i.fhir_id = any(${names}::text[])`;
  return rows.map(({ account_id: id }) => id);
}

/** @returns false when the account or the subject has another link */
export async function insertLink(
  sql: Session,
  o: { upstream: string; subjectHash: Buffer; accountId: string; now: Date },
): Promise<boolean> {
  const rows = await sql`
    insert into sso.upstream_link (upstream, subject_hash, account_id, linked_at)
    values (${o.upstream}, ${o.subjectHash}, ${o.accountId}, ${o.now})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** Does nothing if another account, created by another identity system, has the PINFL. */
export async function setPinfl(sql: Session, accountId: string, pinflHash: Buffer): Promise<void> {
  await sql`
    update sso.account set pinfl_hash = ${pinflHash}
    where account_id = ${accountId} and pinfl_hash is null
      and not exists (select from sso.account where pinfl_hash = ${pinflHash})`;
}

/** The identity systems by which the person may sign in. */
export async function selectLinks(sql: Session, accountId: string): Promise<{ upstream: string; linked_at: Date }[]> {
  return sql<{ upstream: string; linked_at: Date }[]>`
    select upstream, linked_at from sso.upstream_link where account_id = ${accountId} order by upstream`;
}

/**
 * Also deletes the PINFL, and the records that were bound by it: this link was their proof.
 * @returns whether there was a link
 */
export async function deleteLink(sql: Session, accountId: string, upstream: string): Promise<boolean> {
  const gone = await sql`
    delete from sso.upstream_link where account_id = ${accountId} and upstream = ${upstream} returning 1`;
  if (gone.length > 0) {
    await sql`update sso.account set pinfl_hash = null where account_id = ${accountId}`;
    await sql`delete from sso.account_identity where account_id = ${accountId} and proof = 'record'`;
  }
  return gone.length > 0;
}
