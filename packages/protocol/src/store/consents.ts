import type { Session } from '@dhp/postgres';
import type { Change, PendingQuery } from '@dhp/sso-kit/request';

/** The scopes that the person has allowed the client; empty if the person was never asked. */
export async function selectConsent(sql: Session, accountId: string, clientId: string): Promise<string[]> {
  const [row] = await sql<{ scopes: string[] }[]>`
    select scopes from sso.consent where account_id = ${accountId} and client_id = ${clientId}`;
  return row?.scopes ?? [];
}

/** The scopes that the client requested and the person left out. */
export async function selectDeclined(sql: Session, accountId: string, clientId: string): Promise<string[]> {
  const [row] = await sql<{ declined: string[] }[]>`
    select declined from sso.consent where account_id = ${accountId} and client_id = ${clientId}`;
  return row?.declined ?? [];
}

/** Adds to earlier answers; for a scope that was requested again, the latest answer counts. */
export function addingConsent(
  sql: Session,
  o: { accountId: string; clientId: string; scopes: readonly string[]; declined: readonly string[]; now: Date },
): Change {
  const added: PendingQuery = sql`
    insert into sso.consent (account_id, client_id, scopes, declined, given_at)
    values (${o.accountId}, ${o.clientId}, ${[...o.scopes]}, ${[...o.declined]}, ${o.now})
    on conflict (account_id, client_id) do update
    set scopes = array(select unnest(sso.consent.scopes || excluded.scopes) except select unnest(excluded.declined)),
        declined = array(select unnest(sso.consent.declined || excluded.declined) except select unnest(excluded.scopes)),
        given_at = excluded.given_at`;
  return { parts: [{ statement: added }] };
}
