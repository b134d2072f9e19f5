/** Tables of members of organisations of developers and of invitations, one function a statement. */
import type { Session } from '@dhp/postgres';
import { producing } from './applications.ts';
import type { Role } from '../rules/members.ts';

export interface MemberRow {
  account_id: string;
  /** Whether the person can sign in: the account is neither closed nor disabled. */
  is_enabled: boolean;
  name: string;
  role: Role;
  joined_at: Date;
}

/** Returns the members in the order in which they joined. */
export async function selectMembers(sql: Session, organizationId: string): Promise<MemberRow[]> {
  return sql<MemberRow[]>`
    select m.account_id, p.disabled_at is null as is_enabled, p.name, m.role, m.joined_at
    from sso.developer_member m join sso.account p using (account_id)
    where m.organization_id = ${organizationId} order by m.joined_at, m.account_id`;
}

/**
 * Returns the accounts of the members of the organisation to which an application belongs; empty for a client that is not an application.
 */
export async function selectDevelopersOf(sql: Session, clientId: string): Promise<string[]> {
  const rows = await sql<{ account_id: string }[]>`
    select m.account_id from sso.application a join sso.developer_member m using (organization_id)
    where a.client_id = ${clientId}`;
  return rows.map(({ account_id: id }) => id);
}

/** Whether an owner remains who can sign in. The accounts of owners are locked until the transaction ends. */
export async function hasOwner(sql: Session, organizationId: string): Promise<boolean> {
  const rows = await sql<{ is_enabled: boolean }[]>`
    select p.disabled_at is null as is_enabled
    from sso.developer_member m join sso.account p using (account_id)
    where m.organization_id = ${organizationId} and m.role = 'owner' order by m.account_id for share of p`;
  return rows.some(({ is_enabled: isEnabled }) => isEnabled);
}

export async function updateRole(
  sql: Session,
  o: { organizationId: string; accountId: string; role: Role },
): Promise<boolean> {
  const rows = await sql`
    update sso.developer_member set role = ${o.role}
    where organization_id = ${o.organizationId} and account_id = ${o.accountId} returning 1`;
  return rows.length > 0;
}

export async function deleteMember(sql: Session, o: { organizationId: string; accountId: string }): Promise<boolean> {
  const rows = await sql`
    delete from sso.developer_member
    where organization_id = ${o.organizationId} and account_id = ${o.accountId} returning 1`;
  return rows.length > 0;
}

/** Adds the member; if the person already is one, the role stays. */
export async function joinMember(
  sql: Session,
  o: { organizationId: string; accountId: string; role: Role; now: Date },
): Promise<boolean> {
  const rows = await sql`
    insert into sso.developer_member (organization_id, account_id, role, joined_at)
    values (${o.organizationId}, ${o.accountId}, ${o.role}, ${o.now})
    on conflict (organization_id, account_id) do nothing returning 1`;
  return rows.length > 0;
}

export async function insertInvitation(
  sql: Session,
  o: { tokenHash: Buffer; organizationId: string; role: Role; accountId: string; now: Date; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.developer_invitation (token_hash, organization_id, role, made_at, made_by, expires_at)
    values (${o.tokenHash}, ${o.organizationId}, ${o.role}, ${o.now}, ${o.accountId}, ${o.expires})`;
}

/**
 * Whether an invitation `i` is valid: not expired, and made by a person who is still an owner and can sign in, and who is not a test person
 * if there is an application of production.
 */
function isGood(sql: Session, now: Date): ReturnType<Session> {
  return sql`
    i.expires_at > ${now}
    and exists (select from sso.developer_member m join sso.account p using (account_id)
                where m.organization_id = i.organization_id and m.account_id = i.made_by
                  and m.role = 'owner' and p.disabled_at is null
                  and not (p.is_test and ${producing(sql, sql`i.organization_id`)}))`;
}

export async function countInvitations(sql: Session, organizationId: string, now: Date): Promise<number> {
  const [row] = await sql<{ open: number }[]>`
    select count(*)::int as open from sso.developer_invitation i
    where i.organization_id = ${organizationId} and ${isGood(sql, now)}`;
  return row!.open;
}

/** Revokes unanswered invitations. @returns how many */
export async function deleteInvitations(sql: Session, organizationId: string): Promise<number> {
  return (await sql`delete from sso.developer_invitation where organization_id = ${organizationId} returning 1`).length;
}

export interface InvitationRow {
  organization_id: string;
  organization: string;
  role: Role;
}

/** Returns the invitation of a token; undefined if it was used or revoked, or is no longer valid. */
export async function selectInvitation(sql: Session, tokenHash: Buffer, now: Date): Promise<InvitationRow | undefined> {
  const [row] = await sql<InvitationRow[]>`
    select i.organization_id, o.name as organization, i.role
    from sso.developer_invitation i join sso.developer_organization o using (organization_id)
    where i.token_hash = ${tokenHash} and ${isGood(sql, now)}`;
  return row;
}

/** Uses it up: of two uses at the same moment one gets it. */
export async function takeInvitation(
  sql: Session,
  tokenHash: Buffer,
  now: Date,
): Promise<{ organization_id: string; role: Role } | undefined> {
  const [row] = await sql<{ organization_id: string; role: Role }[]>`
    delete from sso.developer_invitation i where i.token_hash = ${tokenHash} and ${isGood(sql, now)}
    returning i.organization_id, i.role`;
  return row;
}

export async function deleteExpiredInvitations(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.developer_invitation where expires_at <= ${now}`;
}
