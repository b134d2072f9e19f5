/** Links by which people complete, or revert, acts on their own account; one function a statement. */
import type { Session } from '@dhp/postgres';

export type OwnLinkPurpose = 'confirm-email' | 'undo-email' | 'reopen';

export interface OwnLinkRow {
  account_id: string;
  /** The address to which the link leads; null: none. */
  email: string | null;
  created_at: Date;
}

export async function insertOwnLink(
  sql: Session,
  o: { tokenHash: Buffer; accountId: string; purpose: OwnLinkPurpose; email?: string | null; now: Date; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.own_link (token_hash, account_id, purpose, email, created_at, expires_at, credentials_version)
    values (${o.tokenHash}, ${o.accountId}, ${o.purpose}, ${o.email ?? null}, ${o.now}, ${o.expires},
            (select credentials_version from sso.account
             where account_id = ${o.accountId} and ${o.purpose}::text = 'confirm-email'))`;
}

export async function selectOwnLink(
  sql: Session,
  o: { tokenHash: Buffer; purpose: OwnLinkPurpose; now: Date },
): Promise<OwnLinkRow | undefined> {
  const [row] = await sql<OwnLinkRow[]>`
    select account_id, email, created_at from sso.own_link l
    where token_hash = ${o.tokenHash} and purpose = ${o.purpose} and expires_at > ${o.now} and ${isStanding(sql)}`;
  return row;
}

/** Whether no act on the account has ended the link since it was made. */
function isStanding(sql: Session): ReturnType<Session> {
  return sql`(l.credentials_version is null or exists (
    select from sso.account a where a.account_id = l.account_id and a.credentials_version = l.credentials_version))`;
}

/** Uses it up: of parallel uses one gets it. */
export async function takeOwnLink(
  sql: Session,
  o: { tokenHash: Buffer; purpose: OwnLinkPurpose; now: Date },
): Promise<OwnLinkRow | undefined> {
  const [row] = await sql<OwnLinkRow[]>`
    delete from sso.own_link l
    where token_hash = ${o.tokenHash} and purpose = ${o.purpose} and expires_at > ${o.now} and ${isStanding(sql)}
    returning account_id, email, created_at`;
  return row;
}

/** @param purpose of which; undefined: all of the person */
export async function deleteOwnLinks(sql: Session, accountId: string, purpose?: OwnLinkPurpose): Promise<void> {
  await sql`
    delete from sso.own_link
    where account_id = ${accountId} ${purpose === undefined ? sql`` : sql`and purpose = ${purpose}`}`;
}

/** Deletes links that revert a change of the address made since then. */
export async function deleteLaterUndoLinks(sql: Session, accountId: string, since: Date): Promise<void> {
  await sql`
    delete from sso.own_link where account_id = ${accountId} and purpose = 'undo-email' and created_at >= ${since}`;
}

/**
 * Deletes links that restore an address which came after this one, when the account returns to it. The links to this address stay.
 * @returns whether it is an earlier address of the account, which a link can still restore
 */
export async function deleteUndoLinksSinceLeaving(
  sql: Session,
  { accountId, email, now }: { accountId: string; email: string; now: Date },
): Promise<boolean> {
  const [row] = await sql<{ since: Date | null }[]>`
    select min(created_at) as since from sso.own_link
    where account_id = ${accountId} and purpose = 'undo-email' and email = ${email} and expires_at > ${now}`;
  const since = row?.since ?? null;
  if (since === null) return false;
  await sql`
    delete from sso.own_link
    where account_id = ${accountId} and purpose = 'undo-email' and created_at >= ${since} and email <> ${email}`;
  return true;
}

export async function deleteExpiredOwnLinks(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.own_link where expires_at <= ${now}`;
}
