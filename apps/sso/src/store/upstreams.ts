/** Who was sent to an identity system, and whom it said they are; one function a statement. */
import type { Sql } from '@dhp/postgres';
import type { Identity } from './accounts.ts';

export interface UpstreamStateRow {
  sign_in: string;
  upstream: string;
  secrets: Buffer;
}

export async function insertUpstreamState(
  sql: Sql,
  stateHash: Buffer,
  o: { signIn: string; upstream: string; secrets: Buffer; expires: Date },
): Promise<void> {
  await sql`insert into sso.upstream_state (state_hash, sign_in, upstream, secrets, expires_at)
            values (${stateHash}, ${o.signIn}, ${o.upstream}, ${o.secrets}, ${o.expires})`;
}

/** Of which sign-in it is; it stays good. */
export async function selectUpstreamState(sql: Sql, stateHash: Buffer, now: Date): Promise<string | undefined> {
  const [row] = await sql<{ sign_in: string }[]>`
    select sign_in from sso.upstream_state where state_hash = ${stateHash} and expires_at > ${now}`;
  return row?.sign_in;
}

/** Uses it up. */
export async function takeUpstreamState(sql: Sql, stateHash: Buffer, now: Date): Promise<UpstreamStateRow | undefined> {
  const [row] = await sql<UpstreamStateRow[]>`
    delete from sso.upstream_state where state_hash = ${stateHash} and expires_at > ${now}
    returning sign_in, upstream, secrets`;
  return row;
}

export async function deleteExpiredUpstreamStates(sql: Sql, now: Date): Promise<void> {
  await sql`delete from sso.upstream_state where expires_at <= ${now}`;
}

export async function selectLinkedAccount(
  sql: Sql,
  upstream: string,
  subjectHash: Buffer,
): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from sso.upstream_link where upstream = ${upstream} and subject_hash = ${subjectHash}`;
  return row?.account_id;
}

export async function selectAccountByPinfl(sql: Sql, pinflHash: Buffer): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`select account_id from sso.account where pinfl_hash = ${pinflHash}`;
  return row?.account_id;
}

/** The accounts of people who are one of these records. */
export async function selectAccountsOfRecords(sql: Sql, records: readonly Identity[]): Promise<string[]> {
  const names = records.map(({ environment, type, fhir_id: id }) => `${environment} ${type}/${id}`);
  const rows = await sql<{ account_id: string }[]>`
    select distinct i.account_id
    from sso.account_identity i
    where i.fhir_id = any(${records.map(({ fhir_id: id }) => id)}::text[])
      and i.environment || ' ' || i.type || '/' || i.fhir_id = any(${names}::text[])`;
  return rows.map(({ account_id: id }) => id);
}

export async function insertLink(
  sql: Sql,
  o: { upstream: string; subjectHash: Buffer; accountId: string; now: Date },
): Promise<void> {
  await sql`
    insert into sso.upstream_link (upstream, subject_hash, account_id, linked_at)
    values (${o.upstream}, ${o.subjectHash}, ${o.accountId}, ${o.now})`;
}

/** Does nothing where another account has the PINFL: one that was opened by another identity system. */
export async function setPinfl(sql: Sql, accountId: string, pinflHash: Buffer): Promise<void> {
  await sql`
    update sso.account set pinfl_hash = ${pinflHash}
    where account_id = ${accountId} and pinfl_hash is null
      and not exists (select from sso.account where pinfl_hash = ${pinflHash})`;
}

/** Records that the person was found to be; what the account knows already stays. */
export async function addIdentities(sql: Sql, accountId: string, identities: readonly Identity[]): Promise<void> {
  for (const { environment, type, fhir_id: id } of identities) {
    await sql`insert into sso.account_identity (account_id, environment, type, fhir_id)
              values (${accountId}, ${environment}, ${type}, ${id}) on conflict do nothing`;
  }
}

/** The identity systems by which the person may sign in. */
export async function selectLinks(sql: Sql, accountId: string): Promise<{ upstream: string; linked_at: Date }[]> {
  return sql<{ upstream: string; linked_at: Date }[]>`
    select upstream, linked_at from sso.upstream_link where account_id = ${accountId} order by upstream`;
}

/** Forgets the PINFL too: it would lead to the account again. @returns whether there was a link */
export async function deleteLink(sql: Sql, accountId: string, upstream: string): Promise<boolean> {
  const gone = await sql`
    delete from sso.upstream_link where account_id = ${accountId} and upstream = ${upstream} returning 1`;
  if (gone.length > 0) await sql`update sso.account set pinfl_hash = null where account_id = ${accountId}`;
  return gone.length > 0;
}
