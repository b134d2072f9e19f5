/**
 * Holders of credentials of clients and accounts, one function a statement. Subjects and holders are written as actors of the audit trail.
 */
import type { Session } from '@dhp/postgres';

export type Subject = `client:${string}` | `account:${string}`;

/** @param only the previous credentials no longer work: holders of those hold nothing now */
export async function insertCustody(
  sql: Session,
  o: { subject: Subject; holder: string; now: Date; only?: boolean },
): Promise<void> {
  await sql`
    with ended as (
      delete from sso.custody where ${o.only === true} and subject = ${o.subject} and holder <> ${o.holder}
    )
    insert into sso.custody (subject, holder, taken_at) values (${o.subject}, ${o.holder}, ${o.now})
    on conflict (subject, holder) do update set taken_at = excluded.taken_at`;
}

/**
 * Returns the principals behind the actors: the actors themselves, holders of their credentials, makers of the registration token by which
 * they were registered, and so on. The command line is not among them: its user administers everything already.
 * @param since credentials of people that were given out before that no longer count as held by the giver
 */
export async function selectPrincipals(sql: Session, actors: readonly string[], since: Date): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with recursive principal (name) as (
      select unnest(${actors}::text[])
      union
      select behind.name
      from principal p
      cross join lateral (
        select c.holder from sso.custody c
        where c.subject = p.name and (c.subject not like 'account:%' or c.taken_at >= ${since})
        union all
        select t.created_by from sso.registration_token t where p.name = 'registration-token:' || t.token_id
      ) as behind (name)
    )
    select name from principal where name ~ '^(account|client|registration-token):'`;
  return rows.map(({ name }) => name);
}
