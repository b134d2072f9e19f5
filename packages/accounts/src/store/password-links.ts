import type { Session } from '@dhp/postgres';

export type LinkPurpose = 'reset' | 'invitation';

export async function insertPasswordLink(
  sql: Session,
  o: { tokenHash: Buffer; accountId: string; purpose: LinkPurpose; now: Date; expires: Date },
): Promise<void> {
  await sql`insert into sso.password_link (token_hash, account_id, purpose, created_at, expires_at)
            values (${o.tokenHash}, ${o.accountId}, ${o.purpose}, ${o.now}, ${o.expires})`;
}

/** Returns the account of a link that has not expired. */
export async function selectPasswordLink(sql: Session, tokenHash: Buffer, now: Date): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from sso.password_link where token_hash = ${tokenHash} and expires_at > ${now}`;
  return row?.account_id;
}

/** Uses it up: of parallel uses one gets the account. */
export async function takePasswordLink(sql: Session, tokenHash: Buffer, now: Date): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    delete from sso.password_link where token_hash = ${tokenHash} and expires_at > ${now} returning account_id`;
  return row?.account_id;
}

/** Deletes all password links of the person, and the paper code: the code first, so that a link made with it at this moment is seen. */
export async function deletePasswordLinks(sql: Session, accountId: string): Promise<void> {
  await sql`delete from sso.paper_code where account_id = ${accountId}`;
  await sql`delete from sso.password_link where account_id = ${accountId}`;
}

export async function deleteExpiredPasswordLinks(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.password_link where expires_at <= ${now}`;
}
