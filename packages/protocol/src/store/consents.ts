import type { Session } from '@dhp/postgres';
import type { Change, PendingQuery } from '@dhp/sso-kit/request';

/** The scopes that the person has allowed the client; empty when it was never asked. */
export async function selectConsent(sql: Session, accountId: string, clientId: string): Promise<string[]> {
  const [row] = await sql<{ scopes: string[] }[]>`
    select scopes from sso.consent where account_id = ${accountId} and client_id = ${clientId}`;
  return row?.scopes ?? [];
}

/** Adds to what was allowed before. */
export function addingConsent(
  sql: Session,
  o: { accountId: string; clientId: string; scopes: string[]; now: Date },
): Change {
  const added: PendingQuery = sql`
    insert into sso.consent (account_id, client_id, scopes, given_at)
    values (${o.accountId}, ${o.clientId}, ${o.scopes}, ${o.now})
    on conflict (account_id, client_id) do update
    set scopes = array(select distinct unnest(sso.consent.scopes || excluded.scopes)), given_at = excluded.given_at`;
  return { parts: [{ statement: added }] };
}
