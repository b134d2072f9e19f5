/** How the administration shows things: the names of RFC 7591 for clients, of OpenID Connect for people. */
import type { Account } from '../accounts/accounts.ts';
import type { Client } from '../clients/clients.ts';
import type { Policy } from '../policies/policies.ts';
import type { SessionRow } from '../store/sessions.ts';
import type { SigningKeyRow } from '../store/signing-keys.ts';

export function shownClient(client: Client, secret?: string): Record<string, unknown> {
  return {
    client_id: client.clientId,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_name: client.name,
    environment: client.environment,
    status: statusOf(client),
    grant_types: client.grants,
    scope: client.scopes.join(' '),
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: client.public ? 'none' : client.hasKeys ? 'private_key_jwt' : 'client_secret_basic',
    live_secrets: client.liveSecrets,
    created_at: client.created.toISOString(),
    updated_at: client.updated.toISOString(),
    ...(client.approved === undefined
      ? {}
      : { approved_at: client.approved.toISOString(), approved_by: client.approvedBy }),
    ...(client.disabled === undefined ? {} : { disabled_at: client.disabled.toISOString() }),
    ...(client.disabledReason === undefined ? {} : { disabled_reason: client.disabledReason }),
  };
}

/** A client is registered first; in production it works when it is approved. */
export function statusOf(client: Client): 'registered' | 'approved' | 'disabled' {
  if (client.disabled !== undefined) return 'disabled';
  return client.approved === undefined ? 'registered' : 'approved';
}

export function shownUser(account: Account, password?: string): Record<string, unknown> {
  return {
    sub: account.accountId,
    username: account.username,
    ...(password === undefined ? {} : { password }),
    name: account.name,
    identities: account.identities.map(({ environment, type, fhir_id: id }) => ({
      environment,
      reference: `${type}/${id}`,
    })),
    created_at: account.created.toISOString(),
    ...(account.disabled === undefined ? {} : { disabled_at: account.disabled.toISOString() }),
    ...(account.disabledReason === undefined ? {} : { disabled_reason: account.disabledReason }),
  };
}

export function shownSession(row: SessionRow): Record<string, unknown> {
  return {
    session_id: row.session_uid,
    began_at: row.began_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    address: row.address,
    user_agent: row.user_agent,
  };
}

/** Public members only. */
export function shownKey(row: SigningKeyRow, now: Date): Record<string, unknown> {
  return {
    kid: row.kid,
    alg: row.alg,
    created_at: row.created_at.toISOString(),
    signs_from: row.signs_from.toISOString(),
    state: row.signs_from > now ? 'published' : 'signing or signed',
    retires_at: row.retires_at?.toISOString() ?? null,
  };
}

export function shownPolicy({ role, environment, scopes, updated, updatedBy }: Policy): Record<string, unknown> {
  return { role, environment, scopes, updated_at: updated.toISOString(), updated_by: updatedBy };
}
