/** When secrets expire, one function a statement. A secret without a row does not expire. */
import type { Session } from '@dhp/postgres';

export async function insertSecretEnd(
  sql: Session,
  o: { clientId: string; secretHash: Buffer; now: Date; ends: Date },
): Promise<void> {
  await sql`
    insert into sso.secret_end (secret_hash, client_id, made_at, ends_at)
    values (${o.secretHash}, ${o.clientId}, ${o.now}, ${o.ends})`;
}

export interface SecretEnd {
  /** Another secret has been made since. */
  is_older: boolean;
  ends_at: Date;
}

/** Returns the expiry of a client's secrets, including expired ones; the newest secret last. */
export async function selectSecretEnds(sql: Session, clientId: string): Promise<SecretEnd[]> {
  return sql<SecretEnd[]>`
    select e.secret_hash is distinct from c.secret_hash as is_older, e.ends_at
    from sso.client c join sso.secret_end e on e.secret_hash in (c.secret_hash, c.previous_secret_hash)
    where c.client_id = ${clientId} order by is_older desc`;
}

/** Returns how many secrets of each client have expired; clients without expired secrets are not in the map. */
export async function countEndedSecrets(
  sql: Session,
  clientIds: readonly string[],
  now: Date,
): Promise<Map<string, number>> {
  const rows = await sql<{ client_id: string; ended: number }[]>`
    select c.client_id, count(*)::int as ended
    from sso.client c join sso.secret_end e on e.secret_hash in (c.secret_hash, c.previous_secret_hash)
    where c.client_id = any(${clientIds}::text[]) and e.ends_at <= ${now}
    group by c.client_id`;
  return new Map(rows.map(({ client_id: id, ended }) => [id, ended]));
}

/** Removes the ends of secrets that no client has any more. */
export async function deleteUnusedSecretEnds(sql: Session): Promise<void> {
  await sql`
    delete from sso.secret_end e
    where not exists (
      select from sso.client c
      where c.client_id = e.client_id and e.secret_hash in (c.secret_hash, c.previous_secret_hash))`;
}
