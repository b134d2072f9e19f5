import type { Sql } from '@dhp/postgres';

/** Notes uses, each named once. @returns the hashes, in base64, of those that were not noted before */
export async function insertUsed(
  sql: Sql,
  uses: readonly { readonly hash: Buffer; readonly until: Date }[],
): Promise<Set<string>> {
  const hashes = uses.map(({ hash }) => hash.toString('base64'));
  const until = uses.map((use) => use.until.toISOString());
  const rows = await sql<{ hash: Buffer }[]>`
    insert into fhir.single_use (hash, until)
    select decode(hash, 'base64'), until::timestamptz from unnest(${hashes}::text[], ${until}::text[]) as u (hash, until)
    order by 1
    on conflict (hash) do nothing
    returning hash`;
  return new Set(rows.map(({ hash }) => hash.toString('base64')));
}

/** Forgets what is of no use any more. */
export async function deleteUsed(sql: Sql, now: Date): Promise<void> {
  await sql`delete from fhir.single_use where until < ${now}`;
}
