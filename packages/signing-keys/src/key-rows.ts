import type { JWK } from 'jose';
import type { Session } from '@dhp/postgres';

export type SigningAlgorithm = 'ES256' | 'RS256';

export interface SigningKeyRow {
  kid: string;
  alg: SigningAlgorithm;
  public_jwk: JWK;
  private_key: Buffer;
  created_at: Date;
  signs_from: Date;
  retires_at: Date | null;
}

/** Keys that are not retired, the last one to sign first. */
export async function selectSigningKeys(sql: Session, now: Date): Promise<SigningKeyRow[]> {
  return sql<SigningKeyRow[]>`
    select kid, alg, public_jwk, private_key, created_at, signs_from, retires_at
    from sso.signing_key
    where retires_at is null or retires_at > ${now}
    order by signs_from desc, kid`;
}

export async function insertSigningKey(sql: Session, row: SigningKeyRow): Promise<void> {
  await sql`
    insert into sso.signing_key (kid, alg, public_jwk, private_key, created_at, signs_from, retires_at)
    values (${row.kid}, ${row.alg}, ${sql.json(row.public_jwk)}, ${row.private_key}, ${row.created_at},
            ${row.signs_from}, ${row.retires_at})`;
}

/**
 * Sets when the keys of an algorithm leave the JWKS, except one and those that retire earlier.
 * @returns their ids
 */
export async function retireOtherSigningKeys(
  sql: Session,
  o: { alg: SigningAlgorithm; but: string; at: Date },
): Promise<string[]> {
  const rows = await sql<{ kid: string }[]>`
    update sso.signing_key set retires_at = ${o.at}
    where alg = ${o.alg} and kid <> ${o.but} and (retires_at is null or retires_at > ${o.at})
    returning kid`;
  return rows.map(({ kid }) => kid);
}

export async function retireSigningKey(sql: Session, kid: string, at: Date): Promise<void> {
  await sql`update sso.signing_key set retires_at = ${at} where kid = ${kid}`;
}

/** Held until the end of the transaction, so that only one of several starting processes makes the keys. */
export async function lockSigningKeys(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('sso signing keys', 0))`;
}
