/** Subjects of the page "Identity": cases of every kind, and unconfirmed links and records. */
import type { Sql } from '@dhp/postgres';

/** The hash of the PINFL in every case, which no page shows. */
export const pinflHash = Buffer.alloc(32, 0xab);

export async function addCase(
  sql: Sql,
  accountId: string,
  o: { kind: string; ids: readonly string[]; environment?: string; type?: string; at: Date },
): Promise<string> {
  const { kind, ids, environment = 'playground', type = 'Patient', at } = o;
  const [row] = await sql<{ case_id: string }[]>`
    insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
    values (gen_random_uuid(), ${accountId}, ${environment}, ${type}, ${kind}, ${[...ids]}, ${pinflHash}, ${at})
    returning case_id`;
  return row!.case_id;
}

export async function addUnconfirmed(
  sql: Sql,
  accountId: string,
  o: { upstream?: string; record?: { environment: string; type: string; id: string }; at: Date },
): Promise<void> {
  if (o.upstream !== undefined) {
    await sql`
      insert into sso.unconfirmed_link (account_id, upstream, subject_hash, linked_at)
      values (${accountId}, ${o.upstream}, sha256(${Buffer.from(accountId)}), ${o.at})`;
  }
  if (o.record !== undefined) {
    const { environment, type, id } = o.record;
    await sql`
      insert into sso.unconfirmed_identity (account_id, environment, type, fhir_id)
      values (${accountId}, ${environment}, ${type}, ${id})`;
  }
}
