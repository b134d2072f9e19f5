/** Changes of the table of clients, one function a statement; each returns the row after the change, undefined when there is none. */
import type { JWK } from 'jose';
import type { Session } from '@dhp/postgres';
import type { ClientDetails } from '../clients/validate-details.ts';
import type { ClientRow, Environment } from './clients.ts';

type NewRow = Parameters<typeof insertClient>[1];

/** @returns undefined when the id is taken */
export async function insertClient(
  sql: Session,
  o: {
    clientId: string;
    name: string;
    environment: Environment;
    grants: string[];
    scopes: string[];
    redirectUris: string[];
    public: boolean;
    minimalAuthorize: boolean;
    hexChallenge: boolean;
    requirePkce: boolean;
    jwks: { keys: JWK[] } | undefined;
    jwksUri: string | undefined;
    dpopBound: boolean;
    postLogoutRedirectUris: string[];
    backchannelLogoutUri: string | undefined;
    details: ClientDetails;
    signInMethods: string[];
    logoSha256: string | null;
    secretHash: Buffer | null;
    approvedBy: string | undefined;
    createdBy: string;
    /** Absent: an operator registers it. */
    registration?: { tokenId: string; scopeLimit: string[]; hash: Buffer };
    now: Date;
  },
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    insert into sso.client (client_id, name, environment, grants, scopes, redirect_uris, public, minimal_authorize,
                            hex_challenge, require_pkce, jwks, jwks_uri, dpop_bound, post_logout_redirect_uris, backchannel_logout_uri,
                            details, sign_in_methods, logo_sha256, registered_with, scope_limit, registration_hash, secret_hash, secret_created_at,
                            approved_at, approved_by, created_by, created_at, updated_at)
    values (${o.clientId}, ${o.name}, ${o.environment}, ${o.grants}, ${o.scopes}, ${o.redirectUris}, ${o.public},
            ${o.minimalAuthorize}, ${o.hexChallenge}, ${o.requirePkce}, ${o.jwks === undefined ? null : sql.json(o.jwks)},
            ${o.jwksUri ?? null}, ${o.dpopBound}, ${o.postLogoutRedirectUris}, ${o.backchannelLogoutUri ?? null},
            ${sql.json({ ...o.details })}, ${o.signInMethods}, ${o.logoSha256}, ${o.registration?.tokenId ?? null}, ${o.registration?.scopeLimit ?? null},
            ${o.registration?.hash ?? null}, ${o.secretHash}, ${o.secretHash === null ? null : o.now},
            ${o.approvedBy === undefined ? null : o.now}, ${o.approvedBy ?? null}, ${o.createdBy}, ${o.now}, ${o.now})
    on conflict (client_id) do nothing
    returning *`;
  return row;
}

/** Approves a client; the first approval is kept. */
export async function updateApproved(
  sql: Session,
  clientId: string,
  approvedBy: string,
  now: Date,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set approved_at = coalesce(approved_at, ${now}), approved_by = coalesce(approved_by, ${approvedBy}),
        widened_by = '{}', updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

export async function updateRegistration(
  sql: Session,
  clientId: string,
  o: Omit<
    NewRow,
    'clientId' | 'environment' | 'public' | 'secretHash' | 'approvedBy' | 'createdBy' | 'registration'
  > & {
    /** Undefined: it stays. */
    scopeLimit: string[] | undefined;
  },
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set name = ${o.name}, grants = ${o.grants}, scopes = ${o.scopes}, redirect_uris = ${o.redirectUris},
        minimal_authorize = ${o.minimalAuthorize}, hex_challenge = ${o.hexChallenge},
        require_pkce = ${o.requirePkce}, dpop_bound = ${o.dpopBound},
        jwks = ${o.jwks === undefined ? null : sql.json(o.jwks)}, jwks_uri = ${o.jwksUri ?? null},
        post_logout_redirect_uris = ${o.postLogoutRedirectUris},
        backchannel_logout_uri = ${o.backchannelLogoutUri ?? null}, details = ${sql.json({ ...o.details })},
        sign_in_methods = ${o.signInMethods}, logo_sha256 = ${o.logoSha256},
        scope_limit = coalesce(${o.scopeLimit ?? null}::text[], scope_limit), updated_at = ${o.now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

/** Marks a client as widened: it needs approval again, by somebody other than those who widened it. */
export async function updateWidened(sql: Session, clientId: string, widenedBy: string): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set approved_at = null, approved_by = null, widened_by = array_append(array_remove(widened_by, ${widenedBy}), ${widenedBy})
    where client_id = ${clientId}
    returning *`;
  return row;
}

/** Disables, or corrects the reason of a client that is disabled already (its time stays). */
export async function updateDisabled(
  sql: Session,
  clientId: string,
  reason: string | undefined,
  now: Date,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set disabled_at = coalesce(disabled_at, ${now}), disabled_reason = ${reason ?? null}, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

export async function updateEnabled(sql: Session, clientId: string, now: Date): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set disabled_at = null, disabled_reason = null, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

export async function updateSecret(
  sql: Session,
  clientId: string,
  o: { secretHash: Buffer; keepOld: boolean; now: Date },
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set previous_secret_hash = case when ${o.keepOld} then secret_hash end,
        secret_hash = ${o.secretHash}, secret_created_at = ${o.now}, updated_at = ${o.now}
    where client_id = ${clientId}
    returning *`;
  return row;
}

export async function updateDropPreviousSecret(
  sql: Session,
  clientId: string,
  now: Date,
): Promise<ClientRow | undefined> {
  const [row] = await sql<ClientRow[]>`
    update sso.client
    set previous_secret_hash = null, updated_at = ${now}
    where client_id = ${clientId}
    returning *`;
  return row;
}
