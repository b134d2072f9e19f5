/** The table of registration tokens, and the columns of clients about registering with one, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { ClientRow } from './clients.ts';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface RegistrationTokenRow {
  token_id: string;
  name: string;
  environment: EnvironmentName;
  /** The most that its clients may have. */
  scopes: string[];
  max_uses: number;
  uses: number;
  created_at: Date;
  created_by: string;
  expires_at: Date;
  /** Time at which it was ended early; null if it was not. */
  ended_at: Date | null;
  ended_by: string | null;
}

export async function insertRegistrationToken(
  sql: Session,
  o: Pick<RegistrationTokenRow, 'token_id' | 'name' | 'environment' | 'scopes' | 'max_uses'> & {
    tokenHash: Buffer;
    now: Date;
    actor: string;
    expires: Date;
  },
): Promise<RegistrationTokenRow> {
  const [row] = await sql<RegistrationTokenRow[]>`
    insert into sso.registration_token (token_id, token_hash, name, environment, scopes, max_uses, created_at, created_by,
                                        expires_at)
    values (${o.token_id}, ${o.tokenHash}, ${o.name}, ${o.environment}, ${o.scopes}, ${o.max_uses}, ${o.now}, ${o.actor},
            ${o.expires})
    returning *`;
  return row!;
}

export async function selectRegistrationToken(
  sql: Session,
  tokenId: string,
): Promise<RegistrationTokenRow | undefined> {
  const [row] = await sql<RegistrationTokenRow[]>`select * from sso.registration_token where token_id = ${tokenId}`;
  return row;
}

/** The newest first, one more than `count`. @returns undefined if there is no token `after` */
export async function selectRegistrationTokenPage(
  sql: Session,
  { count, after }: { count: number; after?: string | undefined },
): Promise<{ total: number; rows: RegistrationTokenRow[] } | undefined> {
  if (after !== undefined && (await selectRegistrationToken(sql, after)) === undefined) return undefined;
  const [counted] = await sql<{ total: number }[]>`select count(*)::int as total from sso.registration_token`;
  const rows = await sql<RegistrationTokenRow[]>`
    select * from sso.registration_token
    ${after === undefined ? sql`` : sql`where (created_at, token_id) < (select created_at, token_id from sso.registration_token where token_id = ${after})`}
    order by created_at desc, token_id desc limit ${count + 1}`;
  return { total: counted!.total, rows };
}

/** Ends the token; an ended one stays unchanged. */
export async function updateRegistrationTokenEnded(
  sql: Session,
  o: { tokenId: string; actor: string; now: Date },
): Promise<RegistrationTokenRow | undefined> {
  const [row] = await sql<RegistrationTokenRow[]>`
    update sso.registration_token
    set ended_at = coalesce(ended_at, ${o.now}), ended_by = coalesce(ended_by, ${o.actor})
    where token_id = ${o.tokenId}
    returning *`;
  return row;
}

/** A token that may be used now. */
export async function selectLiveRegistrationToken(
  sql: Session,
  tokenHash: Buffer,
  now: Date,
): Promise<RegistrationTokenRow | undefined> {
  const [row] = await sql<RegistrationTokenRow[]>`
    select * from sso.registration_token
    where token_hash = ${tokenHash} and uses < max_uses and expires_at > ${now} and ended_at is null`;
  return row;
}

/** Whether it is a registration token, valid or not. */
export async function isRegistrationToken(sql: Session, tokenHash: Buffer): Promise<boolean> {
  return (await sql`select 1 from sso.registration_token where token_hash = ${tokenHash}`).length > 0;
}

/** Counts a use: of parallel registrations, no more succeed than it has uses left. @returns false if it has none, or has ended */
export async function takeRegistrationTokenUse(sql: Session, tokenId: string, now: Date): Promise<boolean> {
  const rows = await sql`
    update sso.registration_token set uses = uses + 1
    where token_id = ${tokenId} and uses < max_uses and expires_at > ${now} and ended_at is null
    returning token_id`;
  return rows.length > 0;
}

/** The client that a registration access token is of. */
export async function selectSelfRegistered(
  sql: Session,
  clientId: string,
  registrationHash: Buffer,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    select * from sso.client
    where client_id = ${clientId} and registration_hash = ${registrationHash} and disabled_at is null`;
  return row;
}

/** Replaces the registration access token that is used now. @returns false if a concurrent request was faster */
export async function updateRegistrationHash(
  sql: Session,
  o: { clientId: string; used: Buffer; next: Buffer },
): Promise<boolean> {
  const rows = await sql`
    update sso.client set registration_hash = ${o.next}
    where client_id = ${o.clientId} and registration_hash = ${o.used} and disabled_at is null
    returning client_id`;
  return rows.length > 0;
}

/** Deregisters the client: its credentials become invalid, and its name stays known. */
export async function updateDeregistered(
  sql: Session,
  o: { clientId: string; used: Buffer; now: Date },
): Promise<boolean> {
  const rows = await sql`
    update sso.client
    set disabled_at = ${o.now}, disabled_reason = 'deregistered by the client itself', registration_hash = null,
        secret_hash = null, previous_secret_hash = null, updated_at = ${o.now}
    where client_id = ${o.clientId} and registration_hash = ${o.used} and disabled_at is null
    returning client_id`;
  return rows.length > 0;
}
