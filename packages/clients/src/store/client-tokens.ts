/** Tokens of clients that act for themselves, recorded in the statement that finds their registrations unchanged. */
import type { Session } from '@dhp/postgres';

/** A token that is signed but not yet issued. */
export interface ClientToken {
  readonly clientId: string;
  /** `row_version` of the registration that it was decided by. */
  readonly version: string;
  readonly jti: string;
  readonly scope: string;
  readonly issued: Date;
  readonly address: string | undefined;
  readonly correlationId: string | undefined;
}

/**
 * Records tokens in the audit trail, each only if its client's registration still has its version.
 * @returns the `jti` of the recorded tokens; no other token may be issued
 */
export async function insertClientTokens(sql: Session, tokens: readonly ClientToken[]): Promise<Set<string>> {
  const column = (value: (token: ClientToken) => string | undefined): (string | null)[] =>
    tokens.map((token) => value(token) ?? null);
  const rows = await sql<{ jti: string }[]>`
    insert into sso.audit_event (recorded, event, client_id, address, jti, scope, correlation_id)
    select w.recorded::timestamptz, 'token.issued', w.client_id, w.address::inet, w.jti, w.scope, w.correlation_id
    from unnest(
      ${column(({ clientId }) => clientId)}::text[],
      ${column(({ version }) => version)}::text[],
      ${column(({ issued }) => issued.toISOString())}::text[],
      ${column(({ address }) => address)}::text[],
      ${column(({ jti }) => jti)}::text[],
      ${column(({ scope }) => scope)}::text[],
      ${column(({ correlationId }) => correlationId)}::text[]
    ) as w (client_id, row_version, recorded, address, jti, scope, correlation_id)
    join sso.client on client.client_id = w.client_id
    where client.xmin || '.' || sso.server_name() = w.row_version
    returning jti`;
  return new Set(rows.map(({ jti }) => jti));
}
