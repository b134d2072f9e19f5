/** How the administration shows things: the names of RFC 7591 for clients, of OpenID Connect for people. */
import type { Account, Person, UnconfirmedPerson } from '@dhp/accounts';
import { personFields, policyFields } from '@dhp/accounts/fields';
import { clientFields } from '@dhp/clients/fields';
import { type Client, shownFields, authenticationMethod, statusOf } from '@dhp/clients';
import type { Policy } from '@dhp/accounts/policies';
import type { KeyInfo } from '@dhp/signing-keys';
import type { RegistrationToken } from '@dhp/clients/registration';
import type { CaseRow, SourceRow } from '@dhp/accounts/identity-rows';
import type { Session } from './sessions.ts';

export function shownClient(client: Client, secret?: string): Record<string, unknown> {
  const { [clientFields.name.json]: name, ...fields } = shownFields(client);
  return {
    client_id: client.clientId,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_name: name,
    environment: client.environment,
    status: statusOf(client),
    ...fields,
    token_endpoint_auth_method: authenticationMethod(client),
    ...client.details,
    ...(client.registeredWith === undefined ? {} : { registered_with: client.registeredWith }),
    live_secrets: client.acceptedSecrets,
    created_at: client.created.toISOString(),
    updated_at: client.updated.toISOString(),
    ...(client.approved === undefined
      ? {}
      : { approved_at: client.approved.toISOString(), approved_by: client.approvedBy }),
    ...(client.disabled === undefined ? {} : { disabled_at: client.disabled.toISOString() }),
    ...(client.disabledReason === undefined ? {} : { disabled_reason: client.disabledReason }),
  };
}

/** The declared values by their names in JSON, without those that are undefined. */
function shownOf<Fields extends Readonly<Record<string, { readonly json: string }>>>(
  fields: Fields,
  values: { readonly [Name in keyof Fields]?: unknown },
): Record<string, unknown> {
  const shown = Object.keys(fields).map((name) => [fields[name]!.json, values[name]] as const);
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined));
}

export function shownUser(account: Account, password?: string): Record<string, unknown> {
  return {
    sub: account.accountId,
    username: account.username,
    ...(password === undefined ? {} : { password }),
    ...shownOf(personFields, account),
    identities: account.identities.map(({ environment, type, fhir_id: id, represents }) => ({
      environment,
      reference: `${type}/${id}`,
      ...(represents === undefined ? {} : { represents: `Patient/${represents}` }),
    })),
    created_at: account.created.toISOString(),
    ...(account.disabled === undefined ? {} : { disabled_at: account.disabled.toISOString() }),
    ...(account.disabledReason === undefined ? {} : { disabled_reason: account.disabledReason }),
    ...(account.passwordExpires === undefined ? {} : { password_expires_at: account.passwordExpires.toISOString() }),
  };
}

export function shownPerson(person: Person): Record<string, unknown> {
  return {
    ...shownUser(person),
    signs_in_by: {
      password: person.hasPassword,
      codes: person.hasCodes,
      recovery_codes_left: person.recoveryCodesLeft,
      passkeys: person.passkeys,
      links: person.links.map(({ upstream, linked }) => ({ upstream, linked_at: linked.toISOString() })),
    },
    ...(person.lockedUntil === undefined ? {} : { locked_until: person.lockedUntil.toISOString() }),
  };
}

export function shownUnconfirmed(person: UnconfirmedPerson): Record<string, unknown> {
  return {
    sub: person.accountId,
    username: person.username,
    name: person.name,
    links: person.links.map(({ upstream, linked }) => ({ upstream, linked_at: linked.toISOString() })),
    identities: person.identities.map(({ environment, type, fhir_id: id }) => ({
      environment,
      reference: `${type}/${id}`,
    })),
  };
}

export function shownSource(row: SourceRow): Record<string, unknown> {
  return { ...row, named_at: row.named_at.toISOString() };
}

export function shownCase(row: CaseRow): Record<string, unknown> {
  return {
    case_id: row.case_id,
    ...{ sub: row.account_id, username: row.username, name: row.name },
    ...{ environment: row.environment, kind: row.kind },
    references: row.fhir_ids.map((id) => `${row.type}/${id}`),
    opened_at: row.opened_at.toISOString(),
  };
}

export function shownSession(session: Session): Record<string, unknown> {
  return {
    session_id: session.sessionId,
    username: session.username,
    began_at: session.began.toISOString(),
    last_used_at: session.lastUsed.toISOString(),
    address: session.address,
    user_agent: session.userAgent,
    clients: session.clients,
  };
}

export function shownKey({ kid, alg, state, created, signsFrom, retires }: KeyInfo): Record<string, unknown> {
  return {
    ...{ kid, alg, state },
    created_at: created.toISOString(),
    signs_from: signsFrom.toISOString(),
    retires_at: retires?.toISOString() ?? null,
  };
}

export function shownPolicy(policy: Policy): Record<string, unknown> {
  const { role, environment, updated, updatedBy } = policy;
  return {
    role,
    environment,
    ...shownOf(policyFields, policy),
    updated_at: updated.toISOString(),
    updated_by: updatedBy,
  };
}

export function shownRegistrationToken(one: RegistrationToken, secret?: string): Record<string, unknown> {
  return {
    token_id: one.tokenId,
    ...(secret === undefined ? {} : { token: secret }),
    name: one.name,
    environment: one.environment,
    scope: one.scopes.join(' '),
    state: one.state,
    uses: one.uses,
    max_uses: one.maxUses,
    created_at: one.created.toISOString(),
    created_by: one.createdBy,
    expires_at: one.expires.toISOString(),
    ...(one.ended === undefined ? {} : { ended_at: one.ended.toISOString(), ended_by: one.endedBy }),
  };
}
