/** Tokens that bind websockets to subscriptions: valid once, for a short time, and stored as digests. */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';

export interface SocketToken {
  /** Client and person who requested it. */
  readonly owner: string;
  readonly rights: unknown;
  /** Ids of Subscriptions. */
  readonly subscriptions: readonly string[];
}

/**
 * Stores a token, unless its owner has as many that have not been used.
 * @param hash SHA-256 of the token
 * @param seconds for which it is good
 * @returns whether it is stored
 */
export function insertSocketToken(
  sql: Sql,
  { hash, owner, rights, subscriptions }: SocketToken & { readonly hash: Buffer },
  { seconds, most }: { readonly seconds: number; readonly most: number },
): Promise<boolean> {
  return sql.begin(async (session) => {
    // Two at once would each count without the other.
    await session`select pg_advisory_xact_lock(hashtextextended(${`fhir socket tokens of ${owner}`}, 0))`;
    const stored = await session`
      insert into fhir.socket_token (hash, owner, rights, subscriptions, expires)
      select ${hash}::bytea, ${owner}::text, ${JSON.stringify(rights)}::text, ${JSON.stringify(subscriptions)}::text,
        clock_timestamp() + ${seconds}::int * interval '1 second'
      where (select count(*) from fhir.socket_token where owner = ${owner}::text and expires >= clock_timestamp()) < ${most}::int
      returning 1`;
    return stored.length > 0;
  });
}

/** Uses a token up. @returns undefined if it does not exist, was used, or has expired */
export async function takeSocketToken(sql: Session, hash: Buffer): Promise<SocketToken | undefined> {
  const [row] = await sql<{ owner: string; rights: string; subscriptions: string; isGood: boolean }[]>`
    delete from fhir.socket_token where hash = ${hash}::bytea
    returning owner, rights, subscriptions, expires >= clock_timestamp() as "isGood"`;
  if (row?.isGood !== true) return undefined;
  const { owner, rights, subscriptions } = row;
  return { owner, rights: JSON.parse(rights) as unknown, subscriptions: JSON.parse(subscriptions) as string[] };
}

/** Removes tokens that have ended. */
export async function sweepSocketTokens(sql: Session): Promise<void> {
  await sql`
    delete from fhir.socket_token where hash in (
      select hash from fhir.socket_token where expires < clock_timestamp() order by expires limit 10000)`;
}
