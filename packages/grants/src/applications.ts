/** Applications that act for a person, and the scopes of each; one function a transaction. */
import type { Session, Sql } from '@dhp/postgres';
import { revokeGrants } from './sessions.ts';
import { transact } from '@dhp/sso-kit';

export interface ApplicationRow {
  client_id: string;
  name: string;
  scopes: string[];
  /** Requested, and left out by the person. */
  declined: string[];
  given_at: Date;
}

export async function selectApplications(sql: Sql, accountId: string): Promise<ApplicationRow[]> {
  return sql<ApplicationRow[]>`
    select c.client_id, c.name, s.scopes, array(select unnest(s.declined) except select unnest(s.scopes)) as declined, s.given_at
    from sso.consent s join sso.client c using (client_id)
    where s.account_id = ${accountId} order by s.given_at desc`;
}

/** Revokes the person's consent for an application, with all tokens that resulted from it. */
export async function revokeApplication(sql: Sql, accountId: string, clientId: string, now: Date): Promise<boolean> {
  return sql.begin<boolean>(async (transaction) => {
    const given = await transaction`
      delete from sso.consent where account_id = ${accountId} and client_id = ${clientId} returning 1`;
    const ended = await endTokens(transaction, { accountId, clientId, now });
    return given.length + ended > 0;
  });
}

interface OfApplication {
  readonly accountId: string;
  readonly clientId: string;
  readonly now: Date;
}

/** Ends the tokens that an application has from the person; the consent stays. */
export async function endTokensOf(sql: Sql, o: OfApplication): Promise<void> {
  await transact(sql, (transaction) => endTokens(transaction, o));
}

async function endTokens(sql: Session, { accountId, clientId, now }: OfApplication): Promise<number> {
  const gone = await sql<{ model: string; id_hash: Buffer }[]>`
    delete from sso.artifact
    where account_id = ${accountId} and client_id = ${clientId} and model not in ('Session', 'Interaction')
    returning model, id_hash`;
  await revokeGrants(sql, gone, now);
  return gone.length;
}

/**
 * The person allows only the chosen ones of the scopes that an application has requested. Tokens that may have more end; the application
 * gets others without a question.
 * @returns the scopes that are allowed now; undefined if nothing was changed because the application has requested none
 */
export async function chooseScopes(
  sql: Sql,
  { accountId, clientId, now }: OfApplication,
  isChosen: (scope: string) => boolean,
): Promise<string[] | undefined> {
  return transact(sql, async (transaction) => {
    const [row] = await transaction<{ scopes: string[]; declined: string[] }[]>`
      select scopes, declined from sso.consent where account_id = ${accountId} and client_id = ${clientId} for update`;
    if (row === undefined) return undefined;
    const asked = [...new Set([...row.scopes, ...row.declined])];
    const scopes = asked.filter(isChosen);
    const declined = asked.filter((scope) => !isChosen(scope));
    await transaction`
      update sso.consent set scopes = ${scopes}, declined = ${declined}
      where account_id = ${accountId} and client_id = ${clientId}`;
    if (row.scopes.some((scope) => !isChosen(scope))) await endTokens(transaction, { accountId, clientId, now });
    return scopes;
  });
}
